import type { Row, Value } from './types.ts';

/** The rows of one table. Rows are never changed in place: a write puts another row object. */
export interface Rows {
  readonly all: ReadonlyMap<string, Row>;
  get(id: string): Row | undefined;
  put(id: string, row: Row): void;
  remove(id: string): void;
  /** Rows whose column holds the value. An index is made when a column is first asked for. */
  where(column: string, value: Value): Row[];
  /** Ids in their order, for pages. Kept until a row comes or goes. */
  ids(): readonly string[];
  /** Rows in the order of their ids, those behind one of them or all. */
  from(afterId: string | undefined): Iterable<Row>;
  /** Rows in the order of their versions, those behind one. The order is kept until a row is written. */
  sinceVersion(version: number): readonly Row[];
  /** Rows by the time that a column holds. The order is kept until a row is written. */
  byTime(column: string): RowsByTime;
}

export interface RowsByTime {
  /** How many rows have a time from one on to another, both included, in milliseconds. */
  count(from: number, to: number): number;
  rows(from: number, to: number): readonly Row[];
  /** Rows without a time. */
  blanks: readonly Row[];
}

/** Texts match without regard to case, as the database compares them. */
export function comparable(value: Value | undefined): Value {
  return typeof value === 'string' ? value.toLowerCase() : (value ?? null);
}

class IndexedRows implements Rows {
  readonly all = new Map<string, Row>();
  readonly #indexes = new Map<string, Map<Value, Set<string>>>();
  #sorted: readonly string[] | null = null;
  #byVersion: readonly Row[] | null = null;
  readonly #byTime = new Map<string, RowsByTime>();

  get(id: string): Row | undefined {
    return this.all.get(id);
  }

  put(id: string, row: Row): void {
    const before = this.all.get(id);
    for (const [column, index] of this.#indexes) {
      if (before !== undefined) index.get(comparable(before[column]))?.delete(id);
      add(index, comparable(row[column]), id);
    }
    if (before === undefined) this.#sorted = null;
    this.#byVersion = null;
    this.#byTime.clear();
    this.all.set(id, row);
  }

  remove(id: string): void {
    const before = this.all.get(id);
    if (before === undefined) return;
    for (const [column, index] of this.#indexes) index.get(comparable(before[column]))?.delete(id);
    this.#sorted = null;
    this.#byVersion = null;
    this.#byTime.clear();
    this.all.delete(id);
  }

  ids(): readonly string[] {
    this.#sorted ??= [...this.all.keys()].sort();
    return this.#sorted;
  }

  *from(afterId: string | undefined): Iterable<Row> {
    const ids = this.ids();
    const start = afterId === undefined ? 0 : firstBehind(ids, (id) => id > afterId);
    for (let index = start; index < ids.length; index += 1) {
      const row = this.all.get(ids[index]!);
      if (row !== undefined) yield row;
    }
  }

  sinceVersion(version: number): readonly Row[] {
    this.#byVersion ??= [...this.all.values()].sort((left, right) => versionOf(left) - versionOf(right));
    const rows = this.#byVersion;
    return rows.slice(firstBehind(rows, (row) => versionOf(row) > version));
  }

  byTime(column: string): RowsByTime {
    const known = this.#byTime.get(column) ?? rowsByTime(this.all.values(), column);
    this.#byTime.set(column, known);
    return known;
  }

  where(column: string, value: Value): Row[] {
    const ids = this.#index(column).get(comparable(value)) ?? [];
    return [...ids].map((id) => this.all.get(id)!);
  }

  #index(column: string): Map<Value, Set<string>> {
    const known = this.#indexes.get(column);
    if (known !== undefined) return known;
    const index = new Map<Value, Set<string>>();
    for (const [id, row] of this.all) add(index, comparable(row[column]), id);
    this.#indexes.set(column, index);
    return index;
  }
}

function rowsByTime(all: Iterable<Row>, column: string): RowsByTime {
  const blanks: Row[] = [];
  const timed: { time: number; row: Row }[] = [];
  for (const row of all) {
    const value = row[column];
    if (value == null) blanks.push(row);
    else timed.push({ time: Date.parse(String(value)), row });
  }
  timed.sort((left, right) => left.time - right.time);
  const places = (from: number, to: number): [number, number] => [
    firstBehind(timed, ({ time }) => time >= from),
    firstBehind(timed, ({ time }) => time > to),
  ];
  return {
    count(from, to) {
      const [start, end] = places(from, to);
      return Math.max(0, end - start);
    },
    rows: (from, to) => timed.slice(...places(from, to)).map(({ row }) => row),
    blanks,
  };
}

const versionOf = (row: Row): number => Number(row.versionnumber);

/** The place of the first item that lies behind, in a list in which all those that do come last. */
function firstBehind<T>(items: readonly T[], isBehind: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBehind(items[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function add(index: Map<Value, Set<string>>, value: Value, id: string): void {
  const ids = index.get(value);
  if (ids === undefined) index.set(value, new Set([id]));
  else ids.add(id);
}

export function createRows(): Rows {
  return new IndexedRows();
}
