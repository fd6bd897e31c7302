import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../services/test-store.ts';
import { run } from './harness.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let store: Store;
beforeAll(async () => {
  world = await openWorld();
  store = await openTestStore();
  await store.query(
    `insert into tierlink.held (connection, object, crm_id, entity, attribute, waits_for, whole_record, payload, since)
     values ('demo', 'Contact', '003A', 'person', 'partner', 'partner:001Z', true, '{}', '2026-03-01T10:00:00Z'),
       ('demo', 'Opportunity', '006B', 'deal', 'customer', 'customer:001Y', false, '{}', '2026-03-02T10:00:00Z')`,
  );
});
afterAll(async () => {
  await store.close();
  await world.close();
});

it('what is held is listed with what it waits for, as what, since when, and what holds until then', async () => {
  const environment = { TIERLINK_PROJECT: world.folder };
  const ran = await run(['rejects', 'list', '--held', '--time-zone', 'UTC'], {
    commands,
    environment,
    store,
    columns: 140,
    terminal: true,
  });
  expect(ran.exit).toBe(0);
  expect(ran.out).toMatch(/Contact 003A +person +partner 001Z +partner +left out +2026-03-01 10:00/);
  expect(ran.out).toMatch(/Opportunity 006B +deal +customer 001Y +customer +counted without it +2026-03-02/);
  expect(ran.out).toContain('go on by themselves');
  expect(ran.err).toContain('tierlink map check');
});
