import type { CrmValue } from '../../src/sync/connector.ts';
import type { FieldDescription, FieldType } from '../../src/sync/crm-description.ts';
import { createFaultSwitches, type FaultSwitches } from './faults.ts';

/**
 * A CRM in memory: objects, rows with a modification stamp of whole seconds, a recycle bin, merges, hidden fields and
 * narrowed sharing. It is what tests of the engine run against; several connectors may be opened on one of them.
 */
export interface MemoryCrm {
  readonly orgId: string;
  readonly faults: FaultSwitches;
  readonly calls: MemoryCalls;
  /** Epoch ms; whole seconds end up in stamps. */
  now(): number;
  object(name: string): MemoryObject | undefined;
  objects(): MemoryObject[];
  /** Adds rows as people would; returns their ids. */
  insert(object: string, rows: readonly MemoryFields[], by?: string): string[];
  update(object: string, id: string, fields: MemoryFields, by?: string): void;
  remove(object: string, id: string): void;
  restore(object: string, id: string): void;
  /** Loser goes to the bin and points to the winner; lookups to it are moved. */
  merge(object: string, winner: string, loser: string): void;
  /** Takes the row out of the bin too. */
  purge(object: string, id: string): void;
  hide(object: string, field: string): void;
  show(object: string, field: string): void;
  /** Rows for which it answers false are not seen by anybody but people. */
  share(object: string, isSeen: ((row: MemoryRow) => boolean) | undefined): void;
  /** A rule that refuses rows with a message, or undefined to take it away. */
  rule(object: string, check: ((row: MemoryFields) => string | undefined) | undefined): void;
  /** Forgets what was changed up to now: older cursors have expired. */
  forgetHistory(object: string): void;
  find(object: string, id: string): MemoryRow | undefined;
  /** Live rows in the order of their ids. */
  rows(object: string): MemoryRow[];
  /** Becomes another org, as after a refresh from production: same data, another id. */
  becomeOrg(orgId: string): void;
}

export type MemoryFields = Record<string, CrmValue>;

export interface MemoryRow {
  id: string;
  fields: MemoryFields;
  modifiedAt: string;
  modifiedBy: string;
  createdAt: string;
  /** Position in the object's history; grows with every write. */
  seq: number;
  deletedAt: string | null;
  mergedInto: string | null;
}

export interface MemoryObject {
  name: string;
  label: string;
  prefix: string;
  fields: FieldDescription[];
  recordTypes: string[];
  rows: Map<string, MemoryRow>;
  hidden: Set<string>;
  isSeen: ((row: MemoryRow) => boolean) | undefined;
  rule: ((row: MemoryFields) => string | undefined) | undefined;
  seq: number;
  forgottenTo: number;
}

/** Calls answered so far, each with its kind. */
export interface MemoryCalls {
  total: number;
  byKind: Record<string, number>;
  log: string[];
}

/** An object as a test writes it down: field name and type, "!" behind the type for required, "key" for keys. */
export interface MemoryObjectSpec {
  name: string;
  fields: Record<
    string,
    | FieldType
    | `${FieldType}!`
    | {
        type: FieldType;
        key?: boolean;
        required?: boolean;
        references?: string[];
        values?: string[];
        updateable?: boolean;
      }
  >;
  recordTypes?: string[];
}

export interface MemoryCrmOptions {
  objects: readonly MemoryObjectSpec[];
  orgId?: string;
  now?: () => number;
}

export function createMemoryCrm(options: MemoryCrmOptions): MemoryCrm {
  const objects = new Map(options.objects.map((spec, index) => [spec.name, objectOf(spec, index)]));
  const now = options.now ?? Date.now;
  let orgId = options.orgId ?? 'org-memory-1';
  const need = (name: string): MemoryObject => {
    const found = objects.get(name);
    if (found === undefined) throw new Error(`The CRM in memory has no object ${name}`);
    return found;
  };
  const touch = (object: MemoryObject, row: MemoryRow, by: string): void => {
    object.seq += 1;
    row.seq = object.seq;
    row.modifiedAt = new Date(Math.floor(now() / 1_000) * 1_000).toISOString();
    row.modifiedBy = by;
  };
  const rowOf = (name: string, id: string): { object: MemoryObject; row: MemoryRow } => {
    const object = need(name);
    const row = object.rows.get(id);
    if (row === undefined) throw new Error(`${name} ${id} does not exist`);
    return { object, row };
  };
  const bury = (name: string, id: string, mergedInto: string | null): void => {
    const { object, row } = rowOf(name, id);
    touch(object, row, 'person');
    row.deletedAt = row.modifiedAt;
    row.mergedInto = mergedInto;
  };
  return {
    faults: createFaultSwitches(),
    calls: { total: 0, byKind: {}, log: [] },
    get orgId() {
      return orgId;
    },
    now,
    object: (name) => objects.get(name),
    objects: () => [...objects.values()],
    insert: (name, rows, by = 'person') =>
      rows.map((fields) => addRow(need(name), fields, (object, row) => touch(object, row, by)).id),
    update: (name, id, fields, by = 'person') => {
      const { object, row } = rowOf(name, id);
      Object.assign(row.fields, fields);
      touch(object, row, by);
    },
    remove: (name, id) => bury(name, id, null),
    restore: (name, id) => {
      const { object, row } = rowOf(name, id);
      row.deletedAt = null;
      row.mergedInto = null;
      touch(object, row, 'person');
    },
    merge: (name, winner, loser) => {
      bury(name, loser, winner);
      const { object, row } = rowOf(name, winner);
      touch(object, row, 'person');
      moveLookups([...objects.values()], { from: loser, to: winner }, (child, each) =>
        touch(child, each, 'person'),
      );
    },
    purge: (name, id) => {
      need(name).rows.delete(id);
    },
    hide: (name, field) => {
      need(name).hidden.add(field);
    },
    show: (name, field) => {
      need(name).hidden.delete(field);
    },
    share: (name, isSeen) => {
      need(name).isSeen = isSeen;
    },
    rule: (name, check) => {
      need(name).rule = check;
    },
    forgetHistory: (name) => {
      need(name).forgottenTo = need(name).seq;
    },
    find: (name, id) => need(name).rows.get(id),
    rows: (name) =>
      [...need(name).rows.values()]
        .filter((row) => row.deletedAt === null)
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    becomeOrg: (id) => {
      orgId = id;
    },
  };
}

/** Adds a row; ids count up within their object. */
export function addRow(
  object: MemoryObject,
  fields: MemoryFields,
  touch: (object: MemoryObject, row: MemoryRow) => void,
): MemoryRow {
  const id = `${object.prefix}${String(object.rows.size + 1).padStart(8, '0')}`;
  const blank = Object.fromEntries(
    object.fields.map((field) => [field.name, field.type === 'boolean' ? false : null]),
  );
  const row: MemoryRow = {
    id,
    fields: { ...blank, ...fields },
    modifiedAt: '',
    modifiedBy: '',
    createdAt: '',
    seq: 0,
    deletedAt: null,
    mergedInto: null,
  };
  touch(object, row);
  row.createdAt = row.modifiedAt;
  object.rows.set(id, row);
  return row;
}

function moveLookups(
  objects: readonly MemoryObject[],
  move: { from: string; to: string },
  touch: (object: MemoryObject, row: MemoryRow) => void,
): void {
  for (const object of objects) {
    const lookups = object.fields.filter((field) => field.type === 'reference').map((field) => field.name);
    for (const row of object.rows.values()) {
      const pointing = lookups.filter((field) => row.fields[field] === move.from);
      for (const field of pointing) row.fields[field] = move.to;
      if (pointing.length > 0) touch(object, row);
    }
  }
}

function objectOf(spec: MemoryObjectSpec, index: number): MemoryObject {
  return {
    name: spec.name,
    label: spec.name,
    prefix: `m${String(index).padStart(2, '0')}`,
    fields: Object.entries(spec.fields).map(([name, field]) => fieldOf(name, field)),
    recordTypes: spec.recordTypes ?? [],
    rows: new Map(),
    hidden: new Set(),
    isSeen: undefined,
    rule: undefined,
    seq: 0,
    forgottenTo: 0,
  };
}

function fieldOf(name: string, given: MemoryObjectSpec['fields'][string]): FieldDescription {
  const spec =
    typeof given === 'string'
      ? { type: given.replace('!', '') as FieldType, required: given.endsWith('!') }
      : { ...given, required: given.required ?? false };
  const isKey = 'key' in spec && spec.key === true;
  const values = 'values' in spec ? spec.values : undefined;
  return {
    name,
    label: name,
    type: spec.type,
    length: spec.type === 'text' ? 255 : null,
    precision: null,
    scale: null,
    required: spec.required,
    createable: true,
    updateable: 'updateable' in spec ? (spec.updateable ?? true) : true,
    filterable: true,
    calculated: false,
    key: isKey,
    unique: isKey,
    values: values?.map((value) => ({ value, label: value, active: true })) ?? null,
    restricted: values !== undefined,
    references: 'references' in spec ? (spec.references ?? []) : [],
  };
}
