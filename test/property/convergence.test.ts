import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Store } from '../../src/store/store.ts';
import { starterProgram } from '../services/channel-engine.ts';
import { openTestStore } from '../services/test-store.ts';
import {
  expectFaultsNamed,
  expectNoStrayRecords,
  expectNothingDone,
  expectTiersTold,
  writes,
} from './convergence-checks.ts';
import { Play } from './convergence-play.ts';
import { expectSameRecords } from './convergence-records.ts';
import { histories, type Step } from './convergence-steps.ts';
import { openWorld, type World } from './convergence-world.ts';
import { expectFiguresOfRecords } from './figures.ts';

const runs = Number(process.env.TIERLINK_HISTORIES ?? 11);
const seed = Number(process.env.TIERLINK_SEED ?? 20_260_302);
const dayMs = 86_400_000;
const program = starterProgram();

let store: Store;
let world: World;
beforeAll(async () => {
  store = await openTestStore();
  world = await openWorld(store);
});
afterAll(async () => {
  await world.close();
  await store.close();
});

async function converges(history: readonly Step[]): Promise<void> {
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
    const before = writes(world).length;
    expectNothingDone(await world.mustPass());
    expectNothingDone(await world.mustPass({ full: true }));
    expect(writes(world).slice(before)).toEqual([]);
    await play.observe();
    await expectSameRecords(world);
    await expectFiguresOfRecords(store, program, world.clock.time);
    await expectFaultsNamed(world);
    await expectNoStrayRecords(world);
    await expectTiersTold(world);
  } catch (error) {
    (error as Error).message += `\n\n${play.story.join('\n')}`;
    throw error;
  }
}

describe('two sides that live on, whatever happens between them', () => {
  it('end in agreement once it is calm again, with nothing lost, doubled or left to write', async () => {
    await fc.assert(fc.asyncProperty(histories, converges), { numRuns: runs, seed, endOnFailure: true });
  }, 3_600_000);
});
