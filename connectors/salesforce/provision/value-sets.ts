/**
 * Value sets of the platform's own picklists in which a value is a name and nothing else, with the fields that take their values
 * from them. In the others, such as stages and statuses, a value also says what it means (closed, won, how probable), which no
 * mapping knows; a person adds those.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/standardvalueset_names.htm
 */
const plain: Readonly<Record<string, readonly string[]>> = {
  AccountOwnership: ['Account.Ownership'],
  AccountRating: ['Account.Rating', 'Lead.Rating'],
  AccountType: ['Account.Type'],
  CampaignType: ['Campaign.Type'],
  CaseOrigin: ['Case.Origin'],
  CaseType: ['Case.Type'],
  Industry: ['Account.Industry', 'Lead.Industry'],
  LeadSource: ['Account.AccountSource', 'Contact.LeadSource', 'Lead.LeadSource', 'Opportunity.LeadSource'],
  OpportunityType: ['Opportunity.Type'],
  Product2Family: ['Product2.Family'],
};

export interface StandardValueSet {
  name: string;
  /** All fields that take their values from it, each with its object. */
  fields: readonly string[];
}

/** The set to which values of a field of the platform's own can be added; null where a person has to. */
export function standardValueSetOf(object: string, field: string): StandardValueSet | null {
  const found = Object.entries(plain).find(([, fields]) => fields.includes(`${object}.${field}`));
  return found === undefined ? null : { name: found[0], fields: found[1] };
}
