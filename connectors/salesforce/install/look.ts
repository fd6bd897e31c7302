import { isTierlinkError } from '../../../src/errors.ts';
import { installSteps } from '../../../src/install/steps.ts';
import type { FoundShape, Inspection, InstallPart } from '../../../src/sync/installer.ts';
import { objectOfLayout } from '../../shared/layouts.ts';
import type { Context } from '../context.ts';
import type { RawField, RawObject } from '../describe.ts';
import type { MetadataElement } from '../metadata-xml.ts';
import type { PartDetail, RecordTypeList } from '../provision/parts.ts';
import { PERMISSION_SET } from '../provision/permissions.ts';
import { type Right, rightKey, rightsIn } from '../provision/rights.ts';
import { standardValueSetOf } from '../provision/value-sets.ts';
import { queryTogether } from '../query.ts';
import { permissionSetQueries, proveReach, type Reach } from '../sees-all.ts';
import { fieldShapeOf, metadataShapeOf, valueSetNameOf } from './field-shapes.ts';
import { fieldsOn, type Layouts, readLayouts } from './layouts.ts';
import { readMetadata } from './metadata.ts';
import { offeredIn, type RecordTypes, readRecordTypes, recordTypesOf } from './record-types.ts';
import { lacksOf, mayUseMetadata, userPermissions } from './rights.ts';

/** What an org has of the parts. */

/** What was read at once for all parts. */
interface Seen {
  /** As the user sees them: fields that nobody granted are not in them, not even for an administrator. */
  described: ReadonlyMap<string, RawObject>;
  /** As they are, whoever may see them. Empty where the user may not read metadata. */
  components: ReadonlyMap<string, MetadataElement>;
  /** Of the objects of which that is asked; null where the user may not read metadata. */
  layouts: Layouts | null;
  /** Likewise. */
  recordTypes: RecordTypes | null;
  permissions: ReadonlySet<string> | null;
  reach: Reach;
}

export async function inspect(context: Context, parts: readonly InstallPart[]): Promise<Inspection> {
  const details = parts.map(({ detail }) => detail as PartDetail);
  const permissions = await userPermissions(context);
  const described = await describe(context, details);
  const laidOut = details.flatMap((detail) =>
    detail.is === 'layouts' || detail.is === 'layout' ? objectsOf(detail) : [],
  );
  const typed = details.flatMap((detail) => (detail.is === 'record types' ? [detail.object] : []));
  const seen: Seen = {
    described,
    permissions,
    ...(await unlessRefused(permissions, async () => ({
      components: await components(context, details, described),
      layouts: await readLayouts(context, laidOut),
      recordTypes: await readRecordTypes(context, typed),
    }))),
    reach: await reachOf(context, details),
  };
  const found = details.map((detail) => shapeOf(seen, detail));
  return { found, lacks: lacksOf(installSteps(parts, found), permissions) };
}

type OfMetadata = Pick<Seen, 'components' | 'layouts' | 'recordTypes'>;

/** What metadata tells; nothing to a user who may not read it, be it that only the attempt shows that. */
async function unlessRefused(
  permissions: ReadonlySet<string> | null,
  read: () => Promise<OfMetadata>,
): Promise<OfMetadata> {
  const nothing = { components: new Map(), layouts: null, recordTypes: null };
  if (!mayUseMetadata(permissions)) return nothing;
  try {
    return await read();
  } catch (error) {
    if (permissions === null && isTierlinkError(error, 'CRM_PERMISSION')) return nothing;
    throw error;
  }
}

function objectsOf(detail: PartDetail): string[] {
  switch (detail.is) {
    case 'field':
      return [detail.field.object];
    case 'rights':
      return detail.rights.flatMap(({ list, name }) =>
        list === 'userPermissions' ? [] : [name.split('.')[0]!],
      );
    case 'permission set':
      return [];
    case 'layout':
      return [objectOfLayout(detail.name)];
    default:
      return [detail.object];
  }
}

async function describe(
  { metadata }: Context,
  details: readonly PartDetail[],
): Promise<Map<string, RawObject>> {
  const names = [...new Set(details.flatMap(objectsOf))];
  const answers = names.length === 0 ? [] : await metadata.fresh(names);
  return new Map(
    names.flatMap((name, index) => {
      const raw = answers[index];
      return raw === undefined ? [] : [[name, raw] as const];
    }),
  );
}

/** Objects, fields, value sets and the permission set, each under its type and full name. */
async function components(
  context: Context,
  details: readonly PartDetail[],
  described: ReadonlyMap<string, RawObject>,
): Promise<Map<string, MetadataElement>> {
  const found = new Map<string, MetadataElement>();
  const learn = async (type: string, names: readonly string[]) => {
    const read = await readMetadata(context, type, [...new Set(names)]);
    for (const [name, each] of read) found.set(`${type} ${name}`, each);
    return read;
  };
  const objects = details.flatMap((detail) => (detail.is === 'object' ? [detail.object] : []));
  // One that nobody granted to the user is not described.
  await learn(
    'CustomObject',
    objects.filter((name) => !described.has(name)),
  );
  const fields = await learn('CustomField', details.flatMap(customFieldOf));
  await learn('GlobalValueSet', [...fields.values()].flatMap(valueSetNameOf));
  if (details.some(({ is }) => is === 'permission set')) await learn('PermissionSet', [PERMISSION_SET]);
  return found;
}

/** Of the platform's own fields that interface does not say what they are. */
function customFieldOf(detail: PartDetail): string[] {
  const [object, name] = fieldNameOf(detail) ?? [];
  return name?.endsWith('__c') === true ? [`${object}.${name}`] : [];
}

function fieldNameOf(detail: PartDetail): [object: string, name: string] | null {
  if (detail.is === 'field') return [detail.field.object, detail.field.name];
  if (detail.is === 'record types') return [detail.object, detail.field];
  return detail.is === 'named field' ? [detail.object, detail.name] : null;
}

/** Sharing hides records from whoever does not see all of an object. */
async function reachOf(context: Context, details: readonly PartDetail[]): Promise<Reach> {
  const objects = details.flatMap((detail) =>
    detail.is === 'rights' ? detail.rights.filter(({ list }) => list === 'objectPermissions') : [],
  );
  if (objects.length === 0) return { seesAll: () => null, editsAll: () => null };
  const { userId } = await context.client.session();
  const answers = await queryTogether(context, permissionSetQueries(userId));
  return await proveReach(
    context,
    answers.flatMap(({ rows }) => rows),
    [...new Set(objects.map(({ name }) => name))],
  );
}

function shapeOf(seen: Seen, detail: PartDetail): FoundShape | null {
  switch (detail.is) {
    case 'object': {
      const isThere =
        seen.described.has(detail.object) || seen.components.has(`CustomObject ${detail.object}`);
      return isThere ? shape(detail.object.endsWith('__c') ? 'Custom object' : 'Standard object') : null;
    }
    case 'field':
      return fieldShape(seen, ...fieldNameOf(detail)!);
    case 'named field': {
      const found = fieldShape(seen, detail.object, detail.name);
      // What is no picklist holds any value.
      return found === null || /picklist/i.test(found.type) ? found : { ...found, values: detail.values };
    }
    case 'permission set': {
      const set = seen.components.get(`PermissionSet ${PERMISSION_SET}`);
      return set === undefined ? null : { ...shape('Permission set'), values: rightsIn(set).map(rightKey) };
    }
    case 'rights': {
      const held = detail.rights.filter((right) => isHeld(seen, right));
      return { ...shape('Rights of the user'), values: held.map(rightKey) };
    }
    case 'record types':
      return recordTypesShape(seen, detail);
    case 'layouts': {
      const own = [...(seen.layouts ?? [])].filter(([name]) => objectOfLayout(name) === detail.object);
      const shown = own.flatMap(([, layout]) => fieldsOn(layout));
      return own.length === 0 ? null : { ...shape('Page layouts'), values: [...new Set(shown)] };
    }
    case 'layout': {
      const layout = seen.layouts?.get(detail.name);
      if (seen.layouts === null) return { ...shape('Page layout'), unfinished: unseen };
      return layout === undefined ? null : { ...shape('Page layout'), values: fieldsOn(layout) };
    }
  }
}

/**
 * What every record type offers; without any, records can hold all values that the field has. One that a mapping names and that
 * is not in use is a person's matter, once the others offer everything.
 */
function recordTypesShape(seen: Seen, detail: RecordTypeList): FoundShape | null {
  const { object, field, values } = detail;
  const type = shape('Record types');
  if (seen.recordTypes === null) return { ...type, unseen: 'the user may not see what they offer' };
  const there = fieldShape(seen, object, field);
  const meant = recordTypesOf(seen.recordTypes, detail);
  const all = meant.map(([, each]) => offeredIn(each, field));
  const offered = all.length === 0 ? values : offeredByAll(all, there);
  if (offered === null) return null;
  const unused = (detail.names ?? []).filter((name) => !meant.some(([each]) => each === `${object}.${name}`));
  if (unused.length === 0 || values.some((value) => !offered.includes(value)))
    return { ...type, values: offered };
  return { ...type, unseen: `the org has no record type ${unused.join(', ')} that is in use` };
}

/** null where the field is not there yet. */
function offeredByAll(all: readonly (readonly string[])[], field: FoundShape | null): string[] | null {
  return field?.values.filter((value) => all.every((offered) => offered.includes(value))) ?? null;
}

/** What a plan says of a layout that somebody has named and the user may not see. */
const unseen = 'the user may not see what is on it';

function shape(type: string): FoundShape {
  return { type, traits: {}, values: [], unfinished: null };
}

function fieldShape(seen: Seen, object: string, name: string): FoundShape | null {
  const there = seen.components.get(`CustomField ${object}.${name}`);
  const own = there === undefined ? [] : valueSetNameOf(there);
  if (there !== undefined) return metadataShapeOf(there, seen.components.get(`GlobalValueSet ${own[0]}`));
  const field = describedField(seen, object, name);
  if (field === undefined) return null;
  const standard = standardValueSetOf(object, name);
  if (standard === null) return fieldShapeOf(field);
  const through = `the standard value set ${standard.name}, from which ${standard.fields.join(', ')} take their values`;
  return { ...fieldShapeOf(field), through };
}

function describedField({ described }: Seen, object: string, name: string): RawField | undefined {
  return described.get(object)?.fields.find((field) => field.name === name);
}

/** Whether the user has a right, whatever gives it. */
function isHeld(seen: Seen, { list, name, flag }: Right): boolean {
  if (list === 'userPermissions') return seen.permissions?.has(name) === true;
  const [object = '', fieldName] = name.split('.');
  const raw = seen.described.get(object);
  if (raw === undefined) return false;
  if (fieldName !== undefined) {
    const field = describedField(seen, object, fieldName);
    return field !== undefined && (flag === 'readable' || field.createable || field.updateable);
  }
  if (flag === 'viewAllRecords') return seen.reach.seesAll(object) === true;
  return flag === 'allowCreate' ? raw.createable : flag === 'allowEdit' ? raw.updateable : raw.queryable;
}
