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
    this.all.set(id, row);
  }

  remove(id: string): void {
    const before = this.all.get(id);
    if (before === undefined) return;
    for (const [column, index] of this.#indexes) index.get(comparable(before[column]))?.delete(id);
    this.#sorted = null;
    this.#byVersion = null;
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
