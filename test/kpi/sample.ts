import { type EntityName, entities } from '../../src/model/entities.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';

/** Program text with only the KPIs and ladders given; everything else is plain. */
export function programOf(parts: {
  kpis: string;
  ladders?: string;
  head?: string;
  timeZone?: string;
  currency?: string;
}): Program {
  const text = [
    'name: test',
    'title: Test',
    "version: '1'",
    'validFrom: 2020-01-01',
    `timeZone: ${parts.timeZone ?? 'UTC'}`,
    `currency: ${parts.currency ?? '{ code: USD, rates: { EUR: "1.10" } }'}`,
    'partnerTypes: [{ key: reseller, label: Reseller }, { key: msp, label: MSP }]',
    parts.head ?? '',
    `kpis:\n${parts.kpis}`,
    parts.ladders === undefined ? '' : `ladders:\n${parts.ladders}`,
  ].join('\n');
  return parsed(text);
}

/** The program of a text that is without faults. */
export function parsed(text: string): Program {
  const result = parseProgram(text, 'test.yaml');
  if (!result.ok) throw new Error(JSON.stringify(result.findings, null, 1));
  return result.program;
}

/** A program with some of its text replaced. */
export function changed(program: Program, ...edits: [from: string, to: string][]): Program {
  let text = program.source;
  for (const [from, to] of edits) {
    if (!text.includes(from)) throw new Error(`not in the program: ${from}`);
    text = text.replace(from, to);
  }
  return parsed(text);
}

type Row = Record<string, unknown>;

/** Inserts records as tables that a person can read: one row per record, columns as in the store. */
export async function insertRows(store: Store, entity: EntityName, rows: readonly Row[]): Promise<void> {
  const { table } = entities[entity];
  for (const row of rows) {
    const columns = Object.keys(row);
    const places = columns.map((_column, index) => `$${index + 1}`);
    await store.query(
      `insert into tierlink.${table} (${columns.join(', ')}) values (${places.join(', ')})`,
      Object.values(row),
    );
  }
}

export interface DealRow {
  id: string;
  partner: string;
  amount: string | null;
  currency: string | null;
  won: boolean | null;
  closed: string | null;
  role: string;
  share: string | null;
}

/**
 * Deals with their credits from a plain table:
 *   deal | partner | amount | won | closed | role | weight
 * won is yes, no or open; a dash is blank.
 */
export async function insertDeals(store: Store, table: string): Promise<void> {
  const seen = new Set<string>();
  for (const [index, cells] of cellsOf(table).entries()) {
    const [id, partner, amount, won, closed, role, share] = cells;
    const [value, currency] = amount?.split(' ') ?? [null, null];
    if (!seen.has(id!)) {
      seen.add(id!);
      await insertRows(store, 'deal', [
        {
          id,
          name: id,
          amount: value,
          amount_currency: currency,
          is_won: won === 'yes',
          is_closed: won !== 'open',
          close_on: closed,
        },
      ]);
    }
    await insertRows(store, 'credit', [{ id: `${id}-${index}`, deal: id, partner, role, weight: share }]);
  }
}

/** The cells of a plain table; a dash is null. The first line is the head. */
export function cellsOf(table: string): (string | null)[][] {
  const lines = table
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return lines.map((cells) => cells.map((cell) => (cell === '-' ? null : cell)));
}

/** Marks partners as changed in an entity, as a pull does. */
export async function markDirty(
  store: Store,
  entity: EntityName,
  partners: readonly string[],
): Promise<void> {
  await store.query(
    `insert into tierlink.dirty_partner (partner_id, entity, since) select id, $1, now() from unnest($2::text[]) as id
     on conflict do nothing`,
    [entity, partners],
  );
}
