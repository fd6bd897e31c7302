import { describe, expect, it } from '@jest/globals';
import type { AttributeValue } from '../../src/model/entities.ts';
import type { FieldDescription } from '../../src/sync/crm-description.ts';
import { namedKey } from '../../src/sync/mapping/named-records.ts';
import { findMisfit, fitProgramValue, roundDecimal } from '../../src/sync/mapping/outbound-fit.ts';
import { planMapping } from '../../src/sync/mapping/plan.ts';
import { objectMappingSchema } from '../../src/sync/mapping/schema.ts';
import { type CompareInput, compareRecord } from '../../src/sync/push/outbound-compare.ts';
import { describedField } from '../services/described-field.ts';

function planOf(contents: Record<string, unknown>) {
  return planMapping({ ...objectMappingSchema.parse(contents), name: 'm', file: 'm.yaml' });
}

const partnerPlan = planOf({
  object: 'Account',
  entity: 'partner',
  key: 'Our_Id',
  attributes: {
    name: { field: 'Name', direction: 'in' },
    region: { field: 'Region', direction: 'both', policy: 'newest' },
    parent: { field: 'Parent', direction: 'both', policy: 'newest' },
    tier: { field: 'Tier', direction: 'out' },
    tierSummary: { field: 'Summary', direction: 'out' },
  },
});

const periodPlan = planOf({
  object: 'Period',
  entity: 'kpiPeriod',
  key: 'Our_Id',
  create: true,
  attributes: {
    partner: { field: 'Account', direction: 'out' },
    period: { field: 'Name', direction: 'out', required: true },
    'kpi.revenue': { field: 'Revenue', direction: 'out' },
  },
});

function field(name: string, more: Partial<FieldDescription> = {}): [string, FieldDescription] {
  return [name, describedField(name, { length: 40, ...more })];
}

const tierField = field('Tier', {
  type: 'choice',
  restricted: true,
  values: [
    { value: 'Silver', label: 'Silver', active: true },
    { value: 'Gold', label: 'Gold', active: false },
  ],
});

function compare(values: Record<string, AttributeValue>, more: Partial<CompareInput> = {}) {
  return compareRecord({
    plan: partnerPlan,
    desired: { recordId: 'ptr_1', isLive: true, values, decisionId: 'dec_1' },
    link: {
      crmId: 'A1',
      seenAt: '2026-03-01T00:00:00.000Z',
      canStampKey: true,
      awaited: [],
      idRefused: null,
      base: { region: 'North', parent: null, tier: null, tierSummary: null },
    },
    differences: [],
    referenceOf: (_plan, recordId) => (recordId === 'ptr_9' ? 'A9' : undefined),
    known: null,
    transform: { timeZone: 'UTC', currency: 'EUR' },
    mayBeThere: false,
    restores: false,
    ...more,
  });
}

const desired = (values: Record<string, AttributeValue>) => ({
  recordId: 'kpp_1',
  isLive: true,
  values,
  decisionId: null,
});

describe('what is sent of a record', () => {
  it('is only what differs, with what was there before, and our id beside it', () => {
    const { change } = compare({ region: 'North', tier: 'Silver', tierSummary: null });
    expect(change).toMatchObject({
      crmId: 'A1',
      attributes: { tier: 'Silver' },
      before: { tier: null },
      fields: { Tier: 'Silver', Our_Id: 'ptr_1' },
      decisionId: 'dec_1',
    });
  });

  it('is nothing when nothing differs; our id alone is no reason to write', () => {
    expect(compare({ region: 'North', tier: null }).change).toBeNull();
  });

  it('never covers an attribute of which the program says nothing', () => {
    expect(compare({ region: 'North' }).change).toBeNull();
  });

  it('clears a value that is no longer wanted', () => {
    const link = {
      crmId: 'A1',
      seenAt: null,
      canStampKey: false,
      awaited: [],
      idRefused: null,
      base: { region: 'North' },
    };
    expect(compare({ region: null }, { link }).change?.fields).toEqual({ Region: null });
  });

  it('never covers a field that was not readable', () => {
    const link = {
      crmId: 'A1',
      seenAt: '2026-03-01T00:00:00.000Z',
      canStampKey: false,
      awaited: [],
      idRefused: null,
      base: {},
    };
    expect(compare({ region: 'South', tier: 'Silver' }, { link }).change).toBeNull();
  });

  it('leaves an attribute with an open difference alone and lets the others go on', () => {
    const differences = [{ attribute: 'tier', theirs: 'Gold' }];
    const { change, agreed } = compare({ tier: 'Silver', region: 'South' }, { differences });
    expect(change?.attributes).toEqual({ region: 'South' });
    expect(agreed).toEqual([]);
  });

  it('ends a difference when our value has become theirs', () => {
    const differences = [{ attribute: 'tier', theirs: 'Gold' }];
    expect(compare({ tier: 'Gold' }, { differences })).toMatchObject({
      change: null,
      agreed: [{ attribute: 'tier', value: 'Gold' }],
    });
  });

  it('is nothing for records that left: out of scope, deleted, merged, or with a link that ended', () => {
    const gone = { recordId: 'ptr_1', isLive: false, values: { tier: 'Silver' }, decisionId: null };
    expect(compare({}, { desired: gone })).toMatchObject({ change: null, skipped: 'not_live' });
    expect(compare({ tier: 'Silver' }, { link: 'gone' })).toMatchObject({
      change: null,
      skipped: 'not_live',
    });
  });

  it('is nothing for a record that the mapping does not create', () => {
    expect(compare({ tier: 'Silver' }, { link: null })).toMatchObject({ skipped: 'not_created_here' });
  });

  it('points to the CRM record of a reference and leaves the reference out until there is one', () => {
    expect(compare({ parent: 'ptr_9' }).change?.fields).toMatchObject({ Parent: 'A9' });
    expect(compare({ parent: 'ptr_8', region: 'South' }).change?.attributes).toEqual({ region: 'South' });
  });

  it('holds back a value that the CRM would refuse, and says why', () => {
    const known = new Map([tierField, field('Region'), field('Our_Id')]);
    const { change, unsent } = compare({ tier: 'Gold', region: 'South' }, { known });
    expect(change?.attributes).toEqual({ region: 'South' });
    expect(unsent).toEqual([
      {
        attribute: 'tier',
        field: 'Tier',
        code: 'CRM_PICKLIST',
        message: '"Gold" is not a value of Tier (Tier).',
      },
    ]);
  });

  it('does not try to put our id into a key field that cannot be written', () => {
    const known = new Map([tierField, field('Region'), field('Our_Id', { updateable: false })]);
    expect(compare({ tier: 'Silver' }, { known }).change).toMatchObject({
      fields: { Tier: 'Silver' },
      stampsKey: false,
    });
  });

  it('waits for the partner when the program makes a record for it', () => {
    const period = { plan: periodPlan, link: null };
    const waiting = compare({}, { ...period, desired: desired({ partner: 'ptr_8', period: '2026-Q1' }) });
    expect(waiting).toMatchObject({ change: null, skipped: 'waits_for_parent' });
    const made = compare(
      {},
      { ...period, desired: desired({ partner: 'ptr_9', period: '2026-Q1', 'kpi.revenue': null }) },
    );
    expect(made.change).toMatchObject({
      crmId: null,
      parent: 'A9',
      fields: { Account: 'A9', Name: '2026-Q1' },
    });
  });

  it('does not create a record without what its mapping requires', () => {
    const { change, unsent } = compare(
      {},
      { plan: periodPlan, link: null, desired: desired({ partner: 'ptr_9', period: null }) },
    );
    expect(change).toBeNull();
    expect(unsent).toEqual([expect.objectContaining({ attribute: 'period', code: 'RECORD_REQUIRED' })]);
  });

  it('is compared as the field can hold it, so that it is not sent again for its own rounding', () => {
    const known = new Map([
      field('Account'),
      field('Name'),
      field('Revenue', { type: 'decimal', length: null, scale: 1 }),
    ]);
    const base = { partner: 'ptr_9', period: '2026-Q1', 'kpi.revenue': '12.4' };
    const link = { crmId: 'P1', seenAt: null, canStampKey: false, idRefused: null, awaited: [], base };
    const values = { partner: 'ptr_9', period: '2026-Q1', 'kpi.revenue': '12.35' };
    expect(compare({}, { plan: periodPlan, known, link, desired: desired(values) }).change).toBeNull();
  });
});

describe('what is written with a creation only', () => {
  const plan = planOf({
    object: 'Opportunity',
    entity: 'deal',
    key: 'Our_Id',
    create: true,
    credits: [{ field: 'Partner', onCreate: true }],
    attributes: {
      name: { field: 'Name', direction: 'both', required: true },
      amount: {
        field: 'Actual',
        otherwise: 'Estimate',
        direction: 'in',
        onCreate: { field: 'Estimate', currency: 'Currency' },
        transform: { kind: 'money', currencyField: 'CurrencyId.Code' },
      },
      closeOn: { field: 'Closed', otherwise: 'Expected', direction: 'in', onCreate: { field: 'Expected' } },
    },
  });
  const currencies = namedKey({ kind: 'named', object: 'Currency', field: 'Code' });
  const transform = { timeZone: 'UTC', currency: 'EUR', named: { [currencies]: { USD: 'cur_1' } } };
  const deal = (more: Record<string, AttributeValue> = {}) =>
    desired({
      name: 'Dock',
      amount: { amount: '5000', currency: 'USD' },
      closeOn: '2026-06-30',
      'credit.sourced': 'ptr_9',
      ...more,
    });

  it('goes out in the one call that creates the record', () => {
    const { change } = compare({}, { plan, desired: deal(), link: null, transform });
    expect(change?.fields).toEqual({
      Name: 'Dock',
      Estimate: '5000',
      CurrencyId: 'cur_1',
      Expected: '2026-06-30',
      Partner: 'A9',
    });
    expect(change?.attributes['credit.sourced']).toBe('ptr_9');
  });

  it('is left to the CRM once the record is there', () => {
    const link = { crmId: 'O1', seenAt: null, canStampKey: false, awaited: [], idRefused: null };
    const there = { ...link, base: { name: 'Dock' } };
    expect(compare({}, { plan, desired: deal(), link: there, transform }).change).toBeNull();
  });

  it('keeps a record from being created without it, and says why', () => {
    const yen = compare(
      {},
      { plan, desired: deal({ amount: { amount: '5', currency: 'JPY' } }), link: null, transform },
    );
    expect([yen.change, yen.unsent]).toMatchObject([null, [{ attribute: 'amount', code: 'CRM_BAD_VALUE' }]]);
    const elsewhere = deal({ 'credit.sourced': 'ptr_7' });
    const waiting = compare({}, { plan, desired: elsewhere, link: null, transform });
    expect(waiting).toMatchObject({ change: null, skipped: 'waits_for_parent' });
    expect(waiting.unsent).toMatchObject([{ field: 'Partner', code: 'RECORD_PARENT' }]);
  });
});

describe('a value of the program', () => {
  it.each([
    ['12.345', 2, '12.35'],
    ['-12.345', 2, '-12.35'],
    ['0.05', 0, '0'],
    ['-0.4', 0, '0'],
    ['9.995', 2, '10'],
    ['7', 2, '7'],
    ['0.005', 2, '0.01'],
    ['abc', 2, 'abc'],
  ])('%s with %i places is %s', (text, places, rounded) => {
    expect(roundDecimal(text, places)).toBe(rounded);
  });

  it('is cut at a word when its field is too short, the same every time', () => {
    const [, short] = field('Summary', { length: 30 });
    const cut = fitProgramValue('For Gold: revenue, certified people and win rate.', short);
    expect(cut).toBe('For Gold: revenue, certified…');
    expect(fitProgramValue(cut, short)).toBe(cut);
  });

  it('is cut between characters, also those that take two places', () => {
    const short = describedField('Summary', { length: 10 });
    expect(fitProgramValue('12345678\u{1F680}0', short)).toBe('12345678…');
    expect(fitProgramValue('1234567\u{1F680}90', short)).toBe('1234567\u{1F680}…');
  });
});

describe('a misfit', () => {
  it.each([
    ['a field that is not there', { Other: 'x' }, 'CRM_FIELD_MISSING'],
    ['a field that cannot be written', { Fixed: 'x' }, 'CRM_FIELD_READONLY'],
    ['a blank where there must be a value', { Must: null }, 'CRM_REQUIRED'],
    ['a text that is too long', { Short: 'more than ten' }, 'CRM_TOO_LONG'],
    ['a choice that is switched off', { Tier: 'Gold' }, 'CRM_PICKLIST'],
    ['one unlisted choice of several', { Many: 'a;z' }, 'CRM_PICKLIST'],
  ])('is %s', (_name, fields, code) => {
    const values = [{ value: 'a', label: 'a', active: true }];
    const known = new Map([
      field('Fixed', { updateable: false }),
      field('Must', { required: true }),
      field('Short', { length: 10 }),
      tierField,
      field('Many', { type: 'multiChoice', restricted: true, values }),
    ]);
    expect(findMisfit(fields as Record<string, string | null>, known, 'update')).toMatchObject({ code });
  });

  it('is nothing where the object is not known', () => {
    expect(findMisfit({ Other: 'x' }, null, 'update')).toBeNull();
  });
});
