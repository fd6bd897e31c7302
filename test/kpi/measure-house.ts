import { computeKpi } from '../../src/kpi/compute.ts';
import { errorText } from '../../src/kpi/error-text.ts';
import { kpiRecords } from '../../src/kpi/records.ts';
import type { KpiValue } from '../../src/kpi/types.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { programOf } from './sample.ts';

/** A program with one KPI, k, whose measure is given as it stands in a file. */
export function measuring(
  kpi: string,
  parts: { head?: string; currency?: string; timeZone?: string } = {},
): Program {
  return programOf({ kpis: `  k:\n    label: K\n    help: K\n${kpi.replace(/^/gm, '    ')}`, ...parts });
}

/** The figure of k as an exact rational of a partner; a word for why there is none. */
export async function exactly(
  store: Store,
  program: Program,
  { asOf, partner = 'A' }: { asOf: string; partner?: string },
): Promise<string> {
  return figureText(await valueOn(store, program, { asOf, partner }));
}

export async function valueOn(
  store: Store,
  program: Program,
  { asOf, partner = 'A' }: { asOf: string; partner?: string },
): Promise<KpiValue> {
  const scope = { program, asOf, now: Date.parse(`${asOf}T00:00:00Z`), feeds: [] };
  const [value] = await computeKpi(store, scope, { kpi: 'k', partners: [partner] });
  return value!;
}

export function figureText({ numerator, denominator, empty, error }: KpiValue): string {
  if (error !== null) return errorText(error, `${error.entity} ${error.recordId}`);
  if (numerator === null) return empty ?? 'none';
  return denominator === '1' ? numerator : `${numerator}/${denominator}`;
}

/** Which records of k count (with what they come to) and which do not (with the reason). */
export async function explained(
  store: Store,
  program: Program,
  asOf: string,
): Promise<{ counted: string[]; leftOut: string[] }> {
  const now = Date.parse(`${asOf}T09:00:00Z`);
  const { included, excluded } = await kpiRecords(store, { program, kpi: 'k', partnerId: 'A', now, asOf });
  return {
    counted: included.map(({ id, comesTo }) => (comesTo === null ? id : `${id}: ${comesTo}`)).sort(),
    leftOut: excluded.map(({ id, why }) => `${id}: ${why}`).sort(),
  };
}

/** Inserts many rows in one statement; columns are given as in a table definition. */
export async function insertMany(
  store: Store,
  table: string,
  { columns, rows }: { columns: string; rows: readonly unknown[] },
): Promise<void> {
  const names = columns.split(', ').map((column) => column.split(' ')[0]);
  await store.query(
    `insert into tierlink.${table} (${names.join(', ')})
     select ${names.join(', ')} from jsonb_to_recordset($1::jsonb) as r(${columns})`,
    [JSON.stringify(rows)],
  );
}
