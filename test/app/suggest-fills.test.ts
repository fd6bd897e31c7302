import { expect, it } from '@jest/globals';
import { weighFills } from '../../src/app/suggest-fills.ts';
import type { AppConnection } from '../../src/app.ts';
import { TierlinkError } from '../../src/errors.ts';
import type { CountRequest } from '../../src/sync/connector.ts';
import type { ObjectDescription } from '../../src/sync/crm-description.ts';
import type { Suggestion } from '../../src/sync/suggest/suggest.ts';

const guess = (field: string, kind: Suggestion['kind'] = 'guess'): Suggestion => ({
  attribute: field,
  kind,
  spec: { field, direction: 'in', required: false, onBlank: 'clear' },
  score: 90,
  reasons: ['named'],
  alternatives: [],
  isByHand: false,
});

/** A connection that counts 200 records, and of blank ones what is said here. */
function countingConnection(blanks: Record<string, number>) {
  const asked: CountRequest[] = [];
  const lanes: string[] = [];
  const count = async (requests: readonly CountRequest[]) => {
    asked.push(...requests);
    return requests.map(({ scope }) => {
      const [field] = Object.keys(scope.where ?? {});
      if (field === undefined) return 200;
      return blanks[field] ?? new TierlinkError('CRM_BAD_VALUE', { reason: 'no' });
    });
  };
  const inLane = async (lane: string, work: () => Promise<unknown>) => {
    lanes.push(lane);
    return await work();
  };
  const connection = { connector: () => ({ count }), budget: { inLane } } as unknown as AppConnection;
  return { connection, asked, lanes };
}

const fields = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const description = {
  name: 'Thing',
  fields: fields.map((name) => ({ name, filterable: name !== 'b' })),
} as unknown as ObjectDescription;

it('counts a few guesses, takes points from fields that nearly nobody fills, and knows what it was not told', async () => {
  const { connection, asked, lanes } = countingConnection({ a: 50, c: 200, d: 191 });
  const request = { connection, isOffline: false, object: 'Thing', description };
  const weighed = await weighFills(request, [guess('a', 'kept'), ...fields.map((each) => guess(each))]);
  expect(lanes).toEqual(['reconcile']);
  expect(asked).toHaveLength(6);
  expect(weighed.map(({ score, filledPercent }) => [score, filledPercent])).toEqual([
    [90, null],
    [90, 75],
    [90, null],
    [65, 0],
    [65, 4],
    [90, null],
    [90, null],
    [90, null],
  ]);
  expect(weighed[3]!.reasons).toEqual(['named', 'filled on 0 %']);
});

it('asks nothing offline', async () => {
  const { connection, asked } = countingConnection({});
  const request = { connection, isOffline: true, object: 'Thing', description };
  expect(await weighFills(request, [guess('a')])).toMatchObject([{ filledPercent: null }]);
  expect(asked).toEqual([]);
});
