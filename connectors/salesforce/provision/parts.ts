import { type InstallPart, type PartReason, partId, type WantedShape } from '../../../src/sync/installer.ts';
import type { SourceRequest } from '../../../src/sync/mapping/provision.ts';
import { objectOfLayout, onlyWritten } from '../../shared/layouts.ts';
import { namedFields } from '../../shared/named-fields.ts';
import { readElement } from '../metadata-xml.ts';
import { type InstalledField, isOurs, neededFields } from './fields.ts';
import { objectElements, ownObjects } from './objects.ts';
import { PERMISSION_SET, permissionSet } from './permissions.ts';
import { type Right, rightKey, rightLabel, rightsIn } from './rights.ts';
import { standardValueSetOf } from './value-sets.ts';

/** What a part is to the installer, beside what the engine compares. */
export type PartDetail =
  /** own: the elements of its file; null for one that is not ours to make. */
  | { is: 'object'; object: string; own: string[] | null }
  | { is: 'field'; field: InstalledField }
  /** values: that it has to have if it is a picklist. */
  | { is: 'named field'; object: string; name: string; values: readonly string[] }
  /** text: the generated file. */
  | { is: 'permission set'; text: string; rights: Right[] }
  | { is: 'rights'; rights: Right[] }
  /** All layouts of an object. */
  | { is: 'layouts'; object: string }
  /** What the record types of an object offer of a picklist. */
  | ({ is: 'record types' } & RecordTypeList)
  /** One of them, and which of the fields on it people may only read. */
  | { is: 'layout'; name: string; readOnly: readonly string[] };

export interface RecordTypeList {
  object: string;
  /** The picklist, and what its records have to be able to hold. */
  field: string;
  values: readonly string[];
  /** Names of the record types that are meant; null for all of them. */
  names: readonly string[] | null;
}

type Part = Omit<InstallPart, 'want' | 'detail'> & { want?: Partial<WantedShape>; detail: PartDetail };

/** What the mappings need, from the very lists that the generated source is written from. */
export function installParts(request: SourceRequest): InstallPart[] {
  const fields = neededFields(request);
  return [
    ...objectParts(request, fields),
    ...fields.map(fieldPart),
    ...namedFieldParts(request, fields),
    ...recordTypeParts(request, fields),
    ...permissionParts(request, fields),
    ...layoutParts(request, fields),
  ].map(({ want, ...part }) => ({
    ...part,
    want: { types: [], exactly: {}, atLeast: {}, includes: {}, ...want },
  }));
}

const objectManager = (object: string): string => `Setup > Object Manager > ${object}`;
const fieldSetUp = (object: string, field: string): string =>
  `${objectManager(object)} > Fields & Relationships > ${field}`;
const objectId = (name: string): string => partId({ kind: 'object', name });
const fieldId = (name: string): string => partId({ kind: 'field', name });

/** Objects of ours are made where mappings create records in them; all others have to be there. */
function objectParts(request: SourceRequest, fields: readonly InstalledField[]): Part[] {
  const own = ownObjects(request);
  const names = [...new Set(request.mappings.map(({ object }) => object))].sort();
  return names.map((name): Part => {
    const isOwn = own.includes(name);
    return {
      ...{ kind: 'object', name, label: name.replace(/__c$/, '').replaceAll('_', ' '), object: name },
      may: isOwn ? 'create' : 'never',
      want: isOwn ? { types: ['Custom object'] } : {},
      needs: [],
      why: request.mappings
        .filter(({ object }) => object === name)
        .map(({ file }) => ({ file, path: ['object'] })),
      setUp: objectManager(name),
      detail: { is: 'object', object: name, own: isOwn ? objectElements(name, fields) : null },
    };
  });
}

function fieldPart(field: InstalledField): Part {
  const { object, name, label, traits, why } = field;
  const target = typeof traits.referenceTo === 'string' ? [objectId(traits.referenceTo)] : [];
  return {
    ...{ kind: 'field', name: `${object}.${name}`, label, object, why },
    may: isOurs(name) ? 'create' : mayGrow(field) ? 'extend' : 'never',
    want: wantedOf(field),
    // The object pointed to may be one that no mapping reads; then it is the platform's.
    needs: [objectId(object), ...target],
    setUp: fieldSetUp(object, name),
    detail: { is: 'field', field },
  };
}

/** Values of stages and the like mean more than their name says, and those of a package are its owner's. */
function mayGrow({ object, name, values }: InstalledField): boolean {
  return isOurs(name) || (values !== undefined && standardValueSetOf(object, name) !== null);
}

/** Record types of objects that are not ours offer a value only after somebody has put it into their list. */
function recordTypeParts(request: SourceRequest, fields: readonly InstalledField[]): Part[] {
  const own = ownObjects(request);
  const listed = fields.filter((field) => mayGrow(field) && !own.includes(field.object));
  return listed.flatMap((field): Part[] => {
    const { object, name, label, values = [], why } = field;
    if (values.length === 0) return [];
    const scopes = request.mappings.filter((mapping) => mapping.object === object).map(({ scope }) => scope);
    const isAll = scopes.some(({ recordTypes }) => recordTypes === undefined);
    const names = isAll ? null : [...new Set(scopes.flatMap(({ recordTypes }) => recordTypes ?? []))];
    return [
      {
        ...{ kind: 'values', name: `${object}.${name} in record types`, label, object, may: 'extend', why },
        want: {
          types: ['Record types'],
          includes: Object.fromEntries(values.map((value) => [value, value])),
        },
        ...{ needs: [fieldId(`${object}.${name}`)], comesWith: fieldId(`${object}.${name}`) },
        setUp: `${objectManager(object)} > Record Types > each of them > Picklists Available for Editing > ${label} > Edit`,
        detail: { is: 'record types', object, field: name, values, names },
      },
    ];
  });
}

/** Types that serve, beside the one that is made: they hold the same and are read and written alike. */
const alsoServes: Readonly<Record<string, readonly string[]>> = {
  Text: ['TextArea', 'LongTextArea'],
  LongTextArea: ['TextArea', 'Text'],
  Number: ['Currency', 'Percent'],
  Percent: ['Number'],
  Lookup: ['MasterDetail'],
};

function wantedOf({ type, traits, values }: InstalledField): Partial<WantedShape> {
  const atLeast = {
    ...(typeof traits.length === 'number' ? { length: traits.length } : {}),
    ...(typeof traits.scale === 'number' ? { scale: traits.scale } : {}),
  };
  // By a key records are found, which takes one that is unique, letter by letter; nobody else's field is made so.
  if (traits.externalId === true)
    return { types: [type], exactly: { externalId: true, unique: true, caseSensitive: true }, atLeast };
  return {
    types: [type, ...(alsoServes[type] ?? [])],
    exactly: typeof traits.referenceTo === 'string' ? { to: traits.referenceTo } : {},
    atLeast,
    includes: Object.fromEntries((values ?? []).map((value) => [value, value])),
  };
}

/**
 * Custom fields that mappings name without saying what to make of them, and picklists to which they write values: what these lack a
 * person adds.
 */
function namedFieldParts({ mappings }: SourceRequest, fields: readonly InstalledField[]): Part[] {
  const named = new Map<string, { field: string; object: string; values: string[]; why: PartReason[] }>();
  const known = new Set(fields.map(({ object, name }) => `${object}.${name}`));
  for (const mapping of mappings) {
    for (const { field: step, path, values } of namedFields(mapping)) {
      // A path leads through a lookup, which is a field by another ending.
      const field = step.replace(/__r$/, '__c');
      const name = `${mapping.object}.${field}`;
      if (known.has(name) || (!field.endsWith('__c') && values.length === 0)) continue;
      const one = named.get(name) ?? { field, object: mapping.object, values: [], why: [] };
      one.values.push(...values);
      one.why.push({ file: mapping.file, path });
      named.set(name, one);
    }
  }
  return [...named].map(([name, { field, object, values, why }]) => ({
    ...{ kind: 'field', name, label: field, object, may: 'never', why },
    want: { includes: Object.fromEntries(values.map((value) => [value, value])) },
    needs: [objectId(object)],
    setUp: fieldSetUp(object, field),
    detail: { is: 'named field', object, name: field, values },
  }));
}

function permissionParts(request: SourceRequest, fields: readonly InstalledField[]): Part[] {
  const text = permissionSet(
    request,
    fields.filter(({ name }) => isOurs(name)),
  );
  const rights = rightsIn(readElement(text));
  const includes = Object.fromEntries(rights.map((right) => [rightKey(right), rightLabel(right)]));
  const named = (list: Right['list']) =>
    rights.filter((right) => right.list === list).map(({ name }) => name);
  const set: Part = {
    ...{ kind: 'permission', name: PERMISSION_SET, label: 'Tierlink Integration', object: null, why: [] },
    may: 'create',
    want: { types: ['Permission set'], includes },
    // The platform refuses one that names what is not there.
    needs: [
      ...new Set([...named('objectPermissions').map(objectId), ...named('fieldPermissions').map(fieldId)]),
    ],
    setUp: `Setup > Users > Permission Sets > ${PERMISSION_SET}`,
    detail: { is: 'permission set', text, rights },
  };
  return [
    set,
    {
      ...{
        kind: 'permission',
        name: `${PERMISSION_SET} for the user`,
        label: 'Assignment',
        object: null,
        why: [],
      },
      may: 'byHand',
      want: { types: ['Rights of the user'], includes },
      needs: [partId(set)],
      setUp: `${set.setUp} > Manage Assignments > Add Assignment > the integration user`,
      detail: { is: 'rights', rights },
    },
  ];
}

/**
 * Where people see our fields. On the layouts that somebody has named they are added; for other people's objects of which none is
 * named, a person does it.
 */
function layoutParts(request: SourceRequest, fields: readonly InstalledField[]): Part[] {
  const shown = fields.filter(({ name, traits }) => isOurs(name) && traits.externalId !== true);
  const named = [...new Set(request.layouts)];
  const own = ownObjects(request);
  const settled = new Set([...own, ...named.map(objectOfLayout)]);
  const others = [...new Set(shown.map(({ object }) => object))].filter((object) => !settled.has(object));
  const of = (object: string) => shown.filter((field) => field.object === object);
  return [
    ...others.sort().map((object): Part => {
      const setUp = `${objectManager(object)} > Page Layouts > the layout of its users > add the fields`;
      return {
        ...{ kind: 'layout', name: `${object} page layouts`, label: 'Page layouts', object, may: 'byHand' },
        ...{ ...showing('Page layouts', of(object)), needs: [objectId(object)] },
        setUp: `${setUp}; or name it in tierlink.yaml, under layouts`,
        detail: { is: 'layouts', object },
      };
    }),
    ...named.map((name): Part => {
      const object = objectOfLayout(name);
      const mine = of(object);
      return {
        ...{ kind: 'layout', name, label: 'Page layout', object, may: 'extend' },
        ...showing('Page layout', mine),
        needs: mine.map((field) => fieldId(`${object}.${field.name}`)),
        ...(own.includes(object) ? { comesWith: objectId(object) } : {}),
        setUp: `${objectManager(object)} > Page Layouts > the name that tierlink.yaml has under layouts`,
        detail: { is: 'layout', name, readOnly: onlyWritten(request.mappings, object) },
      };
    }),
  ];
}

function showing(type: string, fields: readonly InstalledField[]): Pick<Part, 'want' | 'why'> {
  const includes = Object.fromEntries(fields.map(({ name, label }) => [name, label]));
  return { want: { types: [type], includes }, why: fields.flatMap(({ why }) => why) };
}
