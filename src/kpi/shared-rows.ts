import { aggregateSql, divisorSql } from './sql/aggregate.ts';
import type { MeasureSql } from './sql/measure.ts';
import { fromText, type RowsSql, rowsText, turnSql, whySql } from './sql/rows.ts';
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
  /** What the sum of an average is divided by; null where there is nothing to divide. */
  divisor: string | null;
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
  /** JSON of what was added up: a list of numbers and days as text. It is parsed when the row is taken apart. */
  numbers: string;
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

/** How the rows of a table say what is so of a measure, in SQL. */
interface Said {
  value(): string;
  identity(): string;
  /** How much a row weighs in an average; null where all weigh the same. */
  weight(): string | null;
  /** Whether a row counts, or is left out for a reason. */
  counts: string;
  isLeftOut(reason: ExclusionReason): string;
  currency(): string;
  missing(): string;
  rateDay(): string;
  /** The earliest day of each turn. */
  turns(): string[];
}

function ownTable(placed: PlacedMeasure, index: number): SharedTable {
  const { measure, isRegional } = placed;
  const said: Said = {
    value: () => measure.rows.addedUp,
    identity: () => 'identity',
    weight: () => (measure.each === null && measure.rows.weight !== null ? 'weight' : null),
    counts: 'why is null',
    isLeftOut: (reason) => `why = '${reason}'`,
    currency: () => 'currency',
    missing: () => 'missing',
    rateDay: () => 'rate_day',
    turns: () => measure.turns.map((_turn, at) => `min(turn_${at})`),
  };
  const sums = new Sums();
  const places = [[placed, placesOf(measure, said, sums)]] as const;
  return tableOf(places, { index, isRegional, select: rowsText(measure.rows), sums });
}

function commonTable(group: readonly PlacedMeasure[], index: number): SharedTable {
  const all = group.map(({ measure }) => measure.rows);
  const history = sharedHistory(all);
  const columns = new Columns();
  const sums = new Sums();
  const places = group.map(
    (placed) =>
      [placed, placesOf(placed.measure, saidBy(placed.measure, { columns, history }), sums)] as const,
  );
  const joins = new Map(all.flatMap((rows) => [...rows.joins]));
  const { from, partner, meant, isGathered } = all[0]!;
  const record = isGathered ? 'r.*' : `${partner} as partner_id, r.id`;
  const select = `select ${[record, ...columns.list].join(', ')} ${fromText({ from, meant, joins, history, isGathered })}`;
  return tableOf(places, { index, isRegional: false, select, sums });
}

/**
 * What rows of several measures say of one. Why a row is left out goes by number, as numbers are compared in a fraction of
 * the time of texts. What looks at nothing but a gathered record is worked out of that as it is added up, for the rows alone
 * that it is added up of; where rows are ordered first, they are kept narrow.
 */
function saidBy(measure: MeasureSql, { columns, history }: { columns: Columns; history: string }): Said {
  const { rows } = measure;
  const isAtHand = rows.isGathered && rows.joins.size === 0 && !isOrdered(measure);
  const said = (sql: string) => (isAtHand ? sql : columns.name(sql));
  const numbers = new Map<string, number>([['far', 0]]);
  const numberOf = (reason: string) => {
    const number = numbers.get(reason) ?? numbers.size;
    numbers.set(reason, number);
    return String(number);
  };
  const why = columns.name(whySql(rows, numberOf));
  // A row that others look at further back does nothing more to this one.
  const isNear = rows.history === history || rows.history === 'false' ? [] : [`not ${rows.history}`];
  return {
    value: () => said(rows.value),
    identity: () => said(rows.identity),
    weight: () => (rows.weight === null ? null : said(rows.weight)),
    counts: `${why} is null`,
    isLeftOut: (reason) => `${why} = ${numberOf(reason)}`,
    currency: () => said(rows.currency),
    missing: () => said(rows.missing),
    rateDay: () => said(rows.rateDay),
    turns: () =>
      rows.turns.map(({ day, isAhead }) => {
        const when = [...(isAhead === 'true' ? [] : [isAhead]), ...isNear].join(' and ');
        if (isAtHand) return when === '' ? `min(${day})` : `min(${day}) filter (where ${when})`;
        return `min(${columns.name(turnSql({ day, isAhead: when === '' ? 'true' : when }))})`;
      }),
  };
}

/** Columns of a table beside those of its records; what is the same is there once. */
class Columns {
  readonly #names = new Map<string, string>();

  name(sql: string): string {
    const name = this.#names.get(sql) ?? `c${this.#names.size}`;
    this.#names.set(sql, name);
    return name;
  }

  get list(): string[] {
    return [...this.#names].map(([sql, name]) => `${sql} as ${name}`);
  }
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
  places: readonly (readonly [PlacedMeasure, Places])[],
  { index, isRegional, select, sums }: { index: number; isRegional: boolean; select: string; sums: Sums },
): SharedTable {
  const name = `rows_${index}`;
  return {
    rows: `${name} as not materialized (select * from (${select}) as each offset 0)`,
    aggregate: `select ${index} as table_no, ${isRegional ? 'figure' : 'null::integer as figure'}, partner_id,
      to_json(array[${sums.list.join(', ')}]::text[])::text as numbers
    from ${name} r group by ${isRegional ? 'figure, ' : ''}partner_id`,
    read: (row) => {
      const numbers: (string | null)[] = JSON.parse(row.numbers);
      return places.map((place) => measureRow(row, numbers, place));
    },
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
  /** What an average is divided by. */
  divisor: number;
  counted: number;
  excluded: readonly (readonly [ExclusionReason, number])[];
  unrated: number | undefined;
  missing: number | undefined;
  turns: readonly number[];
}

function placesOf(measure: MeasureSql, said: Said, sums: Sums): Places {
  const first = (reason: ExclusionReason, array: () => string) =>
    measure.reasons.includes(reason)
      ? sums.add(`to_json(min(${array()}) filter (where ${said.isLeftOut(reason)}))`)
      : undefined;
  return {
    number: sums.add(cappedSql(measure, said)),
    divisor: sums.add(dividedBySql(measure, said)),
    counted: sums.add(countedSql(said)),
    excluded: measure.reasons.map((reason) => [
      reason,
      sums.add(`nullif(count(*) filter (where ${said.isLeftOut(reason)}), 0)`),
    ]),
    unrated: first('rate_missing', () => `array[id, ${said.currency()}, ${said.rateDay()}::text]`),
    missing: first('entry_missing', () => `array[id] || ${said.missing()}`),
    turns: said.turns().map((turn) => sums.add(turn)),
  };
}

function measureRow(
  row: SharedRow,
  numbers: readonly (string | null)[],
  [{ kpi, part }, at]: readonly [PlacedMeasure, Places],
): MeasureRow {
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
    divisor: numbers[at.divisor] ?? null,
    counted: Number(numbers[at.counted]),
    excluded_by: excluded,
    unrated: record(at.unrated),
    missing_entry: record(at.missing),
    turns: at.turns.map((place) => numbers[place]!),
  };
}

function countedSql({ counts }: Said): string {
  return `count(*) filter (where ${counts})`;
}

/** Where all rows weigh the same, an average is divided by their number. */
function dividedBySql(measure: MeasureSql, said: Said): string {
  if (measure.each === null && said.weight() === null) return countedSql(said);
  return divisorSql({ value: said.value, isIn: said.counts, weight: said.weight() });
}

/**
 * An average is no more than the cap where its sum is no more than that for all that it is divided by. Nothing to aggregate
 * stays nothing: least() would give the cap.
 */
function cappedSql(measure: MeasureSql, said: Said): string {
  if (measure.each?.isListed) return `json_agg(${said.value()}) filter (where ${said.value()} is not null)`;
  const number = numberSql(measure, said);
  const { aggregate, cap } = measure;
  if (cap === null) return number;
  const most = aggregate === 'average' ? `${cap} * ${dividedBySql(measure, said)}` : String(cap);
  return `case when ${number} > ${most} then ${most} else ${number} end`;
}

function numberSql({ aggregate }: MeasureSql, { value, identity, counts, weight }: Said): string {
  const own = aggregate === 'distinct' ? identity : value;
  return aggregateSql(aggregate, { value: own, isIn: counts, weight: weight() });
}
