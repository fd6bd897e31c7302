import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Bundle, bundle } from '../services/bundle.ts';
import { type WorkerPool, workerPool } from './kill-process.ts';
import type { KillStores } from './kill-stores.ts';
import { dieAnywhere, dieWhereOneMust, expectRichWorld } from './kill-suite.ts';
import { type KillWorld, openKillWorld } from './kill-world.ts';

const kills = Number(process.env.TIERLINK_KILLS ?? 100);
const seed = Number(process.env.TIERLINK_SEED ?? 20_260_302);
const longMs = 7_200_000;

/** The kill tests of one size; `first`: the world that the first stage is played in, another one for each size. */
export function killTests(openStores: () => Promise<KillStores>, { first }: { first: number }): void {
  let program: Bundle;
  let workers: WorkerPool;
  let stores: KillStores;
  let worlds: KillWorld[] = [];
  let killed = 0;
  beforeAll(async () => {
    program = bundle('test/scenario/kill-child.ts');
    workers = workerPool(program);
    stores = await openStores();
    const scene = { stores, workers };
    worlds = [
      await openKillWorld({ seed: 1, settings: {} }, scene),
      await openKillWorld({ seed: 2, settings: { bulkWriteFrom: '3', bulkQueryFrom: '5' } }, scene),
    ];
  }, longMs);
  afterAll(async () => {
    await workers.close();
    for (const world of worlds) await world.close();
    await stores.close();
    program.remove();
  });

  it('has enough to lose', () => {
    expectRichWorld(worlds[0]!, { hasJobs: false });
    expectRichWorld(worlds[1]!, { hasJobs: true });
  });

  it(
    'ends as one clean run when it dies where most is at stake',
    async () => {
      killed += await dieWhereOneMust(worlds);
    },
    longMs,
  );

  it(
    'ends as one clean run wherever it dies: in the store and in the CRM',
    async () => {
      const died = await dieAnywhere(worlds, { kills: kills - killed, seed, first });
      expect(killed + died.length).toBeGreaterThanOrEqual(kills);
    },
    longMs,
  );
}
