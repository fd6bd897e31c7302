import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { loadConnection } from '../../src/sync/records/connections.ts';
import { channelAlias, openChannelEngine } from '../services/channel-engine.ts';
import { openTestStore, storeTemplate } from '../services/test-store.ts';
import { openSide } from './kill-sides.ts';
import { differencesOf, endStateOf, storeState } from './kill-state.ts';

const now = () => Date.parse('2026-03-02T10:00:00Z');
const thread = new URL('../services/faulty-disk-thread.js', import.meta.url);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tierlink-full-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function openWorld() {
  const side = await openSide({ alias: channelAlias, crm: 'salesforce', settings: {} }, { seed: 7, now });
  const { connect, channel: business } = side;
  /** Everything that a process does: reads and decides, then owns the tiers and writes them. */
  const work = async (store: Store) => {
    const connections = [{ connect, mappings: business.mappings }];
    const channel = await openChannelEngine({ store, now, connections });
    await channel.pass();
    // What is set already is not set again.
    if (!(await loadConnection(store.db, channelAlias)).write_back) await channel.takeOver();
    await channel.pass();
  };
  return {
    work,
    endOf: async (store: Store) => endStateOf(await storeState(store), [side]),
    close: () => business.close(),
  };
}

it('a pass that the disk stopped anywhere ends at once, and the next one ends where a clean one would', async () => {
  const clean = await openWorld();
  const store = await openTestStore();
  await clean.work(store);
  await clean.work(store);
  const expected = await clean.endOf(store);
  await store.close();
  await clean.close();

  const world = await openWorld();
  const template = await storeTemplate();
  const codes: unknown[] = [];
  // In the middle of what is read, and of what is written back.
  for (const writes of [40, 80]) {
    const own = await openStore({ dataFolder: folder, thread, ...(codes.length === 0 && { template }) });
    await writeFile(join(folder, 'fault'), `log ${writes}`);
    codes.push(
      await world.work(own).then(
        () => 'done',
        ({ code }: { code?: string }) => code,
      ),
    );
    await own.close();
    await rm(join(folder, 'fault'));
  }
  const own = await openStore({ dataFolder: folder });
  await world.work(own);
  await world.work(own);
  const actual = await world.endOf(own);
  await own.close();
  await world.close();
  expect(codes).toEqual(['STORE_FULL', 'STORE_FULL']);
  expect(differencesOf(expected, actual)).toEqual({});
});
