import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { acquireLease } from '../../src/store/leases.ts';
import { openStore } from '../../src/store/open-store.ts';
import { startChild } from '../services/child.ts';
import { openEmbeddedTestStore, storeTemplate } from '../services/test-store.ts';

describe('embedded store in a folder', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tierlink-store-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('keeps every acknowledged row of a process that was killed, and frees its leases', async () => {
    await (await openStore({ dataFolder: folder, template: await storeTemplate() })).close();
    const child = await startChild('test/services/row-writer.ts', { args: [folder], line: 'wrote 200' });
    await child.kill();
    const store = await openStore({ dataFolder: folder });
    const [row] = await store.query<{ count: string }>('select count(*) from probe');
    expect(Number(row?.count)).toBeGreaterThanOrEqual(200);
    expect(await acquireLease(store, { key: 'pull:north', holder: 'next', ttlMs: 1000 })).toMatchObject({
      epoch: '2',
    });
    await store.close();
  });

  it('does not stop this process while a statement takes long', async () => {
    const store = await openEmbeddedTestStore();
    let longestMs = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 5);
    const began = performance.now();
    await store.query('select count(*) from generate_series(1, 3000000) a');
    const tookMs = performance.now() - began;
    clearInterval(timer);
    await store.close();
    expect(longestMs).toBeLessThan(tookMs / 2);
  });

  it('says of a folder that cannot be one which it is and why', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(openStore({ dataFolder: file })).rejects.toMatchObject({
      code: 'STORE_FOLDER_UNUSABLE',
      message: expect.stringContaining(`${file} cannot be used: file already exists (EEXIST)`),
    });
  });

  it('says of a database that does not start where it is and why', async () => {
    const damaged = join(folder, 'damaged');
    await mkdir(damaged);
    await writeFile(join(damaged, 'database'), '');
    await expect(openStore({ dataFolder: damaged })).rejects.toMatchObject({
      code: 'STORE_NOT_STARTED',
      message: expect.stringContaining(`${damaged} does not start: a file is in the place of a folder.`),
    });
  });

  it('fails what is asked after it was closed', async () => {
    const store = await openEmbeddedTestStore();
    await store.close();
    await expect(store.query('select 1')).rejects.toThrow();
    await store.close();
  });
});
