import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Status } from '../../src/app/status.ts';
import { packageRoot } from '../../src/package-root.ts';
import { openUnconnected, type World } from './world.ts';

let world: Omit<World, 'manifest' | 'simulator'>;
beforeAll(async () => {
  world = await openUnconnected();
});
afterAll(async () => {
  await world.close();
});

/** Returns the project to how it was. */
function leaveOutConnections(): () => void {
  const file = join(world.folder, 'tierlink.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/\nconnections:[\s\S]*?\n\nschedules/, '\nconnections: {}\n\nschedules'));
  return () => writeFileSync(file, text);
}

const partners = 'id,name,number,types,started_on,tier,tier_since';

async function bringIn(kind: string, lines: readonly string[], ...flags: string[]) {
  const file = join(world.folder, `${kind}.csv`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return await world.tierlink('import', kind, file, ...flags);
}

it('a project without connections has nothing to sync before a file has brought something', async () => {
  const putBack = leaveOutConnections();
  const { exit, err } = await world.tierlink('sync');
  putBack();
  expect([exit, err]).toEqual([2, expect.stringContaining('CONNECTION_NONE')]);
});

describe('a project whose CRM is not connected', () => {
  it('is led by an import to connecting it, because a sync would ask it', async () => {
    const row = 'hc,Hinterland Club,HC-1,reseller,2024-01-01,gold,2025-06-01';
    const { exit, err } = await bringIn('partners', [partners, row]);
    expect([exit, err]).toEqual([0, expect.stringMatching(/Next: {2}tierlink connect /)]);
  });
});

describe('a project without connections', () => {
  it('measures and decides by a sync what files have brought', async () => {
    leaveOutConnections();
    const row = 'hh,Hinterland House,HH-1,reseller,2024-01-01,silver,2025-06-01';
    const { err } = await bringIn('partners', [partners, row]);
    expect(err).toMatch(/Next: {2}tierlink sync /);
    const closed = new Date(Date.now() - 30 * 24 * 3600 * 1000).toISOString().slice(0, 10);
    await bringIn('deals', [
      'id,partner,role,customer,amount,is_won,close_on',
      `D-1,hh,sourced,Harbour Trust,200000,true,${closed}`,
    ]);
    const synced = await world.tierlink('sync');
    expect([synced.exit, synced.out]).toEqual([0, expect.stringContaining('2 partners')]);
    const listed = await world.json<{ partners: { name: string; tier: string | null }[] }>('partners');
    expect(listed.partners).toMatchObject([
      { name: 'Hinterland Club', tier: 'Gold' },
      { name: 'Hinterland House', tier: 'Silver' },
    ]);
    const shown = await world.tierlink('kpi', 'show', 'Hinterland House', 'sourcedRevenue');
    expect(shown.out).toContain('200,000');
    const status = (await world.tierlink('status')).out;
    expect(status).not.toContain('compare with the CRM');
    expect(status).not.toMatch(/\n\n\n|CONNECTION/);
  });

  it('is made by init, and takes attributes of its own that its program declares', async () => {
    const folder = join(world.folder, 'alone');
    const made = await world.json<{ crm: null; files: string[] }>('init', folder, '--crm', 'none');
    expect([made.crm, made.files]).toEqual([
      null,
      expect.not.arrayContaining([expect.stringMatching(/^mappings/)]),
    ]);
    expect(readFileSync(join(folder, 'tierlink.yaml'), 'utf8')).toContain('\nconnections: {}\n');
    const header = 'id,partner,role,extra.seats';
    const unknown = await bringIn('deals', [header, 'D-2,hh,sourced,12']);
    expect([unknown.exit, unknown.err]).toEqual([
      2,
      expect.stringContaining('is declared under "attributes"'),
    ]);
    const file = join(world.folder, 'programs', 'starter.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8')}\nattributes: { deal.extra.seats: number }\n`);
    const wrong = await bringIn('deals', [header, 'D-2,hh,sourced,twelve']);
    expect([wrong.exit, wrong.err]).toEqual([
      2,
      expect.stringContaining('extra.seats: "twelve" is not a number with a point'),
    ]);
    const comma = await bringIn('deals', ['id;partner;role;amount', 'D-2;hh;sourced;1.234,5']);
    expect(comma.err).toContain('amount: "1.234,5" is not an amount with a point');
    expect((await bringIn('deals', [header, 'D-2,hh,sourced,12'])).exit).toBe(0);
  });
});

it('what files brought is no object of a CRM, and what changes a partner wants its whole name', async () => {
  const object = await world.tierlink('differences', 'list', '--object', 'partners');
  expect([object.exit, object.err]).toEqual([2, expect.stringContaining('no mapping has partners')]);
  const begun = await world.tierlink('differences', 'resolve', 'Hinterland H', '--take', 'ours');
  expect([begun.exit, begun.err]).toEqual([2, expect.stringContaining('PARTNER_UNKNOWN')]);
  const whole = await world.tierlink('differences', 'resolve', 'hinterland house', '--take', 'ours');
  expect(whole.exit).toBe(0);
});

describe('a file of which rows are left out', () => {
  it('says that what there is stays complete to the day of before', async () => {
    await bringIn('facts', ['partner,kind,occurred_on,quantity', 'hh,usage,2026-01-31,150']);
    const rows = ['partner,kind,occurred_on,quantity', 'hh,usage,2026-02-28,1', 'Nobody,usage,2026-02-28,1'];
    const { exit, out, err } = await bringIn('facts', rows, '--skip-invalid', '--complete-to', '2026-02-28');
    expect(err).toMatch(
      /--dry-run --errors wrong.csv [\s\S]*import facts "wrong.csv" --complete-to YYYY-MM-DD/,
    );
    expect([exit, out]).toEqual([
      68,
      expect.stringMatching(
        /Complete: facts of kind usage +2026-01-31, as before: rows were left out[\s\S]*It stays where it is, whatever files come after/,
      ),
    ]);
  });

  it('is completed by its corrected rows alone, to the day that is given with them', async () => {
    const errors = join(world.folder, 'left-out.csv');
    const header = 'partner,kind,occurred_on,quantity';
    const rows = [
      header,
      'hh,storage,2026-01-10,1',
      'Nobody,storage,2026-01-11,2',
      'hh,storage,2026-01-31,3',
    ];
    await bringIn('facts', rows, '--skip-invalid', '--errors', errors);
    const corrected = readFileSync(errors, 'utf8').trim().replaceAll(',Nobody,', ',hh,').split('\n');
    const { out } = await bringIn('facts', corrected, '--complete-to', '2026-01-31');
    expect(out).toMatch(
      /Created +1\n[\s\S]*Complete: facts of kind storage +2026-01-31; no KPI of the program names this kind\n/,
    );
    expect(out).not.toContain('It stays where it is');
    expect((await bringIn('facts', corrected)).out).toMatch(/Unchanged +1\n[\s\S]* 2026-01-31; no KPI/);
  });
});

describe('a file of facts of which no row is sound', () => {
  it('is told of kinds that the program names, and of no others', async () => {
    const rows = ['Nobody,business plan,2026-01-31,1', 'Nobody,buisness plan,2026-01-31,1'];
    const { out } = await bringIn('facts', ['partner,kind,occurred_on,quantity', ...rows], '--skip-invalid');
    expect(out).toMatch(/Complete: facts of kind business plan +in part only: rows were left out/);
    expect(out).not.toContain('Complete: facts of kind buisness plan');
  });
});

describe('a file that is taken back', () => {
  it('says that the rest is as complete as before', async () => {
    const header = 'partner,kind,occurred_on,quantity';
    await bringIn('facts', [header, 'hh,seats,2026-01-31,1', 'hh,seats,2026-02-28,1']);
    const { out } = await bringIn('facts', [header, 'hh,seats,2026-02-28,1'], '--remove');
    expect(out).toMatch(
      /Removed +1\n[\s\S]*Where files hold more of it, that is complete to the same day as before/,
    );
  });
});

describe('status', () => {
  it('counts records that got an id later once, and facts by their kind', async () => {
    const header = 'partner,kind,occurred_on,quantity';
    const rows = ['hh,visits,2026-01-31,5', 'hc,Visits,2026-01-31,7', 'hh,calls,2026-01-31,7'];
    await bringIn('facts', [header, ...rows]);
    await bringIn('facts', [`${header},id`, ...rows.slice(0, 2).map((row, index) => `${row},V-${index}`)]);
    const lead = 'hh,b@n.example,N,2026-02-01';
    await bringIn('leads', ['partner,email,company,created_at', lead]);
    await bringIn('leads', ['partner,email,company,created_at,id', `${lead},L-1`]);
    const { feeds } = await world.json<Status>('status');
    const counted = new Map(feeds.map(({ object, records }) => [object, records]));
    expect(counted.get('facts of kind visits')).toBe(2);
    expect(counted.get('facts of kind calls')).toBe(1);
    expect(counted.get('leads')).toBe(1);
    expect(counted.get('partners')).toBe(2);
  });

  it('names entries that take back one that is not there, as their import does', async () => {
    const header = 'partner,kind,occurred_on,quantity,reverses,id';
    const { out } = await bringIn('facts', [header, 'hh,points,2026-02-10,-100,P-1,P-2']);
    expect(out).toMatch(
      /1 row waits for another record:\n\n.*LINE.*\n +2 +reverses +P-1 +the partner has no/,
    );
    expect((await world.tierlink('status')).out).toContain(
      '1 fact that takes back an entry that is not there',
    );
    await bringIn('facts', [header, 'hh,points,2026-01-10,100,,P-1']);
    expect((await world.tierlink('status')).out).not.toContain('takes back');
  });
});

it('prospects are listed, counted apart, and on no ladder', async () => {
  await bringIn('partners', [
    'id,name,number,types,status',
    'hp,Hinterland Prospect,HP-1,reseller,prospect',
    'ht,Hinterland Terminated,HT-1,reseller,terminated',
  ]);
  await world.tierlink('sync');
  const { out } = await world.tierlink('partners');
  expect(out).toMatch(/Hinterland Prospect +- +prospect/);
  expect(out).toMatch(/Hinterland Terminated +- +terminated/);
  expect(out).toContain('4 partners; 2 of them are not in the program: prospects, applicants, and who is');
  const { ladders } = await world.json<{ ladders: { tiers: { partners: number }[] }[] }>('tier', 'list');
  expect(ladders[0]!.tiers.reduce((sum, tier) => sum + tier.partners, 0)).toBe(2);
  const why = await world.tierlink('tier', 'why', 'Hinterland Prospect');
  expect([why.exit, why.err]).toEqual([
    1,
    expect.stringContaining('its status is prospect, so it takes no part in the program'),
  ]);
});

it('two programs are compared by their titles, partner types by their labels, and wrong words are told', async () => {
  const [starter, msp] = ['starter', 'msp'].map((name) => join(world.folder, 'programs', `${name}.yaml`));
  writeFileSync(msp!, readFileSync(join(packageRoot, 'programs', 'msp.yaml')));
  const { out } = await world.tierlink('program', 'compare', starter!, msp!);
  expect(out).toMatch(/Partner Program, version 1 -> Managed Service Provider Program, version 1, with/);
  expect(out).toMatch(/Partner tiers +(Gold|Silver|Registered) +Reseller +\d/);
  const lost = await world.tierlink('program', 'compare', starter!, join(world.folder, 'nope.yaml'));
  expect([lost.exit, lost.err]).toEqual([2, expect.stringContaining('Check the path that was given')]);
  const stage = await world.tierlink('partners', '--stage', 'prospct');
  expect([stage.exit, stage.err]).toEqual([2, expect.stringContaining('Use one of: prospect, terminated')]);
});
