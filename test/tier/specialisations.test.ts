import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { approveMoves, findApproval, rejectMoves } from '../../src/tier/approvals.ts';
import { recomputeDecision } from '../../src/tier/computed.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { evaluateAsOf } from '../../src/tier/look/as-of.ts';
import { compareVersions } from '../../src/tier/look/compare-versions.ts';
import { forecastTiers } from '../../src/tier/look/forecast.ts';
import { simulateTier } from '../../src/tier/look/simulate.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import type { Evidence } from '../../src/tier/types.ts';
import { changed, insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, movements, tiers } from './pass.ts';

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

const kinds = ['sales', 'security', 'cloud', 'data'];
const kpis = kinds
  .map(
    (kind) =>
      `  ${kind}: { label: ${kind} figure, help: x, unit: number, measure: { sum: fact.quantity, where: { attribute: kind, is: ${kind} }, window: { validFrom: occurredOn, validThrough: expiresOn } } }`,
  )
  .join('\n');
const specialisation = (key: string, label: string, more = '') =>
  `  - { key: ${key}, label: ${label}, requirements: { kpi: ${key}, atLeast: 1 }${more} }`;

/** Gold asks for sales and for what `asked` says; specialisations are lost at once. */
function programWith(asked: string, head = '', security = 1): Program {
  return programOf({
    head: `${head}
specialisations:
  - { key: security, label: Security, requirements: { kpi: security, atLeast: ${security} }, movement: { demote: immediately } }
${specialisation('cloud', 'Cloud', ', movement: { demote: immediately }')}
${specialisation('data', 'Data', ', partnerTypes: [msp]')}`,
    kpis,
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: sales, atLeast: 10 }, ${asked}] }
    movement: { demote: immediately }`,
  });
}

async function insertFacts(partner: string, facts: Record<string, number | string>): Promise<void> {
  for (const [kind, value] of Object.entries(facts)) {
    await insertRows(store, 'fact', [
      {
        id: `${partner}-${kind}`,
        partner,
        kind,
        quantity: typeof value === 'number' ? value : 1,
        occurred_on: '2026-01-01',
        expires_on: typeof value === 'string' ? value : null,
      },
    ]);
  }
}

async function partnerWith(id: string, facts: Record<string, number | string>): Promise<void> {
  await insertRows(store, 'partner', [{ id, name: id, types: ['reseller'], started_on: '2020-01-01' }]);
  await insertFacts(id, facts);
}

async function setFact(id: string, quantity: number): Promise<void> {
  await store.query('update tierlink.fact set quantity = $2 where id = $1', [id, quantity]);
  await markDirty(store, 'fact', [id.split('-')[0]!]);
}

async function pass(program: Program, day: string) {
  await recomputeKpis(store, { program, now: at(day) });
  return await evaluateTiers(store, { program, now: at(day), runId: `run-${day}` });
}

async function evidences(): Promise<Evidence[]> {
  const rows = await store.query<{ evidence: Evidence }>(
    'select evidence from tierlink.decision order by partner_id, decided_at, id',
  );
  return rows.map(({ evidence }) => evidence);
}

const two = '{ specialisations: { atLeast: 2, includingOneOf: [security] } }';

describe('R16 specialisations', () => {
  it('are held beside the tier, each by its own requirements, and counted by a tier', async () => {
    await partnerWith('A', { sales: 10, security: 1, cloud: 1 });
    await partnerWith('B', { sales: 10, cloud: 1, data: 1 });
    await partnerWith('C', { security: 1 });
    await pass(programWith(two), '2026-03-01');
    expect(await tiers(store)).toEqual([
      'A cloud cloud keeps',
      'A main gold keeps',
      'A security security keeps',
      'B cloud cloud keeps',
      'B main silver keeps',
      'B security - keeps',
      'C cloud - keeps',
      'C main silver keeps',
      'C security security keeps',
    ]);
    const own = (await evidences()).filter(({ ladder }) => ladder === 'main');
    expect(own.map(({ tiers: [, gold] }) => gold!.requirements[1])).toMatchObject([
      { id: 'specialisations', needs: '2, one of them Security', has: '2: Security, Cloud', state: 'met' },
      { has: '1: Cloud', state: 'not_met', gapText: '1 more: Security', isCertain: true },
      { has: '1: Security', state: 'not_met', gapText: '1 more' },
    ]);
    expect(own[0]!.tiers[1]!.requirements[1]!.holdings).toEqual([
      { ladder: 'security', tier: 'security', mayReach: 'security', reason: null },
      { ladder: 'cloud', tier: 'cloud', mayReach: 'cloud', reason: null },
    ]);
    for (const evidence of await evidences()) expect(recomputeDecision(evidence)).toBe(evidence.computedTier);
  });

  it.each([
    ['{ specialisations: { atLeast: 2 } }', '', '2: Security, Council', 'met'],
    ['{ specialisations: { atLeast: 2 } }', ', counted: false', '1: Security', 'not_met'],
    [
      '{ specialisations: { atLeast: 2, of: [security, council] } }',
      ', counted: false',
      '2: Security, Council',
      'met',
    ],
  ])('%s counts a council seat%s: %s', async (asked, counted, has, state) => {
    await partnerWith('A', { sales: 10, security: 1 });
    await insertRows(store, 'fact', [
      { id: 'A-seat', partner: 'A', kind: 'council seat', occurred_on: '2026-01-01' },
    ]);
    const program = programOf({
      head: `specialisations:
${specialisation('security', 'Security')}
${specialisation('cloud', 'Cloud')}
  - { key: council, label: Council${counted}, requirements: { fact: council seat } }`,
      kpis,
      ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: sales, atLeast: 10 }, ${asked}] }`,
    });
    await pass(program, '2026-03-01');
    expect(await tiers(store)).toEqual([
      'A cloud - keeps',
      'A council council keeps',
      `A main ${state === 'met' ? 'gold' : 'silver'} keeps`,
      'A security security keeps',
    ]);
    const [own] = (await evidences()).filter(({ ladder }) => ladder === 'main');
    expect(own!.tiers[1]!.requirements[1]).toMatchObject({ has, state });
    expect(recomputeDecision(own!)).toBe(own!.computedTier);
  });

  it('change the tier that asks for them in the same pass', async () => {
    await partnerWith('A', { sales: 10, security: 1 });
    const program = programWith('{ holds: { ladder: security } }');
    await pass(program, '2026-03-01');
    await setFact('A-security', 0);
    const result = await pass(program, '2026-03-02');
    expect(result).toMatchObject({ evaluated: 1, movements: { demote: 2 } });
    expect((await movements(store)).slice(-2)).toEqual([
      '2026-03-02 A demote security -',
      '2026-03-02 A demote gold silver',
    ]);
    await setFact('A-security', 1);
    await pass(program, '2026-03-03');
    expect(await tiers(store)).toContain('A main gold keeps');
    expect(await pass(program, '2026-03-03')).toMatchObject({ evaluated: 0 });
  });

  it('are looked at again on the day on which time takes one', async () => {
    await partnerWith('A', { sales: 10, security: '2026-03-31' });
    const program = programWith('{ holds: { ladder: security } }');
    await pass(program, '2026-03-01');
    const forecast = await forecastTiers(store, { program, now: at('2026-03-01'), days: 60 });
    expect(forecast.events.map(({ day, ladder, toTier }) => `${day} ${ladder} ${toTier}`)).toEqual([
      '2026-04-01 security null',
      '2026-04-01 main Silver',
    ]);
    await pass(program, '2026-04-01');
    expect(await tiers(store)).toEqual(['A cloud - keeps', 'A main silver keeps', 'A security - keeps']);
  });

  it('cost no tier while what they rest on is late', async () => {
    await partnerWith('A', { sales: 10, security: 1 });
    const program = programWith('{ holds: { ladder: security } }');
    await pass(program, '2026-03-01');
    await insertRows(store, 'partner', [{ id: 'Z', name: 'Z', types: ['msp'] }]);
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to) values ('sf', 'Fact', 'fact', '2026-01-01')`,
    );
    await setFact('A-security', 0);
    await pass(program, '2026-03-02');
    expect((await tiers(store)).slice(0, 3)).toEqual([
      'A cloud - keeps',
      'A main gold keeps',
      'A security security keeps',
    ]);
    // Lost for good, and the figure is late afterwards: it may come back, and costs nothing meanwhile.
    await store.query(
      `update tierlink.tier_state set tier = null where ladder = 'security' and partner_id = 'A'`,
    );
    await markDirty(store, 'partner', ['A']);
    await pass(program, '2026-03-03');
    expect(await tiers(store)).toContain('A main gold keeps');
  });

  it('stay as they are without a tier ladder, and end where they are not open any more', async () => {
    await partnerWith('A', { security: 1 });
    const program = programOf({
      head: `specialisations:\n${specialisation('security', 'Security', ', partnerTypes: [reseller]')}`,
      kpis,
    });
    await pass(program, '2026-03-01');
    expect(await tiers(store)).toEqual(['A security security keeps']);
    await store.query(`update tierlink.partner set types = '{msp}' where id = 'A'`);
    await markDirty(store, 'partner', ['A']);
    await pass(program, '2026-03-02');
    expect(await tiers(store)).toEqual([]);
    const [row] = await store.query<{ closed_reason: string }>(
      'select closed_reason from tierlink.tier_state',
    );
    expect(row!.closed_reason).toBe('not open to this partner since 2026-03-02');
  });

  it('are given to nobody because it is new, and set by a person like a tier', async () => {
    await insertRows(store, 'partner', [
      { id: 'N', name: 'N', types: ['reseller'], started_on: '2026-02-20' },
    ]);
    const program = programOf({
      head: `specialisations:\n${specialisation('security', 'Security', ', movement: { rampDays: 90 }')}`,
      kpis,
    });
    await pass(program, '2026-03-01');
    expect(await tiers(store)).toEqual(['N security - keeps']);
    const until = '2026-06-30';
    const override = { program, partnerId: 'N', tier: 'Security', reason: 'Audit', author: 'kim', until };
    await createOverride(store, { ...override, now: at('2026-03-02') });
    await pass(program, '2026-03-02');
    expect(await tiers(store)).toEqual(['N security security overridden']);
  });
});

describe('looking at specialisations', () => {
  const program = programWith('{ holds: { ladder: security } }');
  beforeEach(async () => {
    await partnerWith('A', { sales: 10, security: 1 });
    await pass(program, '2026-03-01');
  });

  it('explains what is held beside the tier, and one of them by itself', async () => {
    const now = at('2026-03-01');
    const explained = await explainTier(store, { program, partnerId: 'A', now });
    expect(explained).toMatchObject({ tier: 'Gold', ladder: { key: 'main' } });
    expect(explained.beside).toMatchObject([
      { ladder: 'security', tier: 'Security', since: '2026-03-01', summary: 'Held.' },
      { ladder: 'cloud', tier: null, summary: 'For Cloud: cloud figure.' },
    ]);
    const own = await explainTier(store, { program, partnerId: 'A', ladder: 'cloud', now });
    expect(own).toMatchObject({ tier: null, forTier: 'Cloud', missing: 'cloud figure: 1 more' });
  });

  it('says of one that is about to go that it is lost, and not the tier', async () => {
    const reviewed = (movement: string) =>
      changed(program, [
        'label: Security, requirements: { kpi: security, atLeast: 1 }, movement: { demote: immediately }',
        `label: Security, requirements: { kpi: security, atLeast: 1 }, movement: ${movement}`,
      ]);
    const prospect = async (rules: Program, day: string) =>
      (await explainTier(store, { program: rules, partnerId: 'A', ladder: 'security', now: at(day) }))
        .prospect;
    await setFact('A-security', 0);
    const warning = reviewed('{ review: month }');
    await pass(warning, '2026-03-05');
    expect(await prospect(warning, '2026-03-05')).toEqual([
      'Short of Security since 2026-03-05. Security stays at least until the review of 2026-04-01; if something is still missing there, a warning is given, and Security can go at the review of 2026-05-01.',
    ]);
    await pass(warning, '2026-04-01');
    expect(await prospect(warning, '2026-04-01')).toEqual([
      'Short of Security since 2026-03-05; warned on 2026-04-01. Security stays until the review of 2026-05-01; if something is still missing there, it loses Security.',
    ]);
    const later = reviewed('{ review: { every: month, inForceAfter: 20 days }, grace: { reviews: 0 } }');
    await pass(later, '2026-05-01');
    expect(await prospect(later, '2026-05-01')).toEqual([
      'Decided on 2026-05-01: Security not held from 2026-05-21. It is withdrawn if the figures no longer give it.',
    ]);
  });

  it('simulates the tier with the specialisation that would be lost or won', async () => {
    const changes = [{ name: 'security', value: '0' }];
    const found = await simulateTier(store, { program, partnerId: 'A', changes, now: at('2026-03-02') });
    expect(found).toMatchObject({
      before: { state: { tier: 'gold' } },
      after: { state: { tier: 'silver' }, evidence: { computedTier: 'silver' } },
    });
  });

  it('works decisions out again by what was held then', async () => {
    await setFact('A-security', 0);
    await pass(program, '2026-03-05');
    const asked = { program, partners: ['A'], now: at('2026-03-20') };
    const then = await evaluateAsOf(store, { ...asked, day: '2026-03-02' });
    expect(then.partners[0]).toMatchObject({ decision: { tier: 'gold', ladder: 'main' } });
    const later = await evaluateAsOf(store, { ...asked, day: '2026-03-06' });
    expect(later.partners[0]).toMatchObject({ decision: { tier: 'silver' } });
    const gold = later.partners[0]!.known ?? later.partners[0]!.today;
    expect(gold!.tiers[1]!.requirements[1]).toMatchObject({ id: 'security', has: 'not held' });
  });

  it('compares versions by what they give of both', async () => {
    const after = programWith('{ holds: { ladder: security } }', '', 5);
    const compared = await compareVersions(store, { before: program, after, now: at('2026-03-02') });
    expect(
      compared.moves.map(({ move, before, after: to }) => [move, before.ladder, before.tier, to.tier]),
    ).toEqual([
      ['down', 'main', 'Gold', 'Silver'],
      ['down', 'security', 'Security', null],
      ['same', 'cloud', null, null],
    ]);
  });
});

describe('approvals', () => {
  const program = programWith('{ holds: { ladder: security } }', 'approval: { always: down }');
  const answer = { program, id: 'a-000001', actor: 'kim', reason: null, now: at('2026-03-03') };
  beforeEach(async () => {
    await partnerWith('A', { sales: 10, security: 1 });
    await pass(program, '2026-03-01');
    await setFact('A-security', 0);
    await pass(program, '2026-03-02');
  });

  it('list what is lost with what follows from it, and make both at once', async () => {
    const { items } = await findApproval(store, program, 'a-000001');
    expect(items.map(({ ladder, from, to, state }) => [ladder, from, to, state]).sort()).toEqual([
      ['Main', 'Gold', 'Silver', 'open'],
      ['Security', 'Security', null, 'open'],
    ]);
    await pass(program, '2026-03-02');
    expect(await tiers(store)).toContain('A main gold keeps');
    await approveMoves(store, answer);
    await pass(program, '2026-03-03');
    expect(await tiers(store)).toEqual(['A cloud - keeps', 'A main silver keeps', 'A security - keeps']);
    expect((await findApproval(store, program, 'a-000001')).items.map(({ state }) => state)).toEqual([
      'applied',
      'applied',
    ]);
  });

  it('keep both where it is rejected', async () => {
    await rejectMoves(store, { ...answer, reason: 'No' });
    await pass(program, '2026-03-03');
    expect(await tiers(store)).toEqual([
      'A cloud - keeps',
      'A main gold keeps',
      'A security security due_down',
    ]);
    expect(await pass(program, '2026-03-04')).toMatchObject({ held: [] });
    const now = at('2026-03-04');
    const { history } = await explainTier(store, { program, partnerId: 'A', ladder: 'security', now });
    expect(history[0]!.reason).toBe(
      'kim rejected the move to Security not held (No). To keep Security: security figure.',
    );
  });

  it('say of one that was not gained after all that it is not held', async () => {
    const rises = changed(program, ['always: down', 'always: up']);
    await pass(rises, '2026-03-03');
    await setFact('A-security', 1);
    await pass(rises, '2026-03-04');
    await approveMoves(store, { ...answer, program: rises, id: 'a-000002', now: at('2026-03-05') });
    await setFact('A-security', 0);
    await pass(rises, '2026-03-05');
    const { items } = await findApproval(store, rises, 'a-000002');
    expect(items.map(({ ladder, state, note }) => [ladder, state, note]).sort()).toEqual([
      ['Main', 'left_out', 'its figures changed: it stays Silver'],
      ['Security', 'left_out', 'its figures changed: it still does not hold Security'],
    ]);
  });
});

describe('several ladders', () => {
  it('stands on one beside the ladder of its tier, and asks for a tier of it', async () => {
    await partnerWith('A', { sales: 10, cloud: 20 });
    const program = programOf({
      kpis,
      ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ holds: { ladder: services, atLeast: expert } }] }
  - key: services
    label: Services
    beside: true
    tiers:
      - { key: member, label: Member }
      - { key: expert, label: Expert, requirements: [{ kpi: cloud, atLeast: 20 }] }`,
    });
    await pass(program, '2026-03-01');
    expect(await tiers(store)).toEqual(['A main gold keeps', 'A services expert keeps']);
    const [first, second] = await evidences();
    expect([first!.ladder, second!.ladder]).toEqual(['services', 'main']);
    expect(second!.tiers[1]!.requirements[0]).toMatchObject({
      label: 'Services',
      needs: 'Expert',
      has: 'Expert',
    });
  });

  it('says by "not" what must not be held', async () => {
    await partnerWith('A', { sales: 10, security: 1 });
    await pass(programWith('{ not: { holds: { ladder: security } } }'), '2026-03-01');
    expect(await tiers(store)).toContain('A main silver keeps');
    const main = (await evidences()).find(({ ladder }) => ladder === 'main')!;
    expect(main.tiers[1]!.requirements[1]).toMatchObject({
      needs: 'not held',
      has: 'held',
      state: 'not_met',
    });
  });
});
