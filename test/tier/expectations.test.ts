import { describe, expect, it } from '@jest/globals';
import type { StateReason } from '../../src/kpi/types.ts';
import { filesAlias } from '../../src/model/record-id.ts';
import { nameKey } from '../../src/model/values.ts';
import type { Program } from '../../src/program/load.ts';
import { methodFactKinds } from '../../src/program/schema/method.ts';
import { benefitsOf } from '../../src/tier/method/benefits.ts';
import { expectationsOf } from '../../src/tier/method/expectations.ts';
import type { MethodInputs } from '../../src/tier/method/method-inputs.ts';
import type { KpiInput } from '../../src/tier/types.ts';
import { programOf } from '../kpi/sample.ts';

const kpis = `  people: { label: Certified people, help: People., unit: people, measure: { distinct: certification.person } }`;
const ladders = `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver, requirements: [{ kpi: people, atLeast: 1 }] }
      - { key: gold, label: Gold, requirements: [{ kpi: people, atLeast: 2 }] }`;
const programWith = (head: string): Program => programOf({ kpis, ladders, head });

const factsLate: StateReason = { code: 'unread', connection: filesAlias, object: 'plan' };

interface Given {
  asOf: string;
  /** "kind day" or "kind day..last day". */
  facts?: string[];
  late?: StateReason;
  start?: string | null;
  tier?: string | null;
  since?: string | null;
  people?: number;
  types?: string[];
}

function inputs(program: Program, given: Given): MethodInputs {
  const {
    asOf,
    facts = [],
    late = null,
    start = '2026-01-01',
    tier = null,
    since = null,
    types = ['reseller'],
  } = given;
  const figure = {
    kpi: 'people',
    unit: 'people',
    currency: null,
    state: 'current',
    stateReason: null,
    numerator: String(given.people ?? 0),
    denominator: '1',
    empty: null,
    counted: 0,
    excluded: 0,
    excludedBy: {},
    inputsCompleteTo: null,
  } as KpiInput;
  const known = facts.map((text) => {
    const [, kind, occurredOn, expiresOn] = /^(.*) (\d{4}-\d\d-\d\d)(?:\.\.(.*))?$/.exec(text)!;
    return { kind: kind!, occurredOn: occurredOn!, expiresOn: expiresOn ?? null, author: null, reason: null };
  });
  return {
    program,
    partnerId: 'A',
    partner: { startedOn: start, types },
    tiers: tier === null ? [] : [{ tier, label: tier, since }],
    kpis: [figure],
    facts: {
      facts: known,
      late: new Map(late === null ? [] : methodFactKinds(program).map((kind) => [nameKey(kind), late])),
    },
    asOf,
  };
}

describe('benefits', () => {
  const lines = (benefits: string, given: Given) =>
    benefitsOf(inputs(programWith(`benefits:\n${benefits}`), given)).map(
      (one) =>
        `${one.amount} (${one.tier}) ${one.delivered} of ${one.times}, ${one.dueOn} by ${one.dueBy}: ${one.state}`,
    );
  const funds =
    '  - { key: funds, label: Funds, tiers: { silver: 500 USD, gold: 900 USD }, due: quarter, from: 2020-01-01 }';

  it('are due once in every quarter in which the tier that gives them is held', () => {
    const gold = { tier: 'gold', since: '2026-02-10' };
    expect(lines(funds, { ...gold, asOf: '2026-02-10' })).toEqual([
      '900 USD (gold) 0 of 1, 2026-02-10 by 2026-03-12: due',
    ]);
    expect(lines(funds, { ...gold, asOf: '2026-03-12' })).toEqual([
      '900 USD (gold) 0 of 1, 2026-02-10 by 2026-03-12: due',
    ]);
    expect(lines(funds, { ...gold, asOf: '2026-03-13' })).toEqual([
      '900 USD (gold) 0 of 1, 2026-02-10 by 2026-03-12: overdue',
    ]);
    expect(lines(funds, { ...gold, asOf: '2026-03-31', facts: ['FUNDS 2026-03-01'] })).toEqual([
      '900 USD (gold) 1 of 1, null by null: delivered',
    ]);
    expect(lines(funds, { ...gold, asOf: '2026-04-01', facts: ['funds 2026-03-01'] })).toEqual([
      '900 USD (gold) 1 of 2, 2026-04-01 by 2026-05-01: due',
    ]);
    expect(lines(funds, { asOf: '2026-04-01' })).toEqual([]);
  });

  it('that were not delivered stay due, the oldest first, and what was given for an earlier tier does not count', () => {
    const given = { tier: 'silver', since: '2026-02-10', asOf: '2026-07-02' };
    expect(lines(funds, { ...given, facts: ['funds 2026-01-15', 'funds 2026-06-01'] })).toEqual([
      '500 USD (silver) 1 of 3, 2026-04-01 by 2026-05-01: overdue',
    ]);
  });

  it('are overdue for nobody whose first day is not known, or while deliveries may not be read yet', () => {
    const given = { tier: 'silver', since: '2026-02-10', asOf: '2026-07-02' };
    const states = (more: Partial<Given>) =>
      benefitsOf(inputs(programWith(`benefits:\n${funds}`), { ...given, ...more })).map(
        ({ state, reason }) => `${state}: ${reason}`,
      );
    expect(states({})).toEqual(['overdue: null']);
    expect(states({ late: factsLate })).toEqual([
      'unknown: what files hold of plan has not been read completely yet',
    ]);
    expect(states({ since: null })).toEqual(['unknown: the first day of silver is not known']);
    expect(states({ late: factsLate, asOf: '2026-02-20' })).toEqual(['due: null']);
  });

  it('need no tiers, can be due once, or hold without being delivered', () => {
    const kit = `  - { key: kit, label: Welcome kit, due: once, within: 10 days, fact: kit sent }
  - { key: portal, label: Portal, partnerTypes: [reseller] }
  - { key: other, label: Other, partnerTypes: [msp] }`;
    expect(lines(kit, { asOf: '2026-01-11' })).toEqual([
      'null (null) 0 of 1, 2026-01-01 by 2026-01-11: due',
      'null (null) 0 of 0, null by null: standing',
    ]);
    expect(lines(kit, { asOf: '2026-05-01', facts: ['kit sent 2026-01-02'] })[0]).toBe(
      'null (null) 1 of 1, null by null: delivered',
    );
  });
});

describe('expectations', () => {
  const lines = (head: string, given: Given) =>
    expectationsOf(inputs(programWith(head), given)).map(
      (one) =>
        `${one.kind} ${one.by}: ${one.needs}: ${one.has}, by ${one.dueBy} ${one.state} ${one.reason} ${one.missed}`,
    );

  it('of the ramp are those of the first 90 days, each by its own day or by the end', () => {
    const ramp = `ramp:
  steps:
    - { label: Signed, fact: contract, within: 10 days }
    - { label: Trained, kpi: people, atLeast: 1 }`;
    expect(lines(ramp, { asOf: '2026-01-11' })).toEqual([
      'ramp partner: contract: -, by 2026-01-11 due null 0',
      'ramp partner: Certified people: 1: 0, by 2026-04-01 due null 0',
    ]);
    expect(lines(ramp, { asOf: '2026-04-02', facts: ['contract 2026-01-05'], people: 0 })).toEqual([
      'ramp partner: contract: since 2026-01-05, by 2026-01-11 done null 0',
      'ramp partner: Certified people: 1: 0, by 2026-04-01 overdue null 0',
    ]);
    expect(lines(ramp, { asOf: '2026-04-02', start: '2019-12-31' })).toEqual([]);
  });

  const plan = (more: string) =>
    `responsibilities: [{ key: plan, label: Plan, partner: Writes it., expect: { fact: plan${more} } }]`;

  it('once: something is on file from some day on, until it ends', () => {
    expect(lines(plan(', within: 2 months'), { asOf: '2026-03-02' })).toEqual([
      'responsibility partner: plan: -, by 2026-03-01 overdue null 0',
    ]);
    expect(
      lines(plan(', within: 2 months'), { asOf: '2026-05-02', facts: ['plan 2026-01-01..2026-05-01'] }),
    ).toEqual(['responsibility partner: plan: ended 2026-05-01, by 2026-03-01 overdue null 0']);
  });

  it('again and again: once in every period, and what was missed is counted', () => {
    expect(
      lines(plan(', every: quarter, by: vendor'), { asOf: '2026-08-01', facts: ['plan 2026-04-20'] }),
    ).toEqual(['responsibility vendor: plan: 2026-04-20, by 2026-09-30 due null 1']);
    expect(
      lines(plan(', every: quarter, within: 1 month'), { asOf: '2026-08-02', facts: ['plan 2026-04-20'] }),
    ).toEqual(['responsibility partner: plan: 2026-04-20, by 2026-08-01 overdue null 1']);
    expect(
      lines(plan(', every: quarter'), {
        asOf: '2026-08-02',
        facts: ['plan 2026-07-01', 'plan 2026-03-31', 'plan 2026-04-01'],
      }),
    ).toEqual(['responsibility partner: plan: 2026-07-01, by 2026-09-30 done null 0']);
  });

  it('again and again: what was missed is not known while facts are late, or without a first day', () => {
    const yearly = plan(', every: quarter, within: 1 month');
    const given = { asOf: '2026-08-02' };
    expect(lines(yearly, { ...given, late: factsLate })).toEqual([
      'responsibility partner: plan: -, by 2026-08-01 unknown what files hold of plan has not been read completely yet null',
    ]);
    expect(lines(yearly, { ...given, start: null })).toEqual([
      'responsibility partner: plan: -, by 2026-08-01 unknown its first day is not known null',
    ]);
    expect(lines(yearly, { ...given, start: null, facts: ['plan 2026-07-03'] })).toEqual([
      'responsibility partner: plan: 2026-07-03, by 2026-08-01 done its first day is not known null',
    ]);
  });

  it('a limit without a day of its own is to be kept from the first one on', () => {
    const limit =
      'responsibilities: [{ key: few, label: Few, partner: Keeps it low., expect: { kpi: people, atMost: 3 } }]';
    expect(lines(limit, { asOf: '2026-01-01', people: 4 })).toEqual([
      'responsibility partner: Certified people: at most 3: 4, by null overdue null 0',
    ]);
    expect(lines(limit, { asOf: '2026-01-01', people: 3 })).toEqual([
      'responsibility partner: Certified people: at most 3: 3, by null done null 0',
    ]);
    const own = inputs(programWith(limit), { asOf: '2026-01-01' });
    const none = { numerator: null, denominator: null, empty: 'no_records' };
    const states = (more: object) =>
      expectationsOf({ ...own, kpis: own.kpis.map((figure) => ({ ...figure, ...none, ...more })) });
    expect(states({})).toMatchObject([{ state: 'done', has: '-' }]);
    expect(states({ state: 'provisional', stateReason: { code: 'inputs_open' } })).toMatchObject([
      { state: 'unknown' },
    ]);
  });

  it('of a tier run from the day on which it was reached', () => {
    const ofGold = plan(', within: 30 days').replace('label: Plan,', 'label: Plan, tiers: [gold],');
    expect(lines(ofGold, { asOf: '2026-06-01', tier: 'silver', since: '2026-05-20' })).toEqual([]);
    expect(lines(ofGold, { asOf: '2026-06-01', tier: 'gold', since: '2026-05-20' })).toEqual([
      'responsibility partner: plan: -, by 2026-06-19 due null 0',
    ]);
  });

  it('make nobody late whose first day is not known, or while facts are late', () => {
    const given = { asOf: '2026-03-02' };
    expect(lines(plan(', within: 30 days'), { ...given, start: null })).toEqual([
      'responsibility partner: plan: -, by 2020-01-31 unknown its first day is not known 0',
    ]);
    expect(lines(plan(', within: 30 days'), { ...given, late: factsLate })).toEqual([
      'responsibility partner: plan: -, by 2026-01-31 unknown what files hold of plan has not been read completely yet 0',
    ]);
  });
});
