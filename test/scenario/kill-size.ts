import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Bundle, bundle } from '../services/bundle.ts';
import { seed } from '../services/fast-check.ts';
import { type WorkerPool, workerPool } from './kill-process.ts';
import type { KillStores } from './kill-stores.ts';
import { type Drawn, dieAnywhere, dieWhereOneMust, expectRichWorld, type Turn } from './kill-suite.ts';
import { type KillWorld, openKillWorld, type WorldOptions } from './kill-world.ts';

const longMs = 7_200_000;

/** `kills` and `turn` hold where TIERLINK_KILLS does not say otherwise. */
export type KillOptions = {
  worlds: readonly WorldOptions[];
  /** The size that plays the even ones of the plays that it shares with another size, or the odd ones. (Default: all) */
  turn?: 'even' | 'odd';
} & Pick<Drawn, 'kills' | 'first' | 'perPlay'>;

/** The kill tests of some worlds in one size. */
export function killTests(
  openStores: () => Promise<KillStores>,
  { worlds: wanted, kills: usual, turn, ...drawn }: KillOptions,
): void {
  const kills = Number(process.env.TIERLINK_KILLS ?? usual);
  const playsAll = turn === undefined || process.env.TIERLINK_KILLS !== undefined;
  const isOurTurn: Turn = (play) => playsAll || play % 2 === (turn === 'even' ? 0 : 1);
  let program: Bundle;
  let workers: WorkerPool;
  let stores: KillStores;
  const worlds: KillWorld[] = [];
  let killed = 0;
  beforeAll(async () => {
    program = bundle('test/scenario/kill-child.ts');
    workers = workerPool(program);
    stores = await openStores();
    for (const options of wanted) worlds.push(await openKillWorld(options, { stores, workers }));
  }, longMs);
  afterAll(async () => {
    await workers.close();
    for (const world of worlds) await world.close();
    await stores.close();
    program.remove();
  });

  it('has enough to lose', () => {
    for (const world of worlds) expectRichWorld(world);
  });

  it(
    'ends as one clean run when it dies where most is at stake',
    async () => {
      killed += await dieWhereOneMust(worlds, isOurTurn);
    },
    longMs,
  );

  it(
    'ends as one clean run wherever it dies: in the store and in every CRM',
    async () => {
      const died = await dieAnywhere(worlds, { kills: kills - killed, seed, isOurTurn, ...drawn });
      expect(killed + died.length).toBeGreaterThanOrEqual(kills);
    },
    longMs,
  );
}
