import { refuse } from './dml/refusal.ts';
import type { OrgState } from './state.ts';
import type { FieldMeta, ObjectMeta, PicklistEntry, Row } from './types.ts';

/**
 * Values of picklists that record types do not offer. A record type that somebody makes offers all; values that the Metadata API
 * brings later are in the lists of those that it brings along.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_standardvalueset.htm (note), and
 * https://gearset.com/blog/data-deployments-and-picklist-errors/ for what becomes of a write
 */
export interface RecordTypeLists {
  /** Which values of a field a record type, by its id, does not offer. */
  withheld(recordTypeId: string, field: string): ReadonlySet<string>;
  /** Has a record type offer all values of a field but these. */
  withhold(recordTypeId: string, field: string, values: Iterable<string>): void;
  /** Has all record types offer all values. */
  offerAll(): void;
  /** Remembers all as it is; the answer brings it back. */
  snapshot(): () => void;
}

const known = new WeakMap<OrgState, RecordTypeLists>();

export function recordTypeListsOf(state: OrgState): RecordTypeLists {
  const found = known.get(state) ?? createLists();
  known.set(state, found);
  return found;
}

const none: ReadonlySet<string> = new Set();

function createLists(): RecordTypeLists {
  let lists = new Map<string, ReadonlySet<string>>();
  return {
    withheld: (id, field) => lists.get(`${id} ${field}`) ?? none,
    withhold: (id, field, values) => void lists.set(`${id} ${field}`, new Set(values)),
    offerAll: () => lists.clear(),
    snapshot: () => {
      const kept = new Map(lists);
      return () => {
        lists = kept;
      };
    },
  };
}

/** Record types of an object. */
export function recordTypesOf(state: OrgState, object: string): Row[] {
  const meta = state.schema.object('RecordType');
  return meta === undefined
    ? []
    : [...state.table(meta).rows.values()].filter(({ SobjectType }) => SobjectType === object);
}

/** Has the record types of an object that are there not offer what is new among the values of a field. */
export function withholdNew(
  state: OrgState,
  object: string,
  {
    field,
    before,
    values,
  }: { field: string; before: readonly PicklistEntry[]; values: readonly PicklistEntry[] },
): void {
  const had = new Set(before.map(({ value }) => value));
  const added = values.map(({ value }) => value).filter((value) => !had.has(value));
  if (added.length === 0) return;
  const lists = recordTypeListsOf(state);
  for (const { Id } of recordTypesOf(state, object))
    lists.withhold(String(Id), field, [...lists.withheld(String(Id), field), ...added]);
}

/** Gives a field that is there these values. */
export function putPicklistValues(
  state: OrgState,
  { object, field }: { object: ObjectMeta; field: FieldMeta },
  values: PicklistEntry[],
): void {
  withholdNew(state, object.name, { field: field.name, before: field.picklistValues, values });
  state.schema.putField(object.name, { ...field, picklistValues: values });
}

/** Refuses values of restricted picklists that the record type of the row does not offer. */
export function checkRecordTypeLists(
  state: OrgState,
  object: ObjectMeta,
  { row, written }: { row: Row; written: Row },
): void {
  const { RecordTypeId: id } = row;
  if (typeof id !== 'string') return;
  for (const [name, value] of Object.entries(written)) {
    const field = state.schema.field(object, name);
    if (field?.restrictedPicklist !== true || typeof value !== 'string') continue;
    const withheld = recordTypeListsOf(state).withheld(id, name);
    const refused = value.split(';').find((each) => withheld.has(each));
    if (refused === undefined) continue;
    throw refuse(
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      `${field.label}: bad value for restricted picklist field: ${refused}`,
      { fields: [field.name] },
    );
  }
}
