import type { Context } from '../context.ts';
import {
  childrenNamed,
  childrenText,
  childText,
  elementText,
  type MetadataElement,
} from '../metadata-xml.ts';
import { xmlFile } from '../provision/xml.ts';
import type { Component } from './deploy.ts';
import { listMetadata, readMetadata } from './metadata.ts';

/**
 * Record types, of which each offers some of the values of a picklist. In a restricted picklist records of the type can hold no
 * other one, whoever writes it.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_recordtype.htm
 */

/** Record types of an org that are in use, by full name: the object, a dot, the name. */
export type RecordTypes = ReadonlyMap<string, MetadataElement>;

/** The record types of these objects that are in use. */
export async function readRecordTypes(context: Context, objects: readonly string[]): Promise<RecordTypes> {
  if (objects.length === 0) return new Map();
  const names = (await listMetadata(context, 'RecordType')).filter((name) =>
    objects.includes(name.split('.')[0]!),
  );
  const all = await readMetadata(context, 'RecordType', names);
  return new Map([...all].filter(([, recordType]) => childText(recordType, 'active') === 'true'));
}

/** Those of an object that are meant; names: null for all of them. */
export function recordTypesOf(
  all: RecordTypes,
  { object, names }: { object: string; names: readonly string[] | null },
): [fullName: string, recordType: MetadataElement][] {
  return [...all].filter(([fullName]) => {
    const [of, name = ''] = fullName.split('.');
    return of === object && (names === null || names.includes(name));
  });
}

/** Values of a picklist that a record type offers. */
export function offeredIn(recordType: MetadataElement, field: string): string[] {
  return childrenNamed(listOf(recordType, field) ?? {}, 'values').map((value) =>
    decoded(childText(value, 'fullName') ?? ''),
  );
}

function listOf(recordType: MetadataElement, field: string): MetadataElement | undefined {
  return childrenNamed(recordType, 'picklistValues').find((list) => childText(list, 'picklist') === field);
}

/** Names of values have brackets, slashes and the like encoded as in an address. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** As orgs hand out names in their files: blanks, hyphens and letters of any language stay, other signs do not. */
function encoded(name: string): string {
  return name.replace(/[!-,./:-@[-^`{-~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * Those record types of an object that do not offer all of these values, as they are read, with what each of them lacks. The
 * others stay out of the deployment: it replaces what it brings. null: all of them offer everything.
 */
export function recordTypesWith(
  all: readonly (readonly [fullName: string, recordType: MetadataElement])[],
  { object, field, values }: { object: string; field: string; values: readonly string[] },
): Component | null {
  const recordTypes = all.filter(([, recordType]) => {
    const offered = offeredIn(recordType, field);
    return values.some((value) => !offered.includes(value));
  });
  if (recordTypes.length === 0) return null;
  const elements = recordTypes.map(([fullName, recordType]) => {
    const grown = withValues(structuredClone(recordType), field, values);
    const name = elementText('fullName', fullName.slice(object.length + 1));
    return `<recordTypes>${[name, ...childrenText({ ...grown, fullName: [] })].join('')}</recordTypes>`;
  });
  return {
    ...{ type: 'RecordType', fullNames: recordTypes.map(([fullName]) => fullName) },
    ...{ path: `objects/${object}.object`, text: xmlFile('CustomObject', elements) },
    was: recordTypes.map(([, recordType]) => recordType),
  };
}

/** Changes the record type in place. */
function withValues(recordType: MetadataElement, field: string, values: readonly string[]): MetadataElement {
  const offered = offeredIn(recordType, field);
  const known = listOf(recordType, field);
  const list = known ?? { picklist: [field], values: [] };
  if (known === undefined) recordType.picklistValues = [...(recordType.picklistValues ?? []), list];
  list.values ??= [];
  for (const value of values.filter((each) => !offered.includes(each)))
    list.values.push({ fullName: [encoded(value)], default: ['false'] });
  return recordType;
}
