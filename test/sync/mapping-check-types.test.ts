import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { CustomTypes } from '../../src/program/custom-attributes.ts';
import { checkTypes } from '../../src/sync/mapping/check-types.ts';
import { readMappings } from '../../src/sync/mapping/mapping.ts';

/** What the check says of a mapping of deals with one attribute of one's own. */
function check(type: string, wanted: 'number' | 'date' | 'text' | undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'mappings-'));
  const text = [
    'object: Opportunity',
    'entity: deal',
    'attributes:',
    '  name: { field: Name, direction: in }',
    `  extra.seats: { field: Seats, direction: in${type === '' ? '' : `, type: ${type}`} }`,
  ];
  writeFileSync(join(folder, 'deal.yaml'), text.join('\n'));
  const { mappings, findings, sources } = readMappings(folder);
  expect(findings).toEqual([]);
  const attributes: CustomTypes = wanted === undefined ? {} : { 'deal.extra.seats': wanted };
  return checkTypes(mappings, { attributes }, sources).map(
    ({ level, line, path, message, fix }) => `${level} ${line} ${path}: ${message}. ${fix}`,
  );
}

describe('the types of attributes of one’s own', () => {
  it.each([
    ['decimal', 'number'],
    ['integer', 'number'],
    ['date', 'date'],
    ['', 'text'],
    ['choice', 'text'],
    ['decimal', undefined],
  ] as const)('%s in the mapping and %s in the program agree', (type, wanted) => {
    expect(check(type, wanted)).toEqual([]);
  });

  it('warns where the mapping brings in another one', () => {
    expect(check('', 'number')).toEqual([
      'warn 5 attributes.extra.seats: comes in as text, and the program reads it as number; what is no number is blank to it. Write "type: decimal" here, or correct deal.extra.seats under attributes in the program.',
    ]);
    expect(check('instant', 'date')[0]).toContain('comes in as instant, and the program reads it as date');
  });
});
