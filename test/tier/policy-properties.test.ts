import { describe, expect, it } from '@jest/globals';
import { type MovementPolicy, movementSchema } from '../../src/program/schema/movement.ts';
import { evaluatePartner } from '../../src/tier/evaluate-partner.ts';
import { goalOf, type TierState } from '../../src/tier/types.ts';
import { fc } from '../services/fast-check.ts';
import { holding, noFacts, points, policyV } from './replay.ts';

const promote = fc.constantFrom('immediately' as const, 'at_review' as const);
const demote = fc.constantFrom('immediately' as const, 'at_review' as const, 'never' as const);
const review = fc.constantFrom<MovementPolicy['review']>(
  'month',
  'quarter',
  { every: 'month', day: 31 },
  { on: ['02-29', '08-15'] },
  { every: 'quarter', inForceAfter: '1 month' },
  { on: ['01-10', '07-10'], inForceAfter: '45 days' },
  { promotions: 'month', demotions: 'year' },
  { promotions: { every: 'quarter', inForceAfter: '1 month' }, demotions: { on: ['05-15'] } },
);
const policy = fc.record({
  promote,
  demote,
  review,
  grace: fc.constantFrom({ reviews: 0 }, { reviews: 1 }, { days: 20 }),
  stepsDown: fc.integer({ min: 1, max: 3 }),
  stepsUp: fc.constantFrom(undefined, 1, 2),
  minimumTenure: fc.constantFrom(undefined, '3 months'),
  lock: fc.constantFrom(undefined, { for: '6 months' }, { until: '01-01' }),
});

/** Days on which something is looked at, with the points of that day; some of them are late. */
const days = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 900 }), fc.constantFrom('0', '10', '20', '30'), fc.boolean()), {
    minLength: 1,
    maxLength: 30,
  })
  .map((list) =>
    [...new Map(list.map(([offset, value, isLate]) => [offset, { value, isLate }]))]
      .sort(([left], [right]) => left - right)
      .map(([offset, each]) => ({
        day: new Date(Date.UTC(2026, 0, 1 + offset)).toISOString().slice(0, 10),
        ...each,
      })),
  );

const ranks = [null, 'bronze', 'silver', 'gold'];

describe('whatever the policy', () => {
  it('an evaluation repeated on a day changes nothing, and takes no more than the policy lets it', () => {
    fc.assert(
      fc.property(policy, days, (given, script) => {
        const program = policyV();
        const movement = { ...movementSchema.parse({}), ...given } as MovementPolicy;
        program.ladders[0]!.movement = movement;
        let state: TierState = holding('silver', '2025-12-01', '2026-01-01');
        for (const { day, value, isLate } of script) {
          const evaluateOnce = (from: TierState) =>
            evaluatePartner(
              program,
              {
                partnerId: 'P',
                partner: {},
                kpis: [points(value, isLate ? 'provisional' : 'current')],
                states: [{ ladder: 'main', state: from, isClosed: false }],
                absorbed: [],
                overrides: [],
                waivers: [],
                facts: noFacts,
                mode: 'owned',
                asked: [],
              },
              day,
            ).ladders[0]!;
          const before = state;
          const outcome = evaluateOnce(before);
          state = outcome.state.state;
          expect(evaluateOnce(state).decisions).toEqual([]);
          const lost = ranks.indexOf(before.tier) - ranks.indexOf(state.tier);
          if (movement.demote === 'never') expect(lost).toBeLessThanOrEqual(0);
          const isPending = before.pending !== null;
          if (lost > 0 && !isPending) {
            expect(lost).toBeLessThanOrEqual(movement.stepsDown);
            expect(isLate).toBe(false);
            expect(before.lockedUntil === null || day >= before.lockedUntil).toBe(true);
          }
          if (
            isPending &&
            goalOf(before) !== before.tier &&
            before.tier === state.tier &&
            state.pending !== null
          )
            expect(state.pending).toEqual(before.pending);
          const next = outcome.state.evaluateOn;
          expect(next === null || next > day).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
