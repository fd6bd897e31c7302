import { describe, expect, it } from '@jest/globals';
import type { AttributeValue } from '../../src/model/entities.ts';
import { sameValue } from '../../src/model/values.ts';
import { type AttributePlan, planAttribute } from '../../src/sync/mapping/plan.ts';
import { attributeMappingSchema } from '../../src/sync/mapping/schema.ts';
import { type Base, baseAfterWrite, needsSending } from '../../src/sync/records/base.ts';
import { type MergeResult, mergeRecord, type TheirReading } from '../../src/sync/records/merge.ts';
import { fc } from '../services/fast-check.ts';

/** Both sides of one attribute, as a store and a CRM would hold them. */
interface Sides {
  ours: AttributeValue;
  theirs: AttributeValue;
  base: Base;
  /** Seconds; each step is later than the one before. */
  time: number;
  ourTime: number;
  theirTime: number;
}

type Step =
  | { kind: 'ours'; value: AttributeValue }
  | { kind: 'theirs'; value: AttributeValue }
  | { kind: 'pull' }
  | { kind: 'push' }
  | { kind: 'pushLost' };

const value = fc.constantFrom<AttributeValue>(null, 'a', 'b', 'c');
const step = fc.oneof(
  fc.record({ kind: fc.constant('ours' as const), value }),
  fc.record({ kind: fc.constant('theirs' as const), value }),
  fc.constant<Step>({ kind: 'pull' }),
  fc.constant<Step>({ kind: 'push' }),
  fc.constant<Step>({ kind: 'pushLost' }),
);
const policy = fc.constantFrom('crm', 'program', 'newest', 'ask');
const onBlank = fc.constantFrom('clear', 'keep');

function planOf(spec: Record<string, unknown>): AttributePlan {
  return planAttribute(
    'partner',
    'phone',
    attributeMappingSchema.parse({ field: 'F', direction: 'both', ...spec }),
  );
}

const at = (seconds: number) => new Date(seconds * 1000).toISOString();

function merge(plan: AttributePlan, sides: Sides, theirs?: TheirReading): MergeResult {
  return mergeRecord({
    attributes: [plan],
    ours: { phone: sides.ours },
    base: sides.base,
    theirs: { phone: theirs ?? { kind: 'value', value: sides.theirs } },
    theirStamp: at(sides.theirTime),
    ourStamp: at(sides.ourTime),
  });
}

function pull(plan: AttributePlan, sides: Sides): MergeResult {
  const result = merge(plan, sides);
  if (Object.hasOwn(result.values, 'phone')) {
    sides.ours = result.values.phone!;
    sides.ourTime = sides.time;
  }
  sides.base = result.base;
  return result;
}

/** Sends what differs, unless a person has to decide first. Returns whether anything was sent. */
function push(plan: AttributePlan, sides: Sides, isAnswerLost = false): boolean {
  const isParked = merge(plan, sides).disagreements.length > 0;
  if (isParked || !needsSending(sides.base.phone, sides.ours)) return false;
  sides.theirs = sides.ours;
  sides.theirTime = sides.time;
  if (!isAnswerLost) sides.base = baseAfterWrite(sides.base, { phone: sides.ours }, sides.time * 1000);
  return true;
}

function play(plan: AttributePlan, steps: readonly Step[]): Sides {
  const sides: Sides = { ours: null, theirs: null, base: {}, time: 1000, ourTime: 0, theirTime: 0 };
  for (const each of steps) {
    sides.time += 10;
    if (each.kind === 'ours') Object.assign(sides, { ours: each.value, ourTime: sides.time });
    else if (each.kind === 'theirs') Object.assign(sides, { theirs: each.value, theirTime: sides.time });
    else if (each.kind === 'pull') pull(plan, sides);
    else {
      // A pass pulls before it pushes, so that it never writes over what it has not seen.
      pull(plan, sides);
      push(plan, sides, each.kind === 'pushLost');
    }
  }
  return sides;
}

const steps = fc.array(step, { maxLength: 25 });

describe('merging, whatever both sides do', () => {
  it('ends with both sides agreeing and a further pass that sends nothing', () => {
    fc.assert(
      fc.property(steps, policy, onBlank, (history, chosen, blank) => {
        const plan = planOf({ policy: chosen, onBlank: blank });
        const sides = play(plan, [...history, { kind: 'push' }, { kind: 'pull' }]);
        const last = merge(plan, sides);
        expect(push(plan, sides)).toBe(false);
        expect(last.values).toEqual({});
        const isParked = chosen === 'ask' && last.disagreements.length > 0;
        const keepsOurs = blank === 'keep' && sides.theirs === null;
        if (!isParked && !keepsOurs) expect(sides.ours).toEqual(sides.theirs);
      }),
      { numRuns: 3000 },
    );
  });

  it('changes nothing when the same reading is merged again', () => {
    fc.assert(
      fc.property(steps, policy, onBlank, (history, chosen, blank) => {
        const plan = planOf({ policy: chosen, onBlank: blank });
        const sides = play(plan, history);
        const first = pull(plan, sides);
        const second = merge(plan, sides);
        expect(second.values).toEqual({});
        expect(second.base).toEqual(sides.base);
        expect(second.disagreements).toEqual(first.disagreements);
        expect(second.send).toEqual(first.send);
      }),
      { numRuns: 3000 },
    );
  });

  it('never takes our own echo for a change', () => {
    fc.assert(
      fc.property(steps, policy, value, (history, chosen, ours) => {
        const plan = planOf({ policy: chosen });
        const sides = play(plan, history);
        pull(plan, sides);
        sides.ours = ours;
        sides.time += 10;
        sides.ourTime = sides.time;
        if (!push(plan, sides)) return;
        const echo = merge(plan, sides);
        expect(echo.values).toEqual({});
        expect(echo.disagreements).toEqual([]);
        expect(echo.send).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps the side that the policy names when both changed', () => {
    fc.assert(
      fc.property(policy, value, value, value, fc.boolean(), (chosen, base, ours, theirs, oursIsNewer) => {
        fc.pre(!sameValue(base, ours) && !sameValue(base, theirs) && !sameValue(ours, theirs));
        const plan = planOf({ policy: chosen });
        const sides: Sides = {
          ours,
          theirs,
          base: { phone: base },
          time: 100,
          ourTime: oursIsNewer ? 20 : 10,
          theirTime: oursIsNewer ? 10 : 20,
        };
        const result = merge(plan, sides);
        const crmWins = chosen === 'crm' || (chosen === 'newest' && !oursIsNewer);
        if (chosen === 'ask')
          expect(result).toMatchObject({ values: {}, send: [], disagreements: [{ ours, theirs }] });
        else if (crmWins) expect(result).toMatchObject({ values: { phone: theirs }, send: [] });
        else expect(result).toMatchObject({ values: {}, send: ['phone'] });
      }),
      { numRuns: 1000 },
    );
  });

  it('never changes or sends anything because of a field that cannot be read or used', () => {
    fc.assert(
      fc.property(steps, policy, fc.boolean(), (history, chosen, isUnreadable) => {
        const plan = planOf({ policy: chosen });
        const sides = play(plan, history);
        const reading: TheirReading = isUnreadable
          ? { kind: 'unreadable' }
          : { kind: 'invalid', reason: 'no' };
        const result = merge(plan, sides, reading);
        expect(result.values).toEqual({});
        expect(result.send).toEqual([]);
        expect(result.base).toEqual(sides.base);
      }),
    );
  });

  it('merges attributes independently of their order and of each other', () => {
    const names = ['phone', 'name', 'country'];
    fc.assert(
      fc.property(
        fc.array(fc.record({ ours: value, theirs: value, base: value, policy }), {
          minLength: 3,
          maxLength: 3,
        }),
        fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
        (states, order) => {
          const plans = names.map((name, index) =>
            planAttribute(
              'partner',
              name,
              attributeMappingSchema.parse({ field: name, direction: 'both', policy: states[index]!.policy }),
            ),
          );
          const input = {
            ours: Object.fromEntries(names.map((name, index) => [name, states[index]!.ours])),
            base: Object.fromEntries(names.map((name, index) => [name, states[index]!.base])),
            theirs: Object.fromEntries(
              names.map((name, index) => [name, { kind: 'value' as const, value: states[index]!.theirs }]),
            ),
            theirStamp: at(10),
            ourStamp: at(5),
          };
          const straight = mergeRecord({ ...input, attributes: plans });
          const shuffled = mergeRecord({ ...input, attributes: order.map((index) => plans[index]!) });
          expect(shuffled.values).toEqual(straight.values);
          expect(shuffled.base).toEqual(straight.base);
          expect([...shuffled.send].sort()).toEqual([...straight.send].sort());
          const alone = names.map(
            (_name, index) => mergeRecord({ ...input, attributes: [plans[index]!] }).values,
          );
          expect(Object.assign({}, ...alone)).toEqual(straight.values);
        },
      ),
    );
  });
});

describe('a value of the program', () => {
  it('is never overwritten silently: what the CRM holds is adopted, agreed or drift', () => {
    fc.assert(
      fc.property(value, fc.option(value, { nil: undefined }), (theirs, base) => {
        const plan = planAttribute(
          'partner',
          'tier',
          attributeMappingSchema.parse({ field: 'T', direction: 'out' }),
        );
        const result = mergeRecord({
          attributes: [plan],
          ours: {},
          base: base === undefined ? {} : { tier: base },
          theirs: { tier: { kind: 'value', value: theirs } },
          theirStamp: at(1),
          ourStamp: null,
        });
        expect(result.values).toEqual({});
        expect(result.send).toEqual([]);
        if (base === undefined) expect(result.base.tier).toEqual(theirs);
        else expect(result.disagreements).toHaveLength(sameValue(base, theirs) ? 0 : 1);
      }),
    );
  });
});
