import { isTierlinkError } from '../../src/errors.ts';
import type { FieldDescription, FieldType, ObjectDescription } from '../../src/sync/crm-description.ts';
import { faultOf } from '../shared/call-failed.ts';
import type { Context } from './context.ts';
import type { LiteralKind } from './soql.ts';
import { name } from './soql.ts';
import { togetherOrAlone } from './together.ts';

/** What Salesforce's describe answers, as far as it is read here. */
export interface RawField {
  name: string;
  label: string;
  type: string;
  length: number;
  precision: number;
  scale: number;
  nillable: boolean;
  createable: boolean;
  updateable: boolean;
  defaultedOnCreate: boolean;
  filterable: boolean;
  calculated: boolean;
  externalId: boolean;
  idLookup: boolean;
  unique: boolean;
  /** Of a field of which values are unique. */
  caseSensitive: boolean;
  restrictedPicklist: boolean;
  picklistValues: { value: string; label: string; active: boolean }[];
  referenceTo: string[];
  relationshipName: string | null;
  polymorphicForeignKey?: boolean;
}

export interface RawObject {
  name: string;
  label: string;
  keyPrefix: string | null;
  queryable: boolean;
  createable: boolean;
  updateable: boolean;
  replicateable: boolean;
  fields: RawField[];
  recordTypeInfos?: {
    recordTypeId: string;
    developerName: string;
    name: string;
    active: boolean;
    master?: boolean;
  }[];
}

const types: Readonly<Record<string, FieldType>> = {
  id: 'id',
  reference: 'reference',
  string: 'text',
  phone: 'text',
  email: 'text',
  url: 'text',
  combobox: 'text',
  encryptedstring: 'text',
  boolean: 'boolean',
  int: 'integer',
  long: 'integer',
  double: 'decimal',
  currency: 'money',
  percent: 'percent',
  date: 'date',
  datetime: 'instant',
  picklist: 'choice',
  multipicklist: 'multiChoice',
};

/** Text areas above 255 characters cannot be filtered or sorted by. */
export function fieldType(field: Pick<RawField, 'type' | 'length'>): FieldType {
  if (field.type === 'textarea') return field.length > 255 ? 'longText' : 'text';
  return types[field.type] ?? 'other';
}

/** How values of a field stand in a SOQL condition. */
export function literalKind(type: FieldType | undefined): LiteralKind {
  if (type === 'date' || type === 'instant') return type;
  if (type === 'multiChoice') return 'multi';
  return ['boolean', 'integer', 'decimal', 'money', 'percent'].includes(type ?? '') ? 'bare' : 'text';
}

/** Objects' own descriptions, in their order; undefined for one that does not exist or that the user cannot see. */
async function fetchObjects(
  context: Pick<Context, 'client' | 'host' | 'options'>,
  objects: readonly string[],
): Promise<(RawObject | undefined)[]> {
  const calls = objects.map((object) => ({
    method: 'GET' as const,
    path: `/sobjects/${encodeURIComponent(object)}/describe`,
    kind: 'describe',
    object,
  }));
  const answers = await togetherOrAlone<RawObject>(context, calls);
  return answers.map(({ fault, ...answer }) => {
    if (fault === undefined) return (answer as { body: RawObject }).body;
    const code = faultOf(fault)?.code;
    if (code === 'NOT_FOUND' || code === 'INVALID_TYPE') return undefined;
    throw fault;
  });
}

/** Fresh descriptions of several objects, in their order; what cannot be seen is left out. */
export async function describeObjects(
  metadata: Metadata,
  objects: readonly string[],
): Promise<ObjectDescription[]> {
  const described = await metadata.fresh(objects);
  return described.flatMap((raw) => (raw === undefined ? [] : [describedObject(raw)]));
}

function describedObject(raw: RawObject): ObjectDescription {
  return {
    name: raw.name,
    label: raw.label,
    tracksChanges: raw.replicateable || raw.fields.some((field) => field.name === 'SystemModstamp'),
    createable: raw.createable,
    updateable: raw.updateable,
    fields: raw.fields.map(describedField),
    recordTypes: (raw.recordTypeInfos ?? [])
      .filter((info) => info.master !== true)
      .map((info) => ({
        id: info.recordTypeId,
        developerName: info.developerName,
        label: info.name,
        active: info.active,
      })),
  };
}

function describedField(field: RawField): FieldDescription {
  const type = fieldType(field);
  const isNumber = type === 'decimal' || type === 'money' || type === 'percent';
  const isText = type === 'text' || type === 'longText' || type === 'choice' || type === 'multiChoice';
  return {
    name: field.name,
    label: field.label,
    type,
    length: isText ? field.length : null,
    precision: isNumber ? field.precision : null,
    scale: isNumber ? field.scale : null,
    required: !field.nillable && !field.defaultedOnCreate && field.createable,
    createable: field.createable,
    updateable: field.updateable,
    filterable: field.filterable,
    calculated: field.calculated,
    key: field.externalId || field.idLookup,
    unique: field.unique,
    values:
      type === 'choice' || type === 'multiChoice'
        ? field.picklistValues.map(({ value, label, active }) => ({ value, label, active }))
        : null,
    restricted: field.restrictedPicklist,
    references: field.referenceTo,
    ...(field.relationshipName === null ? {} : { relationship: field.relationshipName }),
  };
}

/** How long a kept description is good: a field that was granted meanwhile shows up after this at the latest. */
const KEPT_MS = 60 * 60_000;

/** Descriptions kept between calls: reading and writing need field types and relationship names. */
export interface Metadata {
  /** Throws CRM_OBJECT_MISSING. */
  object(object: string): Promise<RawObject>;
  /** Asks again, and keeps the answers. */
  fresh(objects: readonly string[]): Promise<(RawObject | undefined)[]>;
  /** Asks for those that are not kept, together, because they will be needed. */
  learn(objects: readonly string[]): Promise<void>;
  /** The field at the end of a path such as Account.Owner.Name, or undefined when the user cannot see it. */
  resolve(object: string, path: string): Promise<ResolvedField | undefined>;
}

export interface ResolvedField {
  /** The path in the platform's own spelling. */
  path: string;
  field: RawField;
  type: FieldType;
}

export function createMetadata(
  context: Pick<Context, 'client' | 'host' | 'options'>,
  missing: (object: string) => Error,
): Metadata {
  const { host } = context;
  const known = new Map<string, { raw: RawObject; at: number }>();
  const keptOf = (object: string): RawObject | undefined => {
    const kept = known.get(object);
    return kept !== undefined && host.now() - kept.at < KEPT_MS ? kept.raw : undefined;
  };
  const fresh = async (objects: readonly string[]): Promise<(RawObject | undefined)[]> => {
    const described = await fetchObjects(context, objects.map(name));
    for (const [index, object] of objects.entries()) {
      const raw = described[index];
      if (raw === undefined) known.delete(object);
      else known.set(object, { raw, at: host.now() });
    }
    return described;
  };
  const metadata: Metadata = {
    fresh,
    learn: async (objects) => {
      const unknown = [...new Set(objects)].filter((object) => keptOf(object) === undefined);
      if (unknown.length > 0) await fresh(unknown);
    },
    object: async (object) => {
      const raw = keptOf(object) ?? (await fresh([object]))[0];
      if (raw === undefined) throw missing(object);
      return raw;
    },
    resolve: async (object, path) => await resolve(metadata, object, path),
  };
  return metadata;
}

const sameName = (left: string | null, right: string): boolean => left?.toLowerCase() === right.toLowerCase();

/** A polymorphic lookup is followed into the first of its objects that has the rest of the path. */
async function resolve(metadata: Metadata, object: string, path: string): Promise<ResolvedField | undefined> {
  const raw = await metadata.object(object);
  const [head = '', ...rest] = path.split('.');
  if (rest.length === 0) {
    const field = raw.fields.find((each) => sameName(each.name, head));
    return field === undefined ? undefined : { path: field.name, field, type: fieldType(field) };
  }
  const lookup = raw.fields.find((each) => sameName(each.relationshipName, head));
  for (const target of preferred(lookup?.referenceTo ?? [])) {
    const found = await resolveIn(metadata, target, rest.join('.'));
    if (found !== undefined) return { ...found, path: `${lookup?.relationshipName}.${found.path}` };
  }
  return undefined;
}

async function resolveIn(
  metadata: Metadata,
  target: string,
  rest: string,
): Promise<ResolvedField | undefined> {
  try {
    return await resolve(metadata, target, rest);
  } catch (error) {
    if (isTierlinkError(error, 'CRM_OBJECT_MISSING')) return undefined;
    throw error;
  }
}

/** Owners are users far more often than queues. */
function preferred(targets: readonly string[]): string[] {
  return [...targets].sort((left, right) => Number(right === 'User') - Number(left === 'User'));
}
