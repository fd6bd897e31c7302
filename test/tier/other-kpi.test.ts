import { describe, expect, it } from '@jest/globals';
import { exact } from '../../src/program/exact.ts';
import { parseProgram } from '../../src/program/load.ts';
import { gapText } from '../../src/tier/explain/wording.ts';
import { tierEvidence } from '../../src/tier/requirement.ts';
import type { KpiInput } from '../../src/tier/types.ts';
import { programOf } from '../kpi/sample.ts';

/** A KPI that is compared with another KPI of the same partner. */

const kpis = `  certified: { label: Certified people, help: C, unit: people, measure: { distinct: certification.person } }
  bookings: { label: Bookings, help: B, unit: money, measure: { sum: deal.amount } }
  needed: { label: People needed, help: N, unit: people, whenEmpty: fail, round: { digits: 0, direction: up }, score: { ratio: { of: bookings, to: 1000000 } } }`;

const program = programOf({ kpis });

function input(kpi: string, value: string | null, state: KpiInput['state'] = 'current'): KpiInput {
  return {
    kpi,
    unit: program.kpis[kpi]!.unit,
    currency: null,
    state,
    stateReason: state === 'current' ? null : { code: 'unread', object: 'Data', connection: 'prod' },
    numerator: value,
    denominator: value === null ? null : '1',
    empty: value === null ? 'no_records' : null,
    counted: 1,
    excluded: 0,
    excludedBy: {},
    inputsCompleteTo: null,
  };
}

function evidence(certified: KpiInput, needed: KpiInput | null, bound = 'atLeast') {
  const figures = [certified, ...(needed === null ? [] : [needed])];
  const { requirements, holds, couldHold } = tierEvidence(
    { program, kpis: new Map(figures.map((one) => [one.kpi, one])), partner: {} },
    { key: 'gold', label: 'Gold', requirements: { kpi: 'certified', [bound]: { kpi: 'needed' } } },
  );
  return { ...requirements[0]!, holds, couldHold };
}

describe('a bound that is another KPI', () => {
  it('is told with both figures and how far they are apart', () => {
    expect(evidence(input('certified', '2'), input('needed', '3'))).toMatchObject({
      state: 'not_met',
      has: '2',
      needs: '3 (People needed)',
      gapText: '1 more',
      thresholdKpi: 'needed',
      threshold: { numerator: '3', denominator: '1' },
    });
    expect(evidence(input('certified', '3'), input('needed', '3'))).toMatchObject({
      state: 'met',
      gap: null,
    });
    expect(evidence(input('certified', '3'), input('needed', '3'), 'moreThan')).toMatchObject({
      state: 'not_met',
      needs: 'more than 3 (People needed)',
      gapText: '1 more',
    });
    expect(evidence(input('certified', '1'), input('needed', '3'), 'moreThan').gapText).toBe('3 more');
    expect(evidence(input('certified', '5'), input('needed', '3'), 'lessThan').gapText).toBe('3 less');
    expect(evidence(input('certified', '5'), input('needed', '3'), 'atMost').gapText).toBe('2 less');
  });

  it('waits where it has not been computed, and takes what the program says of a figure that is not there', () => {
    expect(evidence(input('certified', '2'), null)).toMatchObject({
      state: 'pending',
      needs: 'People needed',
      reason: 'People needed: it has not been computed yet',
    });
    expect(evidence(input('certified', '2'), input('needed', null))).toMatchObject({
      state: 'not_met',
      reason: 'People needed: there is nothing to measure yet',
    });
    expect(evidence(input('certified', null), input('needed', null))).toMatchObject({ state: 'pending' });
  });

  it('costs nobody a tier while it is late', () => {
    expect(evidence(input('certified', '2'), input('needed', '3', 'provisional'))).toMatchObject({
      state: 'not_met',
      reason: 'People needed: Data of prod has not been read completely yet',
      holds: false,
      couldHold: true,
    });
  });
});

it.each([
  ['0', 'money', 'moreThan', 'any amount more'],
  ['5000', 'money', 'moreThan', 'more than 5,000 USD more'],
  ['5000', 'money', 'atLeast', '5,000 USD more'],
  ['1/3', 'money', 'moreThan', '0.34 USD more'],
  ['2', 'days', 'lessThan', 'more than 2 days less'],
  ['6.7', 'percent', 'lessThan', 'more than 6.7 percentage points less'],
  ['2', 'people', 'lessThan', '3 less'],
] as const)('a gap of %s in %s, %s, reads %s', (gap, unit, bound, words) => {
  expect(gapText(exact(gap), bound, { unit, currency: unit === 'money' ? 'USD' : null })).toBe(words);
});

describe('the check', () => {
  const findings = (extra: string, requirement: string) => {
    const text = `name: t
title: T
version: 1
validFrom: 2026-01-01
timeZone: UTC
currency: { code: USD }
partnerTypes: [{ key: reseller, label: Reseller }]
kpis:
${kpis}
${extra}ladders:
  - key: main
    label: Main
    tiers:
      - { key: base, label: Base }
      - { key: gold, label: Gold, requirements: ${requirement} }
`;
    const result = parseProgram(text, 'programs/t.yaml');
    return result.ok
      ? []
      : result.findings.map(({ line, column, code, reason }) => `${line}:${column} ${code} ${reason}`);
  };

  it.each([
    [
      '{ kpi: certified, atLeast: { kpi: needs } }',
      '17:78 PROGRAM_UNKNOWN_KPI "needs" is not a KPI of this program; did you mean "needed"?',
    ],
    [
      '{ kpi: certified, atLeast: { kpi: bookings } }',
      '17:78 PROGRAM_WRONG_UNIT bookings is money, and certified is people; give both one unit',
    ],
    [
      '{ kpi: certified, atLeast: { kpi: certified } }',
      '17:78 PROGRAM_DUPLICATE "certified" is compared with itself',
    ],
    [
      '{ kpi: certified, atLeast: { kpi: needed }, prorated: { over: year } }',
      '17:93 PROGRAM_MISPLACED only of a number a part is asked; another KPI is asked whole',
    ],
  ])('%s', (requirement, expected) => {
    expect(findings('', requirement)).toContain(expected);
  });

  it('names a circle that closes through a bound', () => {
    const circle =
      '  round: { label: R, help: R, unit: people, score: { choose: [{ when: { kpi: certified, atLeast: { kpi: round } }, use: 1 }, { otherwise: 0 }] } }\n';
    expect(findings(circle, '{ kpi: certified, atLeast: 1 }')).toContain(
      '12:45 PROGRAM_CIRCLE is made of itself: round -> round',
    );
  });

  it('lets a tier ask for it', () => {
    expect(findings('', '{ kpi: certified, atLeast: { kpi: needed } }')).toEqual([]);
  });
});
