import { describe, expect, it } from '@jest/globals';
import { attributesRead, entitiesRead } from '../../src/kpi/reads.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { kpiRecords } from '../../src/kpi/records.ts';
import { kpiStatement } from '../../src/kpi/statement.ts';
import type { Store } from '../../src/store/store.ts';
import { markDirty as markChanged } from '../../src/sync/records/dirty.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { exactly, explained, insertMany, measuring, valueOn } from './measure-house.ts';
import { insertRows, markDirty } from './sample.ts';

/** For each product area in which a partner has deals or spend, something else of the partner in the same area. */
const asOf = '2026-11-23';
const now = Date.parse(`${asOf}T09:00:00Z`);
let store: Store;
storeForEach(async (opened) => {
  store = opened;
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Northwind', country: 'Sweden', started_on: '2026-01-01' },
    { id: 'B', name: 'Contoso', started_on: '2026-01-01' },
  ]);
  await insertRows(store, 'person', [
    { id: 'p1', partner: 'A', email: 'x@a.example' },
    { id: 'p2', partner: 'A', email: 'X@a.example ' },
    { id: 'p3', partner: 'B', email: 'y@b.example' },
  ]);
});

const deals = async (...rows: [id: string, type: string | null, amount?: string, partner?: string][]) => {
  await insertRows(
    store,
    'deal',
    rows.map(([id, type, amount = '100']) => ({
      id,
      name: id,
      type,
      is_won: true,
      close_on: '2026-10-01',
      amount,
      amount_currency: 'USD',
    })),
  );
  await insertRows(
    store,
    'credit',
    rows.map(([id, , , partner = 'A']) => ({ id: `k${id}`, deal: id, partner, weight: 50, role: 'sourced' })),
  );
};
const certificates = async (
  ...rows: [id: string, code: string, person?: string, expires_on?: string | null][]
) => {
  await insertRows(
    store,
    'certification',
    rows.map(([id, code, person = 'p1', expires_on = null]) => ({
      id,
      code,
      person,
      issued_on: '2026-01-01',
      expires_on,
    })),
  );
};

interface PlanNode {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** The most rows of a table that one scan of a plan has gone through. */
function mostRows(node: PlanNode, table: string): number {
  const own = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
  const below = (node.Plans ?? []).map((one) => mostRows(one, table));
  return Math.max(node['Relation Name'] === table ? own : 0, ...below);
}

const covered = (condition = 'count: certification', bound = 'atLeast: 1', more = '') =>
  measuring(`unit: percent
whenEmpty: pass
${more}every:
  of: deal
  except: [{ label: old area, when: { attribute: type, is: Legacy } }]
  must: { has: { ${condition}, matching: { code: type }, window: { validFrom: issuedOn, validThrough: expiresOn }, ${bound} } }
  window: { last: 12 months, by: closeOn }`);

describe('every deal has a certificate in its own area', () => {
  it('of the same partner, whatever the case and blanks of its name; exempt areas need none', async () => {
    await deals(['d1', 'Cloud'], ['d2', 'DATA'], ['d3', 'Security'], ['d4', null], ['d5', 'Legacy']);
    await certificates(['c1', 'cloud'], ['c2', ' Data  '], ['c3', 'Security', 'p3']);
    expect(await exactly(store, covered(), { asOf })).toBe('50');
    const { included, excluded } = await kpiRecords(store, {
      program: covered(),
      kpi: 'k',
      partnerId: 'A',
      now,
    });
    expect(included.map(({ id, part, comesTo }) => `${id} ${part}: ${comesTo}`)).toEqual([
      'd1 met: 1 matching certificate',
      'd2 met: 1 matching certificate',
      'd3 unmet: 0 matching certificates (1 needed)',
      'd4 unmet: 0 matching certificates (1 needed)',
    ]);
    expect(excluded.map(({ id, why }) => `${id}: ${why}`)).toEqual(['d5: old area']);
    expect(await exactly(store, covered(), { asOf, partner: 'B' })).toBe('no_base');
  });

  it('and nothing matches what is blank, be it nothing at all or spaces', async () => {
    await deals(['d1', 'Cloud'], ['d2', ' '], ['d3', ''], ['d4', null]);
    await certificates(['c1', 'cloud'], ['c2', ' '], ['c3', '  ', 'p2']);
    expect(await exactly(store, covered(), { asOf })).toBe('25');
  });

  it('until the certificate ends, and the figure changes on that day', async () => {
    await deals(['d1', 'Cloud']);
    await certificates(['c1', 'Cloud', 'p1', '2026-12-01']);
    expect(await valueOn(store, covered(), { asOf })).toMatchObject({
      numerator: '100',
      nextChangeAt: '2026-12-02T00:00:00.000Z',
    });
    expect(await exactly(store, covered(), { asOf: '2026-12-02' })).toBe('0');
  });

  it('from the day on which it begins', async () => {
    await deals(['d1', 'Cloud']);
    await certificates(['c1', 'Cloud']);
    await store.query(`update tierlink.certification set issued_on = '2026-11-25'`);
    expect(await valueOn(store, covered(), { asOf })).toMatchObject({
      numerator: '0',
      nextChangeAt: '2026-11-25T00:00:00.000Z',
    });
    expect(await exactly(store, covered(), { asOf: '2026-11-25' })).toBe('100');
  });

  it.each([
    ['distinct: certification.person', 'atLeast: 2', '0'],
    ['count: certification', 'atLeast: 2', '100'],
    ['count: certification', 'atMost: 0', '0'],
  ])('%s %s: people are one by their e-mail address', async (condition, bound, expected) => {
    await deals(['d1', 'Cloud']);
    await certificates(['c1', 'Cloud', 'p1'], ['c2', 'Cloud', 'p2']);
    expect(await exactly(store, covered(condition, bound), { asOf })).toBe(expected);
  });

  it.each([
    `update tierlink.certification set deleted_at = now()`,
    `update tierlink.certification set in_scope = false`,
    `update tierlink.person set deleted_at = now()`,
    `update tierlink.person set partner = 'B'`,
  ])('not by what is gone: %s', async (gone) => {
    await deals(['d1', 'Cloud']);
    await certificates(['c1', 'Cloud']);
    await store.query(gone);
    expect(await exactly(store, covered(), { asOf })).toBe('0');
  });

  it('or one of a subsidiary, where figures are those of the company', async () => {
    await store.query(`update tierlink.partner set parent = 'A' where id = 'B'`);
    await deals(['d1', 'Cloud']);
    await certificates(['c1', 'Cloud', 'p3']);
    expect(await exactly(store, covered(), { asOf })).toBe('0');
    expect(await exactly(store, covered(undefined, undefined, 'rollUp: company\n'), { asOf })).toBe('100');
  });

  it('is computed anew when only a certificate changes', async () => {
    const program = covered();
    expect([...entitiesRead(program, 'k')].sort()).toEqual(['certification', 'credit', 'deal', 'person']);
    expect([...attributesRead(program, 'k')]).toEqual(
      expect.arrayContaining(['certification.code', 'certification.person', 'person.partner', 'deal.type']),
    );
    await deals(['d1', 'Cloud']);
    await recomputeKpis(store, { program, now });
    await certificates(['c1', 'Cloud']);
    await markDirty(store, 'certification', ['A']);
    const { changes } = await recomputeKpis(store, { program, now });
    expect(changes).toHaveLength(1);
  });
});

it('rests on how much of an entry was taken back, and when', async () => {
  const count =
    'has: { count: fact, matching: { dimension: dimension }, where: { attribute: kind, is: bounty }, atLeast: 1 }';
  const program = measuring(
    `unit: count\nmeasure: { count: fact, where: [{ attribute: kind, is: app }, { ${count} }] }`,
  );
  expect([...attributesRead(program, 'k')]).toEqual(
    expect.arrayContaining(['fact.entry', 'fact.reverses', 'fact.quantity', 'fact.occurredOn']),
  );
  const row = { partner: 'A', dimension: 'Gantt', occurred_on: '2026-01-01' };
  await insertRows(store, 'fact', [
    { ...row, id: 'f1', kind: 'app' },
    { ...row, id: 'f2', kind: 'bounty', entry: 'e2', quantity: 10 },
    { ...row, id: 'f3', kind: 'bounty', entry: 'e3', quantity: -4, reverses: 'e2' },
  ]);
  await recomputeKpis(store, { program, now });
  const change = async (edit: string) => {
    await store.query(`update tierlink.fact set ${edit} where id = 'f3'`);
    const nowText = new Date(now).toISOString();
    await store.transaction((tx) => markChanged({ tx, now: nowText }, 'fact', ['f3']));
    const { changes } = await recomputeKpis(store, { program, now });
    return changes.map(({ after }) => after.numerator);
  };
  expect(await change('quantity = -10')).toEqual(['0']);
  expect(await change(`occurred_on = '2026-12-24'`)).toEqual(['1']);
});

it('says of which value a record falls short, of all that is asked at once', async () => {
  const program = measuring(`unit: count
measure:
  distinct: deal.type
  where: { has: { distinct: certification.person, matching: { code: type }, atLeast: 1 } }
  having: { count: deal, atLeast: 3 }`);
  await deals(['d1', 'CSM'], ['d2', ' csm'], ['d3', 'ITSM'], ['d4', 'itsm']);
  await certificates(['c1', 'ITSM']);
  expect((await explained(store, program, asOf)).leftOut).toEqual([
    'd1: CSM: 0 people with matching certificates (1 needed), 2 deals (3 needed)',
    'd2: csm: 0 people with matching certificates (1 needed), 2 deals (3 needed)',
    'd3: ITSM: 2 deals (3 needed)',
    'd4: itsm: 2 deals (3 needed)',
  ]);
});

it('lists what falls short in the part of a ratio that looks at other days than the whole', async () => {
  const ofLead = (ago: string) =>
    `{ sum: deal.amount, credit: { share: ignore }, window: { lastFull: 1 month, by: closeOn${ago} }`;
  const program = measuring(`unit: percent
ratio:
  of: ${ofLead('')}, where: { has: { count: deal, matching: { type: type }, window: { lastFull: 1 month, by: closeOn, ago: 12 months }, atLeast: 1 } } }
  to: ${ofLead(', ago: 12 months')} }`);
  await deals(['now', 'Cloud', '150'], ['new', 'Data', '900'], ['then', 'cloud', '200']);
  await store.query(`update tierlink.deal set close_on = '2025-10-01' where id = 'then'`);
  const value = await valueOn(store, program, { asOf });
  const found = await kpiRecords(store, { program, kpi: 'k', partnerId: 'A', now });
  expect([value.numerator, value.excluded, value.excludedBy]).toEqual(['75', 1, { falls_short: 1 }]);
  expect(found.excluded.map(({ id, part, why }) => `${id} ${part}: ${why}`)).toEqual([
    'new of: 0 matching deals (1 needed)',
  ]);
  expect(found.others.map(({ id }) => id)).toEqual(['now']);
});

describe('what is looked up', () => {
  it('may be the value of deals, by the share of the partner', async () => {
    const worth = (bound: string) =>
      measuring(
        `unit: count\nmeasure: { count: certification, where: { has: { sum: deal.amount, matching: { type: code }, atLeast: ${bound} } } }`,
      );
    await deals(['d1', 'Cloud', '60'], ['d2', 'Cloud', '40'], ['d3', 'Cloud', '1000', 'B']);
    await certificates(['c1', 'Cloud'], ['c2', 'Data']);
    expect(await exactly(store, worth('50'), { asOf })).toBe('1');
    expect(await exactly(store, worth('50.01'), { asOf })).toBe('0');
    expect((await explained(store, worth('50'), asOf)).leftOut).toEqual([
      'c2: the sum of amount of matching deals is 0 USD (50 USD needed)',
    ]);
    await store.query(`update tierlink.deal set amount_currency = 'XXX' where id = 'd1'`);
    expect(await exactly(store, worth('20'), { asOf })).toContain('XXX');
  });

  it('may match by several attributes, and by the same customer', async () => {
    await insertRows(store, 'customer', [
      { id: 'u1', name: 'One' },
      { id: 'u2', name: 'Two' },
    ]);
    await deals(['d1', 'Cloud'], ['d2', 'Cloud']);
    await store.query(`update tierlink.deal set customer = case id when 'd1' then 'u1' else 'u2' end`);
    const program = measuring(
      'unit: count\nmeasure: { count: case, where: { has: { count: deal, matching: { customer: customer, type: priority }, atLeast: 1 } } }',
    );
    const row = { partner: 'A', opened_at: '2026-10-01T08:00:00Z' };
    await insertRows(store, 'case', [
      { ...row, id: 's1', number: 's1', customer: 'u1', priority: 'Cloud' },
      { ...row, id: 's2', number: 's2', customer: 'u1', priority: 'Low' },
      { ...row, id: 's3', number: 's3', customer: null, priority: 'Cloud' },
    ]);
    expect((await explained(store, program, asOf)).counted).toEqual(['s1: 1 matching deal']);
  });

  it('may be facts: every paid app takes part in the program, unless that was taken back', async () => {
    const program = measuring(`unit: percent
every:
  of: fact
  where: { attribute: kind, is: paid app }
  except: [{ label: few installs, when: { attribute: quantity, atMost: 100 } }]
  must: { has: { count: fact, matching: { dimension: dimension }, where: { attribute: kind, is: bug bounty }, window: { validFrom: occurredOn, validThrough: expiresOn }, atLeast: 1 } }`);
    const row = (id: string, kind: string, dimension: string, more = {}) => ({
      id,
      partner: 'A',
      kind,
      dimension,
      occurred_on: '2026-01-01',
      entry: id,
      quantity: 500,
      ...more,
    });
    await insertRows(store, 'fact', [
      row('f1', 'paid app', 'Gantt'),
      row('f2', 'paid app', 'Wiki'),
      row('f3', 'paid app', 'Toy', { quantity: 100 }),
      row('f4', 'bug bounty', 'gantt'),
      row('f5', 'bug bounty', 'Wiki'),
    ]);
    expect(await exactly(store, program, { asOf })).toBe('100');
    expect([...attributesRead(program, 'k')]).toEqual(
      expect.arrayContaining(['fact.entry', 'fact.reverses']),
    );
    await insertRows(store, 'fact', [row('f6', 'bug bounty', 'Wiki', { quantity: -500, reverses: 'f5' })]);
    expect(await exactly(store, program, { asOf })).toBe('50');
    await store.query(`update tierlink.fact set deleted_at = now() where id = 'f6'`);
    expect(await exactly(store, program, { asOf })).toBe('100');
  });

  it('may be facts, each while something of it is left on the day', async () => {
    const program = measuring(`unit: count
measure: { count: fact, where: { all: [{ attribute: kind, is: paid app }, { has: { count: fact, matching: { dimension: dimension }, where: { attribute: kind, is: bug bounty }, atLeast: 1 } }] } }`);
    const row = (id: string, kind: string, quantity: number | null, more = {}) => ({
      ...{ id, partner: 'A', kind, dimension: 'Gantt', occurred_on: '2026-01-01', entry: id, quantity },
      ...more,
    });
    const back = async (id: string, quantity: number | null, occurred_on: string) =>
      await insertRows(store, 'fact', [row(id, 'bug bounty', quantity, { reverses: 'f2', occurred_on })]);
    await insertRows(store, 'fact', [row('f1', 'paid app', 1), row('f2', 'bug bounty', 10)]);
    await back('r1', -1, '2027-06-01');
    expect(await exactly(store, program, { asOf })).toBe('1');
    await back('r2', -5, '2026-02-01');
    expect(await exactly(store, program, { asOf })).toBe('1');
    await back('r3', -4, '2026-12-24');
    expect(await exactly(store, program, { asOf })).toBe('1');
    expect((await valueOn(store, program, { asOf })).nextChangeAt).toMatch(/^2026-12-2[34]/);
    expect(await exactly(store, program, { asOf: '2026-12-24' })).toBe('1');
    expect(await exactly(store, program, { asOf: '2027-06-01' })).toBe('0');
    await store.query(`delete from tierlink.fact where reverses is not null`);
    await store.query(`update tierlink.fact set quantity = null where id = 'f2'`);
    await back('r4', null, '2026-12-24');
    expect(await exactly(store, program, { asOf })).toBe('1');
    expect(await exactly(store, program, { asOf: '2026-12-24' })).toBe('0');
  });

  it('may be facts: one taken back without saying how much is taken back whole, whatever else is', async () => {
    const program = measuring(`unit: count
measure: { count: fact, where: [{ attribute: kind, is: paid app }, { has: { count: fact, matching: { dimension: dimension }, where: { attribute: kind, is: bug bounty }, atLeast: 1 } }] }`);
    const row = (id: string, kind: string, quantity: number | null, more = {}) => ({
      ...{ id, partner: 'A', kind, dimension: 'Gantt', occurred_on: '2026-01-01', entry: id, quantity },
      ...more,
    });
    await insertRows(store, 'fact', [row('f1', 'paid app', 1), row('f2', 'bug bounty', 10)]);
    await insertRows(store, 'fact', [row('r1', 'bug bounty', -3, { reverses: 'f2' })]);
    expect(await exactly(store, program, { asOf })).toBe('1');
    await insertRows(store, 'fact', [row('r2', 'bug bounty', null, { reverses: 'f2' })]);
    expect(await exactly(store, program, { asOf })).toBe('0');
  });

  it('is looked for among the entries of the partners asked for, not of everybody', async () => {
    const program = measuring(
      'unit: count\nmeasure: { count: fact, where: { has: { count: fact, matching: { dimension: dimension }, atLeast: 1 } } }',
    );
    await insertMany(store, 'fact', {
      columns: 'id text, partner text, entry text, reverses text, quantity numeric, occurred_on date',
      rows: Array.from({ length: 20_000 }, (_one, index) => ({
        ...{
          id: `f${index}`,
          partner: index < 6 ? 'A' : `other ${index % 4000}`,
          entry: `e${index}`,
          quantity: 1,
        },
        ...{ reverses: index % 2 === 0 ? null : `e${index - 1}`, occurred_on: '2026-01-01' },
      })),
    });
    await store.query('analyze tierlink.fact');
    const { sql, parameters } = kpiStatement(program, { kpis: ['k'], partners: ['A'], asOf });
    const [{ 'QUERY PLAN': plan }] = (await store.query(
      `explain (analyze, format json) ${sql}`,
      parameters,
    )) as [{ 'QUERY PLAN': [{ Plan: PlanNode }] }];
    expect(mostRows(plan[0].Plan, 'fact')).toBeLessThan(20);
  });

  it('counts since the start of the partner', async () => {
    const early = measuring(
      'unit: count\nmeasure: { count: certification, where: { has: { count: deal, matching: { type: code }, window: { sinceStart: 90 days, by: closeOn }, atLeast: 1 } } }',
    );
    await deals(['d1', 'Cloud']);
    await certificates(['c1', 'Cloud']);
    expect(await exactly(store, early, { asOf })).toBe('0');
    await store.query(`update tierlink.partner set started_on = '2026-09-01'`);
    expect(await exactly(store, early, { asOf })).toBe('1');
  });
});

describe('every value of an attribute', () => {
  const areas = measuring(`unit: percent
whenEmpty: pass
every:
  of: fact.dimension
  where: { attribute: kind, is: spend }
  except: [{ label: old area, when: { attribute: dimension, is: legacy } }]
  having: { sum: fact.quantity, atLeast: 500 }
  must: { has: { count: certification, matching: { code: dimension }, atLeast: 1 } }
  window: { last: 90 days, by: occurredOn }`);
  const spend = async (...rows: [id: string, dimension: string, quantity: number][]) => {
    await insertRows(
      store,
      'fact',
      rows.map(([id, dimension, quantity]) => ({
        id,
        partner: 'A',
        kind: 'spend',
        dimension,
        quantity,
        occurred_on: '2026-10-01',
      })),
    );
  };

  it('counts the values, not their records, and leaves out those that come to little', async () => {
    await spend(['f1', 'search', 300], ['f2', 'search', 200], ['f3', 'search', 1], ['f4', 'video', 500]);
    await spend(['f5', 'apps', 499], ['f6', 'legacy', 900]);
    await certificates(['c1', 'Search']);
    expect(await exactly(store, areas, { asOf })).toBe('50');
    const { included } = await kpiRecords(store, { program: areas, kpi: 'k', partnerId: 'A', now });
    expect(included.map(({ id, part }) => `${id} ${part}`).sort()).toEqual([
      'f1 met',
      'f2 met',
      'f3 met',
      'f4 unmet',
    ]);
  });

  it('says by whenEmpty what it means that there is none', async () => {
    await spend(['f1', 'search', 499]);
    expect(await exactly(store, areas, { asOf })).toBe('no_base');
  });
});
