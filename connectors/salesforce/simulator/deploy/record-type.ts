import { childrenOf, type Element, flagOf, textOf } from '../../../simulation/xml-read.ts';
import type { XmlOutput } from '../../../simulation/xml-write.ts';
import type { Org } from '../org.ts';
import { recordTypeListsOf, recordTypesOf } from '../record-type-lists.ts';
import type { Row } from '../types.ts';
import type { Component } from './components.ts';

/**
 * Record types, and which values of picklists they offer. Names of values are encoded there as in an address.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_recordtype.htm
 */

/** Throws what the platform has against a record type, with nothing of it kept. */
export function deployRecordType(org: Org, file: Component): void {
  const developerName = textOf(file.xml, 'fullName') ?? file.name;
  const label = textOf(file.xml, 'label');
  if (label === undefined) throw new Error('Required field is missing: label');
  if (textOf(file.xml, 'active') === undefined) throw new Error('Required field is missing: active');
  const lists = childrenOf(file.xml, 'picklistValues').map((each) => listOf(org, file.object, each));
  const row = { Name: label, IsActive: flagOf(file.xml, 'active') };
  const known = recordTypeNamed(org, file.object, developerName);
  const [made] =
    known !== undefined
      ? []
      : org.bulkLoad('RecordType', [{ SobjectType: file.object, DeveloperName: developerName, ...row }]);
  const id = made ?? String(known?.Id);
  if (known !== undefined) org.setSystemFields(id, row);
  for (const { field, withheld } of lists) recordTypeListsOf(org.state).withhold(id, field, withheld);
}

function recordTypeNamed(org: Org, object: string, name: string): Row | undefined {
  return recordTypesOf(org.state, object).find(({ DeveloperName }) => DeveloperName === name);
}

function listOf(org: Org, objectName: string, list: Element): { field: string; withheld: string[] } {
  const name = textOf(list, 'picklist') ?? '';
  const object = org.schema.object(objectName);
  const field = object && org.schema.field(object, name);
  if (field === undefined) throw new Error(`Picklist: ${name} in recordtype not found`);
  const offered = childrenOf(list, 'values').map((value) =>
    decodeURIComponent(textOf(value, 'fullName') ?? ''),
  );
  const unknown = offered.find((value) => !field.picklistValues.some((each) => each.value === value));
  if (unknown !== undefined) throw new Error(`Picklist value: ${unknown} in picklist: ${name} not found`);
  const withheld = field.picklistValues.map(({ value }) => value).filter((value) => !offered.includes(value));
  return { field: field.name, withheld };
}

/** Picklists that follow a process in place of the record type. */
const ofProcesses = ['Case.Status', 'Lead.Status', 'Opportunity.StageName'];

/** A record type as readMetadata() answers it; null where there is none. */
export function recordTypeOutput(org: Org, fullName: string): Record<string, XmlOutput> | null {
  const [objectName = '', name = ''] = fullName.split('.');
  const object = org.schema.object(objectName);
  const row = recordTypeNamed(org, objectName, name);
  if (row === undefined || object === undefined) return null;
  const lists = recordTypeListsOf(org.state);
  const picklistValues = object.fields
    .filter(({ type }) => type === 'picklist' || type === 'multipicklist')
    .filter((field) => !ofProcesses.includes(`${objectName}.${field.name}`))
    .map((field) => {
      const withheld = lists.withheld(String(row.Id), field.name);
      const offered = field.picklistValues.filter(({ active, value }) => active && !withheld.has(value));
      return {
        picklist: field.name,
        values: offered.map(({ value }) => ({ fullName: encoded(value), default: false })),
      };
    })
    .filter(({ values }) => values.length > 0);
  return { fullName, active: row.IsActive === true, label: String(row.Name), picklistValues };
}

/** Of ASCII, digits, letters, blanks, hyphens and underscores stay as they are; letters of other alphabets do. */
function encoded(value: string): string {
  return [...value].map((sign) => (sign < '\x80' && !/[\w -]/.test(sign) ? escapeText(sign) : sign)).join('');
}

function escapeText(sign: string): string {
  return `%${Buffer.from(sign).toString('hex').toUpperCase()}`;
}
