import { describe, expect, it } from '@jest/globals';
import { attributeLine, editMapping, textDiff } from '../../src/sync/mapping/edit.ts';
import type { AttributeMapping } from '../../src/sync/mapping/schema.ts';

const spec = (field: string, more: Partial<AttributeMapping> = {}): AttributeMapping => ({
  field,
  direction: 'in',
  required: false,
  onBlank: 'clear',
  ...more,
});

const text = `# Head.
object: Account
attributes:
  name: { field: Name, direction: in } # its name
  # About the region.
  region:
    field: Region # where
    direction: both
    transform: { kind: values, map: { A: EMEA } }
  amount: { field: A, otherwise: B, direction: in } # last
# Tail.
`;

describe('editing a mapping', () => {
  it('replaces the field and nothing else where the meaning stays', () => {
    const same = { kind: 'values', map: { A: 'EMEA' }, others: 'reject' } as const;
    const edited = editMapping(text, [{ attribute: 'region', spec: spec('Area', { transform: same }) }]);
    expect(edited).toBe(text.replace('field: Region', 'field: Area'));
  });

  it('replaces or adds a transform, and takes out what stood in for the field', () => {
    const transform = { kind: 'values', map: { '1': 'EMEA' }, others: 'keep' } as const;
    const edited = editMapping(text, [
      { attribute: 'region', spec: spec('Area', { transform }) },
      { attribute: 'amount', spec: spec('C', { transform: { kind: 'money', currency: 'USD' } }) },
    ]);
    expect(edited).toContain('    transform: { kind: values, map: { "1": EMEA }, others: keep }\n  amount');
    expect(edited).toContain(
      '  amount: { field: C, transform: { kind: money, currency: USD }, direction: in } # last\n',
    );
  });

  it('adds lines below the last one, before what follows', () => {
    const edited = editMapping(text, [{ attribute: 'vat', spec: spec('Vat', { required: true }) }]);
    expect(edited).toBe(
      text.replace('# last\n', '# last\n  vat: { field: Vat, direction: in, required: true }\n'),
    );
    expect(editMapping('attributes: {}\n', [{ attribute: 'vat', spec: spec('V') }])).toBe(
      'attributes: { vat: { field: V, direction: in }}\n',
    );
  });

  it('shows the lines that go and come, with what is around them', () => {
    const edited = editMapping(text, [{ attribute: 'name', spec: spec('Title') }]);
    expect(textDiff(text, edited)).toEqual([
      ' attributes:',
      '-  name: { field: Name, direction: in } # its name',
      '+  name: { field: Title, direction: in } # its name',
      '   # About the region.',
    ]);
    expect(textDiff(text, text)).toEqual([]);
  });

  it('writes a line without what is so anyway', () => {
    expect(attributeLine({ attribute: 'name', spec: spec('Name') })).toBe(
      'name: { field: Name, direction: in }',
    );
  });
});
