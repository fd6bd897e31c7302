import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChangePage } from '../../../src/sync/connector.ts';
import { cursorNow, everything } from '../../contract/connector-world.ts';
import { fc } from '../../services/fast-check.ts';
import { type SalesforceWorld, salesforceWorld } from './world.ts';

const MINUTE = 60_000;

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('insert'), name: fc.string({ minLength: 1, maxLength: 5 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('update'),
      pick: fc.nat(),
      name: fc.string({ minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('delete', 'undelete', 'merge'),
      pick: fc.nat(),
      other: fc.nat(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait'), ms: fc.integer({ min: 500, max: 150_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('late', 'hold', 'release') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass'), pages: fc.constantFrom(0, 1, 99) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refuse'), after: fc.nat({ max: 4 }) }) },
);
type Step =
  typeof step extends fc.Arbitrary<infer S>
    ? S & { pick?: number; other?: number; name?: string; ms?: number; pages?: number; after?: number }
    : never;

/** A copy kept by nothing but what changes() tells. */
class Replica {
  readonly rows = new Map<string, unknown>();
  cursor: unknown;

  take(page: ChangePage): void {
    for (const record of page.changed) this.rows.set(record.id, record.fields.Name);
    for (const { id } of page.deleted) this.rows.delete(id);
    for (const { loser } of page.merged) this.rows.delete(loser);
    this.cursor = JSON.parse(JSON.stringify(page.cursor));
  }
}

describe('a copy kept by changes alone', () => {
  let at = Date.parse('2026-11-23T10:00:20Z');
  let world: SalesforceWorld;
  const replica = new Replica();
  beforeAll(async () => {
    world = await salesforceWorld({ now: () => at, options: { retries: '0' } });
    replica.cursor = await cursorNow(world.connector, 'Account');
  });
  afterAll(async () => {
    await world.close();
  });

  /** Takes so many pages and is then killed; what it took is kept. */
  const pass = async (pages: number): Promise<void> => {
    let taken = 0;
    const request = { object: 'Account', fields: ['Name'], scopes: [everything], cursor: replica.cursor };
    for await (const page of world.connector.changes([request])[0]!) {
      if (taken >= pages) return;
      replica.take(page);
      taken += 1;
    }
  };

  const all = () => [...world.simulator.org.rows('Account')].map((row) => String(row.Id)).sort();
  const play = async (each: Step): Promise<void> => {
    const { org, faults } = world.simulator;
    const ids = all();
    const pick = ids[(each.pick ?? 0) % Math.max(1, ids.length)] ?? '';
    const other = ids[(each.other ?? 0) % Math.max(1, ids.length)] ?? '';
    if (each.kind === 'insert') org.insert('Account', [{ Name: `N${each.name}` }]);
    if (each.kind === 'update' && pick !== '') org.update('Account', [{ Id: pick, Name: `U${each.name}` }]);
    if (each.kind === 'delete' && pick !== '') org.delete([pick]);
    if (each.kind === 'undelete' && pick !== '') org.undelete([pick]);
    if (each.kind === 'merge' && pick !== other) org.merge('Account', { masterId: pick, loserIds: [other] });
    if (each.kind === 'wait') at += each.ms ?? 0;
    if (each.kind === 'late') faults.add({ kind: 'delayed-visibility', object: 'Account', ms: 3_000 });
    if (each.kind === 'hold') faults.add({ kind: 'held-replication', since: new Date(at).toISOString() });
    if (each.kind === 'release') faults.clear();
    if (each.kind === 'refuse') faults.add({ kind: 'status', status: 503, after: each.after ?? 0, times: 1 });
    if (each.kind === 'pass') await pass(each.pages ?? 99).catch(() => undefined);
  };

  it('equals the org after any edits, deletes, merges, kills, refusals and late visibility', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        for (const each of steps) await play(each as Step);
        world.simulator.faults.clear();
        at += 10 * MINUTE;
        await pass(99);
        const org = new Map(world.simulator.org.dump('Account').map((row) => [String(row.Id), row.Name]));
        expect(new Map([...replica.rows].sort())).toEqual(new Map([...org].sort()));
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });
});
