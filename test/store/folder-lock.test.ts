import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lockFolder } from '../../src/store/enter-folder.ts';
import { findHolder } from '../../src/store/folder-lock.ts';
import { openStore } from '../../src/store/open-store.ts';
import { type Child, startChild } from '../services/child.ts';

describe('folder lock', () => {
  let folder: string;
  let child: Child | undefined;

  const startHolder = async () => {
    child = await startChild('test/services/lock-holder.ts', { args: [folder], line: 'locked' });
    return child;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tierlink-lock-'));
  });
  afterEach(async () => {
    await child?.kill();
    child = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  it('names the process that has the folder, and opens nothing', async () => {
    const holder = await startHolder();
    await expect(openStore({ dataFolder: folder })).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      data: {
        folder,
        pid: holder.pid,
        command: 'tierlink start',
        since: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    });
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^tierlink-.*\.sock$/)]);
  });

  it('is free at once after the holder was killed', async () => {
    const holder = await startHolder();
    await holder.kill();
    const began = performance.now();
    const lock = await lockFolder(folder);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(await findHolder(folder)).toMatchObject({ greeting: { pid: process.pid, state: 'held' } });
    await lock.release();
  });

  it('is free after its release and leaves nothing behind', async () => {
    const first = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await first.release();
    expect(await findHolder(folder)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
    await (await lockFolder(folder)).release();
  });

  it('goes to exactly one of many that start at once, dead sockets in the way or not', async () => {
    for (let round = 0; round < 10; round += 1) {
      const dead = await startDead(folder);
      const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
      const locks = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
      expect(locks).toHaveLength(1);
      expect(await readdir(folder)).not.toContain(dead);
      await locks[0]?.release();
    }
  });

  it('works in a folder whose path is longer than a socket path may be', async () => {
    const deep = join(folder, 'a'.repeat(80), 'b'.repeat(80));
    await mkdir(deep, { recursive: true });
    const lock = await lockFolder(deep);
    await expect(lockFolder(deep)).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      data: { pid: process.pid },
    });
    await lock.release();
    expect(await readdir(deep)).toEqual([]);
  });

  it('is one lock for a folder that has two names', async () => {
    const alias = `${folder}-alias`;
    await symlink(folder, alias);
    const lock = await lockFolder(folder);
    await expect(lockFolder(alias)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await lock.release();
    await rm(alias);
  });

  it('says so when the folder cannot be used', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(lockFolder(file)).rejects.toMatchObject({ code: 'STORE_FOLDER_UNUSABLE' });
  });
});

/** A socket file whose process is gone, with the lowest name of all. */
async function startDead(folder: string): Promise<string> {
  const { createServer } = await import('node:net');
  const { rename } = await import('node:fs/promises');
  const name = 'tierlink-0000000000000000.sock';
  const server = createServer();
  await new Promise<void>((done) => {
    server.listen(join(folder, 'x.sock'), done);
  });
  await rename(join(folder, 'x.sock'), join(folder, name));
  await new Promise((done) => {
    server.close(done);
  });
  return name;
}
