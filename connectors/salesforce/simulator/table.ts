import type { FieldMeta, FieldValue, ObjectMeta, Row } from './types.ts';

type Bucket = string | Set<string>;

/** Text keys match without regard to case unless the field is declared case-sensitive. */
export function indexKey(field: FieldMeta | undefined, value: FieldValue): string | number | boolean | null {
  return typeof value === 'string' && field?.caseSensitive !== true && field?.type !== 'reference'
    ? value.toLowerCase()
    : value;
}

function isIndexed(field: FieldMeta): boolean {
  return field.type === 'reference' || field.externalId || field.unique || field.idLookup;
}

/** The rows of one object. Rows are never changed in place: a write puts a new row object. */
export interface Table {
  readonly rows: Map<string, Row>;
  get(id: string): Row | undefined;
  put(id: string, row: Row): void;
  remove(id: string): void;
  /** Rows that hold one of the values, those in the bin included. */
  where(field: FieldMeta, values: FieldValue[]): Iterable<Row>;
  /** Rows with a stamp at or after the instant. */
  modifiedSince(sinceMs: number): Iterable<Row>;
  /** Forgets indexes after a field changed its nature. */
  reindex(): void;
}

interface StampLog {
  entries: Array<[number, string]>;
  sorted: boolean;
}

function appendStamp(log: StampLog, id: string, row: Row): void {
  const stamp = Number(row.SystemModstamp ?? 0);
  const last = log.entries.at(-1);
  if (last !== undefined && last[0] > stamp) log.sorted = false;
  log.entries.push([stamp, id]);
}

function compact(log: StampLog, rows: Map<string, Row>): void {
  log.entries = log.entries.filter(([stamp, id]) => rows.get(id)?.SystemModstamp === stamp);
}

function lowerBound(entries: Array<[number, string]>, stamp: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.[0] ?? 0) < stamp) low = middle + 1;
    else high = middle;
  }
  return low;
}

class FieldIndex {
  readonly field: FieldMeta;
  readonly buckets = new Map<string | number | boolean | null, Bucket>();

  constructor(field: FieldMeta, rows: Map<string, Row>) {
    this.field = field;
    for (const [id, row] of rows) this.add(id, row);
  }

  key(row: Row): string | number | boolean | null {
    return indexKey(this.field, row[this.field.name] ?? null);
  }

  add(id: string, row: Row): void {
    const key = this.key(row);
    if (key === null) return;
    const bucket = this.buckets.get(key);
    if (bucket === undefined) this.buckets.set(key, id);
    else if (typeof bucket === 'string') {
      if (bucket !== id) this.buckets.set(key, new Set([bucket, id]));
    } else bucket.add(id);
  }

  drop(id: string, row: Row): void {
    const key = this.key(row);
    const bucket = this.buckets.get(key);
    if (bucket === id) this.buckets.delete(key);
    else if (bucket instanceof Set) bucket.delete(id);
  }

  ids(value: FieldValue): Iterable<string> {
    const bucket = this.buckets.get(indexKey(this.field, value));
    return bucket === undefined ? [] : typeof bucket === 'string' ? [bucket] : bucket;
  }
}

class RowTable implements Table {
  readonly rows = new Map<string, Row>();
  private readonly indexes = new Map<string, FieldIndex>();
  private readonly log: StampLog = { entries: [], sorted: true };

  get(id: string): Row | undefined {
    return this.rows.get(id);
  }

  put(id: string, row: Row): void {
    const before = this.rows.get(id);
    for (const index of this.indexes.values()) {
      if (before !== undefined) {
        if (index.key(before) === index.key(row)) continue;
        index.drop(id, before);
      }
      index.add(id, row);
    }
    this.rows.set(id, row);
    appendStamp(this.log, id, row);
    if (this.log.entries.length > 1000 + this.rows.size * 3) compact(this.log, this.rows);
  }

  remove(id: string): void {
    const before = this.rows.get(id);
    if (before === undefined) return;
    for (const index of this.indexes.values()) index.drop(id, before);
    this.rows.delete(id);
  }

  *where(field: FieldMeta, values: FieldValue[]): Iterable<Row> {
    if (isIndexed(field) && !values.includes(null)) {
      yield* this.byIndex(field, values);
      return;
    }
    const wanted = new Set(values.map((value) => indexKey(field, value)));
    for (const row of this.rows.values()) if (wanted.has(indexKey(field, row[field.name] ?? null))) yield row;
  }

  private *byIndex(field: FieldMeta, values: FieldValue[]): Iterable<Row> {
    let index = this.indexes.get(field.name);
    if (index === undefined) {
      index = new FieldIndex(field, this.rows);
      this.indexes.set(field.name, index);
    }
    for (const value of new Set(values)) {
      for (const id of [...index.ids(value)]) {
        const row = this.rows.get(id);
        if (row !== undefined) yield row;
      }
    }
  }

  *modifiedSince(sinceMs: number): Iterable<Row> {
    const { log } = this;
    if (!log.sorted) {
      compact(log, this.rows);
      log.entries.sort((a, b) => a[0] - b[0]);
      log.sorted = true;
    }
    const seen = new Set<string>();
    const { entries } = log;
    const end = entries.length;
    for (let i = lowerBound(entries, sinceMs); i < end; i += 1) {
      const [stamp, id] = entries[i] ?? [0, ''];
      const row = this.rows.get(id);
      if (row === undefined || row.SystemModstamp !== stamp || seen.has(id)) continue;
      seen.add(id);
      yield row;
    }
  }

  reindex(): void {
    this.indexes.clear();
  }
}

/** An empty table. Lookup and key fields get an index when they are first asked for. */
export function createTable(): Table {
  return new RowTable();
}

/** The name field of an object, when it has one. */
export function nameFieldOf(object: ObjectMeta): FieldMeta | undefined {
  return object.fields.find((field) => field.nameField);
}
