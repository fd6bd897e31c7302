import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { acquireLease } from '../../src/store/leases.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { type Child, startChild } from '../services/child.ts';
import { storeTemplate } from '../services/test-store.ts';

let folder: string;
let template: string;
const children: Child[] = [];

beforeAll(async () => {
  template = await storeTemplate();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tierlink-guest-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) await child.kill();
  await rm(folder, { recursive: true, force: true });
});

async function openOwn(): Promise<Store> {
  const isNew = !existsSync(join(folder, 'database'));
  const store = await openStore({ dataFolder: folder, alone: true, ...(isNew && { template }) });
  await store.query('create table if not exists probe (id integer primary key, note text)');
  return store;
}

async function startGuest(line: string, ...args: string[]): Promise<Child> {
  const child = await startChild('test/services/store-guest.ts', { args: [folder, ...args], line });
  children.push(child);
  return child;
}

async function startOwner(): Promise<Child> {
  await (await openOwn()).close();
  const child = await startChild('test/services/store-owner.ts', { args: [folder], line: 'open' });
  children.push(child);
  return child;
}

describe('a guest that goes away', () => {
  for (const stay of ['idle', 'running']) {
    it(`leaves nothing of its transaction when it is killed (${stay}), and others go on`, async () => {
      const store = await openOwn();
      const guest = await startGuest('inside', stay);
      const seen = store.query('select note from probe');
      await guest.kill();
      expect(await seen).toEqual([]);
      await store.query(`insert into probe values (1, 'whole')`);
      await store.close();
    });
  }

  it('keeps its lease until that expires, and no longer', async () => {
    const store = await openOwn();
    const guest = await startGuest('inside');
    await guest.kill();
    const wanted = { key: 'pull:north', holder: 'next', ttlMs: 1_000 };
    expect(await acquireLease(store, wanted)).toBeNull();
    expect(await acquireLease(store, { ...wanted, now: Date.now() + 60_000 })).toMatchObject({ epoch: '2' });
    await store.close();
  });

  it('is rolled back and cut off when it stands still inside a transaction, and learns why', async () => {
    const store = await openOwn();
    const guest = await startGuest('inside');
    guest.signal('SIGSTOP');
    expect(await store.query('select note from probe')).toEqual([]);
    guest.signal('SIGCONT');
    await guest.said('STORE_CUT_OFF');
    await store.close();
  });

  it('is noticed by the owner when its last connection is closed', async () => {
    const store = await openOwn();
    const left = new Promise<void>((resume) => store.onGuestLeft(resume));
    const guest = await openStore({ dataFolder: folder });
    await Promise.all([guest.query('select 1'), guest.query('select 2')]);
    await guest.close();
    await left;
    await store.close();
  });
});

describe('an owner that goes away', () => {
  it('fails what its guest is at, and whatever comes after, by code', async () => {
    const owner = await startOwner();
    const guest = await openStore({ dataFolder: folder });
    expect(guest.owner).toMatchObject({ pid: owner.pid, command: 'tierlink start' });
    const ended = { code: 'STORE_OWNER_ENDED', data: { pid: owner.pid, command: 'tierlink start' } };
    const between = guest.transaction(async (tx) => {
      await tx.query(`insert into probe values (1, 'half')`);
      const running = tx.query('select count(*) from generate_series(1, 3000000)');
      const [failed] = await Promise.allSettled([running, owner.kill()]);
      expect(failed).toMatchObject({ reason: ended });
      await tx.query('select 1');
    });
    await expect(between).rejects.toMatchObject(ended);
    await expect(guest.query('select 1')).rejects.toMatchObject(ended);
    await expect(guest.vacuum()).rejects.toMatchObject(ended);
    await guest.close();
    const next = await openOwn();
    expect(await next.query('select * from probe')).toEqual([]);
    await next.close();
  });

  it('is given up once it stands still, by name, and may go on without its guest', async () => {
    const owner = await startOwner();
    const guest = await openStore({ dataFolder: folder });
    owner.signal('SIGSTOP');
    const stuck = { code: 'STORE_OWNER_STUCK', data: { pid: owner.pid, command: 'tierlink start' } };
    const inside = guest.transaction(async (tx) => await tx.query(`insert into probe values (1, 'half')`));
    const beside = guest.query('select 1');
    await Promise.all([
      expect(inside).rejects.toMatchObject(stuck),
      expect(beside).rejects.toMatchObject(stuck),
    ]);
    const began = Date.now();
    await expect(guest.query('select 1')).rejects.toMatchObject(stuck);
    await guest.close();
    // Whoever waited anew would need ten seconds.
    expect(Date.now() - began).toBeLessThan(8_000);
    owner.signal('SIGCONT');
    const next = await openStore({ dataFolder: folder });
    expect(await next.query('select * from probe')).toEqual([]);
    await next.close();
  });

  it('is waited for while it works on something long for somebody else', async () => {
    await startOwner();
    const busy = await openStore({ dataFolder: folder });
    const guest = await openStore({ dataFolder: folder });
    const held = busy.transaction(async (tx) => {
      for (let second = 0; second < 12; second += 1) await tx.query('select pg_sleep(1)');
    });
    expect(await guest.query('select 1 as one')).toEqual([{ one: 1 }]);
    await held;
    await Promise.all([busy.close(), guest.close()]);
  });

  it('ends although a guest stays, which learns it', async () => {
    const owner = await startOwner();
    const guest = await openStore({ dataFolder: folder });
    await guest.query(`insert into probe values (1, 'kept')`);
    owner.signal('SIGTERM');
    expect(await owner.ended).toBe(0);
    await expect(guest.query('select 1')).rejects.toMatchObject({ code: 'STORE_OWNER_ENDED' });
    await guest.close();
  });

  it('ends although a guest is suspended inside a transaction', async () => {
    const store = await openOwn();
    const guest = await startGuest('inside');
    guest.signal('SIGSTOP');
    await store.close();
    guest.signal('SIGCONT');
    await guest.said('STORE_OWNER_ENDED');
  });

  it('lets guests come and finish while it is not told to stop', async () => {
    const store = await openOwn();
    const guest = await openStore({ dataFolder: folder, command: 'tierlink sync' });
    let waitsFor: unknown;
    const waits = new Promise<void>((resume) => {
      const onWait = (guests: unknown) => {
        waitsFor = guests;
        resume();
      };
      void store.close({ signal: new AbortController().signal, onWait }).then(() => resume());
    });
    await waits;
    expect(waitsFor).toMatchObject([{ pid: process.pid, command: 'tierlink sync' }]);
    const second = await openStore({ dataFolder: folder });
    expect(await second.query('select 1 as one')).toEqual([{ one: 1 }]);
    await guest.close();
    await second.close();
    await store.close();
  });

  it('is succeeded by a process that comes while it closes', async () => {
    const store = await openOwn();
    const guest = await openStore({ dataFolder: folder });
    const closing = store.close();
    const next = openStore({ dataFolder: folder });
    await guest.close();
    await closing;
    expect((await next).owner).toBeNull();
    await (await next).close();
  });
});
