import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { approveMoves, findApproval, rejectMoves } from '../../src/tier/approvals.ts';
import { recomputeDecision } from '../../src/tier/computed.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { evaluateAsOf } from '../../src/tier/look/as-of.ts';
import { backtest } from '../../src/tier/look/backtest.ts';
import { compareVersions } from '../../src/tier/look/compare-versions.ts';
import { forecastTiers } from '../../src/tier/look/forecast.ts';
import { simulateTier } from '../../src/tier/look/simulate.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import type { Evidence } from '../../src/tier/types.ts';
import { changed, insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, movements, passBy, tiers } from './pass.ts';

/**
 * Programs such as those of cloud vendors: a specialisation is open to the higher tiers of the main ladder, and the highest
 * tier asks for specialisations. The ladders ask for each other in a circle, the tiers do not.
 */

let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
});

const kinds = ['sales', 'people', 'launches'];
const kpis = kinds
  .map(
    (kind) =>
      `  ${kind}: { label: ${kind} figure, help: x, unit: number, measure: { sum: fact.quantity, where: { attribute: kind, is: ${kind} }, window: { validFrom: occurredOn, validThrough: expiresOn } } }`,
  )
  .join('\n');

const now = 'promote: immediately, demote: immediately, stepsDown: 3';

/** `premier`: what the highest tier asks for beside a specialisation. */
function programWith({
  premier = '{ kpi: people, atLeast: 10 }, { kpi: sales, atLeast: 50 }',
  main = now,
  own = now,
  head = '',
}: {
  premier?: string;
  main?: string;
  own?: string;
  head?: string;
} = {}): Program {
  return programOf({
    head: `${head}
specialisations:
  - key: migration
    label: Migration
    requirements: [{ holds: { ladder: main, atLeast: select } }, { kpi: launches, atLeast: 2 }]
    movement: { ${own} }`,
    kpis,
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: registered, label: Registered }
      - { key: select, label: Select, requirements: { kpi: sales, atLeast: 10 } }
      - { key: advanced, label: Advanced, requirements: { kpi: sales, atLeast: 50 } }
      - { key: premier, label: Premier, requirements: [${premier}, { specialisations: { atLeast: 1 } }] }
    movement: { ${main} }`,
  });
}

async function partnerWith(id: string, facts: Record<string, number | [number, string]>): Promise<void> {
  await insertRows(store, 'partner', [{ id, name: id, types: ['reseller'], started_on: '2020-01-01' }]);
  for (const [kind, given] of Object.entries(facts)) {
    const [quantity, until] = typeof given === 'number' ? [given, null] : given;
    const row = { id: `${id}-${kind}`, partner: id, kind, quantity };
    await insertRows(store, 'fact', [{ ...row, occurred_on: '2025-01-01', expires_on: until }]);
  }
}

async function setFact(id: string, quantity: number): Promise<void> {
  await store.query('update tierlink.fact set quantity = $2 where id = $1', [id, quantity]);
  await markDirty(store, 'fact', [id.split('-')[0]!]);
}

const all = { sales: 60, people: 12, launches: 2 };

describe('ladders that ask for each other', () => {
  it('are decided together: tier by tier, in the pass in which the figures are there', async () => {
    await partnerWith('A', all);
    await partnerWith('B', { ...all, launches: 1 });
    await partnerWith('C', { ...all, sales: 10 });
    await partnerWith('D', { ...all, sales: 9 });
    const program = programWith();
    await passBy(store, program, '2026-03-01');
    expect(await tiers(store)).toEqual([
      'A main premier keeps',
      'A migration migration keeps',
      'B main advanced keeps',
      'B migration - keeps',
      'C main select keeps',
      'C migration migration keeps',
      'D main registered keeps',
      'D migration - keeps',
    ]);
    const rows = await store.query<{ evidence: Evidence }>('select evidence from tierlink.decision');
    for (const { evidence } of rows) expect(recomputeDecision(evidence)).toBe(evidence.computedTier);
    expect(await passBy(store, program, '2026-03-02')).toMatchObject({ evaluated: 0 });
  });

  it('say what is held on the other one, and what of it is missing', async () => {
    await partnerWith('A', all);
    await partnerWith('D', { ...all, sales: 9 });
    const program = programWith();
    await passBy(store, program, '2026-03-01');
    const asked = { program, now: at('2026-03-01') };
    const premier = await explainTier(store, { ...asked, partnerId: 'A' });
    expect(premier.requirements.at(-1)).toMatchObject({ needs: '1', has: '1: Migration', state: 'met' });
    const own = await explainTier(store, { ...asked, partnerId: 'A', ladder: 'migration' });
    expect(own.requirements[0]).toMatchObject({ needs: 'Select or higher', has: 'Premier', state: 'met' });
    const none = await explainTier(store, { ...asked, partnerId: 'D', ladder: 'migration' });
    expect(none.requirements[0]).toMatchObject({ has: 'Registered', state: 'not_met' });
  });

  it('lose together what rests on a tier that is lost', async () => {
    await partnerWith('A', all);
    const program = programWith();
    await passBy(store, program, '2026-03-01');
    await setFact('A-sales', 5);
    await passBy(store, program, '2026-03-02');
    expect((await movements(store)).slice(-2)).toEqual([
      '2026-03-02 A demote migration -',
      '2026-03-02 A demote premier registered',
    ]);
    await setFact('A-sales', 60);
    await passBy(store, program, '2026-03-03');
    expect(await tiers(store)).toEqual(['A main premier keeps', 'A migration migration keeps']);
  });

  it('keep what each gives the other for who holds both, and give it to nobody who holds neither', async () => {
    const program = programWith({ premier: '{ kpi: people, atLeast: 10 }' });
    await partnerWith('A', all);
    await partnerWith('B', { ...all, sales: 0 });
    await passBy(store, program, '2026-03-01');
    await setFact('A-sales', 0);
    await passBy(store, program, '2026-03-02');
    expect(await tiers(store)).toEqual([
      'A main premier keeps',
      'A migration migration keeps',
      'B main registered keeps',
      'B migration - keeps',
    ]);
    // Once one of them is lost, neither comes back without the tier below.
    await setFact('A-launches', 0);
    await passBy(store, program, '2026-03-03');
    await setFact('A-launches', 2);
    await passBy(store, program, '2026-03-04');
    expect((await tiers(store)).slice(0, 2)).toEqual(['A main registered keeps', 'A migration - keeps']);
  });

  it('count a specialisation in its grace, and a tier in its own', async () => {
    await partnerWith('A', all);
    const program = programWith({ own: 'demote: immediately, grace: { days: 30 }' });
    await passBy(store, program, '2026-03-01');
    await setFact('A-launches', 0);
    await passBy(store, program, '2026-03-02');
    expect(await tiers(store)).toEqual(['A main premier keeps', 'A migration migration due_down']);
    await passBy(store, program, '2026-04-01');
    expect(await tiers(store)).toEqual(['A main advanced keeps', 'A migration - keeps']);

    const slow = programWith({ main: 'demote: at_review, review: month, grace: { reviews: 1 }' });
    await emptyStore(store);
    await partnerWith('A', { ...all, people: 0 });
    await passBy(store, slow, '2026-03-01');
    await setFact('A-sales', 0);
    await passBy(store, slow, '2026-04-01');
    expect(await tiers(store)).toEqual(['A main advanced due_down', 'A migration migration keeps']);
  });

  it('hold both while inputs of one are late', async () => {
    await partnerWith('A', all);
    const program = programWith();
    await passBy(store, program, '2026-03-01');
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to) values ('sf', 'Fact', 'fact', '2026-01-01')`,
    );
    await setFact('A-launches', 0);
    await passBy(store, program, '2026-03-02');
    expect(await tiers(store)).toEqual(['A main premier keeps', 'A migration migration keeps']);
    const reasons = await store.query<{ frozen_reason: object | null }>(
      'select frozen_reason from tierlink.tier_state order by ladder',
    );
    expect(reasons[1]!.frozen_reason).toMatchObject({ behind: ['launches figure'] });
  });

  it('take a tier that a person has set', async () => {
    await partnerWith('A', { ...all, launches: 0 });
    const program = programWith();
    await passBy(store, program, '2026-03-01');
    const given = { program, partnerId: 'A', reason: 'Audit', author: 'kim', until: '2026-06-30' };
    await createOverride(store, { ...given, tier: 'Migration', now: at('2026-03-02') });
    await passBy(store, program, '2026-03-02');
    expect(await tiers(store)).toEqual(['A main premier keeps', 'A migration migration overridden']);
  });
});

describe('ladders that ask for each other, of which a company holds one', () => {
  const program = changed(
    programWith(),
    ['sales: { label: sales figure,', 'sales: { rollUp: company, label: sales figure,'],
    ['people: { label: people figure,', 'people: { rollUp: company, label: people figure,'],
    ['    label: Main\n', '    label: Main\n    heldBy: company\n'],
  );

  it('give a subsidiary what its company holds, and what that opens by its own figures', async () => {
    await partnerWith('A', { sales: 30, people: 12, launches: 2 });
    await partnerWith('B', { sales: 30, launches: 2 });
    await partnerWith('C', { sales: 1 });
    await store.query(`update tierlink.partner set parent = 'A' where id in ('B', 'C')`);
    await passBy(store, program, '2026-03-01');
    const wanted = [
      'A main premier keeps',
      'A migration migration keeps',
      'B main premier keeps',
      'B migration migration keeps',
      'C main premier keeps',
      'C migration - keeps',
    ];
    expect(await tiers(store)).toEqual(wanted);
    await setFact('A-launches', 0);
    await passBy(store, program, '2026-03-02');
    expect(await tiers(store)).toEqual(
      wanted
        .map((one) => one.replace('premier', 'advanced'))
        .map((one) => (one.startsWith('A migration') ? 'A migration - keeps' : one)),
    );
    expect(await passBy(store, program, '2026-03-03')).toMatchObject({ evaluated: 0 });
  });
});

describe('looking at ladders that ask for each other', () => {
  const program = programWith();

  it('works decisions out again', async () => {
    await partnerWith('A', all);
    await passBy(store, program, '2026-03-01');
    await store.query(`update tierlink.partner set known_from = '2026-01-01T00:00:00Z'`);
    await store.query(`update tierlink.fact set known_from = '2026-01-01T00:00:00Z'`);
    const asked = { program, partners: ['A'], now: at('2026-03-20') };
    const then = await evaluateAsOf(store, { ...asked, day: '2026-03-02' });
    expect(then.partners[0]).toMatchObject({
      decision: { tier: 'premier' },
      check: { agrees: true, differences: [] },
    });
  });

  it('sees ahead what time takes from one by way of the other', async () => {
    await partnerWith('A', { ...all, launches: [2, '2026-03-31'] });
    await passBy(store, program, '2026-03-01');
    const forecast = await forecastTiers(store, { program, now: at('2026-03-01'), days: 60 });
    expect(forecast.events.map(({ day, ladder, toTier }) => `${day} ${ladder} ${toTier}`)).toEqual([
      '2026-04-01 migration null',
      '2026-04-01 main Advanced',
    ]);
  });

  it('simulates both with other figures', async () => {
    await partnerWith('A', all);
    await passBy(store, program, '2026-03-01');
    const asked = { program, partnerId: 'A', now: at('2026-03-02') };
    const less = await simulateTier(store, { ...asked, changes: [{ name: 'launches', value: '1' }] });
    expect(less).toMatchObject({
      before: { state: { tier: 'premier' } },
      after: { state: { tier: 'advanced' } },
    });
    const none = await simulateTier(store, { ...asked, changes: [{ name: 'sales', value: '0' }] });
    expect(none).toMatchObject({ after: { state: { tier: 'registered' } } });
  });

  it('says what alone is enough for the tier with the other one as it is', async () => {
    await partnerWith('A', { ...all, people: 9 });
    await passBy(store, program, '2026-03-01');
    const { enoughAlone } = await explainTier(store, { program, partnerId: 'A', now: at('2026-03-01') });
    expect(enoughAlone.map(({ text }) => text)).toEqual(['people figure: 1 more, to 10']);
  });

  it('compares versions of which only one has the circle', async () => {
    await partnerWith('A', all);
    await partnerWith('D', { ...all, sales: 9 });
    await passBy(store, program, '2026-03-01');
    const open = changed(program, ['{ holds: { ladder: main, atLeast: select } }, ', '']);
    const compared = await compareVersions(store, { before: open, after: program, now: at('2026-03-02') });
    expect(
      compared.moves.map(({ partnerId, before, after }) => [
        partnerId,
        before.ladder,
        before.tier,
        after.tier,
      ]),
    ).toContainEqual(['D', 'migration', 'Migration', null]);
  });

  it('goes through the reviews of the past', async () => {
    await partnerWith('A', { ...all, sales: [60, '2026-05-31'] });
    for (const table of ['partner', 'fact'])
      await store.query(`update tierlink.${table} set known_from = '2026-01-01T00:00:00Z'`);
    const found = await backtest(store, { program, quarters: 2, now: at('2026-08-10') });
    const held = found.map(({ asOf, ladders }) =>
      ladders.map(({ ladder, tiers: shares }) => {
        const at = shares.find((one) => one.held > 0)?.label ?? 'nothing';
        return `${asOf} ${ladder} ${at}`;
      }),
    );
    expect(held).toEqual([
      ['2026-04-01 main Premier', '2026-04-01 migration Migration'],
      ['2026-07-01 main Registered', '2026-07-01 migration nothing'],
    ]);
  });
});

describe('approvals of ladders that ask for each other', () => {
  const program = programWith({ head: 'approval: { always: both }' });
  const answer = { program, actor: 'kim', reason: null, now: at('2026-03-03') };
  beforeEach(async () => {
    await partnerWith('A', all);
    await passBy(store, program, '2026-03-01');
    await setFact('A-launches', 0);
    await passBy(store, program, '2026-03-02');
  });

  it('leave both as they are until they are answered, and make both at once', async () => {
    expect(await tiers(store)).toEqual(['A main premier keeps', 'A migration migration keeps']);
    const { items } = await findApproval(store, program, 'a-000001');
    expect(items.map(({ ladder, from, to }) => [ladder, from, to]).sort()).toEqual([
      ['Main', 'Premier', 'Advanced'],
      ['Migration', 'Migration', null],
    ]);
    await approveMoves(store, { ...answer, id: 'a-000001' });
    await passBy(store, program, '2026-03-03');
    expect(await tiers(store)).toEqual(['A main advanced keeps', 'A migration - keeps']);
  });

  it('keep both where they are rejected', async () => {
    await rejectMoves(store, { ...answer, id: 'a-000001', reason: 'No' });
    await passBy(store, program, '2026-03-03');
    expect(await tiers(store)).toEqual(['A main premier keeps', 'A migration migration due_down']);
    expect(await passBy(store, program, '2026-03-04')).toMatchObject({ held: [] });
  });
});

describe.each([
  ['in a circle', '{ holds: { ladder: main, atLeast: select } }, '],
  ['one after the other', ''],
])('a rise that rests on another one that waits, of ladders %s', (_how, asked) => {
  const base = programWith({ head: 'approval: { always: up }' });
  const program = asked === '' ? changed(base, ['{ holds: { ladder: main, atLeast: select } }, ', '']) : base;
  const answer = { program, id: 'a-000001', actor: 'kim', reason: null, now: at('2026-03-04') };
  const items = async () => {
    const rows = await store.query<Record<string, string>>(
      `select approval_id as id, ladder, to_tier, state from tierlink.approval_item order by 1, 2`,
    );
    return rows.map((row) => `${row.id} ${row.ladder} ${row.to_tier} ${row.state}`);
  };
  beforeEach(async () => {
    await partnerWith('A', { sales: 20, people: 12, launches: 0 });
    await passBy(store, program, '2026-03-01');
    await setFact('A-launches', 2);
    await setFact('A-sales', 60);
    for (const day of ['2026-03-02', '2026-03-03', '2026-03-04']) await passBy(store, program, day);
  });

  it('waits on the same list, and is made with it', async () => {
    expect(await items()).toEqual(['a-000001 main premier open', 'a-000001 migration migration open']);
    await approveMoves(store, answer);
    await passBy(store, program, '2026-03-05');
    expect(await tiers(store)).toEqual(['A main premier keeps', 'A migration migration keeps']);
    expect(await items()).toEqual(['a-000001 main premier applied', 'a-000001 migration migration applied']);
  });

  it('is rejected with it', async () => {
    await rejectMoves(store, { ...answer, reason: 'No' });
    await passBy(store, program, '2026-03-05');
    expect(await tiers(store)).toEqual(['A main select eligible_up', 'A migration - eligible_up']);
    expect(await passBy(store, program, '2026-03-06')).toMatchObject({ held: [], evaluated: 0 });
    expect(await items()).toEqual([
      'a-000001 main premier rejected',
      'a-000001 migration migration rejected',
    ]);
  });
});
