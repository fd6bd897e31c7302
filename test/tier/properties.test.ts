import { describe, expect, it } from '@jest/globals';
import type { Requirement } from '../../src/program/schema/ladder.ts';
import { computeTier, recomputeDecision } from '../../src/tier/computed.ts';
import { missingFor } from '../../src/tier/explain/missing.ts';
import type { KpiInput } from '../../src/tier/types.ts';
import { programOf } from '../kpi/sample.ts';
import { fc } from '../services/fast-check.ts';
import { holding, points, policyV, replay } from './replay.ts';

const kpis = ['a', 'b', 'c'];
const program = programOf({
  kpis: kpis
    .map((kpi) => `  ${kpi}: { label: ${kpi}, help: x, unit: number, measure: { sum: fact.quantity } }`)
    .join('\n'),
  ladders: `  - key: main
    label: Main
    tiers: [{ key: low, label: Low }, { key: high, label: High, requirements: [{ kpi: a, atLeast: 1 }] }]`,
});

const { requirement } = fc.letrec<{ requirement: Requirement }>((tie) => ({
  requirement: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'requirement' },
    fc
      .record({
        kpi: fc.constantFrom(...kpis),
        bound: fc.constantFrom('atLeast', 'moreThan', 'atMost', 'lessThan'),
        threshold: fc.integer({ min: 0, max: 4 }),
      })
      .map(({ kpi, bound, threshold }): Requirement => ({ kpi, [bound]: threshold })),
    fc.array(tie('requirement'), { minLength: 1, maxLength: 3 }).map((all): Requirement => ({ all })),
    fc.array(tie('requirement'), { minLength: 1, maxLength: 3 }).map((any): Requirement => ({ any })),
    fc
      .array(tie('requirement'), { minLength: 1, maxLength: 3 })
      .map((of): Requirement => ({ atLeastOf: { n: Math.max(1, of.length - 1), of } })),
    tie('requirement').map((not): Requirement => ({ not })),
  ),
}));

const figures = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 3, maxLength: 3 });

/** Truth of a requirement by plain recursion, as a reader of the file would say it. */
function holds(one: Requirement, values: Record<string, number>): boolean {
  if (one.all !== undefined) return one.all.every((inner) => holds(inner, values));
  if (one.any !== undefined) return one.any.some((inner) => holds(inner, values));
  if (one.not !== undefined) return !holds(one.not, values);
  if (one.atLeastOf !== undefined) {
    return one.atLeastOf.of.filter((inner) => holds(inner, values)).length >= one.atLeastOf.n;
  }
  const value = values[one.kpi!]!;
  if (one.atLeast !== undefined) return value >= Number(one.atLeast);
  if (one.moreThan !== undefined) return value > Number(one.moreThan);
  if (one.atMost !== undefined) return value <= Number(one.atMost);
  return value < Number(one.lessThan);
}

function evidenceOf(wanted: Requirement, values: number[], provisional: number[] = []) {
  const ladder = structuredClone(program.ladders[0]!);
  ladder.tiers[1]!.requirements = wanted;
  const inputs: KpiInput[] = kpis.map((kpi, index) => ({
    ...points(String(values[index]), provisional.includes(index) ? 'provisional' : 'current'),
    kpi,
  }));
  return computeTier({ program, ladder, kpis: inputs, partner: {}, asOf: '2026-11-23', held: null });
}

const valuesOf = (values: number[]) => Object.fromEntries(kpis.map((kpi, index) => [kpi, values[index]!]));

describe('evidence', () => {
  it('says of every requirement what a plain reading says, and decides the same tier again', () => {
    fc.assert(
      fc.property(requirement, figures, (wanted, values) => {
        const evidence = evidenceOf(wanted, values);
        expect(evidence.computedTier).toBe(holds(wanted, valuesOf(values)) ? 'high' : 'low');
        expect(recomputeDecision(JSON.parse(JSON.stringify(evidence)))).toBe(evidence.computedTier);
      }),
    );
  });

  it('never rules a tier out that complete inputs could still give', () => {
    fc.assert(
      fc.property(
        requirement,
        figures,
        figures,
        fc.subarray([0, 1, 2]),
        (wanted, values, later, provisional) => {
          const evidence = evidenceOf(wanted, values, provisional);
          const complete = values.map((value, index) =>
            provisional.includes(index) ? later[index]! : value,
          );
          if (holds(wanted, valuesOf(complete))) expect(evidence.ceilingTier).toBe('high');
        },
      ),
    );
  });

  it('names something missing exactly when the tier is not held', () => {
    fc.assert(
      fc.property(requirement, figures, (wanted, values) => {
        const tier = evidenceOf(wanted, values).tiers[1]!;
        expect(missingFor(tier).length === 0).toBe(tier.holds);
      }),
    );
  });
});

describe('movement', () => {
  const day = fc.integer({ min: 0, max: 700 });
  const tier = fc.constantFrom('none', 'bronze', 'silver', 'gold');
  const script = fc.array(fc.tuple(day, tier), { minLength: 1, maxLength: 25 }).map((steps) =>
    [...new Map(steps)]
      .sort(([left], [right]) => left - right)
      .map(
        ([offset, computed]) =>
          `${new Date(Date.UTC(2026, 0, 1 + offset)).toISOString().slice(0, 10)} ${computed}`,
      )
      .join('\n'),
  );

  it('loses at most one tier a time, never without a warning before, and only at a review', () => {
    fc.assert(
      fc.property(script, (lines) => {
        const ranks = ['-', 'bronze', 'silver', 'gold'];
        const { rows } = replay(
          { program: policyV(), state: holding('gold', '2025-12-01', '2026-01-01') },
          lines,
        );
        let rank = 3;
        let warnedOn: string | null = null;
        for (const row of rows) {
          const now = ranks.indexOf(row.tier);
          if (row.movement === 'demote') {
            expect(rank - now).toBe(1);
            expect(warnedOn).not.toBeNull();
            expect(row.day.slice(0, 7) > warnedOn!.slice(0, 7)).toBe(true);
          } else {
            expect(now).toBeGreaterThanOrEqual(rank);
          }
          if (row.status !== 'due_down') warnedOn = null;
          else if (row.movement === 'warn' || row.movement === 'demote') warnedOn = row.day;
          rank = now;
        }
      }),
      { numRuns: 200 },
    );
  });
});
