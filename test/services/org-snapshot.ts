import type { Org } from '../../connectors/salesforce/simulator/org.ts';
import type { ObjectMeta, Row } from '../../connectors/salesforce/simulator/types.ts';

/** The records of an org at one instant. Ids and automatic numbers that were given away since are not given again. */
export interface OrgSnapshot {
  /** Makes the org hold again what it held; to be called any number of times and in any order. */
  restore(): void;
}

/** Remembers an org's records. Rows are never changed in place, so remembering them costs next to nothing. */
export function snapshotOf({ state }: Org): OrgSnapshot {
  const tables = state.schema
    .objects()
    .map((object) => ({ object, rows: new Map(state.table(object).rows) }));
  const bin = [...state.bin];
  const cleared = new Map(state.clearedLookups);
  const gone = new Map([...state.goneRows].map(([object, rows]) => [object, new Map(rows)]));
  return {
    restore: () => {
      for (const { object, rows } of tables) restoreTable(state, object, rows);
      state.bin.splice(0, state.bin.length, ...bin);
      refill(state.clearedLookups, cleared);
      refill(state.goneRows, new Map([...gone].map(([object, rows]) => [object, new Map(rows)])));
      state.faults.clear();
    },
  };
}

function restoreTable(state: Org['state'], object: ObjectMeta, rows: ReadonlyMap<string, Row>): void {
  const now = state.table(object).rows;
  for (const id of [...now.keys()]) if (!rows.has(id)) put(state, object, id, undefined);
  for (const [id, row] of rows) if (now.get(id) !== row) put(state, object, id, row);
}

function put(state: Org['state'], object: ObjectMeta, id: string, row: Row | undefined): void {
  state.write(object, id, row);
  state.overlay.forget(object.name, id);
}

function refill<Key, Value>(map: Map<Key, Value>, from: ReadonlyMap<Key, Value>): void {
  map.clear();
  for (const [key, value] of from) map.set(key, value);
}
