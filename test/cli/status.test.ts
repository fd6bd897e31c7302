import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Status } from '../../src/app/status.ts';
import { commands } from '../../src/cli/commands/index.ts';
import type { Store } from '../../src/store/store.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { run } from './harness.ts';
import { jsonOf, openWorld, type World } from './world.ts';

let world: World;
let store: Store;
beforeAll(async () => {
  world = await openWorld();
  store = await openTestStore();
});
beforeEach(() => emptyStore(store));
afterAll(async () => {
  await store.close();
  await world.close();
});

const tierlink = (...argv: string[]) =>
  run(argv, {
    commands,
    environment: { TIERLINK_PROJECT: world.folder },
    store,
    columns: 140,
    terminal: true,
  });

async function link(object: string, entity: string, ids: readonly string[]): Promise<void> {
  await store.query(
    `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
     select 'demo', $1, id, $2, id, 'live', now(), now() from unnest($3::text[]) as id`,
    [object, entity, ids],
  );
}

describe('while the first pull runs', () => {
  beforeEach(async () => {
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to, records, recount)
       values ('demo', 'Account', 'partner', '2026-03-02T10:00:00Z', 3, false),
         ('demo', 'Contact', 'person', null, 0, true)`,
    );
    await link('Contact', 'person', ['003A', '003B']);
  });

  it('tells how many records are linked so far, and of what is read what was counted', async () => {
    const ran = await tierlink('status');
    expect(ran.out).toMatch(/demo Account +partner +3 +2026-03-02/);
    expect(ran.out).toMatch(/demo Contact +person +2 so far +-/);
    const { feeds } = await jsonOf<Status>(tierlink, ['status']);
    expect(feeds.map(({ records }) => records)).toEqual([3, 2]);
  });
});

describe('the list of runs', () => {
  beforeEach(async () => {
    await store.query(
      `insert into tierlink.run (id, kind, state, started_at, alive_until, finished_at)
       values ('r-000001', 'pass', 'running', '2026-03-02T09:00:00Z', now() + interval '1 hour', null)`,
    );
    await store.query(
      `insert into tierlink.run (id, kind, state, started_at, finished_at)
       select 'r-10000' || n, 'push', 'succeeded', '2026-03-02T10:00:00Z'::timestamptz + n * interval '1 minute',
         '2026-03-02T10:30:00Z' from generate_series(1, 7) as n`,
    );
  });

  it('begins with what runs, however many small ones have ended since it began', async () => {
    const { runs } = await jsonOf<Status>(tierlink, ['status']);
    expect(runs.map(({ id }) => id)).toEqual([
      'r-000001',
      'r-100007',
      'r-100006',
      'r-100005',
      'r-100004',
      'r-100003',
    ]);
    const none = await jsonOf<Status>(tierlink, ['status', '--runs', '0']);
    expect(none.runs).toMatchObject([{ id: 'r-000001', state: 'running', finishedAt: null }]);
  });
});
