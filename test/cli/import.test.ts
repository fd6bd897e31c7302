import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { contentsOf } from '../../src/cli/file-pieces.ts';
import { openWorld, type World } from './world.ts';

/** Partners and deals that no CRM holds, from a file to a figure and a tier, in a project with one connection. */
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

async function bringIn(kind: string, lines: readonly string[]): Promise<{ out: string; err: string }> {
  const file = join(world.folder, `${kind}.csv`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  const ran = await world.tierlink('import', kind, file);
  expect([ran.exit, ran.err]).toEqual([0, expect.stringContaining('tierlink sync')]);
  return ran;
}

it('a deal of a file counts in sourced revenue, is listed by kpi show and told by tier why', async () => {
  await world.tierlink('sync');
  await bringIn('partners', [
    'id,name,number,types,started_on',
    'hh,Hinterland House,HH-1,Reseller,2024-01-01',
    'hb,Hinterland Branch,HB-1,reseller,2024-01-01',
  ]);
  const refused = join(world.folder, 'refused.csv');
  writeFileSync(refused, 'id,name,tier\nhc,Hinterland Club,Golden\n');
  const wrong = await world.tierlink('import', 'partners', refused);
  expect([wrong.exit, wrong.err]).toEqual([
    2,
    expect.stringMatching(/Registered, Silver, Gold.*did you mean "Gold"/),
  ]);
  await bringIn('partners', [
    'id,name,number,types,started_on,tier,tier_since',
    'hc,Hinterland Club,HC-1,reseller,2024-01-01,gold,2025-06-01',
  ]);
  const closed = new Date(Date.now() - 30 * 24 * 3600 * 1000).toISOString().slice(0, 10);
  const { out } = await bringIn('deals', [
    'id,partner,role,share,name,customer,amount,currency,is_won,close_on',
    `D-1,hh,sourced,75,Harbour rollout,Harbour Trust,200000,USD,true,${closed}`,
    `D-1,hb,influenced,25,Harbour rollout,Harbour Trust,200000,USD,true,${closed}`,
  ]);
  expect(out).toMatch(/Created +2/);
  expect(out).toMatch(/Customers added +1/);
  await world.tierlink('sync');
  const shown = await world.tierlink('kpi', 'show', 'Hinterland House', 'sourcedRevenue', '--records');
  expect(shown.out).toContain('150,000');
  expect(shown.out).toMatch(/^ *D-1 +Harbour rollout/m);
  const why = await world.tierlink('tier', 'why', 'Hinterland House');
  expect(why.out).toMatch(/150,000/);
  expect(why.out).toContain('Sourced revenue');
  const { records } = await world.json<{ records: { included: unknown[] } }>(
    'kpi',
    'show',
    'Hinterland House',
    'sourcedRevenue',
    '--records',
  );
  expect(records.included).toMatchObject([{ crmId: 'id:D-1', connection: 'import', share: '75' }]);
  const club = await world.json<{ partner: unknown }>('partners', 'show', 'Hinterland Club');
  expect(club.partner).toMatchObject({
    tier: 'Gold',
    tierSince: '2025-06-01',
    tierMode: 'owned',
    status: 'at_risk',
  });
  const partner = await world.tierlink('partners', 'show', 'Hinterland House');
  expect(partner.exit).toBe(0);
  expect(partner.out).toContain('id:hh');
});

it('--errors writes the rows with errors to a file that can be corrected and imported', async () => {
  const file = join(world.folder, 'mixed.csv');
  const errors = join(world.folder, 'wrong.csv');
  writeFileSync(
    file,
    'email,partner,name,phone\nann@new.example,hh,Ann,+46 8 1\nbea@new.example,Nobody,"Bea ""B"", Ek",+46 8 2\nx@new.example\n',
  );
  const refused = await world.tierlink('import', 'people', file, '--errors', errors);
  expect([refused.exit, refused.err]).toEqual([
    2,
    expect.stringContaining('no partner is known as "Nobody"'),
  ]);
  const written = readFileSync(errors, 'utf8');
  expect(written.split('\r\n').slice(0, 3)).toEqual([
    '\ufeffimport_line,import_result,import_reason,email,partner,name,phone',
    `3,error,"partner: no partner is known as ""Nobody""",bea@new.example,Nobody,"Bea ""B"", Ek",'+46 8 2`,
    '4,error,"the row has 1 cells, the header 4; a cell that is blank has its separator too",,,,',
  ]);
  const again = await world.tierlink('import', 'people', file, '--skip-invalid', '--errors', errors);
  expect([again.exit, again.err]).toEqual([2, expect.stringContaining('--force')]);
  await world.tierlink('import', 'people', file, '--skip-invalid');
  writeFileSync(errors, written.replace(',Nobody,', ',hh,').replace(/\r\n4,error.*/, ''));
  expect((await world.tierlink('import', 'people', errors)).out).toMatch(/Created +1/);
  const people = await exportedPeople();
  expect(people).toContain('bea@new.example');
  expect(people).toContain(`'+46 8 2`);
  expect(people).not.toContain(`''+46`);
});

it('a file that is written to while it is read is refused', async () => {
  const file = join(world.folder, 'growing.csv');
  writeFileSync(file, `email,partner\n${'x@new.example,hh\n'.repeat(10_000)}`);
  const contents = contentsOf(file) as () => AsyncIterable<Uint8Array>;
  const read = async () => {
    for await (const piece of contents()) if (piece.length > 0) appendFileSync(file, 'y@new.example,hh\n');
  };
  await expect(read()).rejects.toMatchObject({
    code: 'IMPORT_FILE',
    message: expect.stringContaining('it changed while it was read'),
  });
});

async function exportedPeople(): Promise<string> {
  const file = join(world.folder, 'exported.csv');
  await world.tierlink('export', 'people', '--csv', file);
  return readFileSync(file, 'utf8');
}
