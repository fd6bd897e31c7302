import { expect } from '@jest/globals';
import { createDraw, type Draw } from '../../connectors/simulation/random.ts';
import { type Death, drawDeath } from './kill-deaths.ts';
import { differencesOf } from './kill-state.ts';
import type { Stage } from './kill-words.ts';
import type { Chapter, KillWorld } from './kill-world.ts';

/** Where decisions and cases stand in a CRM, and what a solved case looks like. */
const ownObjects = {
  salesforce: { decision: 'Tierlink_Decision__c', case: 'Case', solved: '"IsClosed":true' },
  dynamics: { decision: 'tierlink_decision', case: 'incident', solved: '"statecode":1' },
};

/** A clean run that has done what the deaths are about. */
export function expectRichWorld({ chapters, options }: KillWorld): void {
  const linesOf = (stage: Stage, table: string) =>
    chapters.find((chapter) => chapter.stage === stage)!.end[table]!;
  const rowsOf = (stage: Stage, table: string) => linesOf(stage, table).length;
  expect(rowsOf('read', 'partner')).toBeGreaterThan(3);
  for (const { alias, crm } of options.sides) {
    expect(rowsOf('takeOver', `${alias} ${ownObjects[crm].decision}`)).toBeGreaterThan(3);
    const statusOf = (stage: Stage) =>
      linesOf(stage, `${alias} ${ownObjects[crm].case}`).filter((line) =>
        line.includes(ownObjects[crm].solved),
      ).length;
    expect([statusOf('takeOver'), statusOf('import'), statusOf('decide')]).toEqual([0, 1, 0]);
  }
  const joined = linesOf('change', 'match').filter((line) => line.includes('"joined"'));
  expect(joined).toHaveLength(options.sides.length > 1 ? 5 : 0);
  expect(rowsOf('change', 'difference')).toBeGreaterThan(0);
  expect(rowsOf('change', 'reject')).toBeGreaterThan(0);
  expect(rowsOf('import', 'fact')).toBe(2);
  const takenBack = linesOf('import', 'link').filter((line) => /"import".*"deleted"/.test(line));
  expect(takenBack).toHaveLength(2);
  expect(rowsOf('decide', 'tier_override')).toBeGreaterThan(0);
  const jobs = chapters.map(({ lengths }) => lengths.work.jobs);
  expect(jobs.some((count) => count > 0)).toBe(options.hasJobs === true);
}

/** Whether the n-th play is one of ours. Two sizes share the plays of a run, so that each is played in one of them. */
export type Turn = (play: number) => boolean;

/** Goes through the deaths that have to be met in a world, as far as it is our turn. */
export async function dieWhereOneMust(worlds: readonly KillWorld[], isOurTurn: Turn): Promise<number> {
  let kills = 0;
  const plays = worlds.flatMap((world) => world.options.mustDie.map((must) => ({ world, ...must })));
  for (const { world, stage, deaths } of plays.filter((_play, index) => isOurTurn(index))) {
    const died = await playAndCompare(world, stage, deaths);
    expect({ stage, died }).toEqual({ stage, died: deaths });
    kills += died.length;
  }
  return kills;
}

export interface Drawn {
  kills: number;
  seed: number;
  /** The world that the first stage is played in; the worlds take turns. */
  first: number;
  /** Deaths of one play: the more, the fewer plays. */
  perPlay: number;
  isOurTurn: Turn;
}

/**
 * Kills processes at drawn places until every stage of ours had its turn and so many have died. Worlds that a stage was not played
 * in come after that.
 */
export async function dieAnywhere(worlds: readonly KillWorld[], given: Drawn): Promise<Death[]> {
  const died: Death[] = [];
  const stages = worlds[0]!.chapters.length;
  for (let round = 0; round < stages || died.length < given.kills; round += 1) {
    if (!given.isOurTurn(round)) continue;
    const world = worlds[(given.first + round + Math.floor(round / stages)) % worlds.length]!;
    const chapter = world.chapters[round % stages]!;
    const deaths = drawDeaths(createDraw(given.seed + round), chapter, given.perPlay);
    died.push(...(await playAndCompare(world, chapter.stage, deaths)));
  }
  return died;
}

function drawDeaths(draw: Draw, { lengths }: Chapter, count: number): Death[] {
  return Array.from({ length: count }, () => {
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
