import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import { run } from './harness.ts';
import { newFolder, openWorld, type World } from './world.ts';

let world: World;
let next: string;
beforeAll(async () => {
  world = await openWorld();
  await world.tierlink('sync');
  const starter = readFileSync(join(world.folder, 'programs', 'starter.yaml'), 'utf8');
  next = join(world.folder, 'programs', 'next.yaml');
  const harder = starter
    .replace(/certifiedPeople, atLeast: 2/g, 'certifiedPeople, atLeast: 9')
    .replace('grace: { reviews: 1 }', 'grace: { reviews: 0 }');
  writeFileSync(next, harder.replace(/^version: .*$/m, "version: '2'"));
});
afterAll(async () => {
  await world.close();
});

interface Checked {
  guard: { noticeLost: unknown[]; sentences: string[] } | null;
}

describe('a program file that is to be taken into use', () => {
  it('is checked with what it does to those who rely on the rules in force', async () => {
    const { guard } = await world.json<Checked>('program', 'check', next);
    expect(guard?.noticeLost.length).toBeGreaterThan(0);
    const ran = await world.tierlink('program', 'check', next);
    expect(ran.exit).toBe(0);
    expect(ran.out.replace(/\s+/g, ' ')).toContain(guard!.sentences.at(-1));
    const compared = await world.tierlink(
      'program',
      'compare',
      join(world.folder, 'programs/starter.yaml'),
      next,
    );
    expect(compared.out.replace(/\s+/g, ' ')).toContain(guard!.sentences.at(-1));
  });

  it('is checked without a project as well', async () => {
    const environment = { TIERLINK_PROJECT: newFolder() };
    const ran = await run(['program', 'check', next, '--json'], { commands, environment });
    expect(ran.exit).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({ result: { ok: true, guard: null } });
  });

  it('with mistakes ends with 2 and says where they are', async () => {
    const file = join(world.folder, 'programs', 'broken.yaml');
    writeFileSync(file, readFileSync(next, 'utf8').replace('unit: money', 'unit: mony'));
    const environment = { TIERLINK_PROJECT: newFolder() };
    const ran = await run(['program', 'check', file], { commands, environment });
    expect(ran.exit).toBe(2);
    expect(ran.out).toMatch(/broken\.yaml:\d+:\d+ {2}error/);
  });
});
