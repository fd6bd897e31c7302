import type { Org } from './org.ts';
import type { Caller, FieldMeta, ObjectMeta } from './types.ts';

const GLOBAL_KEYS = [
  'activateable',
  'associateEntityType',
  'associateParentEntity',
  'createable',
  'custom',
  'customSetting',
  'deepCloneable',
  'deletable',
  'deprecatedAndHidden',
  'feedEnabled',
  'hasSubtypes',
  'isInterface',
  'isSubtype',
  'keyPrefix',
  'label',
  'labelPlural',
  'layoutable',
  'mergeable',
  'mruEnabled',
  'name',
  'queryable',
  'replicateable',
  'retrieveable',
  'searchable',
  'triggerable',
  'undeletable',
  'updateable',
  'urls',
];

/** What the simulator answers of the addresses that a describe can name. */
const ANSWERED = new Set([
  'sobject',
  'describe',
  'rowTemplate',
  'approvalLayouts',
  'compactLayouts',
  'listviews',
  'quickActions',
]);

/** Only what is answered: no address of a describe leads nowhere. */
function urlsFor(object: ObjectMeta, version: string): Record<string, string> {
  const urls = Object.entries((object.urls ?? {}) as Record<string, string>);
  return Object.fromEntries(
    urls
      .filter(([name]) => ANSWERED.has(name))
      .map(([name, url]) => [name, url.replace(/\/v(XX\.X|\d+\.\d+)\//, `/v${version}/`)]),
  );
}

/** The object's switches as they are for the caller. */
function rights(object: ObjectMeta, caller: Caller): Partial<ObjectMeta> {
  const access = caller.objectAccess(object);
  return {
    createable: object.createable && access.create,
    updateable: object.updateable && access.edit,
    deletable: object.deletable && access.delete,
    undeletable: object.undeletable && access.delete,
    mergeable: object.mergeable && access.delete,
  };
}

/** One entry of describeGlobal, and the head of an object's describe. */
export function globalEntry(object: ObjectMeta, caller: Caller, version: string): Record<string, unknown> {
  const shown: Record<string, unknown> = {
    ...object,
    ...rights(object, caller),
    urls: urlsFor(object, version),
  };
  return Object.fromEntries(GLOBAL_KEYS.map((key) => [key, shown[key] ?? null]));
}

function fieldFor(object: ObjectMeta, field: FieldMeta, caller: Caller): Record<string, unknown> {
  const { childRelationshipName: _name, onDelete: _onDelete, ...shown } = field;
  const writable = caller.canWriteField(object, field);
  return { ...shown, createable: field.createable && writable, updateable: field.updateable && writable };
}

/** The record types of an object, the one without a name last. Their layouts have no addresses: there are none. */
export function recordTypeInfos(org: Org, object: ObjectMeta): Array<Record<string, unknown>> {
  if (!object.fields.some((field) => field.name === 'RecordTypeId'))
    return object.recordTypeInfos.map((info) => ({ ...info, urls: {} }));
  const info = (given: {
    id: string;
    name: string;
    developerName: string;
    active: boolean;
    master: boolean;
  }) => ({
    active: given.active,
    available: given.active,
    defaultRecordTypeMapping: given.master,
    developerName: given.developerName,
    master: given.master,
    name: given.name,
    recordTypeId: given.id,
    urls: {},
  });
  const own = [...org.rows('RecordType')]
    .filter((row) => row.SobjectType === object.name)
    .map((row) =>
      info({
        id: String(row.Id),
        name: String(row.Name),
        developerName: String(row.DeveloperName),
        active: row.IsActive === true,
        master: false,
      }),
    );
  const master = {
    id: '012000000000000AAA',
    name: 'Master',
    developerName: 'Master',
    active: true,
    master: true,
  };
  return [...own, info(master)];
}

/** The full describe of an object for a caller: what he may not see is not there. */
export function describeObject(
  org: Org,
  object: ObjectMeta,
  { caller, version }: { caller: Caller; version: string },
): Record<string, unknown> {
  return {
    ...object,
    ...rights(object, caller),
    urls: urlsFor(object, version),
    childRelationships: object.childRelationships.filter(({ childSObject, field }) => {
      const child = org.schema.object(childSObject);
      const lookup = child && org.schema.field(child, field);
      return (
        child === undefined ||
        (caller.canReadObject(child) && lookup !== undefined && caller.canReadField(child, lookup))
      );
    }),
    fields: object.fields
      .filter((field) => caller.canReadField(object, field))
      .map((field) => fieldFor(object, field, caller)),
    recordTypeInfos: recordTypeInfos(org, object),
  };
}
