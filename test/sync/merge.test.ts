import { describe, expect, it } from '@jest/globals';
import type { AttributeValue } from '../../src/model/entities.ts';
import { planAttribute } from '../../src/sync/mapping/plan.ts';
import { attributeMappingSchema } from '../../src/sync/mapping/schema.ts';
import { type Base, baseAfterWrite, isNormalised, needsSending } from '../../src/sync/records/base.ts';
import { mergeRecord, type TheirReading } from '../../src/sync/records/merge.ts';

const at = (time: string) => `2026-03-01T${time}.000Z`;

interface Case {
  spec?: Record<string, unknown>;
  attribute?: string;
  ours?: AttributeValue;
  base?: Base[string];
  theirs: AttributeValue | TheirReading;
  theirStamp?: string;
  ourStamp?: string | null;
}

function merge(from: Case) {
  const attribute = from.attribute ?? 'phone';
  const spec = attributeMappingSchema.parse({ field: 'Phone', direction: 'both', ...from.spec });
  const theirs = from.theirs;
  const reading =
    typeof theirs === 'object' && theirs !== null && 'kind' in theirs
      ? theirs
      : { kind: 'value' as const, value: theirs };
  return mergeRecord({
    attributes: [planAttribute('partner', attribute, spec)],
    ours: from.ours === undefined ? {} : { [attribute]: from.ours },
    base: from.base === undefined ? {} : { [attribute]: from.base },
    theirs: { [attribute]: reading },
    theirStamp: from.theirStamp ?? at('12:00:00'),
    ourStamp: from.ourStamp ?? at('11:00:00'),
  });
}

const quiet = { values: {}, disagreements: [], send: [], complaints: [], waiting: [], unreadable: [] };

describe('an attribute that both sides may change', () => {
  it('takes what the CRM has at the first meeting', () => {
    expect(merge({ ours: null, theirs: '1' })).toMatchObject({
      values: { phone: '1' },
      base: { phone: '1' },
    });
  });

  it('sends what only we have at the first meeting', () => {
    expect(merge({ ours: '1', theirs: null })).toMatchObject({
      ...quiet,
      send: ['phone'],
      base: { phone: null },
    });
  });

  it('sees our own echo as no change', () => {
    expect(merge({ ours: '1', base: '1', theirs: '1' })).toMatchObject({ ...quiet, base: { phone: '1' } });
  });

  it('takes a change of the CRM', () => {
    expect(merge({ ours: '1', base: '1', theirs: '2' })).toMatchObject({
      values: { phone: '2' },
      base: { phone: '2' },
      send: [],
    });
  });

  it('sends a change of ours and leaves the base until it is written', () => {
    expect(merge({ ours: '2', base: '1', theirs: '1' })).toMatchObject({
      ...quiet,
      send: ['phone'],
      base: { phone: '1' },
    });
  });

  it('sees equal changes as agreement', () => {
    expect(merge({ ours: '2', base: '1', theirs: '2' })).toMatchObject({ ...quiet, base: { phone: '2' } });
  });

  it.each([
    ['crm', '11:00:00', { values: { phone: 'crm' }, send: [] }],
    ['program', '11:00:00', { values: {}, send: ['phone'] }],
    ['newest', '11:00:00', { values: { phone: 'crm' }, send: [] }],
    ['newest', '13:00:00', { values: {}, send: ['phone'] }],
  ])('follows policy %s when ours is from %s', (policy, ours, expected) => {
    expect(
      merge({ spec: { policy }, ours: 'ours', base: 'old', theirs: 'crm', ourStamp: at(ours) }),
    ).toMatchObject(expected);
  });

  it('parks the attribute for a person when the policy asks', () => {
    expect(merge({ spec: { policy: 'ask' }, ours: 'ours', base: 'old', theirs: 'crm' })).toMatchObject({
      ...quiet,
      base: { phone: 'old' },
      disagreements: [{ attribute: 'phone', kind: 'conflict', base: 'old', ours: 'ours', theirs: 'crm' }],
    });
  });

  it('asks when no policy is named', () => {
    expect(merge({ ours: 'ours', base: 'old', theirs: 'crm' }).disagreements).toHaveLength(1);
  });

  it('goes on wanting to send ours after it has won', () => {
    const won = merge({ spec: { policy: 'program' }, ours: 'ours', base: 'old', theirs: 'crm' });
    const again = merge({
      spec: { policy: 'program' },
      ours: 'old',
      base: won.base.phone!,
      theirs: 'crm',
    });
    expect(again).toMatchObject({ values: {}, send: ['phone'] });
    expect(needsSending(again.base.phone, 'old')).toBe(true);
    expect(needsSending(again.base.phone, 'crm')).toBe(false);
  });
});

describe('blank, absent and unusable', () => {
  it.each([
    ['clear', { values: { phone: null }, base: { phone: null } }],
    ['keep', { values: {}, send: [] }],
    [
      'reject',
      { values: {}, base: { phone: '1' }, complaints: [{ code: 'RECORD_REQUIRED', field: 'Phone' }] },
    ],
  ])('a blank does what onBlank: %s says', (onBlank, expected) => {
    expect(merge({ spec: { onBlank }, ours: '1', base: '1', theirs: null })).toMatchObject(expected);
  });

  it('keeps what it kept through a blank without sending it back', () => {
    const kept = merge({ spec: { onBlank: 'keep' }, ours: '1', base: '1', theirs: null });
    expect(needsSending(kept.base.phone, '1')).toBe(false);
    expect(
      merge({ spec: { onBlank: 'keep' }, ours: '1', base: kept.base.phone!, theirs: null }),
    ).toMatchObject(quiet);
    expect(needsSending(kept.base.phone, '2')).toBe(true);
  });

  it('never changes anything for a field that cannot be read', () => {
    expect(merge({ ours: '1', base: '1', theirs: { kind: 'unreadable' } })).toMatchObject({
      ...quiet,
      unreadable: ['phone'],
      base: { phone: '1' },
    });
  });

  it('names the field of a value that cannot be used and keeps ours', () => {
    expect(merge({ ours: '1', base: '1', theirs: { kind: 'invalid', reason: 'no' } })).toMatchObject({
      values: {},
      base: { phone: '1' },
      complaints: [{ attribute: 'phone', field: 'Phone', code: 'RECORD_INVALID', reason: 'no' }],
    });
  });

  it('lets a reference without a record wait', () => {
    const spec = { field: 'ParentId', direction: 'in' };
    const theirs: TheirReading = { kind: 'missing', crmId: '001X' };
    expect(merge({ attribute: 'parent', spec, ours: 'ptr_1', theirs })).toMatchObject({
      values: { parent: null },
      waiting: [{ attribute: 'parent', crmId: '001X', required: false }],
    });
  });
});

describe('an attribute that the CRM owns', () => {
  const spec = { direction: 'in' };

  it('takes whatever the CRM has and never sends', () => {
    expect(merge({ spec, ours: '1', theirs: '2' })).toMatchObject({ values: { phone: '2' }, send: [] });
    expect(merge({ spec, ours: '1', theirs: '1' })).toMatchObject(quiet);
    expect(merge({ spec, ours: '1', theirs: null })).toMatchObject({ values: { phone: null } });
  });
});

describe('an attribute that the program owns', () => {
  const tier = { attribute: 'tier', spec: { field: 'Tier__c', direction: 'out' } };

  it('adopts what it finds at the first meeting', () => {
    expect(merge({ ...tier, theirs: 'Gold' })).toMatchObject({
      adopted: { tier: 'Gold' },
      base: { tier: 'Gold' },
      disagreements: [],
    });
    expect(merge({ ...tier, theirs: null })).toMatchObject({ adopted: {}, base: { tier: null } });
  });

  it('reports a hand-made change as drift and keeps the base', () => {
    expect(merge({ ...tier, base: 'Gold', theirs: 'Silver' })).toMatchObject({
      values: {},
      base: { tier: 'Gold' },
      disagreements: [{ kind: 'drift', base: 'Gold', ours: 'Gold', theirs: 'Silver' }],
    });
  });

  it('is silent when the CRM holds what was agreed', () => {
    expect(merge({ ...tier, base: 'Gold', theirs: 'Gold' })).toMatchObject(quiet);
  });

  it('agrees when somebody set by hand what we were about to send', () => {
    expect(merge({ ...tier, ours: 'Silver', base: 'Gold', theirs: 'Silver' })).toMatchObject({
      ...quiet,
      base: { tier: 'Silver' },
    });
  });
});

describe('after a write', () => {
  const sent = (value: AttributeValue) =>
    baseAfterWrite({ phone: 'old' }, { phone: value }, Date.parse(at('12:00:00')));

  it('confirms what is read back', () => {
    expect(merge({ ours: 'new', base: sent('new').phone!, theirs: 'new' }).base).toEqual({ phone: 'new' });
  });

  it("takes the CRM's own way of keeping the value as agreement", () => {
    const result = merge({ ours: ' new  phone ', base: sent(' new  phone ').phone!, theirs: 'new phone' });
    expect(result).toMatchObject(quiet);
    expect(needsSending(result.base.phone, ' new  phone ')).toBe(false);
    expect(merge({ ours: ' new  phone ', base: result.base.phone!, theirs: 'new phone' })).toMatchObject(
      quiet,
    );
  });

  it('does not believe a reading that is older than the write', () => {
    const stale = { ours: 'new', base: sent('new').phone!, theirs: 'old', theirStamp: at('11:59:59') };
    expect(merge(stale)).toMatchObject(quiet);
  });

  it('takes a change that came after the write', () => {
    const later = { ours: 'new', base: sent('new').phone!, theirs: 'other', theirStamp: at('12:00:05') };
    expect(merge(later)).toMatchObject({ values: { phone: 'other' } });
  });
});

describe('isNormalised', () => {
  it.each<[AttributeValue, AttributeValue, Parameters<typeof isNormalised>[2], boolean]>([
    ['a  b ', 'a b', 'text', true],
    ['Ann@X.com', 'ann@x.com', 'text', true],
    ['Ann', 'ann', 'text', false],
    ['a long sentence about what is missing', 'a long sentence about', 'text', true],
    ['Gold Partner', 'Gold', 'text', false],
    ['10.129', '10.13', 'decimal', true],
    ['10.129', '10.12', 'decimal', true],
    ['10.129', '10.2', 'decimal', true],
    ['10.129', '10.3', 'decimal', false],
    ['10.1', '10.129', 'decimal', false],
    ['-0.129', '-0.13', 'decimal', true],
    [{ amount: '1.005', currency: 'EUR' }, { amount: '1.01', currency: 'EUR' }, 'money', true],
    [{ amount: '1.005', currency: 'EUR' }, { amount: '1.01', currency: 'USD' }, 'money', false],
    ['2026-01-01T10:00:00.123Z', '2026-01-01T10:00:00.000Z', 'instant', true],
    ['2026-01-01', '2026-01-02', 'date', false],
    [' ', null, 'text', true],
    ['x', null, 'text', false],
    [true, false, 'boolean', false],
  ])('%j kept as %j (%s): %s', (ours, theirs, type, expected) => {
    expect(isNormalised(ours, theirs, type)).toBe(expected);
  });
});
