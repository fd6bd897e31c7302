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
  detail: Pick<KpiValue, 'empty' | 'excludedBy' | 'sample' | 'error' | 'stateReason' | OptionalPart>;
}

/** A value beside the one that is stored. */
export interface Compared {
  before: KpiValue | undefined;
  after: KpiValue;
}

/** What only some values have; it is not there for the others. */
const optionalParts = ['score', 'rank', 'doubt'] as const;
type OptionalPart = (typeof optionalParts)[number];

function optionalPartsOf(of: Pick<KpiValue, OptionalPart>): Pick<KpiValue, OptionalPart> {
  return Object.fromEntries(
    optionalParts.flatMap((part) => (of[part] === undefined ? [] : [[part, of[part]]])),
  );
}

/**
 * The stored values of some partners, as they were computed; of some KPIs only, or of all. Values of KPIs that the program
 * no longer has are left out.
 */
export async function readValueRows(
  executor: Executor,
  program: Program,
  partners: readonly string[],
  kpis: readonly string[] = Object.keys(program.kpis),
): Promise<KpiValue[]> {
  const rows = await executor.query<ValueRow & Record<string, unknown>>(
    `select partner_id, kpi, as_of, state, numerator, denominator, currency, counted, excluded, inputs_complete_to,
            next_change_at, detail
     from tierlink.kpi_value where program = $1 and partner_id = any($2::text[]) and kpi = any($3::text[])`,
    [program.name, partners, kpis],
  );
  return rows.map((row) => fromRow(program, row));
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
  return {
    program: program.name,
    partnerId: row.partner_id,
    kpi: row.kpi,
    unit: program.kpis[row.kpi]!.unit,
    asOf: row.as_of,
    state: row.state as KpiState,
    numerator: row.numerator,
    denominator: row.denominator,
    currency: row.currency,
    counted: row.counted,
    excluded: row.excluded,
    inputsCompleteTo: row.inputs_complete_to,
    nextChangeAt: row.next_change_at,
    empty: row.detail.empty,
    excludedBy: row.detail.excludedBy,
    sample: row.detail.sample,
    error: row.detail.error,
    stateReason: row.detail.stateReason,
    ...optionalPartsOf(row.detail),
  };
}

/** Writes values, replacing those that are there. */
export async function writeValueRows(
  executor: Executor,
  values: readonly KpiValue[],
  now: string,
): Promise<void> {
  if (values.length === 0) return;
  const rows = values.map((value) => ({
    program: value.program,
    partner_id: value.partnerId,
    kpi: value.kpi,
    as_of: value.asOf,
    state: value.state,
    numerator: value.numerator,
    denominator: value.denominator,
    currency: value.currency,
    counted: value.counted,
    excluded: value.excluded,
    inputs_complete_to: value.inputsCompleteTo,
    next_change_at: value.nextChangeAt,
    computed_at: now,
    detail: {
      empty: value.empty,
      excludedBy: value.excludedBy,
      sample: value.sample,
      error: value.error,
      stateReason: value.stateReason,
      ...optionalPartsOf(value),
    },
  }));
  await executor.query(
    `insert into tierlink.kpi_value (${columns.join(', ')})
     select ${columns.join(', ')} from jsonb_to_recordset($1::jsonb) as new(${columns
       .map((column) => `${column} ${types[column]}`)
       .join(', ')})
     on conflict (program, partner_id, kpi) do update set ${columns
       .slice(3)
       .map((column) => `${column} = excluded.${column}`)
       .join(', ')}`,
    [JSON.stringify(rows)],
  );
}

const types = {
  program: 'text',
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
  computed_at: 'timestamptz',
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
  return JSON.stringify(figureSaid(left)) === JSON.stringify(figureSaid(right)) && left.empty === right.empty;
}

/** Whether the stored row would change at all; the day of computation and the feeds' progress alone are no change. */
export function isSameRow(left: KpiValue, right: KpiValue): boolean {
  return (
    saysTheSame(left, right) &&
    left.nextChangeAt === right.nextChangeAt &&
    left.stateReason === right.stateReason &&
    left.currency === right.currency &&
    JSON.stringify(sorted(left.excludedBy)) === JSON.stringify(sorted(right.excludedBy)) &&
    left.doubt === right.doubt &&
    isDeepStrictEqual(left.score, right.score) &&
    isDeepStrictEqual(left.rank, right.rank)
  );
}

function sorted(record: Record<string, unknown>): [string, unknown][] {
  return Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1));
}
