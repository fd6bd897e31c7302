import { describe, expect, it } from '@jest/globals';
import { requirementLines } from '../../src/cli/requirement-text.ts';
import { parseProgram } from '../../src/program/load.ts';
import { shareOf } from '../../src/program/prorated.ts';
import { evaluate } from '../../src/tier/evaluate.ts';
import { enoughFor } from '../../src/tier/explain/enough.ts';
import { outlookOf } from '../../src/tier/explain/summary.ts';
import type { PartnerInputs } from '../../src/tier/load.ts';
import type { KpiInput, PartnerFacts } from '../../src/tier/types.ts';
import { programOf } from '../kpi/sample.ts';
import { holding, noFacts } from './replay.ts';

/** What requirements ask of new partners: time since a date of theirs, and parts of thresholds. */

const program = programOf({
  kpis: '  revenue: { label: Revenue, help: x, unit: money, measure: { sum: deal.amount } }',
  head: 'fiscalYearStart: 7',
  ladders: `  - key: main
    label: Main
    tiers:
      - { key: open, label: Open }
      - { key: aged, label: Aged, requirements: { partner: { attribute: startedOn, elapsed: 6 months } } }
      - { key: rolling, label: Rolling, requirements: { kpi: revenue, atLeast: 120000, prorated: { over: 12 months } } }
      - { key: yearly, label: Yearly, requirements: { kpi: revenue, atLeast: 130000, prorated: { over: fiscalYear } } }
    movement: { review: year }`,
});

const revenue = (numerator: string): KpiInput => ({
  kpi: 'revenue',
  unit: 'money',
  currency: 'USD',
  state: 'current',
  stateReason: null,
  numerator,
  denominator: '1',
  empty: null,
  counted: 1,
  excluded: 0,
  excludedBy: {},
  inputsCompleteTo: null,
});

function evaluated(asOf: string, partner: PartnerFacts, amount = '0') {
  return evaluate({
    program,
    ladder: program.ladders[0]!,
    partnerId: 'P',
    partner,
    kpis: [revenue(amount)],
    state: holding('open', '2026-01-01', '2099-01-01'),
    overrides: [],
    facts: noFacts,
    asOf,
    mode: 'owned',
  });
}

function leafOf(tier: string, asOf: string, partner: PartnerFacts, amount = '0') {
  const { evidence } = evaluated(asOf, partner, amount);
  const {
    needs,
    state,
    gapText,
    changesOn = null,
  } = evidence.tiers.find((one) => one.tier === tier)!.requirements[0]!;
  return { needs, state, gapText, changesOn };
}

describe('how long ago a date of the partner is', () => {
  const started = { startedOn: '2026-08-31' };

  it('holds from the day on, which is named before and is evaluated', () => {
    expect(leafOf('aged', '2027-02-27', started)).toEqual({
      needs: 'start date is at least 6 months ago',
      state: 'not_met',
      gapText: 'from 2027-02-28',
      changesOn: '2027-02-28',
    });
    expect(leafOf('aged', '2027-02-28', started)).toMatchObject({ state: 'met', changesOn: null });
    expect(evaluated('2027-02-27', started).evaluateOn).toBe('2027-02-28');
    expect(evaluated('2027-02-28', started).state.tier).toBe('aged');
  });

  it('does not hold for a blank date', () => {
    expect(leafOf('aged', '2027-02-28', { startedOn: null })).toMatchObject({
      state: 'not_met',
      gapText: null,
      changesOn: null,
    });
  });

  it('says that time alone is enough, and when', () => {
    const { evidence } = evaluated('2026-12-01', started);
    const outlook = outlookOf(evidence, { tier: 'open', status: 'keeps' });
    const inputs = { kpis: [revenue('0')], partner: started } as unknown as PartnerInputs;
    const [found] = enoughFor({
      program,
      outlook,
      inputs,
      peers: () => [],
      asOf: '2026-12-01',
      isGiven: () => false,
    });
    expect(found?.text).toBe('start date is at least 6 months ago; time alone does it, on 2027-02-28');
  });
});

describe('the part of a threshold that a new partner is asked for', () => {
  const monthly = { over: '12 months', by: 'startedOn' };
  const yearly = { over: 'fiscalYear', by: 'startedOn' };
  const calendar = { fiscalYearStart: 7 };

  it.each([
    [monthly, '2026-08-31', '2026-08-31', '1/12', '2026-09-30'],
    [monthly, '2026-08-31', '2026-09-29', '1/12', '2026-09-30'],
    [monthly, '2026-08-31', '2026-09-30', '2/12', '2026-10-31'],
    [monthly, '2026-08-31', '2027-07-31', '12/12', null],
    [monthly, '2027-01-15', '2026-08-31', '1/12', '2027-02-15'],
    [monthly, null, '2026-08-31', '12/12', null],
    [{ ...monthly, over: '2 quarters' }, '2026-08-31', '2026-10-31', '3/6', '2026-11-30'],
    [yearly, '2026-06-30', '2026-07-01', '12/12', null],
    [yearly, '2026-07-01', '2026-07-01', '12/12', '2027-07-01'],
    [yearly, '2026-07-31', '2026-08-01', '12/12', '2027-07-01'],
    [yearly, '2026-08-01', '2026-08-01', '11/12', '2027-07-01'],
    [yearly, '2027-06-30', '2027-06-30', '1/12', '2027-07-01'],
    [{ ...yearly, over: 'halfYear' }, '2026-09-05', '2026-11-30', '4/6', '2027-01-01'],
    [{ ...yearly, over: 'quarter' }, '2026-09-05', '2026-10-01', '3/3', null],
    [{ ...yearly, over: 'year' }, '2026-12-15', '2026-10-05', '1/12', '2027-01-01'],
    [{ ...yearly, over: 'year' }, '2026-12-15', '2026-12-31', '1/12', '2027-01-01'],
    [{ ...yearly, over: 'year' }, '2027-03-31', '2026-10-05', '1/12', '2027-01-01'],
    [{ ...yearly, over: 'year' }, '2027-03-31', '2027-01-01', '10/12', '2028-01-01'],
  ])('%o from %s on %s: %s', (prorated, startedOn, asOf, part, changesOn) => {
    const share = shareOf(prorated, { startedOn, asOf }, calendar);
    expect([`${share.months}/${share.of}`, share.changesOn]).toEqual([part, changesOn]);
  });

  it('is compared, and said with the whole', () => {
    const started = { startedOn: '2026-09-15' };
    expect(leafOf('rolling', '2026-11-20', started, '29999')).toEqual({
      needs: '30,000 USD, for 3 of 12 months of 120,000 USD',
      state: 'not_met',
      gapText: '1 USD more',
      changesOn: '2026-12-15',
    });
    expect(leafOf('rolling', '2026-11-20', started, '30000').state).toBe('met');
    expect(leafOf('rolling', '2026-12-15', started, '30000').state).toBe('not_met');
    expect(leafOf('rolling', '2028-01-01', started).needs).toBe('120,000 USD');
    expect(leafOf('yearly', '2026-11-20', started).needs).toBe(
      '108,333.33 USD, for 10 of 12 months of 130,000 USD',
    );
  });

  it('keeps in the evidence what it rests on', () => {
    expect(evaluated('2026-11-20', { startedOn: '2026-09-15' }).evidence.partner).toEqual({
      startedOn: '2026-09-15',
    });
  });

  it('is told with the program', () => {
    const [, , rolling, fiscal] = program.ladders[0]!.tiers;
    expect(requirementLines(program, rolling!.requirements)).toEqual([
      'Revenue >= 120,000 USD (in the first 12 months from startedOn in proportion to the months)',
    ]);
    expect(requirementLines(program, fiscal!.requirements)).toEqual([
      'Revenue >= 130,000 USD (in the fiscal year of startedOn in proportion to the months from then)',
    ]);
  });
});

describe('times and parts that make no sense', () => {
  function found(asked: string, more = ''): string[] {
    const text = `name: test
title: Test
version: '1'
validFrom: 2026-01-01
timeZone: UTC
currency: { code: USD }
partnerTypes: [{ key: reseller, label: Reseller }]
kpis:
  points: { label: Points, help: Points, unit: number, measure: { sum: fact.quantity } }
  share: { label: Share, help: Share, unit: percent, every: { of: deal, must: { attribute: isWon, is: true } } }
${more}
ladders: [{ key: main, label: Main, tiers: [{ key: gold, label: Gold, requirements: ${asked} }] }]
`;
    return parseProgram(text, 'test.yaml').findings.map(
      ({ code, path, reason }) => `${code} ${path}: ${reason}`,
    );
  }

  const gold = 'ladders.0.tiers.0.requirements';

  it.each([
    [
      '{ kpi: share, atLeast: 50, prorated: { over: year } }',
      `PROGRAM_WRONG_UNIT ${gold}.prorated: share is percent, of which a new partner has no smaller part; leave it out`,
    ],
    [
      '{ kpi: points, atLeast: 50, prorated: { over: 1 month } }',
      `PROGRAM_NO_EFFECT ${gold}.prorated.over: over 1 month everybody is asked for the whole; leave it out`,
    ],
    [
      '{ kpi: points, atLeast: 50, prorated: { over: 90 days } }',
      `PROGRAM_WRONG_VALUE ${gold}.prorated.over: new partners are asked for a part over a period such as year or fiscalYear, or over a time such as "12 months"`,
    ],
    [
      '{ kpi: points, atLeast: 50, prorated: { over: year, by: country } }',
      `PROGRAM_WRONG_TYPE ${gold}.prorated.by: "country" is no date (text); partner has startedOn, endedOn, crmTierSince, tierSince, tierNextReview`,
    ],
    [
      '{ kpi: points, atLeast: 50, prorated: { over: year, by: parent.startedOn } }',
      `PROGRAM_NOT_OWN_ATTRIBUTE ${gold}.prorated.by: "parent.startedOn" is not the partner's own attribute`,
    ],
    [
      '{ fact: plan, prorated: { over: year } }',
      `PROGRAM_MISPLACED ${gold}.prorated: says how much of a bound is asked; it stands beside kpi and a bound`,
    ],
    [
      '{ partner: { attribute: country, elapsed: 6 months } }',
      `PROGRAM_WRONG_TYPE ${gold}.partner.attribute: "country" is no date (text); partner has startedOn, endedOn, crmTierSince, tierSince, tierNextReview`,
    ],
    [
      '{ all: [{ partner: { attribute: startedOn, elapsed: 6 months } }, { id: none, partner: { attribute: startedOn, blank: true } }] }',
      `PROGRAM_UNREACHABLE_TIER ladders.0.tiers.0: tier Gold is unreachable: startedOn cannot be so long ago as 6 months and be empty at once`,
    ],
  ])('%s', (asked, expected) => {
    expect(found(asked)).toEqual([expected]);
  });

  it('are for tiers only, of which the day is foreseen', () => {
    const tracks =
      'tracks: [{ key: new, label: New, when: { not: { partner: { attribute: startedOn, elapsed: 1 year } } } }, { key: old, label: Old }]';
    const asked = '{ kpi: points, atLeast: { new: 1, old: 2 } }';
    expect(found(asked, tracks)).toEqual([
      'PROGRAM_MISPLACED tracks.0.when.not.partner.elapsed: only the requirements of tiers and specialisations ask how long ago a date of the partner is; of records write window: { elapsed: 1 year, by: startedOn }',
    ]);
    const parts =
      'tracks: [{ key: new, label: New, when: { kpi: points, atLeast: 5, prorated: { over: year } } }, { key: old, label: Old }]';
    expect(found(asked, parts)).toEqual([
      'PROGRAM_MISPLACED tracks.0.when.prorated: only the requirements of tiers and specialisations ask new partners for a part; leave it out',
    ]);
  });

  it('are not for a KPI, whatever it is called', () => {
    const more =
      '  tiers: { label: T, help: T, unit: points, score: { choose: [{ when: { partner: { attribute: startedOn, elapsed: 1 year } }, use: 1 }, { otherwise: 0 }] } }';
    expect(found('{ kpi: points, atLeast: 1 }', more)).toEqual([
      expect.stringMatching(/^PROGRAM_MISPLACED kpis.tiers.score.choose.*elapsed: only the requirements/),
    ]);
  });

  it('are sound in specialisations', () => {
    const more =
      'specialisations: [{ key: a, label: A, requirements: [{ partner: { attribute: startedOn, elapsed: 90 days } }, { kpi: points, atLeast: 12, prorated: { over: 12 months } }] }]';
    expect(found('{ kpi: points, atLeast: 1 }', more)).toEqual([]);
  });
});
