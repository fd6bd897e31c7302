import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { writeAudit } from '../../src/store/audit.ts';
import type { Store } from '../../src/store/store.ts';
import { pruneHistory } from '../../src/sync/pass/prune.ts';
import { finishRun, startRun } from '../../src/sync/records/runs.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

const clock = { now: () => Date.parse('2026-03-02T10:00:00.000Z') };
const retention = { runs: 90, audit: 400, versions: 800, kpiPeriods: 1200 };
const prune = () => pruneHistory({ store, clock, retention });
const day = (daysAgo: number) => new Date(clock.now() - daysAgo * 86_400_000).toISOString();

async function addAudit(daysAgo: number): Promise<void> {
  const about = { connection: 'north', object: 'Account', entity: 'partner', recordId: 'ptr_1' };
  const entry = { ...about, at: day(daysAgo), action: 'update', actor: 'tierlink' };
  await store.transaction((tx) => writeAudit(tx, [entry]));
}

describe('pruning', () => {
  it('deletes what is older than it has to be kept, and nothing else, however often', async () => {
    for (const daysAgo of [401, 399]) await addAudit(daysAgo);
    for (const daysAgo of [10, 900]) {
      await store.query(
        `insert into tierlink.record_version (entity, record_id, known_from, known_to, row)
         values ('deal', 'dea_1', $1::timestamptz - interval '1 day', $1, '{}')`,
        [day(daysAgo)],
      );
    }
    expect(await prune()).toMatchObject({ audit: 1, versions: 1 });
    expect(await prune()).toMatchObject({ audit: 0, versions: 0 });
    expect(await store.query('select at from tierlink.audit')).toEqual([{ at: day(399) }]);
  });

  it('never deletes a run that is still at work', async () => {
    const old = clock.now() - 100 * 86_400_000;
    await startRun(store.db, { kind: 'pull', actor: 'tierlink' }, old);
    const ended = await startRun(store.db, { kind: 'pull', actor: 'tierlink' }, old);
    await finishRun(store.db, ended, { state: 'succeeded', now: old });
    expect(await prune()).toMatchObject({ runs: 1 });
    expect(await store.query('select state from tierlink.run')).toEqual([{ state: 'running' }]);
  });

  it('keeps plans as long as the audit, and those that were begun and not ended', async () => {
    for (const [id, state, daysAgo] of [
      ['old', 'applied', 401],
      ['expired', 'waiting', 401],
      ['unused', 'approved', 401],
      ['recent', 'applied', 399],
      ['begun', 'applying', 900],
    ] as const)
      await store.query(
        `insert into tierlink.plan (id, state, choices, changed_at) values ($1, $2, '', $3::timestamptz)`,
        [id, state, day(daysAgo)],
      );
    expect(await prune()).toMatchObject({ plans: 3 });
    expect(await store.query('select id from tierlink.plan order by id')).toEqual([
      { id: 'begun' },
      { id: 'recent' },
    ]);
  });

  it('never deletes a decision', async () => {
    await store.query(
      `insert into tierlink.decision (id, program, program_version, ladder, partner_id, decided_at, effective_on, movement,
         status, summary, evidence, mode)
       values ('dec_1', 'p', '1', 'main', 'ptr_1', '2010-01-01', '2010-01-01', 'adopt', 'keeps', '', '{}', 'owned')`,
    );
    await prune();
    expect(await store.query('select id from tierlink.decision')).toEqual([{ id: 'dec_1' }]);
  });
});
