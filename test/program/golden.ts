import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'csv-stringify/sync';
import { readKpis } from '../../src/kpi/read.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { reasonOrNull } from '../../src/kpi/state-reason.ts';
import type { KpiValue } from '../../src/kpi/types.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { loadProgram, type Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { importFile } from '../../src/sync/import/import.ts';
import type { ImportKind } from '../../src/sync/import/kinds.ts';
import { recomputeDecision } from '../../src/tier/computed.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { figureWords } from '../../src/tier/explain/wording.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import type { Evidence } from '../../src/tier/types.ts';
import { insertRows } from '../kpi/sample.ts';

/**
 * Golden tables: pages that a partner manager can read. Each has a table of what a column stands for in the files that are
 * imported, and a table of cases: a partner each, its inputs, and behind them the figures and the tier that follow. The
 * columns that no file takes are worked out by the product and compared.
 *
 * A row of the first table reads "kind: usage, quantity: ?", where the question mark is what stands in the case. Before it
 * may stand "as many of" (so many rows, # numbers them) or "each of" (a row for each of several values). Addresses at
 * "example" are those of the case: p1@example of two cases are two people. Where a case needs rows that differ, they stand in
 * a table of their own, under the name of the file, each with its case, or several ("one / another"): "## facts.csv".
 */
export interface GoldenPage {
  text: string;
  program: Program;
  asOf: string;
  columns: string[];
  cases: Record<string, string>[];
  sources: ReadonlyMap<string, InputColumn>;
  /** Rows of files as they stand there, each with its case. */
  rows: ReadonlyMap<ImportKind, Record<string, string>[]>;
}

interface InputColumn {
  /** Cases come from CRMs alone, so theirs are rows of the store. */
  file: ImportKind | 'cases';
  mode: 'one' | 'as many of' | 'each of';
  row: Readonly<Record<string, string>>;
}

const casesOf = '## Cases\n\n';

export function readPage(file: string): GoldenPage {
  const text = readFileSync(file, 'utf8');
  const [, path] = /`(programs\/[^`]+\.yaml)`/.exec(text) ?? [];
  const [, asOf] = /as of (\d{4}-\d{2}-\d{2})/.exec(text) ?? [];
  if (path === undefined || asOf === undefined) throw new Error(`${file} names no program or no day`);
  const [before, after] = text.split(casesOf);
  const [head, ...listed] = before!.split(/^## /m);
  const inputs = rowsOf(head!).map(({ column, file: kind, 'its rows': row }) => {
    const [, mode = 'one', cells] = /^(?:(as many of|each of) )?(.*)$/.exec(row!)!;
    return [column!, { file: kind, mode, row: cellsOf(cells!) } as InputColumn] as const;
  });
  const columns = (after ?? '').split('\n')[0]!.split('|').slice(1, -1);
  return {
    text,
    program: loadProgram(fromPackageRoot(path)),
    asOf,
    columns: columns.map((name) => name.trim()),
    cases: rowsOf(after ?? ''),
    sources: new Map(inputs),
    rows: new Map(listed.map((section) => [section.split('.')[0] as ImportKind, rowsOf(section)])),
  };
}

function cellsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(', ').map((cell) => {
      const at = cell.indexOf(': ');
      return [cell.slice(0, at), cell.slice(at + 2)];
    }),
  );
}

/** The rows of the first table in a text, by the names of its columns. */
function rowsOf(text: string): Record<string, string>[] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const [head = [], , ...rows] = lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
  return rows.map((row) => Object.fromEntries(head.map((name, index) => [name, row[index] ?? ''])));
}

/** Imports what the cases say, lets the product work, and returns the cases with what came out. */
export async function playPage(store: Store, page: GoldenPage): Promise<Record<string, string>[]> {
  const { program, asOf } = page;
  const now = Date.parse(`${asOf}T12:00:00Z`);
  await importCases(store, page, now);
  await recomputeKpis(store, { program, now });
  await evaluateTiers(store, { program, now });
  const ids = await partnerIds(store);
  const played: Record<string, string>[] = [];
  for (const one of page.cases) {
    const partnerId = ids.get(one.case!)!;
    const values = await readKpis(store, { program, partners: [partnerId], now });
    const outcome = program.ladders.length === 0 ? {} : await tierOf(store, { program, partnerId, now });
    const cells = page.columns.map((column) => {
      if (column === 'case' || page.sources.has(column)) return [column, one[column]!];
      return [column, column in outcome ? outcome[column]! : figureOf(program, column, values)];
    });
    played.push(Object.fromEntries(cells));
  }
  return played;
}

async function tierOf(
  store: Store,
  request: { program: Program; partnerId: string; now: number },
): Promise<Record<string, string>> {
  const { tier, missing, evidence, isEvaluated } = await explainTier(store, request);
  const [decision] = await store.query<{ evidence: Evidence }>(
    `select evidence from tierlink.decision where partner_id = $1 and ladder = $2
     order by decided_at desc limit 1`,
    [request.partnerId, evidence.ladder],
  );
  // What is shown was decided by the same figures, which are kept with the decision. Whoever holds a tier since then may be
  // asked for other ones.
  if (!isEvaluated || !isDeepStrictEqual(decision?.evidence.kpis, JSON.parse(JSON.stringify(evidence.kpis))))
    throw new Error(`the figures of ${request.partnerId} are not those of its decision`);
  if (recomputeDecision(decision!.evidence) !== decision!.evidence.computedTier)
    throw new Error(`the evidence of ${request.partnerId} does not give the tier that was decided`);
  return { tier: tier ?? 'none', 'missing for the next tier': missing ?? '' };
}

function figureOf(program: Program, label: string, values: readonly KpiValue[]): string {
  const [kpi] = Object.entries(program.kpis).find(([, one]) => one.label === label) ?? [];
  const value = values.find((one) => one.kpi === kpi);
  if (value === undefined) throw new Error(`${label} is neither an input nor a KPI of ${program.name}`);
  if (value.state === 'error') throw new Error(`${label}: ${reasonOrNull(value.stateReason)}`);
  return value.numerator === null ? 'none' : figureWords(value, value);
}

async function importCases(store: Store, page: GoldenPage, now: number): Promise<void> {
  const { program, cases, sources, rows: listed } = page;
  const files = new Map<InputColumn['file'], Record<string, string>[]>();
  const add = (kind: InputColumn['file'], row: Record<string, string>) =>
    files.set(kind, [...(files.get(kind) ?? []), row]);
  const type = program.ladders[0]?.partnerTypes?.[0] ?? program.partnerTypes[0]!.key;
  for (const one of cases) {
    const partner: Record<string, string> = { id: one.case!, name: one.case!, types: type };
    add('partners', partner);
    for (const [column, source] of sources) {
      const value = one[column];
      if (value === undefined) throw new Error(`the cases have no column "${column}"`);
      for (const row of value === '' ? [] : rowsFrom(source, value, { case: one.case!, column })) {
        if (source.file === 'partners') Object.assign(partner, row);
        else add(source.file, { partner: one.case!, ...row });
      }
    }
  }
  for (const [kind, rows] of listed)
    for (const { case: named, ...row } of rows)
      for (const partner of named!.split(' / ')) add(kind, { partner, ...row });
  for (const kind of ['partners', 'people', 'deals', 'leads', 'certifications', 'facts'] as const) {
    const rows = files.get(kind);
    if (rows === undefined) continue;
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    await importFile(kind, stringify(rows, { header: true, columns }), {
      store,
      clock: { now: () => now },
      context: { timeZone: program.timeZone, currency: program.currency.code },
      author: 'test',
      file: `${kind}.csv`,
      partnerTypes: program.partnerTypes.map(({ key }) => key),
    });
  }
  const ids = await partnerIds(store);
  const supported = (files.get('cases') ?? []).map((row) => ({ ...row, partner: ids.get(row.partner!) }));
  await insertRows(store, 'case', supported);
}

async function partnerIds(store: Store): Promise<ReadonlyMap<string, string>> {
  const partners = await store.query<{ id: string; name: string }>('select id, name from tierlink.partner');
  return new Map(partners.map(({ id, name }) => [name, id]));
}

/** The rows of an import file that a cell stands for. */
function rowsFrom(
  { file, mode, row }: InputColumn,
  value: string,
  place: { case: string; column: string },
): Record<string, string>[] {
  const domain = place.case.replace(/\W+/g, '-').toLowerCase();
  const values =
    mode === 'each of'
      ? value.split(', ')
      : mode === 'as many of'
        ? Array.from({ length: Number(value) }, () => value)
        : [value];
  const keyed = ['facts', 'deals', 'leads', 'cases'].includes(file);
  return values.map((one, index) => ({
    ...(keyed ? { id: `${place.case} ${place.column} ${index}` } : {}),
    ...Object.fromEntries(
      Object.entries(row).map(([key, cell]) => [
        key,
        cell
          .replaceAll('?', one)
          .replaceAll('#', `${index + 1}`)
          .replaceAll('@', `@${domain}.`),
      ]),
    ),
  }));
}

/** The page with other cases in its table, as wide as they need. */
export function writePage({ text, columns }: GoldenPage, cases: readonly Record<string, string>[]): string {
  const widths = columns.map((column) => Math.max(...cases.map((one) => one[column]!.length), column.length));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index]!)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const rows = cases.map((one) => line(columns.map((column) => one[column]!)));
  const [before, after = ''] = text.split(casesOf);
  const rest = after.split('\n').filter((each) => !each.startsWith('|'));
  return `${before}${casesOf}${[line(columns), rule, ...rows, ...rest].join('\n')}`;
}
