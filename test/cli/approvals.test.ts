import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openWorld, type World } from './world.ts';

let world: World;

/** Every move waits; the program has taken the tiers over, and its rules have just become easier. */
beforeAll(async () => {
  world = await openWorld();
  const file = join(world.folder, 'programs', 'starter.yaml');
  const text = readFileSync(file, 'utf8');
  const asking = text.replace(/approval:\n( {2}.*\n)+/, 'approval: { always: both }\n');
  writeFileSync(file, asking);
  await world.tierlink('sync');
  await world.tierlink('connect', '--write-back', 'on', '--tiers', 'owned');
  await world.tierlink('sync');
  const easier = asking.replace('atLeast: 100000', 'atLeast: 1').replace('atLeast: 2 }', 'atLeast: 0 }');
  writeFileSync(file, easier);
});
afterAll(async () => {
  await world.close();
});

interface Listed {
  approvals: { id: string; state: string; up: number; down: number }[];
}

it('moves of tiers that wait are listed, shown, approved and then made', async () => {
  expect((await world.tierlink('approvals', 'list')).out).toContain('No change of a tier waits');
  const synced = await world.tierlink('sync');
  expect(synced.out).toMatch(/Tiers: \d+ changes? waits? for an approval, because every move up waits/);
  expect(synced.err).toContain('tierlink approvals show a-000001');
  const { approvals } = await world.json<Listed>('approvals', 'list');
  expect(approvals).toMatchObject([{ id: 'a-000001', state: 'open' }]);
  const moves = approvals[0]!.up + approvals[0]!.down;
  expect(moves).toBeGreaterThan(0);
  const status = await world.tierlink('status');
  expect(status.out).toMatch(/changes? of (a )?tiers? to approve/);
  expect((await world.json<{ waiting: number }>('tier', 'list')).waiting).toBe(moves);
  const shown = await world.json<{ items: { partner: string; why: string }[] }>(
    'approvals',
    'show',
    'a-000001',
  );
  expect(shown.items).toHaveLength(moves);
  const { partner } = shown.items[0]!;
  expect((await world.tierlink('tier', 'why', partner)).out).toContain('waits for an approval');
  expect(await world.json('approvals', 'approve', 'a-000001', '--reason', 'Checked')).toEqual({
    approved: [{ id: 'a-000001', changes: moves }],
  });
  const again = await world.tierlink('approvals', 'approve', 'a-000001');
  expect([again.exit, again.err]).toEqual([1, expect.stringContaining('does not wait any more')]);
  await world.tierlink('sync');
  const { approvals: after } = await world.json<Listed>('approvals', 'list', '--all');
  expect(after).toMatchObject([{ state: 'applied', states: { applied: moves } }]);
  expect((await world.tierlink('tier', 'why', partner)).out).toContain('(Checked)');
});

it('an approval that is not there is refused with where to look', async () => {
  const ran = await world.tierlink('approvals', 'reject', 'a-999999', '--reason', 'x');
  expect(ran.exit).toBe(1);
  expect(ran.err).toContain('tierlink approvals list');
});
