import { purgeBin } from './dml/remove.ts';
import type { OrgState } from './state.ts';
import { indexKey } from './table.ts';
import type { FieldMeta, FieldValue, ObjectMeta, QuerySource, Row } from './types.ts';

/** Adds the values of formula fields to a row; the row itself where the object has none. */
function withFormulas(state: OrgState, object: ObjectMeta): ((row: Row) => Row) | null {
  const formulas = state.formulas.get(object.name);
  if (formulas === undefined) return null;
  return (row) => {
    const computed = { ...row };
    for (const [field, formula] of formulas) computed[field] = formula(row);
    return computed;
  };
}

function* through(rows: Iterable<Row>, change: ((row: Row) => Row) | null): Iterable<Row> {
  if (change === null) yield* rows;
  else for (const row of rows) yield change(row);
}

function* computedWhere(
  state: OrgState,
  object: ObjectMeta,
  { field, values }: { field: FieldMeta; values: FieldValue[] },
): Iterable<Row> {
  const wanted = new Set(values.map((value) => indexKey(field, value)));
  for (const row of through(
    state.overlay.all(object.name, state.table(object)),
    withFormulas(state, object),
  )) {
    if (wanted.has(indexKey(field, row[field.name] ?? null))) yield row;
  }
}

/** The org as queries see it: late where a fault makes writes late, formula fields computed. */
export function orgReads(state: OrgState): QuerySource {
  const objectOf = (name: string): ObjectMeta => {
    const object = state.schema.object(name);
    if (object === undefined) throw new Error(`There is no object ${name} in this org`);
    return object;
  };
  return {
    object: (name) => state.schema.object(name),
    rows: (name) => {
      purgeBin(state);
      const object = objectOf(name);
      return through(state.overlay.all(object.name, state.table(object)), withFormulas(state, object));
    },
    rowById: (name, id) => {
      const object = objectOf(name);
      const row = state.table(object).get(id);
      const seen = row && state.overlay.seen(object.name, row);
      return seen && (withFormulas(state, object)?.(seen) ?? seen);
    },
    rowsWhere: (name, fieldName, values) => {
      purgeBin(state);
      const object = objectOf(name);
      const field = state.schema.field(object, fieldName);
      if (field === undefined) return [];
      if (state.formulas.get(object.name)?.has(field.name) === true)
        return computedWhere(state, object, { field, values });
      const rows = state.table(object).where(field, values);
      const seen = state.overlay.where(object.name, rows, { field, values });
      return through(seen, withFormulas(state, object));
    },
    rowsModifiedSince: (name, sinceMs) => {
      purgeBin(state);
      const object = objectOf(name);
      return through(modifiedSince(state, object, sinceMs), withFormulas(state, object));
    },
    now: () => state.clock.now(),
    get fiscalYearStartMonth() {
      const organization = state.schema.object('Organization');
      const row = organization && state.table(organization).get(state.orgId);
      return Number(row?.FiscalYearStartMonth ?? 1);
    },
  };
}

function* modifiedSince(state: OrgState, object: ObjectMeta, sinceMs: number): Iterable<Row> {
  const rows = state.table(object).modifiedSince(sinceMs);
  if (state.overlay.isEmpty()) {
    yield* rows;
    return;
  }
  const seen: Row[] = [];
  for (const row of rows) {
    const visible = state.overlay.seen(object.name, row);
    if (visible !== undefined && Number(visible.SystemModstamp) >= sinceMs) seen.push(visible);
  }
  yield* seen.sort((a, b) => Number(a.SystemModstamp) - Number(b.SystemModstamp));
}
