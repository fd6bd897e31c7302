import type { MeasureSql } from './measure-sql.ts';
import { fromText, type RowsSql, rowsText } from './rows-sql.ts';
import type { ExclusionReason } from './types.ts';

/** A measure of a statement: which of the KPIs asked for it belongs to, and which of its measures it is. */
export interface PlacedMeasure {
  measure: MeasureSql;
  /** Where each of its rows is for the figure that it names, that of the first one. */
  kpi: number;
  part: number;
  isRegional: boolean;
}

/** The figures of one measure for one partner. */
export interface MeasureRow {
  kpi: number;
  part: number;
  partner_id: string;
  /** Whole or decimal number; to be divided by the measure's denominator. Null when there is nothing to aggregate. */
  number: string | null;
  counted: number;
  excluded_by: Partial<Record<ExclusionReason, number>>;
  /** The first record with an amount that has no rate: its id, the currency, and the day where rates are by date. */
  unrated: [id: string, currency: string | null, day: string | null] | null;
  /** A record that a table has no value for although it must: its id, the table, what was looked up. */
  missing_entry: [id: string, table: string, key: string | null] | null;
  /** Per turn of the measure: the earliest day that decides when a record comes to it. */
  turns: (string | null)[];
}

/** One row that the database gives: what the measures of one table come to for a partner. */
export interface SharedRow {
  [column: string]: unknown;
  table_no: number;
  figure: number | null;
  partner_id: string;
  numbers: (string | null)[];
}

/** Rows that measures have in common, and what is added up from them. */
export interface SharedTable {
  /** Common table expression. */
  rows: string;
  /** SELECT that gives shared rows. */
  aggregate: string;
  /** Takes a row apart. Partners without any record have none. */
  read(row: SharedRow): MeasureRow[];
}

/**
 * Puts measures of the same records together: revenue, deals won and customers of the last year look at the same deals, which are then
 * gone through once. What they say alike, such as why a record does not count, is worked out and added up once.
 */
export function sharedTables(measures: readonly PlacedMeasure[]): SharedTable[] {
  const groups: PlacedMeasure[][] = [];
  for (const placed of measures) {
    const group = groups.find((one) => isAlike(one[0]!, placed) && joinsAgree(one, placed));
    if (group === undefined) groups.push([placed]);
    else group.push(placed);
  }
  return groups.map((group, index) =>
    isAlone(group[0]!) ? ownTable(group[0]!, index) : commonTable(group, index),
  );
}

/** Its rows go through steps of its own. */
function isAlone({ measure, isRegional }: PlacedMeasure): boolean {
  return isRegional || measure.rows.steps.length > 0;
}

/** Aggregates that look at the rows of a partner in an order; those that do not would be sorted along with them. */
function isOrdered({ aggregate }: MeasureSql): boolean {
  return aggregate === 'distinct' || aggregate === 'median';
}

function isAlike(left: PlacedMeasure, right: PlacedMeasure): boolean {
  if (isAlone(left) || isAlone(right)) return false;
  const [one, other] = [left.measure, right.measure];
  return (
    one.rows.from === other.rows.from &&
    one.rows.meant === other.rows.meant &&
    isOrdered(one) === isOrdered(other)
  );
}

function joinsAgree(group: readonly PlacedMeasure[], { measure }: PlacedMeasure): boolean {
  return [...measure.rows.joins].every(([alias, join]) =>
    group.every(({ measure: { rows } }) => (rows.joins.get(alias) ?? join) === join),
  );
}

/** The columns in which a table says what is so of a measure. */
interface Columns {
  value: string;
  identity: string;
  why: string;
  currency: string;
  missing: string;
  rateDay: string;
  turns: readonly string[];
}

function ownTable(placed: PlacedMeasure, index: number): SharedTable {
  const { measure, isRegional } = placed;
  const columns: Columns = {
    value: 'value',
    identity: 'identity',
    why: 'why',
    currency: 'currency',
    missing: 'missing',
    rateDay: 'rate_day',
    turns: measure.turns.map((_turn, at) => `turn_${at}`),
  };
  return tableOf([[placed, columns]], { index, isRegional, select: rowsText(measure.rows) });
}

function commonTable(group: readonly PlacedMeasure[], index: number): SharedTable {
  const all = group.map(({ measure }) => measure.rows);
  const history = sharedHistory(all);
  const names = new Map<string, string>();
  const named = (sql: string): string => {
    const name = names.get(sql) ?? `c${names.size}`;
    names.set(sql, name);
    return name;
  };
  const measured = group.map((placed): [PlacedMeasure, Columns] => {
    const { rows } = placed.measure;
    // A row that others look at further back does nothing more to this one.
    const unless = rows.history === history ? '' : rows.history;
    const turn = (sql: string) => (unless === '' ? sql : `(case when not ${unless} then ${sql} end)`);
    const columns: Columns = {
      value: named(rows.value),
      identity: named(rows.identity),
      why: named(rows.why),
      currency: named(rows.currency),
      missing: named(rows.missing),
      rateDay: named(rows.rateDay),
      turns: rows.turns.map((sql) => named(turn(sql))),
    };
    return [placed, columns];
  });
  const joins = new Map(all.flatMap((rows) => [...rows.joins]));
  const { from, partner, meant } = all[0]!;
  const columns = [...names].map(([sql, name]) => `${sql} as ${name}`);
  const select = `select ${partner} as partner_id, r.id, ${columns.join(', ')} ${fromText({ from, meant, joins, history })}`;
  return tableOf(measured, { index, isRegional: false, select });
}

/** What none of them looks at. */
function sharedHistory(all: readonly RowsSql[]): string {
  const histories = [...new Set(all.map(({ history }) => history))];
  return histories.includes('false')
    ? 'false'
    : histories.length === 1
      ? histories[0]!
      : `(${histories.join(' and ')})`;
}

/**
 * The rows of a table go into its sums one by one, without being kept. The offset keeps what a row says, such as why it does
 * not count, from being worked out anew wherever it is asked for.
 */
function tableOf(
  measured: readonly [PlacedMeasure, Columns][],
  { index, isRegional, select }: { index: number; isRegional: boolean; select: string },
): SharedTable {
  const sums = new Sums();
  const places = measured.map(
    ([placed, columns]) => [placed, placesOf(placed.measure, columns, sums)] as const,
  );
  const name = `rows_${index}`;
  return {
    rows: `${name} as not materialized (select * from (${select}) as each offset 0)`,
    aggregate: `select ${index} as table_no, ${isRegional ? 'figure' : 'null::integer as figure'}, partner_id,
      to_json(array[${sums.list.join(', ')}]::text[]) as numbers
    from ${name} group by ${isRegional ? 'figure, ' : ''}partner_id`,
    read: (row) => places.map(([placed, at]) => measureRow(row, placed, at)),
  };
}

/** What is added up of a table; the same is added up once. */
class Sums {
  readonly #places = new Map<string, number>();

  /** The place of a sum in the list. */
  add(sql: string): number {
    const place = this.#places.get(sql) ?? this.#places.size;
    this.#places.set(sql, place);
    return place;
  }

  get list(): string[] {
    return [...this.#places.keys()].map((sql) => `(${sql})::text`);
  }
}

/** Where the sums of a measure are. */
interface Places {
  number: number;
  counted: number;
  excluded: readonly (readonly [ExclusionReason, number])[];
  unrated: number | undefined;
  missing: number | undefined;
  turns: readonly number[];
}

function placesOf(measure: MeasureSql, columns: Columns, sums: Sums): Places {
  const { why, currency, rateDay, missing } = columns;
  const first = (reason: ExclusionReason, array: string) =>
    measure.reasons.includes(reason)
      ? sums.add(`to_json(min(${array}) filter (where ${why} = '${reason}'))`)
      : undefined;
  return {
    number: sums.add(cappedSql(measure, columns)),
    counted: sums.add(countedSql(why)),
    excluded: measure.reasons.map((reason) => [
      reason,
      sums.add(`nullif(count(*) filter (where ${why} = '${reason}'), 0)`),
    ]),
    unrated: first('rate_missing', `array[id, ${currency}, ${rateDay}::text]`),
    missing: first('entry_missing', `array[id] || ${missing}`),
    turns: columns.turns.map((turn) => sums.add(`min(${turn})`)),
  };
}

function measureRow(row: SharedRow, { kpi, part }: PlacedMeasure, at: Places): MeasureRow {
  const { numbers } = row;
  const record = (place: number | undefined) =>
    JSON.parse((place === undefined ? null : numbers[place]) ?? 'null');
  const excluded: Partial<Record<ExclusionReason, number>> = {};
  for (const [reason, place] of at.excluded) {
    const count = numbers[place];
    if (count != null) excluded[reason] = Number(count);
  }
  return {
    kpi: row.figure ?? kpi,
    part,
    partner_id: row.partner_id,
    number: numbers[at.number]!,
    counted: Number(numbers[at.counted]),
    excluded_by: excluded,
    unrated: record(at.unrated),
    missing_entry: record(at.missing),
    turns: at.turns.map((place) => numbers[place]!),
  };
}

function countedSql(why: string): string {
  return `count(*) filter (where ${why} is null)`;
}

/**
 * An average is no more than the cap where its sum is no more than that for each row. Nothing to aggregate stays nothing:
 * least() would give the cap.
 */
function cappedSql(measure: MeasureSql, columns: Columns): string {
  const number = numberSql(measure, columns);
  const { aggregate, cap } = measure;
  if (cap === null) return number;
  const most = aggregate === 'average' ? `${cap} * ${countedSql(columns.why)}` : String(cap);
  return `case when ${number} > ${most} then ${most} else ${number} end`;
}

function numberSql({ aggregate }: MeasureSql, { value, identity, why }: Columns): string {
  const included = `filter (where ${why} is null)`;
  if (aggregate === 'count') return `count(*) ${included}`;
  if (aggregate === 'distinct') return `count(distinct ${identity}) ${included}`;
  if (aggregate === 'average') return `sum(${value}) ${included}`;
  if (aggregate === 'sum') return `coalesce(sum(${value}) ${included}, 0)`;
  if (aggregate !== 'median') return `${aggregate}(${value}) ${included}`;
  // The two middle values, which are one and the same where their number is odd; taken without a division.
  const middle = (order: string) =>
    `percentile_disc(0.5) within group (order by ${value}${order}) ${included}`;
  return `${middle('')} + ${middle(' desc')}`;
}
