import { expect } from '@jest/globals';
import { drawDeaths, type KillHouse, type Outcome, play } from './kill-run.ts';

const deathsPerRun = 8;

/** Kills processes until so many have died, each run of them from the beginning to the end. Returns how many died. */
export async function killAndCompare(
  house: KillHouse,
  given: { kills: number; worlds: readonly number[]; seed: number },
): Promise<number> {
  const clean = new Map<number, Outcome>();
  for (const world of given.worlds) clean.set(world, await cleanRun(house, world));
  let kills = 0;
  for (let round = 0; kills < given.kills; round += 1) {
    const world = given.worlds[round % given.worlds.length]!;
    const expected = clean.get(world)!;
    const seed = given.seed + round;
    const deaths = drawDeaths(seed, deathsPerRun);
    const outcome = await play({ house, world, deaths, lengths: expected.lengths });
    kills += outcome.kills;
    const how = { seed, world, deaths };
    expect({ how, ...stateOf(outcome) }).toEqual({ how, ...stateOf(expected) });
  }
  return kills;
}

async function cleanRun(house: KillHouse, world: number): Promise<Outcome> {
  const outcome = await play({ house, world, deaths: [] });
  expect(outcome).toMatchObject({ kills: 0, written: 0 });
  expect(outcome.store.tier_state!.length).toBeGreaterThan(3);
  expect(outcome.crm.Tierlink_Decision__c!.length).toBeGreaterThan(3);
  return outcome;
}

function stateOf({ store, crm, written }: Outcome) {
  return { store, crm, written };
}
