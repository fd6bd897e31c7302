import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { writePolicy } from '../../src/app/mapping-policy.ts';
import { commands } from '../../src/cli/commands/index.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../services/test-store.ts';
import { edit } from './crm-editor.ts';
import { run } from './harness.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let store: Store;
beforeAll(async () => {
  world = await openWorld();
  store = await openTestStore();
  await tierlink('sync');
});
afterAll(async () => {
  await store.close();
  await world.close();
});

async function tierlink(...argv: string[]) {
  const environment = { TIERLINK_PROJECT: world.folder };
  return await run([...argv, '--time-zone', 'UTC'], {
    commands,
    environment,
    store,
    columns: 220,
    terminal: true,
  });
}

/** Both sides give two partners another telephone number. */
async function callBothSides(): Promise<void> {
  const links = await store.query<{ crm_id: string; record_id: string }>(
    `select crm_id, record_id from tierlink.link where object = 'Account' and entity = 'partner' order by crm_id limit 2`,
  );
  for (const [index, { crm_id: id }] of links.entries())
    await edit(world, { object: 'Account', id, fields: { Phone: `+46 8 ${Date.now()}${index}` } });
  await store.query(
    `update tierlink.partner set phone = '+1 ' || id, known_from = now() where id = any($1::text[])`,
    [links.map((link) => link.record_id)],
  );
  await tierlink('sync');
}

it('conflicts are grouped by field, with both values and who set theirs', async () => {
  await callBothSides();
  const { out, err } = await tierlink('differences', 'list');
  expect(out).toMatch(/Account\.Phone +changed on both sides +2 +differences resolve --all --object Account/);
  expect(out).toMatch(/Phone +\+1 ptr_\S+ +\+46 8 \d+ +\S+.*, 20\d\d-/);
  expect(err).toContain('tierlink differences policy phone --object Account --wins crm');
});

it('a policy is written into the mapping, decides what is open, and holds from then on', async () => {
  const file = join(world.folder, 'mappings/salesforce/partner.yaml');
  const before = readFileSync(file, 'utf8');
  const several = await tierlink('differences', 'policy', 'Phone', '--wins', 'crm');
  expect(several.err).toContain('--object Account');
  const ran = await tierlink('differences', 'policy', 'Phone', '--object', 'Account', '--wins', 'crm');
  expect(ran.out).toContain('phone: policy ask -> crm');
  expect(ran.out).toContain('2 open conflicts resolved.');
  const changed = readFileSync(file, 'utf8').split('\n');
  expect(before.split('\n').filter((line, index) => line !== changed[index])).toEqual([
    expect.stringContaining('phone: { field: Phone'),
  ]);
  expect((await tierlink('map', 'check', '--offline')).exit).toBe(0);
  await callBothSides();
  expect((await tierlink('differences', 'list')).out).toContain('Both sides agree.');
  const [row] = await store.query(
    `select count(*)::int as theirs from tierlink.partner where phone like '+46 8 %'`,
  );
  expect(row).toEqual({ theirs: 2 });
});

it('a field that only one side may change has no policy', async () => {
  const ran = await tierlink('differences', 'policy', 'fone', '--wins', 'crm');
  expect([ran.exit, ran.out]).toEqual([2, '']);
  expect(ran.err).toContain('did you mean "phone"?');
  expect((await tierlink('differences', 'policy', 'tier', '--wins', 'crm')).err).toContain(
    'either side may change',
  );
});

it.each([
  [
    'a line without one',
    'attributes:\n  phone: { field: Phone, direction: both } # why\n',
    'attributes:\n  phone: { field: Phone, direction: both, policy: crm } # why\n',
  ],
  [
    'a block',
    'attributes:\n  phone:\n    field: Phone # the switchboard\n    direction: both\n  name: { field: Name, direction: in }\n',
    'attributes:\n  phone:\n    field: Phone # the switchboard\n    direction: both\n    policy: crm\n  name: { field: Name, direction: in }\n',
  ],
  [
    'a block that ends in a comment',
    'attributes:\n  phone:\n    direction: both # either',
    'attributes:\n  phone:\n    direction: both # either\n    policy: crm',
  ],
  [
    'one that says another',
    "attributes: { phone: { policy: 'ask' } }\n",
    'attributes: { phone: { policy: crm } }\n',
  ],
])('the policy of %s is all that is written', (_name, before, after) => {
  const file = join(world.folder, 'policy.yaml');
  writeFileSync(file, before);
  writePolicy([{ file, attribute: 'phone' }], 'crm');
  expect(readFileSync(file, 'utf8')).toBe(after);
});
