import { childrenOf, type Element, flagOf, textOf } from '../../../simulation/xml-read.ts';
import type { Org } from '../org.ts';
import { putPicklistValues } from '../record-type-lists.ts';
import type { FieldMeta, ObjectMeta, PicklistEntry, Row } from '../types.ts';
import { picklistOf } from './field.ts';

/**
 * Values of the platform's own picklists, which several fields share.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/standardvalueset_names.htm
 */
const sets: Readonly<Record<string, readonly string[]>> = {
  AccountOwnership: ['Account.Ownership'],
  AccountRating: ['Account.Rating', 'Lead.Rating'],
  AccountType: ['Account.Type'],
  CaseOrigin: ['Case.Origin'],
  CasePriority: ['Case.Priority'],
  CaseReason: ['Case.Reason'],
  CaseStatus: ['Case.Status'],
  CaseType: ['Case.Type'],
  ContactRole: ['OpportunityContactRole.Role'],
  Industry: ['Account.Industry', 'Lead.Industry'],
  LeadSource: ['Account.AccountSource', 'Contact.LeadSource', 'Lead.LeadSource', 'Opportunity.LeadSource'],
  LeadStatus: ['Lead.Status'],
  OpportunityStage: ['Opportunity.StageName'],
  OpportunityType: ['Opportunity.Type'],
  Product2Family: ['Product2.Family'],
  Salutation: ['Contact.Salutation', 'Lead.Salutation'],
};

/** Objects whose rows are the values of a set, with what a value says beside its name. */
const rows: Readonly<Record<string, (value: Element) => Row>> = {
  CaseStatus: (value) => ({ IsClosed: flagOf(value, 'closed') }),
  LeadStatus: (value) => ({ IsConverted: flagOf(value, 'converted') }),
  OpportunityStage: (value) => ({
    ...{ IsActive: true, IsClosed: flagOf(value, 'closed'), IsWon: flagOf(value, 'won') },
    ...{
      ForecastCategory: textOf(value, 'forecastCategory') ?? 'Pipeline',
      ForecastCategoryName: textOf(value, 'forecastCategory') ?? 'Pipeline',
    },
    DefaultProbability: Number(textOf(value, 'probability') ?? 0),
  }),
};

/** Names of the sets of which the org has a field. */
export function standardValueSetNames(org: Org): string[] {
  return Object.keys(sets).filter((name) => fieldsOf(org, name).length > 0);
}

function fieldsOf(org: Org, name: string): { object: ObjectMeta; field: FieldMeta }[] {
  if (!Object.hasOwn(sets, name)) return [];
  return sets[name]!.flatMap((path) => {
    const [objectName = '', fieldName = ''] = path.split('.');
    const object = org.schema.object(objectName);
    const field = object && org.schema.field(object, fieldName);
    return object && field ? [{ object, field }] : [];
  });
}

/** The values of a set; null where there is no such set. */
export function standardValues(org: Org, name: string): PicklistEntry[] | null {
  return fieldsOf(org, name)[0]?.field.picklistValues ?? null;
}

/** Gives a set the values of its file; what the file leaves out is there no longer for new records. Throws what the platform has against it. */
export function deployStandardValues(org: Org, name: string, file: Element): void {
  const fields = fieldsOf(org, name);
  if (fields.length === 0) throw new Error(`no StandardValueSet named ${name} found`);
  const values = picklistOf(file, 'standardValue');
  if (values.length === 0) throw new Error('You must specify at least one standardValue');
  if (textOf(file, 'sorted') === undefined) throw new Error('Required field is missing: sorted');
  const named = new Set(values.map(({ value }) => value));
  const left = (standardValues(org, name) ?? []).filter(({ value }) => !named.has(value));
  const all = [...values, ...left.map((each) => ({ ...each, active: false }))];
  for (const each of fields) putPicklistValues(org.state, each, all);
  addRows(org, name, file);
}

function addRows(org: Org, name: string, file: Element): void {
  const rowOf = rows[name];
  if (rowOf === undefined) return;
  const there = new Set([...org.rows(name)].map(({ ApiName }) => ApiName));
  const news = childrenOf(file, 'standardValue').filter(
    (value) => !there.has(textOf(value, 'fullName') ?? ''),
  );
  org.bulkLoad(
    name,
    news.map((value, index) => ({
      ...{ MasterLabel: textOf(value, 'label') ?? null, ApiName: textOf(value, 'fullName') ?? null },
      ...{ SortOrder: there.size + index + 1, ...rowOf(value) },
    })),
  );
}
