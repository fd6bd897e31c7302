import { describe, expect, it } from '@jest/globals';
import { Fraction } from 'fraction.js';
import type { PartFigure } from '../../src/kpi/score/part.ts';
import { figureOfScore, scoreOf } from '../../src/kpi/score/score.ts';
import { exact, exactRatio, partsOf } from '../../src/program/exact.ts';
import type { Program } from '../../src/program/load.ts';
import type { Requirement } from '../../src/program/schema/ladder.ts';
import type { ScoreDefinition } from '../../src/program/schema/score.ts';
import { mostOf } from '../../src/program/score-limits.ts';
import { scoresInOrder } from '../../src/program/score-parts.ts';
import { computeTier, recomputeDecision } from '../../src/tier/computed.ts';
import { fc } from '../services/fast-check.ts';
import { programOf } from './sample.ts';

/** Random scores, each made of measured figures and of the scores before it. */
const measured = ['m0', 'm1', 'm2'];
const base = programOf({
  head: `tracks: [{ key: big, label: Big, when: { kpi: m0, atLeast: 5 } }, { key: small, label: Small }]`,
  kpis: measured
    .map((kpi) => `  ${kpi}: { label: ${kpi}, help: x, unit: points, measure: { sum: fact.quantity } }`)
    .join('\n'),
  ladders: `  - key: main
    label: Main
    tiers: [{ key: low, label: Low }, { key: high, label: High, requirements: { kpi: m0, atLeast: 1 } }]`,
});

type Rise = 'rising' | 'any';

/** A score that reads some of `known`; a rising one never falls when a figure below it rises. */
function scoreArbitrary(known: readonly string[], rise: Rise): fc.Arbitrary<ScoreDefinition> {
  const kpi = fc.constantFrom(...known);
  const some = fc.subarray([...known], { minLength: 1 });
  const amount = fc.integer({ min: 1, max: 40 });
  const number = rise === 'rising' ? amount : fc.oneof(amount, fc.record({ big: amount, small: amount }));
  const needs: fc.Arbitrary<Requirement> = fc
    .record({ kpi, limit: number })
    .map(({ kpi: of, limit }) => ({ kpi: of, atLeast: limit }));
  const points = fc.array(amount, { minLength: 1, maxLength: 4 });
  const rising: fc.Arbitrary<ScoreDefinition>[] = [
    fc.record({ of: kpi, full: number, points: number }).map((linear) => ({ linear })),
    fc
      .record({
        of: kpi,
        points: amount,
        per: amount,
        whole: fc.boolean(),
        cap: fc.option(amount, { nil: undefined }),
      })
      .map((each) => ({ each })),
    fc.record({ of: kpi, points }).map(({ of, points: list }) => ({
      bands: {
        of,
        table: [...new Set(list)]
          .sort((one, other) => one - other)
          .map((from, index) => ({ [index % 2 === 0 ? 'from' : 'above']: from, points: from * 2 })),
      },
    })),
    some.map((sum) => ({ sum })),
    some.map((best) => ({ best })),
    some.map((worst) => ({ worst })),
    some.map((list) => ({
      weighted: { of: list.map((of, index) => ({ kpi: of, weight: index + 1, full: index + 3 })), to: 100 },
    })),
    fc
      .array(fc.record({ points: fc.oneof(kpi, amount), needs: fc.option(needs, { nil: undefined }) }), {
        minLength: 1,
        maxLength: 3,
      })
      .map((steps) => ({ steps })),
  ];
  const free: fc.Arbitrary<ScoreDefinition>[] = [
    fc
      .record({ when: needs, use: fc.oneof(kpi, amount), otherwise: fc.oneof(kpi, amount) })
      .map(({ when, use, otherwise }) => ({ choose: [{ when, use }, { otherwise }] })),
    kpi.map((of) => ({ bestTrack: { of } })),
  ];
  return fc.oneof(...rising, ...(rise === 'any' ? free : []));
}

/** Four scores, each of which may read those before it. */
function programArbitrary(rise: Rise): fc.Arbitrary<Program> {
  const names = ['s0', 's1', 's2', 's3'];
  return fc
    .tuple(...names.map((_name, index) => scoreArbitrary([...measured, ...names.slice(0, index)], rise)))
    .map((scores) => {
      const composed = scores.map((score, index) => [
        names[index],
        {
          label: names[index]!,
          help: 'x',
          unit: 'points',
          score,
          whenEmpty: 'pending',
          rollUp: 'partner',
          better: 'higher',
        },
      ]);
      return { ...base, kpis: { ...base.kpis, ...Object.fromEntries(composed) } };
    });
}

const figures = fc.tuple(
  ...measured.map(() => fc.integer({ min: 0, max: 120 }).map((n) => new Fraction(n, 4))),
);

function figureOf(kpi: string, value: Fraction): PartFigure {
  return {
    kpi,
    unit: 'points',
    currency: null,
    state: 'current',
    stateReason: null,
    ...partsOf(value),
    empty: null,
    counted: 1,
    excluded: 0,
    excludedBy: {},
    inputsCompleteTo: null,
  };
}

function evaluated(program: Program, values: readonly Fraction[]): Map<string, PartFigure> {
  const found = new Map(measured.map((kpi, index) => [kpi, figureOf(kpi, values[index]!)]));
  for (const kpi of scoresInOrder(program)) {
    const figure = figureOfScore(scoreOf({ program, figures: found, partner: {} }, kpi));
    found.set(kpi, { ...figureOf(kpi, exact(0)), ...figure });
  }
  return found;
}

const exactOf = ({ numerator, denominator }: PartFigure) => exactRatio(numerator!, denominator!);
const numbersOf = (program: Program, values: readonly Fraction[]) =>
  new Map([...evaluated(program, values)].map(([kpi, figure]) => [kpi, exactOf(figure)]));

/** The same by a plain reading of the file: recursion, and nothing shared with the code that is tested. */
function plain(program: Program, values: readonly Fraction[], kpi: string, on?: string): Fraction {
  const read = (of: string | number, track = on): Fraction =>
    typeof of === 'number' ? exact(of) : plain(program, values, of, track);
  if (measured.includes(kpi)) return values[measured.indexOf(kpi)]!;
  const track = on ?? (values[0]!.gte(5) ? 'big' : 'small');
  const number = (one: unknown): Fraction =>
    typeof one === 'object' ? exact((one as Record<string, number>)[track]!) : exact(one as number);
  const holds = ({ kpi: of, atLeast }: Requirement) => read(of!).gte(number(atLeast));
  const least = (one: Fraction, other: Fraction) => (one.lt(other) ? one : other);
  const most = (one: Fraction, other: Fraction) => (one.gt(other) ? one : other);
  const { linear, each, bands, sum, best, worst, weighted, steps, choose, bestTrack } =
    program.kpis[kpi]!.score!;
  if (linear) return number(linear.points).mul(least(exact(1), read(linear.of).div(number(linear.full))));
  if (each) {
    const units = read(each.of).div(number(each.per));
    const all = (each.whole ? units.floor() : units).mul(number(each.points));
    return each.cap === undefined ? all : least(all, number(each.cap));
  }
  if (bands) {
    const x = read(bands.of);
    let points = exact(0);
    for (const band of bands.table)
      if (band.from === undefined ? x.gt(number(band.above)) : x.gte(number(band.from)))
        points = number(band.points);
    return points;
  }
  if (sum) return sum.reduce((total, of) => total.add(read(of)), exact(0));
  if (best) return best.map((of) => read(of)).reduce(most);
  if (worst) return worst.map((of) => read(of)).reduce(least);
  if (weighted) {
    const whole = weighted.of.reduce((total, { weight }) => total.add(weight), new Fraction(0));
    return weighted.of.reduce(
      (total, { kpi: of, weight, full }) =>
        total.add(
          least(exact(1), read(of).div(number(full)))
            .mul(exact(weight).mul(weighted.to))
            .div(whole),
        ),
      exact(0),
    );
  }
  if (steps) {
    let total = exact(0);
    for (const step of steps) {
      if (step.needs !== undefined && !holds(step.needs)) break;
      total = total.add(read(step.points as string | number));
    }
    return total;
  }
  if (choose) return holds(choose[0]!.when!) ? read(choose[0]!.use!) : read(choose[1]!.otherwise!);
  return most(read(bestTrack!.of, 'big'), read(bestTrack!.of, 'small'));
}

const names = ['s0', 's1', 's2', 's3'];

describe('scores of any make', () => {
  it('are what a plain reading of the file gives, exactly', () => {
    fc.assert(
      fc.property(programArbitrary('any'), figures, (program, values) => {
        const found = numbersOf(program, values);
        for (const kpi of names) {
          const expected = plain(program, values, kpi);
          expect([kpi, found.get(kpi)!.toFraction()]).toEqual([kpi, expected.toFraction()]);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('are never more than the most that the rules allow', () => {
    fc.assert(
      fc.property(programArbitrary('any'), figures, (program, values) => {
        const found = evaluated(program, values);
        const track = values[0]!.gte(5) ? 'big' : 'small';
        for (const kpi of names) {
          const most = mostOf(program, kpi, { track, region: null });
          if (most !== null) expect(exactOf(found.get(kpi)!).lte(most)).toBe(true);
        }
      }),
    );
  });

  it('do not fall when a figure below them rises', () => {
    fc.assert(
      fc.property(programArbitrary('rising'), figures, figures, (program, values, more) => {
        const before = numbersOf(program, values);
        const after = numbersOf(
          program,
          values.map((value, index) => value.add(more[index]!)),
        );
        for (const kpi of names) expect(after.get(kpi)!.gte(before.get(kpi)!)).toBe(true);
      }),
    );
  });

  it('do not depend on the order of their parts', () => {
    fc.assert(
      fc.property(programArbitrary('any'), figures, (program, values) => {
        const turned = structuredClone(program);
        for (const { score } of Object.values(turned.kpis)) {
          score?.sum?.reverse();
          score?.best?.reverse();
          score?.worst?.reverse();
          score?.weighted?.of.reverse();
        }
        const texts = (rules: Program) =>
          [...numbersOf(rules, values)].map(([kpi, value]) => `${kpi} ${value.toFraction()}`).sort();
        expect(texts(turned)).toEqual(texts(program));
      }),
    );
  });
});

describe('evidence of a tier that asks for scores', () => {
  it('holds all that they are made of: from it alone come the same scores and the same tier', () => {
    const threshold = fc.oneof(
      fc.integer({ min: 1, max: 60 }),
      fc.record({ big: fc.integer({ min: 1, max: 60 }), small: fc.integer({ min: 1, max: 60 }) }),
    );
    fc.assert(
      fc.property(programArbitrary('any'), figures, threshold, (program, values, atLeast) => {
        const ladder = structuredClone(program.ladders[0]!);
        ladder.tiers[1]!.requirements = { kpi: 's3', atLeast };
        const kpis = [...evaluated(program, values).values()].map(({ error: _error, ...figure }) => figure);
        const evidence = computeTier({ program, ladder, kpis, partner: {}, asOf: '2026-11-23', held: null });
        const stored: typeof evidence = JSON.parse(JSON.stringify(evidence));
        expect(recomputeDecision(stored)).toBe(evidence.computedTier);

        const again = new Map<string, PartFigure>(
          stored.kpis.filter(({ score }) => score === undefined).map((one) => [one.kpi, one]),
        );
        const kept = new Map(stored.kpis.map((one) => [one.kpi, one]));
        for (const kpi of scoresInOrder(program).filter((one) => kept.has(one))) {
          const figure = figureOfScore(scoreOf({ program, figures: again, partner: stored.partner }, kpi));
          expect({ ...figure, error: undefined }).toEqual({
            numerator: kept.get(kpi)!.numerator,
            denominator: kept.get(kpi)!.denominator,
            empty: kept.get(kpi)!.empty,
            score: kept.get(kpi)!.score,
            error: undefined,
          });
          again.set(kpi, { ...kept.get(kpi)!, ...figure });
        }
        const decided = computeTier({
          held: null,
          program,
          ladder,
          kpis: [...again.values()],
          partner: stored.partner,
          asOf: '2026-11-23',
        });
        expect(decided.computedTier).toBe(evidence.computedTier);
        expect(decided.track).toBe(evidence.track);
      }),
    );
  });
});
