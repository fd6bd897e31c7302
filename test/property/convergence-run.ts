import { expect } from '@jest/globals';
import { starterProgram } from '../services/channel-engine.ts';
import { fc } from '../services/fast-check.ts';
import { openTestStore } from '../services/test-store.ts';
import {
  expectFaultsNamed,
  expectNoStrayRecords,
  expectNothingDone,
  expectTiersTold,
} from './convergence-checks.ts';
import { Play } from './convergence-play.ts';
import { historiesIn, type Step } from './convergence-steps.ts';
import { openWorld, type World, type WorldOptions } from './convergence-world.ts';
import { expectFiguresOfRecords } from './figures.ts';

const dayMs = 86_400_000;
const program = starterProgram();

export interface ConvergenceOptions extends WorldOptions {
  /** Histories to play, where nobody asks for more of them. */
  histories: number;
  /** Compares what the CRMs hold with what we hold. */
  expectSame(world: World): Promise<void>;
}

/** Plays histories in a world of such CRMs; each of them has to end in agreement. */
export async function playHistories(options: ConvergenceOptions): Promise<void> {
  const store = await openTestStore();
  try {
    const world = await openWorld(store, options);
    try {
      const property = fc.asyncProperty(historiesIn(options.crms), (history) =>
        converges(world, history, options),
      );
      const numRuns = Number(process.env.TIERLINK_HISTORIES ?? options.histories);
      await fc.assert(property, { numRuns, endOnFailure: true });
    } finally {
      await world.close();
    }
  } finally {
    await store.close();
  }
}

async function converges(
  world: World,
  history: readonly Step[],
  { expectSame }: ConvergenceOptions,
): Promise<void> {
  await world.begin();
  const play = new Play(world);
  try {
    for (const step of history) await play.step(step);
    play.calm();
    // Whatever asked for patience has had it, and somebody has looked at what was refused.
    world.clock.time += dayMs + 3_600_000;
    for (let times = 0; times < 3; times += 1) {
      await world.retryAll();
      await world.mustPass();
      await play.passed('whole');
    }
    const before = world.writes().length;
    expectNothingDone(await world.mustPass());
    expectNothingDone(await world.mustPass({ full: true }));
    expect(world.writes().slice(before)).toEqual([]);
    await play.observe();
    await expectSame(world);
    await expectFiguresOfRecords(world.store, program, world.clock.time);
    await expectFaultsNamed(world);
    await expectNoStrayRecords(world);
    await expectTiersTold(world);
  } catch (error) {
    (error as Error).message += `\n\n${play.story.join('\n')}`;
    throw error;
  }
}
