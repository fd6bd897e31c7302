/**
 * What a solution has to know of the platform's own tables: how their names are spelt and where their lookups lead. There
 * is no way to ask without an environment. Names: https://learn.microsoft.com/power-apps/developer/data-platform/reference/about-entity-reference
 */

/** Schema names by logical name, for tables of the platform that mappings and paths reach. */
const schemaNames: Readonly<Record<string, string>> = {
  account: 'Account',
  businessunit: 'BusinessUnit',
  campaign: 'Campaign',
  connection: 'Connection',
  connectionrole: 'ConnectionRole',
  contact: 'Contact',
  incident: 'Incident',
  lead: 'Lead',
  opportunity: 'Opportunity',
  organization: 'Organization',
  systemuser: 'SystemUser',
  team: 'Team',
  transactioncurrency: 'TransactionCurrency',
};

/** The schema name of a table; that of a custom one is taken as the mapping spells it. */
export function schemaNameOf(table: string): string {
  return schemaNames[table] ?? table;
}

/** Whether it is one of the platform's own tables. */
export function isStandardTable(table: string): boolean {
  return table in schemaNames;
}

/** Privileges are named after the schema name of the table, but for users: prvReadAccount, prvReadUser. */
export function privilegeOf(verb: string, table: string): string {
  return `prv${verb}${table === 'systemuser' ? 'User' : schemaNameOf(table)}`;
}

/** Tables that lookups of the platform lead to; the same column name leads to the same tables wherever it stands. */
const lookups: Readonly<Record<string, readonly string[]>> = {
  accountid: ['account'],
  campaignid: ['campaign'],
  contactid: ['contact'],
  createdby: ['systemuser'],
  customerid: ['account', 'contact'],
  modifiedby: ['systemuser'],
  originatingleadid: ['lead'],
  ownerid: ['systemuser', 'team'],
  owningbusinessunit: ['businessunit'],
  owningteam: ['team'],
  owninguser: ['systemuser'],
  parentaccountid: ['account'],
  parentcontactid: ['contact'],
  parentcustomerid: ['account', 'contact'],
  primarycontactid: ['contact'],
  qualifyingopportunityid: ['opportunity'],
  record1roleid: ['connectionrole'],
  record2roleid: ['connectionrole'],
  transactioncurrencyid: ['transactioncurrency'],
};

/**
 * Tables behind a step of a path. In filters a lookup that leads to several tables is named with one of them:
 * parentcustomerid_account. None for a lookup that is not known here.
 */
export function lookupTargets(step: string): readonly string[] {
  const known = lookups[step];
  if (known !== undefined) return known;
  const [, table = ''] = /_([a-z]+)$/.exec(step) ?? [];
  return isStandardTable(table) ? [table] : [];
}
