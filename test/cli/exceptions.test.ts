import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openWorld, type World } from './world.ts';

let world: World;
let partner: string;

/** Silver asks for a plan on file, and for nothing else. */
beforeAll(async () => {
  world = await openWorld();
  const file = join(world.folder, 'programs', 'starter.yaml');
  const silver = /- \{ kpi: sourcedRevenue, atLeast: 100000 \}\n\s*- \{ kpi: certifiedPeople, atLeast: 2 \}/;
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(silver, '- { fact: business plan, id: plan, label: Business plan }'));
  await world.tierlink('sync');
  const { partners } = await world.json<{ partners: { name: string; tier: string }[] }>('partners');
  partner = partners.find(({ tier }) => tier === 'Registered')!.name;
});
afterAll(async () => {
  await world.close();
});

interface Why {
  tier: string;
  requirements: { id: string; state: string }[];
}
const why = () => world.json<Why>('tier', 'why', partner);

it('a fact that a person records meets its requirement with the next sync', async () => {
  const until = ['--until', '2099-12-31', '--reason', 'Plan of May', '--author', 'Kim'];
  const misspelt = await world.tierlink('fact', 'set', partner, 'busines plan', ...until);
  expect(misspelt.err).toContain('those asked for are business plan');
  expect((await world.tierlink('fact', 'set', partner, 'Business plan', ...until)).exit).toBe(0);
  await world.tierlink('sync');
  expect((await why()).tier).toBe('Silver');
  const listed = await world.tierlink('fact', 'list', partner);
  expect(listed.out).toMatch(/Business plan +\d{4}-\d{2}-\d{2} +2099-12-31 +yes +Kim +Plan of May/);
  expect((await world.tierlink('fact', 'end', partner, 'business plan', '--reason', 'Gone')).exit).toBe(0);
  expect((await world.tierlink('fact', 'end', partner, 'business plan', '--reason', 'Gone')).exit).toBe(2);
});

it('a waiver stands in for a requirement until it is ended, and is listed', async () => {
  const waive = ['tier', 'waive', partner, 'plan'];
  const set = await world.tierlink(
    ...waive,
    '--tier',
    'Silver',
    '--until',
    '2099-12-31',
    '--reason',
    'Agreed',
  );
  expect(set.out).toContain('need not meet Business plan of Silver until 2099-12-31');
  await world.tierlink('sync');
  expect((await world.tierlink('tier', 'why', partner)).exit).toBe(0);
  const { exceptions } = await world.json<{ exceptions: unknown[] }>('exceptions', 'list');
  expect(exceptions).toMatchObject([
    { kind: 'waiver', tier: 'Silver', requirement: 'plan', label: 'Business plan', reason: 'Agreed' },
  ]);
  const byLabel = ['tier', 'waive', partner, 'business plan', '--end', '--reason', 'Over'];
  expect((await world.tierlink(...byLabel)).exit).toBe(0);
  expect((await world.tierlink(...waive, '--end', '--reason', 'Over')).err).toContain('exceptions list');
  expect((await world.tierlink('exceptions', 'list')).out).toContain('There is none');
});
