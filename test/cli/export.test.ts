import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { exportTables } from '../../src/app/export.ts';
import { commands } from '../../src/cli/commands/index.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../services/test-store.ts';
import { run } from './harness.ts';
import { jsonOf, openWorld, type World } from './world.ts';

let world: World;
let store: Store;
beforeAll(async () => {
  [world, store] = await Promise.all([openWorld(), openTestStore()]);
  await tierlink('sync');
});
afterAll(async () => {
  await store.close();
  await world.close();
});

const tierlink = async (...argv: string[]) =>
  await run(argv, { commands, environment: { TIERLINK_PROJECT: world.folder }, store });
const newFolder = () => mkdtempSync(join(tmpdir(), 'tierlink-export-'));
const csvOf = (file: string) =>
  parse(readFileSync(file, 'utf8'), { columns: true, bom: true }) as Record<string, string>[];

async function exported(table: string, ...more: string[]): Promise<Record<string, string>[]> {
  const file = join(newFolder(), 'table.csv');
  expect(await tierlink('export', table, '--csv', file, ...more)).toMatchObject({ exit: 0 });
  return csvOf(file);
}

describe('tierlink export', () => {
  it('writes every table, with as many rows as there are, the same each time', async () => {
    const [one, other] = [newFolder(), newFolder()];
    const { tables } = await jsonOf<{ tables: { table: string; rows: number; file: string }[] }>(tierlink, [
      'export',
      '--all',
      '--csv',
      one,
    ]);
    expect(tables.map(({ table }) => table)).toEqual(exportTables.map(({ name }) => name));
    await tierlink('export', '--all', '--csv', other);
    for (const { table, rows, file } of tables) {
      const { from, columns } = exportTables.find(({ name }) => name === table)!;
      const [count] = await store.query<{ rows: number }>(`select count(*)::integer as rows from ${from}`);
      expect({ table, rows }).toEqual({ table, rows: count!.rows });
      const text = readFileSync(file, 'utf8');
      expect(text.split('\r\n')[0]!.startsWith(`\ufeff${columns.map(({ name }) => name).join(',')}`)).toBe(
        true,
      );
      expect(csvOf(file)).toHaveLength(rows);
      // Runs and leases go on meanwhile; nothing else does.
      expect(readFileSync(join(other, `${table}.csv`), 'utf8')).toBe(text);
    }
    const filled = tables.filter(({ rows }) => rows > 0).map(({ table }) => table);
    expect(filled).toEqual(
      expect.arrayContaining(['partners', 'deals', 'credits', 'kpi-values', 'tiers', 'links', 'runs']),
    );
    expect(readdirSync(one).sort()).toEqual(exportTables.map(({ name }) => `${name}.csv`).sort());
  });

  it('keeps amounts exact, with their currency, and days and instants as they are', async () => {
    await store.query(
      `insert into tierlink.deal (id, name, amount, amount_currency, close_on, created_at, is_won, extra)
       values ('dea_0', '=1+1', 12345678901234567890.123400, 'SEK', '2026-03-29', '2026-03-29T00:59:59.999Z', true,
         '{"note": "a, \\"b\\"", "cost": {"amount": "-0.10", "currency": "EUR"}, "tags": ["x", "y"]}')`,
    );
    const [row] = (await exported('deals', '--time-zone', 'Europe/Stockholm')).filter(
      ({ id }) => id === 'dea_0',
    );
    expect(row).toMatchObject({
      name: "'=1+1",
      amount: '12345678901234567890.123400',
      amountCurrency: 'SEK',
      closeOn: '2026-03-29',
      createdAt: '2026-03-29T01:59:59.999+01:00',
      isWon: 'true',
      isClosed: '',
      'extra.note': 'a, "b"',
      'extra.cost': '-0.10',
      'extra.costCurrency': 'EUR',
      'extra.tags': 'x; y',
    });
    const file = join(newFolder(), 'deals.jsonl');
    await tierlink('export', 'deals', '--jsonl', file);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const own = lines.map((line) => JSON.parse(line)).find(({ id }) => id === 'dea_0');
    expect(own).toMatchObject({
      amount: '12345678901234567890.123400',
      isWon: true,
      isClosed: null,
      createdAt: '2026-03-29T00:59:59.999Z',
      'extra.tags': ['x', 'y'],
      crmIds: [],
    });
    await store.query(`delete from tierlink.deal where id = 'dea_0'`);
  });

  it('names records beside their ids, and where they are in CRMs', async () => {
    const [partner] = (await exported('partners')).filter(({ crmIds }) => crmIds !== '');
    expect(partner!.crmIds).toMatch(/^demo:001/);
    const credit = (await exported('credits')).find((row) => row.partner === partner!.id);
    expect(credit).toMatchObject({ partnerName: partner!.name, dealName: expect.stringMatching(/./) });
  });

  it('streams: a table of many pages has each row once', async () => {
    await store.query(
      `insert into tierlink.fact (id, kind, quantity) select 'fct_' || lpad(n::text, 6, '0'), 'usage', n
       from generate_series(1, 4500) n`,
    );
    const rows = (await exported('facts')).filter(({ kind }) => kind === 'usage');
    expect(rows.map(({ quantity }) => Number(quantity))).toEqual(
      Array.from({ length: 4_500 }, (_, index) => index + 1),
    );
    await store.query(`delete from tierlink.fact where kind = 'usage'`);
  });

  it('replaces nothing unasked, and writes no other file then', async () => {
    const folder = newFolder();
    await tierlink('export', 'deals', '--csv', join(folder, 'deals.csv'));
    const refused = await tierlink('export', 'partners', 'deals', '--csv', folder);
    expect(refused).toMatchObject({ exit: 2, out: '' });
    expect(refused.err).toContain('FILE_EXISTS');
    expect(readdirSync(folder)).toEqual(['deals.csv']);
    expect((await tierlink('export', 'partners', 'deals', '--csv', folder, '--force')).exit).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['deals.csv', 'partners.csv']);
  });

  it('leaves nothing of a file that could not be finished', async () => {
    const folder = newFolder();
    const ran = await run(['export', '--all', '--csv', folder], {
      commands,
      environment: { TIERLINK_PROJECT: world.folder },
      store,
      signal: AbortSignal.abort(),
    });
    expect(ran.exit).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [['--csv', 'x'], 'Name tables'],
    [['partners'], '--csv'],
    [['partners', '--csv', 'a', '--jsonl', 'b'], '--csv'],
    [['partners', '--all', '--csv', 'a'], 'not both'],
    [['partner', '--csv', 'a'], 'did you mean "partners"'],
    [['everything', '--csv', 'a'], 'kpi-periods'],
  ])('refuses %j', async (argv, said) => {
    const ran = await tierlink('export', ...argv);
    expect(ran).toMatchObject({ exit: 2, out: '' });
    expect(ran.err.replace(/\s+/g, ' ')).toContain(said);
  });
});
