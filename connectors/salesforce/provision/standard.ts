/**
 * What a permission set must not name, from the platform's rules: required fields, master-detail fields, and fields
 * that the system keeps. There is no way to ask without an org, so the standard objects' own are listed here.
 */
const system = [
  'Id',
  'IsDeleted',
  'Name',
  'OwnerId',
  'RecordTypeId',
  'MasterRecordId',
  'CreatedDate',
  'CreatedById',
  'LastModifiedDate',
  'LastModifiedById',
  'SystemModstamp',
  'LastActivityDate',
  'LastViewedDate',
  'LastReferencedDate',
  'CurrencyIsoCode',
];

const perObject: Readonly<Record<string, readonly string[]>> = {
  Account: [
    'IsPartner',
    'IsCustomerPortal',
    'ChannelProgramName',
    'ChannelProgramLevelName',
    'BillingAddress',
    'ShippingAddress',
    'PhotoUrl',
  ],
  Contact: ['LastName', 'MailingAddress', 'IsEmailBounced', 'HasOptedOutOfEmail', 'DoNotCall'],
  Lead: [
    'LastName',
    'Company',
    'Status',
    'Address',
    'IsConverted',
    'ConvertedDate',
    'ConvertedAccountId',
    'ConvertedContactId',
    'ConvertedOpportunityId',
    'PartnerAccountId',
    'IsUnreadByOwner',
  ],
  Opportunity: [
    'StageName',
    'CloseDate',
    'IsClosed',
    'IsWon',
    'IsPrivate',
    'ForecastCategory',
    'PartnerAccountId',
    'HasOpportunityLineItem',
    'LastStageChangeDate',
    'FiscalQuarter',
    'FiscalYear',
    'Fiscal',
  ],
  Case: [
    'CaseNumber',
    'IsClosed',
    'ClosedDate',
    'IsEscalated',
    'ContactPhone',
    'ContactMobile',
    'ContactEmail',
    'ContactFax',
  ],
  ChannelProgramMember: ['PartnerId', 'ProgramId'],
};

/** Standard objects whose records take their sharing from a master record. */
const masters: Readonly<Record<string, string>> = {
  ChannelProgramMember: 'ChannelProgram',
  ChannelProgramLevel: 'ChannelProgram',
};

/** The object of the master record, for a standard detail object. */
export function masterOf(object: string): string | undefined {
  return masters[object];
}

/** Objects that have no permissions of their own: whoever may see the parent may see them. */
const followers: Readonly<Record<string, string>> = {
  OpportunityPartner: 'Opportunity',
  OpportunityContactRole: 'Opportunity',
  AccountPartner: 'Account',
  Partner: 'Account',
};

/** Objects that everybody may read and whose fields nobody restricts. */
const open = new Set([
  'User',
  'RecordType',
  'Group',
  'Organization',
  'PartnerRole',
  'OpportunityStage',
  'CaseStatus',
  'LeadStatus',
]);

/** Whether a permission set grants anything on the object itself. */
export function hasPermissions(object: string): boolean {
  return !(object in followers) && !open.has(object);
}

export function permissionsFollow(object: string): string | undefined {
  return followers[object];
}

/** Whether a permission set may (and must) name the field. */
export function isPermissionable(object: string, field: string): boolean {
  if (!hasPermissions(object)) return false;
  return !system.includes(field) && perObject[object]?.includes(field) !== true;
}

/** The lookup field behind a relationship name, and the object it leads to where that is known. */
export function lookupOf(
  object: string,
  relationship: string,
): { field: string; object: string | undefined } {
  if (relationship.endsWith('__r')) return { field: relationship.replace(/__r$/, '__c'), object: undefined };
  const targets: Readonly<Record<string, string>> = {
    Account: 'Account',
    Owner: 'User',
    CreatedBy: 'User',
    LastModifiedBy: 'User',
    RecordType: 'RecordType',
    Parent: object,
    Contact: 'Contact',
    Opportunity: 'Opportunity',
    Campaign: 'Campaign',
    Level: 'ChannelProgramLevel',
    Program: 'ChannelProgram',
    Partner: 'Account',
  };
  return { field: `${relationship}Id`, object: targets[relationship] };
}
