import type { Clock } from '../../simulation/clock.ts';
import { indexKey, type Table } from './table.ts';
import type { FieldMeta, FieldValue, Row } from './types.ts';

interface Pending {
  until: number;
  /** What readers see meanwhile; undefined when the row did not exist. */
  before: Row | undefined;
}

/**
 * Late visibility: for a while after a write, queries and the replication calls still see the row as it was before.
 * Reads by id are not late. Empty unless a fault fills it.
 */
export interface Overlay {
  hide(object: string, id: string, options: { before: Row | undefined; ms: number }): void;
  forget(object: string, id: string): void;
  /** The row as readers see it now; undefined when they do not see it. */
  seen(object: string, row: Row): Row | undefined;
  all(object: string, table: Table): Iterable<Row>;
  where(
    object: string,
    rows: Iterable<Row>,
    match: { field: FieldMeta; values: FieldValue[] },
  ): Iterable<Row>;
  isEmpty(): boolean;
}

/** An overlay on the org's clock. */
export function createOverlay(clock: Clock): Overlay {
  const pending = new Map<string, Map<string, Pending>>();
  const of = (object: string): Map<string, Pending> | undefined => {
    const rows = pending.get(object);
    if (rows === undefined) return undefined;
    for (const [id, each] of rows) if (each.until <= clock.now()) rows.delete(id);
    if (rows.size === 0) pending.delete(object);
    return rows.size === 0 ? undefined : rows;
  };
  const seen = (object: string, row: Row): Row | undefined => {
    const entry = pending.get(object)?.get(String(row.Id));
    return entry !== undefined && entry.until > clock.now() ? entry.before : row;
  };
  return {
    hide: (object, id, { before, ms }) => {
      const rows = pending.get(object) ?? new Map<string, Pending>();
      const known = rows.get(id);
      const stillHidden = known !== undefined && known.until > clock.now();
      rows.set(id, { until: clock.now() + ms, before: stillHidden ? known.before : before });
      pending.set(object, rows);
    },
    forget: (object, id) => {
      pending.get(object)?.delete(id);
    },
    seen,
    *all(object, table) {
      const hidden = of(object);
      if (hidden === undefined) {
        yield* table.rows.values();
        return;
      }
      for (const row of table.rows.values()) {
        const visible = seen(object, row);
        if (visible !== undefined) yield visible;
      }
    },
    *where(object, rows, { field, values }) {
      const hidden = of(object);
      if (hidden === undefined) {
        yield* rows;
        return;
      }
      const wanted = new Set(values.map((value) => indexKey(field, value)));
      const fits = (row: Row | undefined): row is Row =>
        row !== undefined && wanted.has(indexKey(field, row[field.name] ?? null));
      for (const row of rows) if (!hidden.has(String(row.Id))) yield row;
      for (const { before } of hidden.values()) if (fits(before)) yield before;
    },
    isEmpty: () => pending.size === 0,
  };
}
