import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CountedSpan,
  countInParts,
  cutsFor,
  type Span,
  type SpanQuestions,
  spansBetween,
} from '../../../connectors/dynamics/count/spans.ts';
import { everything } from '../../contract/connector-world.ts';
import { fc } from '../../services/fast-check.ts';
import { type DynamicsWorld, dynamicsWorld } from './world.ts';

const MOST = 10;
const iso = (second: number): string => new Date(Date.UTC(2020, 0, 1) + second * 1_000).toISOString();

/** A table of rows made at these seconds (null: not told), of which ten can be counted at once. */
function tableOf(rows: readonly (number | null)[]) {
  const calls = { count: 0, ends: 0, anyhow: 0 };
  const inside = ({ from, before }: Span) =>
    rows.filter((row) => {
      if (row === null) return from === undefined;
      return (from === undefined || iso(row) >= from) && (before === undefined || iso(row) < before);
    });
  const ask: SpanQuestions = {
    count: async (spans) => {
      calls.count += 1;
      return spans.map((span) => (inside(span).length > MOST ? 'many' : inside(span).length));
    },
    ends: async (span) => {
      calls.ends += 1;
      const times = inside(span).filter((row) => row !== null);
      if (times.length === 0) return undefined;
      const sorted = times.sort((left, right) => left - right);
      return { first: iso(sorted[0]!), last: iso(sorted.at(-1)!) };
    },
    countAnyhow: async (span) => {
      calls.anyhow += 1;
      return inside(span).length;
    },
  };
  return { ask, calls, inside };
}

const sum = (parts: readonly CountedSpan[]): number => parts.reduce((total, { rows }) => total + rows, 0);
const seconds = fc.array(
  fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 200_000_000 }), fc.constant(null)),
  { maxLength: 120 },
);

describe('counting what is too much for one question', () => {
  it('is exact whenever rows were made, and so is the next count, cut where this one was', async () => {
    await fc.assert(
      fc.asyncProperty(seconds, seconds, async (rows, later) => {
        const { ask } = tableOf(rows);
        const parts = await countInParts(ask, {});
        expect(sum(parts)).toBe(rows.length);
        const points = cutsFor(parts, MOST / 2);
        const next = tableOf([...rows, ...later]);
        let total = 0;
        for (const span of spansBetween({}, points)) {
          const [told] = await next.ask.count([span]);
          total += typeof told === 'number' ? told : sum(await countInParts(next.ask, span));
        }
        expect(total).toBe(rows.length + later.length);
        const span = { from: iso(10), before: iso(100_000_000) };
        const within = spansBetween(span, points);
        expect(within.reduce((all, each) => all + next.inside(each).length, 0)).toBe(
          next.inside(span).length,
        );
      }),
      { numRuns: 100 },
    );
  });

  it('takes few calls, also where most rows were made in one day of many years', async () => {
    const spread = Array.from({ length: 50 }, (_unused, index) => index * 4_000_000);
    const imported = Array.from({ length: 50 }, (_unused, index) => 100_000_000 + index * 1_000);
    const { ask, calls } = tableOf([...spread, ...imported]);
    const parts = await countInParts(ask, {});
    expect(sum(parts)).toBe(100);
    expect(calls).toEqual({ count: 3, ends: 3, anyhow: 0 });
    expect(cutsFor(parts, MOST / 2).length).toBeLessThan(40);
  });

  it('counts otherwise what was made within one second', async () => {
    const { ask, calls } = tableOf([...Array.from({ length: 30 }, () => 7), 8, null]);
    expect(sum(await countInParts(ask, {}))).toBe(32);
    expect(calls.anyhow).toBe(1);
  });
});

describe('a scope of more rows than the platform counts at once', () => {
  let world: DynamicsWorld;
  afterEach(async () => await world.close());

  it('is counted with a few calls the first time, with the one for all counts from then on', async () => {
    world = await dynamicsWorld();
    const { org, calls } = world.simulator;
    org.create(
      'account',
      Array.from({ length: 50_010 }, (_unused, index) => ({
        name: 'A',
        customertypecode: index < 5 ? 5 : 3,
        overriddencreatedon: `20${10 + (index % 15)}-0${1 + (index % 9)}-15T10:00:00Z`,
      })),
    );
    const partners = { name: 'p', where: { customertypecode: [5] } };
    const requests = [everything, partners].map((scope) => ({ object: 'account', scope }));
    await world.connector.count([requests[1]!]);
    calls.reset();
    expect(await world.connector.count(requests)).toEqual([50_010, 5]);
    expect(calls.total).toBe(4);
    org.create('account', [{ name: 'new' }, { name: 'old', overriddencreatedon: '1999-01-01T00:00:00Z' }]);
    calls.reset();
    expect(await world.connector.count(requests)).toEqual([50_012, 5]);
    expect(calls.total).toBe(1);
  });
});
