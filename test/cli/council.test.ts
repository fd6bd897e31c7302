import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { openWorld, type World } from './world.ts';

/** A partner council as a specialisation: a seat is a fact on file, and who sits on it is held beside the tier. */
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

interface Listed {
  partners: { name: string; tier: string | null; beside: string[] }[];
}

it('lists who sits on it, beside the tier, until the term is over', async () => {
  const project = parse(readFileSync(join(world.folder, 'tierlink.yaml'), 'utf8')) as { program: string };
  const file = join(world.folder, project.program);
  const council = `specialisations:
  - key: council
    label: Partner council
    counted: false
    requirements: { fact: council seat }
    movement: { demote: immediately }
kpis:`;
  writeFileSync(file, readFileSync(file, 'utf8').replace('\nkpis:', `\n${council}`));
  await world.tierlink('sync');
  const { partners } = await world.json<Listed>('partners');
  const { name, tier } = partners.find((each) => each.tier !== null)!;
  const set = await world.tierlink('fact', 'set', name, 'council seat', '--reason', 'Elected in March');
  expect([set.exit, set.err]).toEqual([0, expect.not.stringContaining('no requirement')]);
  await world.tierlink('sync');
  const seated = await world.json<Listed>('partners', '--tier', 'partner council');
  expect(seated.partners.map((each) => [each.name, each.tier, each.beside])).toEqual([
    [name, tier, ['Partner council']],
  ]);
  const shown = await world.tierlink('partners', '--tier', 'Partner council');
  expect(shown.out).toMatch(/HOLDS BESIDE/);
  const ended = await world.tierlink('fact', 'end', name, 'council seat', '--reason', 'Stepped down');
  expect(ended.exit).toBe(0);
  await world.tierlink('sync');
  const over = await world.tierlink('partners', '--tier', 'Partner council');
  expect(over.out).not.toContain(name);
});
