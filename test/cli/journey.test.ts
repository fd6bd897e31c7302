import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openWorld, type World } from './world.ts';

/** The way of a new user through the commands, each with its --json checked against its schema. */
let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

interface Pass {
  state: string;
  kpis: unknown;
  tiers: { movements: unknown[] } | null;
  run: string;
  connections: {
    objects: {
      object: string;
      entity: string;
      read: number;
      created: number;
      held: number;
      invalid: number;
    }[];
    written: { created: number; updated: number; rejected: number } | null;
    notWritten: string | null;
    frozen: unknown[];
    wouldWrite: { writes: { object: string; name: string | null; action: string }[] } | null;
  }[];
}

describe('before anything was read', () => {
  it('check says who we are, which org it is and what may be read', async () => {
    const ran = await world.tierlink('check');
    expect(ran.exit).toBe(0);
    for (const part of ['SIMULATOR', 'Write-back   off', 'can read 8 of 8 needed objects']) {
      expect(ran.out).toContain(part);
    }
    expect(await world.json('check')).toMatchObject({ alias: 'demo', writeBack: false, partlyVisible: [] });
  });

  it('doctor calls unknown what was not looked at, and fails nothing', async () => {
    const ran = await world.tierlink('doctor', '--all');
    expect(ran.exit).toBe(0);
    expect(ran.out).toMatch(/unknown {2}demo: nothing was read yet/);
    // The owner's name is read through a lookup, which can be looked at as well as the mappings' own fields.
    expect(ran.out).toContain('mappings fit the live metadata');
    const short = await world.tierlink('doctor');
    expect(short.out).toMatch(/^ {2}ok +\.\.\. \d+ ok \(--all to list\)$/m);
    expect(short.out).not.toContain('mappings fit');
    expect(short.out).toMatch(/unknown {2}demo: nothing was read yet {2}DOC-D06/);
    const { counts } = await world.json<{ counts: { fail: number } }>('doctor');
    expect(counts.fail).toBe(0);
  });

  it('map check finds the mappings fit the live metadata', async () => {
    const { findings } = await world.json<{ findings: { level: string }[] }>('map', 'check');
    expect(findings.filter(({ level }) => level === 'error')).toEqual([]);
    expect(findings.filter(({ level }) => level === 'note')).toMatchObject([
      { code: 'KPI_UNKNOWN', message: expect.stringContaining('revenueGrowth, fit'), paste: [] },
    ]);
    const { out } = await world.tierlink('map', 'check', '--offline');
    expect(out).toMatch(/ok +\S+kpi-period\.yaml\n +i +\d+:\d+ +KPI_UNKNOWN +attributes: not in the program/);
    expect(out).toContain('nothing to mend');
  });

  it('map check gives the lines for KPIs of the program that no mapping writes', async () => {
    const file = join(world.folder, 'mappings/salesforce/kpi-period.yaml');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace(/^ {2}kpi\.winRate: .*\n/m, ''));
    try {
      const checked = await world.tierlink('map', 'check', '--offline');
      expect(checked.exit).toBe(0);
      expect(checked.out).toMatch(/^ {2}kpi\.winRate: \{ field: Win_Rate__c, direction: out, install: /m);
      const { findings } = await world.json<{ findings: { code: string; paste: string[] }[] }>(
        'map',
        'check',
        '--offline',
      );
      const [note] = findings.filter(({ code }) => code === 'KPI_NOT_WRITTEN');
      expect(note!.paste).toEqual([expect.stringMatching(/^kpi\.winRate: /)]);
      expect((await world.tierlink('doctor', '--all')).out).toContain('not written into the CRM: winRate');
    } finally {
      writeFileSync(file, before);
    }
  });

  it('a dry run reads and keeps nothing', async () => {
    const dry = await world.json<Pass>('sync', '--dry-run');
    expect(dry.connections[0]!.notWritten).toBe('dry_run');
    expect(dry.connections[0]!.objects.reduce((sum, each) => sum + each.created, 0)).toBeGreaterThan(500);
    const { feeds } = await world.json<{ feeds: { records: number }[] }>('status');
    expect(feeds.filter(({ records }) => records > 0)).toEqual([]);
  });
});

describe('the first pass', () => {
  it('classifies records as its dry run did, and writes nothing to the CRM', async () => {
    const dry = await world.json<Pass>('sync', '--dry-run');
    const wet = await world.json<Pass>('sync');
    expect(wet.connections[0]!.objects).toEqual(dry.connections[0]!.objects);
    expect(wet.connections[0]).toMatchObject({ written: null, notWritten: 'write_back_off' });
    expect([wet.kpis, wet.tiers, wet.state]).toEqual([dry.kpis, dry.tiers, dry.state]);
    expect(dry.connections[0]!.frozen).toEqual([]);
    expect(dry.tiers!.movements).toHaveLength(24);
    // With write-back turned on, the figures of the period would go out; the tiers are not the program's yet.
    const objects = dry.connections[0]!.wouldWrite!.writes.map(({ object }) => object);
    expect(new Set(objects)).toEqual(new Set(['Tierlink_KPI_Period__c']));
  });

  it('shows of fields that the program writes when it will', async () => {
    const { out } = await world.tierlink('map', 'test', 'Harbour & Pine');
    expect(out).toMatch(/tier +\S+ +out +\S+ +\(the program writes it once it owns the tiers\) +-/);
    expect(out).not.toContain('(not read)');
  });

  it('gives every partner figures and a tier', async () => {
    const { partners } = await world.json<{ partners: { name: string; tier: string | null }[] }>('partners');
    expect(partners).toHaveLength(24);
    expect(partners.filter(({ tier }) => tier === null)).toEqual([]);
    const ran = await world.tierlink('partners', '--tier', 'gold');
    expect(ran.out).toContain('Harbour & Pine Consulting');
    expect(ran.out).not.toContain('Alpenglow');
  });

  it('shows figures with their date, state and records', async () => {
    const { kpis } = await world.json<{ kpis: unknown[] }>('kpi', 'list');
    expect(kpis.length).toBeGreaterThanOrEqual(10);
    const shown = await world.json<{
      values: { counted: number; asOf: string; state: string }[];
      records: { included: unknown[] };
    }>('kpi', 'show', 'harbour', 'sourcedRevenue', '--records');
    expect(shown.values[0]).toMatchObject({ state: 'current', counted: shown.records.included.length });
    const ran = await world.tierlink('kpi', 'show', 'harbour', 'sourcedRevenue', '--records');
    expect(ran.out).toContain('before the window');
  });

  it('explains a tier from the same evidence as the decision', async () => {
    const why = await world.json<{
      tier: string;
      forTier: string;
      requirements: { state: string }[];
      history: unknown[];
    }>('tier', 'why', 'Harbour & Pine Consulting');
    expect(why).toMatchObject({ tier: 'Gold', forTier: 'Gold', outlook: 'top' });
    expect(why.history.length).toBeGreaterThan(0);
    const ran = await world.tierlink('tier', 'why', 'harbour', '--no-color');
    for (const part of ['is GOLD in Partner Program', 'FOR GOLD', 'Gold is the highest tier'])
      expect(ran.out).toContain(part);
  });

  it('lists tiers, and compares them with those kept by hand', async () => {
    const { ladders } = await world.json<{ ladders: { tiers: { partners: number }[] }[] }>('tier', 'list');
    expect(ladders[0]!.tiers.reduce((sum, { partners }) => sum + partners, 0)).toBe(24);
    expect(await world.json('tier', 'compare', '--all')).toMatchObject({ partners: 24 });
  });
});

describe('after write-back was turned on', () => {
  it('the CRM gets the tiers, and a further pass writes nothing', async () => {
    const report = await world.json('connect', '--write-back', 'on', '--tiers', 'owned');
    expect(report).toMatchObject({ writeBack: true, tierMode: 'owned' });
    const dry = await world.json<Pass>('sync', '--dry-run');
    const first = await world.json<Pass>('sync');
    const { writes } = dry.connections[0]!.wouldWrite!;
    const { created, updated } = first.connections[0]!.written!;
    // The status record goes with the others.
    expect([writes.filter(({ action }) => action === 'create').length + 1, writes.length + 1]).toEqual([
      created,
      created + updated,
    ]);
    expect(writes.find(({ name }) => name === 'Cedar & Stone')).toMatchObject({ object: 'Account' });
    // 24 accounts, and the levels of four members of channel programs.
    expect(first.connections[0]!.written).toMatchObject({ updated: 28, rejected: 0 });
    const second = await world.json<Pass>('sync');
    expect(second.connections[0]!.written).toMatchObject({ created: 0, updated: 0 });
    expect((await world.json<Pass>('sync', '--dry-run')).connections[0]!.wouldWrite!.writes).toEqual([]);
    expect((await world.tierlink('sync', '--dry-run')).out).toContain('There is nothing to write.');
  });

  it('a tier edited by hand is reported as a difference, and kept as an override on request', async () => {
    await world.simulator.act('quarter');
    await world.json('sync');
    const { differences } = await world.json<{
      differences: { kind: string; attribute: string; name: string }[];
    }>('differences', 'list');
    expect(differences).toMatchObject([{ kind: 'drift', attribute: 'tier', theirs: 'Gold' }]);
    const { name } = differences[0]!;
    const why = await world.tierlink('tier', 'why', name);
    expect(why.out).toMatch(/In demo it was set to Gold by hand \(last edit by Ada Admin, .+\)/);
    expect((await world.tierlink('status')).err).toContain('tierlink differences list');
    const compared = await world.tierlink('tier', 'compare');
    expect(compared.out).toMatch(new RegExp(`${name} +Gold +edited in demo`));
    expect(compared.err).toContain('tierlink differences list');
    expect(why.err).toContain('tierlink differences list');
    const short = await world.tierlink('differences', 'resolve', 'sunrise', '--take', 'theirs');
    expect(short.err).toContain(`Closest: ${name}`);
    const refused = await world.tierlink('differences', 'resolve', name, '--take', 'theirs');
    expect(refused).toMatchObject({ exit: 2, out: '' });
    expect(refused.err).toContain('--reason is needed');
    const reasons = ['--reason', 'agreed', '--until', '2099-12-31'];
    const resolve = ['differences', 'resolve', name, '--take', 'theirs', ...reasons];
    const listed = await world.tierlink('differences', 'list');
    expect(listed.err).toContain(`resolve "${name}" --take theirs --reason "..." --until YYYY-MM-DD`);
    expect(await world.json(...resolve)).toEqual({ resolved: 1, decidedBefore: 0, unfit: [] });
    const decided = await world.tierlink('differences', 'list');
    expect(decided.out).toContain('kept as an override until 2099-12-31; settled with the next sync');
    expect(decided.err).toMatch(/Next: {2}tierlink sync/);
    expect(decided.err).not.toContain('resolve');
    expect(await world.json(...resolve)).toEqual({ resolved: 0, decidedBefore: 1, unfit: [] });
    const { waiting } = await world.json<{ waiting: { differences: number } }>('status');
    expect(waiting.differences).toBe(0);
    await world.json('sync');
    expect(await world.json('differences', 'list')).toEqual({ differences: [] });
    expect(await world.json('tier', 'why', 'sunrise')).toMatchObject({
      tier: 'Gold',
      override: { tier: 'Gold', reason: 'agreed' },
      setByHand: [],
    });
  });

  it('an override is set and ended by a person', async () => {
    const set = await world.tierlink(
      'tier',
      'override',
      'Fjordlys',
      '--tier',
      'Silver',
      '--until',
      '2099-12-31',
      '--reason',
      'x',
    );
    expect(set).toMatchObject({ exit: 0 });
    expect(set.out).toContain('Fjordlys is Silver');
    expect(await world.json('tier', 'override', 'Fjordlys', '--end', '--reason', 'done')).toMatchObject({
      action: 'ended',
    });
  });

  it('one record can be seen through its mappings', async () => {
    const { partners } = await world.json<{ partners: { id: string }[] }>('partners', '--tier', 'Gold');
    const tested = await world.json<{ object: string; mappings: { mapping: string; state: string }[] }>(
      'map',
      'test',
      partners[0]!.id,
    );
    expect(tested.object).toBe('Account');
    expect(await world.json('map', 'test', 'Harbour & Pine')).toMatchObject({ object: 'Account' });
    expect(await world.tierlink('map', 'test', 'no such thing')).toMatchObject({ exit: 2, out: '' });
    expect(tested.mappings).toEqual(
      expect.arrayContaining([expect.objectContaining({ mapping: 'partner', state: 'live' })]),
    );
  });

  it('a field that the program writes is shown with what it writes', async () => {
    const { mappings } = await world.json<{ mappings: { attributes: Record<string, unknown>[] }[] }>(
      'map',
      'test',
      'Harbour & Pine',
    );
    const tier = mappings
      .flatMap(({ attributes }) => attributes)
      .find(({ attribute }) => attribute === 'tier');
    expect(tier).toMatchObject({
      direction: 'out',
      theirs: 'Gold',
      becomes: null,
      writes: 'Gold',
      waits: null,
    });
    const { out } = await world.tierlink('map', 'test', 'Harbour & Pine');
    expect(out).toMatch(/tier +\S+ +out +Gold +\(the program writes it\) +Gold/);
  });
});

describe('a program without tiers', () => {
  it('lists partners by how well they fit, and has no tier to explain', async () => {
    const file = join(world.folder, 'tierlink.yaml');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('starter.yaml', 'no-tiers.yaml'));
    try {
      await world.json('sync');
      const { profile, partners } = await world.json<{ profile: string; partners: { fit: string | null }[] }>(
        'partners',
      );
      expect(profile).not.toBe(null);
      const fits = partners.map(({ fit }) => Number(fit ?? -1));
      expect(Math.max(...fits)).toBeGreaterThan(0);
      expect(fits).toEqual(fits.toSorted((one, other) => other - one));
      expect(await world.tierlink('tier', 'why', 'harbour')).toMatchObject({ exit: 1, out: '' });
      expect((await world.tierlink('tier', 'list')).out).toContain('no tiers');
      const compared = await world.tierlink('tier', 'compare');
      expect(compared.out).toContain('This program has no tiers, so there is nothing to compare');
      expect(compared.err).toContain('tierlink kpi list');
      const { err } = await world.tierlink('connect', '--write-back', 'on');
      expect(err).toContain('tierlink partners');
      expect(err).not.toContain('tier compare');
    } finally {
      writeFileSync(file, before);
    }
  });
});

describe('a sync that is interrupted', () => {
  it('ends with 130, keeps what was finished, and the next one goes on', async () => {
    const ran = await world.interrupted('sync', '--full');
    expect(ran).toMatchObject({ exit: 130, out: '' });
    expect(ran.err).toContain('INTERRUPTED');
    expect(await world.json('sync', '--full')).toMatchObject({ state: 'succeeded' });
  });
});

describe('looking around', () => {
  it('status shows connections, feeds and runs', async () => {
    const ran = await world.tierlink('status');
    expect(ran.out).toMatch(/demo +Healthy/);
    const status = await world.json<{ runs: { state: string }[]; feeds: unknown[] }>('status', '--runs', '3');
    expect(status.runs).toHaveLength(3);
    expect(status.feeds.length).toBeGreaterThanOrEqual(8);
  });

  it('rejects, mappings, settings and the program can be listed', async () => {
    const { groups } = await world.json<{ groups: { ids: string[] }[] }>('rejects', 'list');
    for (const { ids } of groups)
      expect(await world.json('rejects', 'show', ids[0]!)).toMatchObject({ id: ids[0] });
    expect(await world.json('rejects', 'list', '--held')).toMatchObject({ held: true });
    expect(await world.json('map', 'list')).toMatchObject({ connection: 'demo' });
    expect(JSON.stringify(await world.json('config'))).not.toContain('simulated-client-secret');
    expect(await world.json('program', 'check')).toMatchObject({ ok: true });
  });

  it('rejected records can be retried, all at once', async () => {
    expect(await world.json('rejects', 'retry', '--all')).toMatchObject({ writes: 0 });
    const which = await world.tierlink('rejects', 'retry');
    expect(which).toMatchObject({ exit: 2, out: '' });
  });

  it('the source for the CRM is written once and not overwritten', async () => {
    const out = join(world.folder, 'install');
    const { files } = await world.json<{ files: string[] }>('install', 'source', '--out', out);
    for (const file of files) expect(existsSync(join(out, file))).toBe(true);
    expect(await world.tierlink('install', 'source', '--out', out)).toMatchObject({ exit: 2, out: '' });
    expect((await world.tierlink('install', 'source', '--out', out, '--force')).exit).toBe(0);
  });

  it('certifications are imported in one step or not at all', async () => {
    const file = join(world.folder, 'certifications.csv');
    const header = 'email,partner,code,issued_on,expires_on\n';
    writeFileSync(file, `${header}new@fjordlys.example,Fjordlys,SALES-1,2026-01-01,2099-01-01\n`);
    expect(await world.json('import', 'certifications', file, '--dry-run')).toMatchObject({
      created: 1,
      isDryRun: true,
    });
    expect(await world.json('import', 'certifications', file)).toMatchObject({ created: 1, isDryRun: false });
    expect(await world.json('import', 'certifications', file)).toMatchObject({ created: 0, unchanged: 1 });
    writeFileSync(file, `${readFileSync(file, 'utf8')}x@fjordlys.example,Fjordlys,SALES-1,2026-13-01,\n`);
    const refused = await world.tierlink('import', 'certifications', file);
    expect(refused).toMatchObject({ exit: 2, out: '' });
    expect(refused.err).toContain('IMPORT_ROWS');
    expect(refused.err).toContain('line 3, issued_on: "2026-13-01" is not a date (YYYY-MM-DD)');
    const missing = await world.tierlink('import', 'leads', join(world.folder, 'nothing.csv'));
    expect(missing.err).toContain('IMPORT_FILE');
    expect(missing.err).toContain('no such file or directory (ENOENT)');
    const folder = await world.tierlink('import', 'leads', world.folder);
    expect(folder.err).toContain(`IMPORT_FILE: ${world.folder} cannot be read`);
  });
});

it('doctor fails where the CRM does not answer, and says once what could not be looked at', async () => {
  await world.simulator.close();
  const ran = await world.tierlink('doctor');
  expect(ran.exit).toBe(1);
  expect(ran.out).toMatch(/unknown {2}demo: demo does not answer/);
  expect(ran.out.match(/not looked at/g)).toHaveLength(1);
  const { checks } = await world.json<{ checks: { check: string; status: string }[] }>('doctor');
  expect(checks).toContainEqual(expect.objectContaining({ check: 'mappings', status: 'unknown' }));
});
