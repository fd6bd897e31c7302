import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Edition, lineOf, ownEdition } from '../../src/store/folder-greeting.ts';
import { findHolder } from '../../src/store/folder-lock.ts';
import { openStore } from '../../src/store/open-store.ts';
import { type Child, startChild } from '../services/child.ts';
import { storeTemplate } from '../services/test-store.ts';

describe('a data folder that another process has', () => {
  let folder: string;
  let child: Child | undefined;
  let server: Server | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tierlink-enter-'));
  });
  afterEach(async () => {
    await child?.kill();
    child = undefined;
    server?.close();
    server = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  /** A process of another edition, as far as its socket tells. */
  async function pretendOwner(edition: Partial<Edition>): Promise<void> {
    const owner = { pid: 4242, command: 'tierlink start', since: '2026-03-01T10:00:00.000Z' };
    const answer = lineOf({ ...ownEdition(), ...owner, state: 'held', store: 'open', ...edition });
    server = createServer((socket) => socket.once('data', () => socket.end(answer)));
    server.listen(join(folder, 'tierlink-00ff.sock'));
    await once(server, 'listening');
  }

  it('is opened by one of many that start at once; the others use its store', async () => {
    const template = await storeTemplate();
    const opening = Array.from({ length: 4 }, () => openStore({ dataFolder: folder, template }));
    const stores = await Promise.all(opening);
    expect(stores.filter(({ owner }) => owner === null)).toHaveLength(1);
    await stores[0]?.query('create table probe (id integer)');
    for (const store of stores) await store.query('insert into probe values (1)');
    expect(await stores[3]?.query('select * from probe')).toHaveLength(4);
    await Promise.all(stores.map((store) => store.close()));
    expect(await readdir(folder)).toEqual(['database']);
  });

  it('is free once a process has left that hung up while it did so', async () => {
    const leaving = createServer((socket) => {
      leaving.close();
      socket.destroy();
    });
    leaving.listen(join(folder, 'tierlink-00ff.sock'));
    await once(leaving, 'listening');
    expect(await findHolder(folder)).toBeUndefined();
  });

  it('is not taken from a process that hangs up once, as one without a file handle does', async () => {
    await pretendOwner({});
    server!.prependOnceListener('connection', (socket: Socket) => socket.destroy());
    expect(await findHolder(folder)).toMatchObject({ greeting: { pid: 4242, state: 'held' } });
  });

  it('is refused to a process that must own it, although the store is shared', async () => {
    const first = await openStore({ dataFolder: folder, template: await storeTemplate(), alone: true });
    await expect(openStore({ dataFolder: folder, alone: true })).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      data: { pid: process.pid },
    });
    await first.close();
  });

  it('can be entered by the same user only, where files have modes', async () => {
    const store = await openStore({ dataFolder: folder, template: await storeTemplate() });
    const [name] = (await readdir(folder)).filter((each) => each.endsWith('.sock'));
    if (process.platform !== 'win32') expect((await stat(join(folder, name!))).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it('names its owner also to a process that says nothing', async () => {
    const store = await openStore({
      dataFolder: folder,
      template: await storeTemplate(),
      command: 'tierlink start',
    });
    const holder = await findHolder(folder);
    const socket = createConnection(holder!.path);
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    await once(socket, 'close');
    expect(JSON.parse(answer)).toMatchObject({ pid: process.pid, command: 'tierlink start', store: 'open' });
    await store.close();
  });

  for (const [what, edition] of [
    ['schema', { schema: '7-abcdef01', version: '0.7.0' }],
    ['protocol', { protocol: 99, version: '9.0.0' }],
  ] as const) {
    it(`names both versions when the owner has another ${what}`, async () => {
      await pretendOwner(edition);
      const own = ownEdition();
      await expect(openStore({ dataFolder: folder })).rejects.toMatchObject({
        code: 'STORE_OTHER_VERSION',
        data: {
          pid: 4242,
          command: 'tierlink start',
          version: edition.version,
          schema: 'schema' in edition ? edition.schema : own.schema,
          ownVersion: own.version,
          ownSchema: own.schema,
        },
      });
    });
  }

  it('turns away a guest of another version that asks all the same', async () => {
    const store = await openStore({ dataFolder: folder, template: await storeTemplate() });
    const { path } = (await findHolder(folder))!;
    const socket = createConnection(path);
    const guest = { id: 'x', pid: 1, command: 'tierlink sync' };
    socket.write(lineOf({ ask: 'store', edition: { ...ownEdition(), schema: '7-abcdef01' }, guest }));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^E.*FATAL.*57P03/s);
    await once(socket, 'close');
    await store.close();
  });

  it('says so when the owner does not answer', async () => {
    child = await startChild('test/services/lock-holder.ts', { args: [folder], line: 'locked' });
    child.signal('SIGSTOP');
    for (const alone of [true, false]) {
      await expect(openStore({ dataFolder: folder, alone })).rejects.toMatchObject({
        code: 'STORE_OWNER_SILENT',
      });
    }
  });
});
