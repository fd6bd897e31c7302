import { isDeepStrictEqual } from 'node:util';
import type { KpiState } from '../model/states.ts';
import type { Program } from '../program/load.ts';
import type { Executor } from '../store/store.ts';
import type { KpiFigure, KpiValue } from './types.ts';

interface ValueRow {
  partner_id: string;
  kpi: string;
  as_of: string;
  state: string;
  numerator: string | null;
  denominator: string | null;
  currency: string | null;
  counted: number;
  excluded: number;
  inputs_complete_to: string | null;
  next_change_at: string | null;
  detail: ValueDetail;
}

/** What does not have a column of its own; what is null is left out. */
type ValueDetail = Pick<KpiValue, 'excludedBy' | 'sample' | OptionalPart> &
  Partial<Pick<KpiValue, 'empty' | 'error'>>;

/** A value beside the one that is stored. */
export interface Compared {
  before: KpiValue | undefined;
  after: KpiValue;
}

/** What only some values have; it is not there for the others. */
const optionalParts = ['score', 'rank', 'doubt'] as const;
type OptionalPart = (typeof optionalParts)[number];

function withOptionalParts<Value extends Partial<Pick<KpiValue, OptionalPart>>>(
  value: Value,
  of: Pick<KpiValue, OptionalPart>,
): Value {
  for (const part of optionalParts) if (of[part] !== undefined) Object.assign(value, { [part]: of[part] });
  return value;
}

/**
 * The stored values of some partners, as they were computed; of some KPIs only, or of all. Values of KPIs that the program
 * no longer has are left out.
 */
export async function readValueRows(
  executor: Executor,
  program: Program,
  partners: readonly string[],
  kpis?: readonly string[],
): Promise<KpiValue[]> {
  const named = kpis === undefined ? [] : [kpis];
  const rows = await executor.query<ValueRow & Record<string, unknown>>(
    // The values of a partner lie side by side. Of a list of partners in a condition the planner looks each of each up by
    // itself, or goes through the values of everybody; the offset has it look up one partner after the other.
    `select v.* from unnest($2::text[]) as asked(id) cross join lateral (
       select partner_id, kpi, as_of, state, numerator, denominator, currency, counted, excluded, inputs_complete_to,
         next_change_at, detail
       from tierlink.kpi_value where program = $1 and partner_id = asked.id
         ${named.length === 0 ? '' : 'and kpi = any($3::text[])'} offset 0) v`,
    [program.name, [...new Set(partners)], ...named],
  );
  return rows.flatMap((row) => (program.kpis[row.kpi] === undefined ? [] : fromRow(program, row)));
}

/** What a stored value comes to, alone. */
export type HeldFigure = Pick<KpiValue, 'partnerId' | 'kpi' | 'unit' | 'numerator' | 'denominator'>;

/** What the stored values of some KPIs of some partners come to. */
export async function readFigures(
  executor: Executor,
  program: Program,
  { partners, kpis }: { partners: readonly string[]; kpis: readonly string[] },
): Promise<HeldFigure[]> {
  if (kpis.length === 0) return [];
  const rows = await executor.query<{
    partner_id: string;
    figures: [kpi: string, numerator: string | null, denominator: string | null][];
  }>(
    `select partner_id, json_agg(json_build_array(kpi, numerator::text, denominator::text)) as figures
     from tierlink.kpi_value where program = $1 and partner_id = any($2::text[]) and kpi = any($3::text[])
     group by partner_id`,
    [program.name, partners, kpis],
  );
  return rows.flatMap(({ partner_id: partnerId, figures }) =>
    figures.map(([kpi, numerator, denominator]) => ({
      partnerId,
      kpi,
      unit: program.kpis[kpi]!.unit,
      numerator,
      denominator,
    })),
  );
}

function fromRow(program: Program, row: ValueRow): KpiValue {
  const { detail } = row;
  const value: KpiValue = {
    program: program.name,
    partnerId: row.partner_id,
    kpi: row.kpi,
    unit: program.kpis[row.kpi]!.unit,
    asOf: row.as_of,
    state: row.state as KpiState,
    stateReason: detail.error ?? null,
    numerator: row.numerator,
    denominator: row.denominator,
    currency: row.currency,
    empty: detail.empty ?? null,
    counted: row.counted,
    excluded: row.excluded,
    excludedBy: detail.excludedBy,
    sample: detail.sample,
    error: detail.error ?? null,
    inputsCompleteTo: row.inputs_complete_to,
    nextChangeAt: row.next_change_at,
  };
  return withOptionalParts(value, detail);
}

/** Rows per statement. The server takes a long text of JSON apart more slowly: of 15 MB, a third of the time of writing. */
const rowsAtOnce = 2000;

/** Writes values of a program, replacing those that are there; in the order of their key. */
export async function writeValueRows(
  executor: Executor,
  program: Program,
  { values, now }: { values: readonly KpiValue[]; now: string },
): Promise<void> {
  const ordered = [...values].sort(
    (left, right) => byText(left.partnerId, right.partnerId) || byText(left.kpi, right.kpi),
  );
  let writing: Promise<void> | undefined;
  for (let from = 0; from < ordered.length; from += rowsAtOnce) {
    const rows = JSON.stringify(ordered.slice(from, from + rowsAtOnce).map(toRow));
    // The server takes one text apart while the next one is put together.
    await writing;
    writing = writeSome(executor, program, { rows, now });
  }
  await writing;
}

function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

async function writeSome(
  executor: Executor,
  { name }: Program,
  { rows, now }: { rows: string; now: string },
): Promise<void> {
  await executor.query(
    `insert into tierlink.kpi_value (program, computed_at, ${columns.join(', ')})
     select $2, $3, ${columns.join(', ')} from json_to_recordset($1::json) as new(${columns
       .map((column) => `${column} ${types[column]}`)
       .join(', ')})
     on conflict (program, partner_id, kpi) do update set ${['computed_at', ...columns.slice(2)]
       .map((column) => `${column} = excluded.${column}`)
       .join(', ')}`,
    [rows, name, now],
  );
}

/** What is null is left out of the text, which has a third of the attributes of hundreds of thousands of values. */
function toRow(value: KpiValue) {
  return {
    partner_id: value.partnerId,
    kpi: value.kpi,
    as_of: value.asOf,
    state: value.state,
    numerator: value.numerator ?? undefined,
    denominator: value.denominator ?? undefined,
    currency: value.currency ?? undefined,
    counted: value.counted,
    excluded: value.excluded,
    inputs_complete_to: value.inputsCompleteTo ?? undefined,
    next_change_at: value.nextChangeAt ?? undefined,
    detail: {
      empty: value.empty ?? undefined,
      excludedBy: value.excludedBy,
      sample: value.sample,
      error: value.error ?? undefined,
      score: value.score,
      rank: value.rank,
      doubt: value.doubt,
    },
  };
}

const types = {
  partner_id: 'text',
  kpi: 'text',
  as_of: 'date',
  state: 'text',
  numerator: 'numeric',
  denominator: 'numeric',
  currency: 'text',
  counted: 'integer',
  excluded: 'integer',
  inputs_complete_to: 'timestamptz',
  next_change_at: 'timestamptz',
  detail: 'jsonb',
} as const;

const columns = Object.keys(types) as (keyof typeof types)[];

/** What a value says, without when it was computed. */
export function figureSaid(value: KpiValue): KpiFigure {
  const { state, numerator, denominator, counted, excluded } = value;
  return { state, numerator, denominator, counted, excluded };
}

/** Whether two values say the same, so that nothing that reads them would come out differently. */
export function saysTheSame(left: KpiValue, right: KpiValue): boolean {
  return (
    left.state === right.state &&
    left.numerator === right.numerator &&
    left.denominator === right.denominator &&
    left.counted === right.counted &&
    left.excluded === right.excluded &&
    left.empty === right.empty
  );
}

/** Whether the stored row would change at all; the day of computation and the feeds' progress alone are no change. */
export function isSameRow(left: KpiValue, right: KpiValue): boolean {
  return (
    saysTheSame(left, right) &&
    left.nextChangeAt === right.nextChangeAt &&
    left.currency === right.currency &&
    JSON.stringify(sorted(left.excludedBy)) === JSON.stringify(sorted(right.excludedBy)) &&
    isDeepStrictEqual(left.doubt, right.doubt) &&
    isDeepStrictEqual(left.error, right.error) &&
    isDeepStrictEqual(left.score, right.score) &&
    isDeepStrictEqual(left.rank, right.rank)
  );
}

function sorted(record: Record<string, unknown>): [string, unknown][] {
  return Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1));
}
