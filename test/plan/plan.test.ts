import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openWorld, type World } from '../cli/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

it('prints', async () => {
  await world.tierlink('sync');
  console.log((await world.tierlink('connect', '--tiers', 'owned', '--alias', 'demo')));
  const ran = await world.tierlink('plan', '--out', `${world.folder}/a.plan`);
  console.log(ran.out, ran.err, ran.exit);
  const show = await world.tierlink('plan', 'show', `${world.folder}/a.plan`);
  console.log(show.out, show.err);
  expect(1).toBe(1);
});
