/** Records as sObjects of SOAP answers. */

import type { ColumnMetadata } from '../soql/columns.ts';
import type { QueryAnswer } from '../soql/query.ts';
import type { JsonRecord } from '../soql/select.ts';
import type { XmlOutput } from '../xml.ts';
import type { Flavour } from './envelope.ts';

/** Parts of an address in the order of the WSDL: those of a location come first. */
const ADDRESS = [
  'latitude',
  'longitude',
  'city',
  'country',
  'countryCode',
  'geocodeAccuracy',
  'postalCode',
  'state',
  'stateCode',
  'street',
];

type Columns = Map<string, ColumnMetadata>;

function byName(columns: ColumnMetadata[]): Columns {
  return new Map(columns.map((column) => [column.columnName, column]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isChildren(value: Record<string, unknown>): value is { records: JsonRecord[]; totalSize: number } {
  return Array.isArray(value.records);
}

/** Instants end in Z here. */
function plain(value: unknown, column: ColumnMetadata | undefined): XmlOutput {
  if (value === null || value === undefined) return null;
  return column?.apexType === 'Datetime' ? String(value).replace('+0000', 'Z') : (value as XmlOutput);
}

function fieldOf(value: unknown, column: ColumnMetadata | undefined, flavour: Flavour): XmlOutput {
  if (!isObject(value)) return plain(value, column);
  const joined = column?.joinColumns ?? [];
  if (isChildren(value)) return queryResult(value.records, { ...value, columns: joined }, flavour);
  if (value.attributes !== undefined) return sObject(value, joined, flavour);
  const parts = ADDRESS.map((name) => [name, plain(value[name], undefined)]);
  return { $: { 'xsi:type': 'address' }, ...Object.fromEntries(parts) };
}

/**
 * A record. Partner answers say its type and always hold its id, nil when it was not asked for, and once more among
 * the fields when it was. https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_sobject.htm
 */
export function sObject(record: JsonRecord, columns: ColumnMetadata[], flavour: Flavour): XmlOutput {
  const { attributes, Id, ...fields } = record;
  const { type } = attributes as { type: string };
  const known = byName(columns);
  const values = Object.entries(fields).map(([name, value]) => [
    `sf:${name}`,
    fieldOf(value, known.get(name), flavour),
  ]);
  const id = typeof Id === 'string' ? Id : null;
  const head: { [name: string]: XmlOutput } =
    flavour.name === 'partner'
      ? { $: { 'xsi:type': 'sf:sObject' }, 'sf:type': type, 'sf:Id': id === null ? null : [id, id] }
      : { $: { 'xsi:type': `sf:${type}` }, 'sf:Id': id };
  return { ...head, ...Object.fromEntries(values) };
}

/** A page of records. `queryLocator` leads to the next one. */
export function queryResult(
  records: JsonRecord[],
  answer: { columns: QueryAnswer['columns']; totalSize: number; queryLocator?: string },
  flavour: Flavour,
): XmlOutput {
  const { columns, totalSize, queryLocator } = answer;
  return {
    $: { 'xsi:type': 'QueryResult' },
    done: queryLocator === undefined,
    queryLocator: queryLocator ?? null,
    records: records.map((record) => sObject(record, columns, flavour)),
    size: totalSize,
  };
}
