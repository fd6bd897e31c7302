import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { commands } from '../../src/cli/commands/index.ts';
import type { AuditEntry } from '../../src/store/audit.ts';
import { writeAudit } from '../../src/store/audit.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../services/test-store.ts';
import { run } from './harness.ts';
import { jsonOf, openWorld, type World } from './world.ts';

let world: World;
let store: Store;
beforeAll(async () => {
  [world, store] = await Promise.all([openWorld(), openTestStore()]);
  await fill();
});
afterAll(async () => {
  await store.close();
  await world.close();
});

const tierlink = async (...argv: string[]) =>
  await run(argv, { commands, environment: { TIERLINK_PROJECT: world.folder }, store, columns: 200 });
const json = async (...argv: string[]) =>
  await jsonOf<{ total: number; entries: { recordId: string; at: string }[] }>(tierlink, ['audit', ...argv]);
const idsOf = async (...argv: string[]) => (await json(...argv)).entries.map(({ recordId }) => recordId);

const base = {
  connection: 'demo',
  object: 'Account',
  entity: 'partner',
  action: 'update',
  actor: 'tierlink',
};

/** Two partners with a record of every kind each, and an entry about each record. */
async function fill(): Promise<void> {
  for (const [key, name] of [
    ['a', 'Adatum'],
    ['b', '=Contoso "Cloud"'],
  ] as const) {
    await store.query(`insert into tierlink.partner (id, name) values ($1, $2)`, [`ptr_${key}`, name]);
    await store.query(`insert into tierlink.person (id, name, partner) values ($1, 'Kim', $2)`, [
      `per_${key}`,
      `ptr_${key}`,
    ]);
    await store.query(`insert into tierlink.deal (id, name) values ($1, 'Big deal')`, [`dea_${key}`]);
    await store.query(`insert into tierlink.credit (id, deal, partner) values ($1, $2, $3)`, [
      `crd_${key}`,
      `dea_${key}`,
      `ptr_${key}`,
    ]);
    await store.query(`insert into tierlink.certification (id, name, person) values ($1, 'Exam', $2)`, [
      `crt_${key}`,
      `per_${key}`,
    ]);
  }
  await store.query(
    `insert into tierlink.partner (id, name, merged_into) values ('ptr_old', 'Old', 'ptr_a')`,
  );
  await store.query(
    `insert into tierlink.decision (id, program, program_version, ladder, partner_id, decided_at, effective_on, movement,
       status, summary, evidence, mode)
     values ('dec_a', 'p', '1', 'main', 'ptr_a', '2026-01-01', '2026-01-01', 'promote', 'keeps', 'Meets Gold.', '{}', 'owned')`,
  );
  const about = (
    entity: string,
    recordId: string,
    day: number,
    more: Partial<AuditEntry> = {},
  ): AuditEntry => ({
    ...base,
    entity,
    recordId,
    at: `2026-03-0${day}T23:30:00.000Z`,
    before: { amount: '1.10' },
    after: { amount: '2.20' },
    ...more,
  });
  await store.transaction((tx) =>
    writeAudit(tx, [
      about('partner', 'ptr_a', 1, {
        crmId: '001A',
        runId: 'r-000007',
        decisionId: 'dec_a',
        before: { tier: 'Silver', tierStatus: 'keeps' },
        after: { tier: 'Gold', tierStatus: 'keeps' },
      }),
      about('partner', 'ptr_b', 2, {
        actor: 'Kim',
        action: 'override',
        why: '=agreed',
        before: null,
        after: { tier: 'gold' },
      }),
      about('partner', 'ptr_old', 3, {
        action: 'match',
        before: { record: 'ptr_old' },
        after: { record: 'ptr_a' },
      }),
      about('person', 'per_a', 4),
      about('deal', 'dea_a', 4),
      about('credit', 'crd_a', 5),
      about('certification', 'crt_a', 5),
      about('decision', 'dec_a', 6),
      about('person', 'per_b', 6),
      about('credit', 'crd_x', 7, { before: { partner: 'ptr_a' }, after: { partner: 'ptr_b' } }),
      about('connectionStatus', 'demo', 8, {
        action: 'setting',
        object: '',
        before: { write_back: false },
        after: { write_back: true },
      }),
    ]),
  );
}

describe('tierlink audit', () => {
  it('lists the newest first, in pages', async () => {
    const { total, entries } = await json();
    expect(total).toBe(11);
    const times = entries.map(({ at }) => at);
    expect(times).toEqual([...times].sort().reverse());
    const pages = await Promise.all([1, 2, 3].map((page) => idsOf('--limit', '4', '--page', String(page))));
    expect(pages.flat()).toEqual(entries.map(({ recordId }) => recordId));
  });

  it('says in words what was changed, by whom and why', async () => {
    const { out, err } = await tierlink('audit', '--limit', '20');
    expect(out).toMatch(
      /2026-03-01 23:30 +Tierlink +Partner Adatum +written to the CRM +Tier: Silver -> Gold +Meets Gold\. +r-000007/,
    );
    expect(out).toMatch(/Kim +Partner =Contoso "Cloud" +tier overridden +Tier: - -> Gold +=agreed/);
    expect(out).toMatch(/Partner Old +matched +Record: Old -> Adatum/);
    expect(out).toMatch(/Deal credit crd_x +written to the CRM +Partner: Adatum -> =Contoso "Cloud"/);
    expect(out).toMatch(/Deal credit Big deal, Adatum/);
    expect(out).toMatch(/Connection status demo +setting changed +Write back: false -> true/);
    expect(err).toBe('');
  });

  it('finds all that is about a partner', async () => {
    const all = ['crd_x', 'dec_a', 'crt_a', 'crd_a', 'dea_a', 'per_a', 'ptr_old', 'ptr_a'];
    expect(await idsOf('--partner', 'Adatum')).toEqual(all);
    expect(await idsOf('--partner', 'ptr_b')).toEqual(['crd_x', 'per_b', 'ptr_b']);
    expect((await tierlink('audit', '--partner', 'nobody')).err).toContain('PARTNER_UNKNOWN');
  });

  it('finds by field, run, action, person, connection and time', async () => {
    expect(await idsOf('--field', 'tier')).toEqual(['ptr_b', 'ptr_a']);
    // What is the same before and after was not changed.
    expect(await idsOf('--field', 'tierStatus')).toEqual([]);
    expect(await idsOf('--field', 'write_back')).toEqual(['demo']);
    expect(await idsOf('--run', 'R-000007')).toEqual(['ptr_a']);
    expect(await idsOf('--action', 'match')).toEqual(['ptr_old']);
    expect(await idsOf('--who', 'kim')).toEqual(['ptr_b']);
    expect(await idsOf('--since', '2026-03-07', '--connection', 'demo')).toEqual(['demo', 'crd_x']);
    expect(await idsOf('--until', '2026-03-01')).toEqual(['ptr_a']);
    // In Stockholm it was past midnight.
    expect(await idsOf('--until', '2026-03-01', '--time-zone', 'Europe/Stockholm')).toEqual([]);
    expect(await idsOf('--since', '2026-03-08T23:30:00Z')).toEqual(['demo']);
    expect((await json('--since', '36500d')).total).toBe(11);
  });

  it.each([
    ['--since', 'yesterday'],
    ['--since', '2026-02-30'],
    ['--until', '2026-03-01 10:00'],
    ['--field', 'nothing'],
    ['--run', 'r-999999'],
    ['--action', 'bake'],
    ['--limit', '0'],
  ])('refuses %s %s', async (flag, word) => {
    const ran = await tierlink('audit', flag, word);
    expect(ran).toMatchObject({ exit: 2, out: '' });
    expect(ran.err).toContain(flag === '--run' ? `RUN_UNKNOWN: There is no run ${word}` : flag);
  });

  it('writes a file whole, in the zone asked for, and replaces none unasked', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tierlink-audit-'));
    const file = join(folder, 'audit.csv');
    const write = (...more: string[]) =>
      tierlink('audit', '--csv', file, '--time-zone', 'Europe/Stockholm', ...more);
    expect((await write()).out).toBe(`Wrote 11 entries to ${file}.\n`);
    const rows = parse(readFileSync(file, 'utf8'), { columns: true, bom: true }) as Record<string, string>[];
    expect(rows).toHaveLength(11);
    expect(rows.at(-1)).toMatchObject({
      line: '1',
      time: '2026-03-02T00:30:00.000+01:00',
      who: 'tierlink',
      'record type': 'Partner',
      record: 'Adatum',
      field: 'Tier',
      before: 'Silver',
      after: 'Gold',
      decision: 'Meets Gold.',
      run: 'r-000007',
      'CRM id': '001A',
      'our id': 'ptr_a',
    });
    // No spreadsheet may take a name or a reason for a formula.
    expect(rows.at(-2)).toMatchObject({ record: `'=Contoso "Cloud"`, why: "'=agreed" });
    const refused = await write();
    expect(refused.exit).toBe(2);
    expect(refused.err).toContain('FILE_EXISTS');
    expect((await write('--force', '--action', 'match')).out).toContain('Wrote 1 entry');
    expect(readdirSync(folder)).toEqual(['audit.csv']);
    const nowhere = await tierlink('audit', '--csv', join(file, 'x.csv'));
    expect(nowhere.err).toContain('FILE_UNUSABLE');
  });

  it('prints the file instead where its name is -', async () => {
    const { out, err } = await tierlink('audit', '--jsonl', '-', '--action', 'match');
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject({
      line: 3,
      changes: [{ before: 'ptr_old', after: 'ptr_a', beforeName: 'Old', afterName: 'Adatum' }],
    });
    expect((await tierlink('audit', '--csv', '-')).out.split('\r\n')).toHaveLength(13);
    expect((await tierlink('audit', '--csv', '-', '--json')).exit).toBe(2);
    expect((await tierlink('audit', '--csv', 'a', '--jsonl', 'b')).exit).toBe(2);
  });
});

describe('tierlink audit verify', () => {
  it('finds the head that it printed before', async () => {
    const { head, ...said } = await jsonOf<{ head: string; lines: number }>(tierlink, ['audit', 'verify']);
    expect(said).toMatchObject({ lines: 11, unsealed: { entries: 0 }, pruned: null, expected: null });
    const { out, exit } = await tierlink('audit', 'verify', '--expect', head);
    expect(exit).toBe(0);
    expect(out).toContain('11 lines of the audit are as they were written.');
    expect(out).toMatch(/Noted head +is in the chain/);
    expect(await tierlink('audit', 'verify', '--expect', 'head')).toMatchObject({ exit: 2, out: '' });
    const cut = await tierlink('audit', 'verify', '--expect', head.replace('11:', '12:'));
    expect(cut).toMatchObject({ exit: 1, out: '' });
    expect(cut.err).toContain('line 12 with the hash that was noted is not in the chain');
  });

  it('names what was changed, and ends with 1', async () => {
    await store.query(`update tierlink.audit set why = 'nothing' where record_id = 'ptr_b'`);
    await store.query(`delete from tierlink.audit where record_id = 'crd_a'`);
    const ran = await tierlink('audit', 'verify');
    expect(ran).toMatchObject({ exit: 1, out: '' });
    const said = ran.err.replace(/\s+/g, ' ');
    expect(said).toContain('AUDIT_BROKEN');
    expect(said).toContain(
      'line 2 of 2026-03-02T23:30:00.000Z was changed; line 6 of 2026-03-05T23:30:00.000Z is missing',
    );
    const { out } = await tierlink('audit', 'verify', '--json');
    expect(JSON.parse(out)).toMatchObject({ status: 1, name: 'AUDIT_BROKEN', data: { faultCount: 2 } });
  });
});
