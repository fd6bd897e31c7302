import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStore } from '../../src/store/open-store.ts';
import { compiled } from '../services/compiled.ts';
import { storeTemplate } from '../services/test-store.ts';
import type { KillHouse } from './kill-run.ts';
import { killAndCompare } from './kill-suite.ts';

const kills = Number(process.env.TIERLINK_KILLS ?? 16);

describe('a pass that is killed on the embedded store', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tierlink-kill-'));
    const template = await storeTemplate();
    await (await openStore({ dataFolder: join(folder, 'empty'), template })).close();
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('ends, whenever its processes are killed, as one clean run: in the store and in the CRM', async () => {
    const house: KillHouse = {
      file: compiled('test/scenario/kill-child.ts'),
      newStore: async () => {
        const dataFolder = join(folder, 'copy');
        await rm(dataFolder, { recursive: true, force: true });
        await cp(join(folder, 'empty'), dataFolder, { recursive: true });
        return { dataFolder };
      },
      afterDeath: async () => {},
    };
    expect(await killAndCompare(house, { kills, worlds: [3, 4], seed: 9000 })).toBeGreaterThanOrEqual(kills);
  }, 3_600_000);
});
