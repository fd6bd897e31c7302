import { expect } from '@jest/globals';
import { createDraw, type Draw } from '../../connectors/simulation/random.ts';
import { type Death, drawDeath } from './kill-deaths.ts';
import { mustDie } from './kill-must.ts';
import { differencesOf } from './kill-state.ts';
import type { Stage } from './kill-words.ts';
import type { Chapter, KillWorld } from './kill-world.ts';

const deathsPerPlay = 5;

/** A clean run that has done what the deaths are about. */
export function expectRichWorld({ chapters }: KillWorld, { hasJobs }: { hasJobs: boolean }): void {
  const rowsOf = (stage: Stage, table: string) =>
    chapters.find((chapter) => chapter.stage === stage)!.end[table]!.length;
  expect(rowsOf('read', 'partner')).toBeGreaterThan(3);
  expect(rowsOf('takeOver', 'Tierlink_Decision__c')).toBeGreaterThan(3);
  expect(rowsOf('change', 'difference')).toBeGreaterThan(0);
  expect(rowsOf('change', 'reject')).toBeGreaterThan(0);
  expect(rowsOf('import', 'fact')).toBe(2);
  expect(rowsOf('decide', 'tier_override')).toBeGreaterThan(0);
  const jobs = chapters.map(({ lengths }) => lengths.work.jobs);
  expect(jobs.some((count) => count > 0)).toBe(hasJobs);
}

/** Goes through every death that has to be met, in the worlds in which it can be. */
export async function dieWhereOneMust(worlds: readonly KillWorld[]): Promise<number> {
  let kills = 0;
  for (const { world, stage, deaths } of mustDie) {
    const died = await playAndCompare(worlds[world]!, stage, deaths);
    expect({ stage, died }).toEqual({ stage, died: deaths });
    kills += died.length;
  }
  return kills;
}

/**
 * Kills processes at drawn places until every stage had its turn and so many have died; the worlds take turns, and
 * `first` begins. Those that a stage was not played in come after that.
 */
export async function dieAnywhere(
  worlds: readonly KillWorld[],
  given: { kills: number; seed: number; first: number },
): Promise<Death[]> {
  const died: Death[] = [];
  const stages = worlds[0]!.chapters.length;
  for (let round = 0; round < stages || died.length < given.kills; round += 1) {
    const world = worlds[(given.first + round + Math.floor(round / stages)) % worlds.length]!;
    const chapter = world.chapters[round % stages]!;
    const deaths = drawDeaths(createDraw(given.seed + round), chapter);
    died.push(...(await playAndCompare(world, chapter.stage, deaths)));
  }
  return died;
}

function drawDeaths(draw: Draw, { lengths }: Chapter): Death[] {
  return Array.from({ length: deathsPerPlay }, () => {
    const part = draw.chance(0.8) ? 'work' : 'quiet';
    return drawDeath(draw, part, lengths[part]);
  });
}

async function playAndCompare(world: KillWorld, stage: Stage, deaths: readonly Death[]): Promise<Death[]> {
  const { end } = world.chapters.find((chapter) => chapter.stage === stage)!;
  const outcome = await world.play(stage, deaths);
  const how = { stage, deaths, died: outcome.died };
  expect({ how, written: outcome.written, differences: differencesOf(end, outcome.end) }).toEqual({
    how,
    written: 0,
    differences: {},
  });
  return outcome.died;
}
