import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { storeTemplate } from '../services/test-store.ts';

const thread = new URL('../services/faulty-disk-thread.js', import.meta.url);
const full = { code: 'STORE_FULL', exit: 1, message: expect.stringContaining('No space left on device') };
/** Ten times what the cases take; a store that waits for ever is found by it. */
const limitMs = 30_000;

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tierlink-full-'));
  store = await openStore({ dataFolder: folder, template: await storeTemplate(), thread });
  await store.query('create table probe (id integer primary key, body text)');
  await store.query(`insert into probe values (1, 'kept')`);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const breakDisk = (fault: string) => writeFile(join(folder, 'fault'), fault);
const mendDisk = () => rm(join(folder, 'fault'), { force: true });

async function fill(by: Pick<Store, 'query'>, from: number): Promise<void> {
  await by.query(
    `insert into probe select n, repeat(md5(n::text), 100) from generate_series($1::integer, $1 + 999) n`,
    [from],
  );
}

describe('a disk on which the log of the embedded database has no space', () => {
  it(
    'fails everything that waits and all that comes later, closes, and leaves what was committed',
    async () => {
      const guest = await openStore({ dataFolder: folder });
      await guest.query('select 1');
      const lost = new Promise((resolve) => store.onLost(resolve));
      await breakDisk('log');
      const inside = store.transaction(async (tx) => {
        for (let from = 1000; ; from += 1000) await fill(tx, from);
      });
      const waiting = [store.query('select 1'), guest.query('select 1')];
      for (const each of [inside, ...waiting]) await expect(each).rejects.toMatchObject(full);
      expect(await lost).toMatchObject(full);
      for (const each of [store, guest]) {
        await expect(each.query('select 1')).rejects.toMatchObject(full);
        await expect(each.transaction((tx) => tx.query('select 1'))).rejects.toMatchObject(full);
      }
      await guest.close();
      await store.close();
      await mendDisk();
      store = await openStore({ dataFolder: folder });
      expect(await store.query('select id, body from probe')).toEqual([{ id: 1, body: 'kept' }]);
      await fill(store, 1000);
      expect(await store.query('select count(*)::integer as rows from probe')).toEqual([{ rows: 1001 }]);
    },
    limitMs,
  );
});

describe('a disk on which no file may grow', () => {
  it(
    'fails the statement alone: the store goes on, and writes again once there is space',
    async () => {
      await breakDisk('growth');
      const filling = store.transaction((tx) => fill(tx, 1000));
      await expect(filling).rejects.toMatchObject({ code: '53100' });
      expect(await store.query('select id from probe')).toEqual([{ id: 1 }]);
      await mendDisk();
      await fill(store, 1000);
    },
    limitMs,
  );
});

describe('a thread of the database that dies', () => {
  it(
    'fails what waits, and closing does not wait for it',
    async () => {
      await breakDisk('exit');
      const ended = { code: 'STORE_ENDED', message: expect.stringContaining('its thread has ended') };
      const filling = store.transaction((tx) => fill(tx, 1000));
      const waiting = store.query('select 1');
      await expect(filling).rejects.toMatchObject(ended);
      await expect(waiting).rejects.toMatchObject(ended);
      await store.close();
    },
    limitMs,
  );
});

describe('a statement that is never answered', () => {
  it(
    'is cut off when the store is closed',
    async () => {
      // On a client of the driver, because only there the statement is on its way when the call returns.
      const client = await store.pool.connect();
      const endless = client
        .query('select count(*) from generate_series(1, 1000000000000)')
        .finally(() => client.release());
      const outcome = expect(endless).rejects.toMatchObject({ code: 'STORE_ENDED' });
      await store.close();
      await outcome;
      store = await openStore({ dataFolder: folder });
      expect(await store.query('select id from probe')).toEqual([{ id: 1 }]);
    },
    limitMs,
  );
});
