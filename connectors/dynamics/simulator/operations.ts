/**
 * Actions and functions that are answered, as $metadata declares them.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/web-api-actions and
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/web-api-functions
 */

/** Names with types; a type with ? may be left out. */
type Members = Readonly<Record<string, string>>;

export interface Operation {
  kind: 'Action' | 'Function';
  name: string;
  /** The table whose rows it is bound to. */
  on?: string;
  parameters: Members;
  returns?: string;
}

const action = (name: string, parameters: Members, returns?: string): Operation => ({
  kind: 'Action',
  name,
  parameters,
  ...(returns === undefined ? {} : { returns }),
});
const functionOf = (name: string, returns: string, parameters: Members = {}): Operation => ({
  kind: 'Function',
  name,
  parameters,
  returns,
});

const closing = { OpportunityClose: 'mscrm.opportunityclose', Status: 'Edm.Int32' };
const option = {
  OptionSetName: 'Edm.String?',
  EntityLogicalName: 'Edm.String?',
  AttributeLogicalName: 'Edm.String?',
  SolutionUniqueName: 'Edm.String?',
};
const ofFile = { Target: 'mscrm.crmbaseentity', FileAttributeName: 'Edm.String', FileName: 'Edm.String?' };
const lookup = {
  OneToManyRelationships: 'Collection(mscrm.OneToManyRelationshipMetadata)',
  Lookup: 'mscrm.LookupAttributeMetadata',
  SolutionUniqueName: 'Edm.String?',
};

export const operations: readonly Operation[] = [
  functionOf('WhoAmI', 'mscrm.WhoAmIResponse'),
  functionOf('RetrieveVersion', 'mscrm.RetrieveVersionResponse'),
  functionOf('RetrieveCurrentOrganization', 'mscrm.RetrieveCurrentOrganizationResponse', {
    AccessType: 'mscrm.EndpointAccessType',
  }),
  functionOf('RetrieveTotalRecordCount', 'mscrm.RetrieveTotalRecordCountResponse', {
    EntityNames: 'Collection(Edm.String)',
  }),
  { ...functionOf('RetrieveUserPrivileges', 'mscrm.RetrieveUserPrivilegesResponse'), on: 'systemuser' },
  {
    ...functionOf(
      'RetrievePrincipalAttributePrivileges',
      'mscrm.RetrievePrincipalAttributePrivilegesResponse',
    ),
    on: 'systemuser',
  },
  action('WinOpportunity', closing),
  action('LoseOpportunity', closing),
  action('CloseIncident', { IncidentResolution: 'mscrm.incidentresolution', Status: 'Edm.Int32' }),
  action('Merge', {
    Target: 'mscrm.crmbaseentity',
    Subordinate: 'mscrm.crmbaseentity',
    UpdateContent: 'mscrm.crmbaseentity?',
    PerformParentingChecks: 'Edm.Boolean',
  }),
  {
    ...action(
      'QualifyLead',
      {
        CreateAccount: 'Edm.Boolean',
        CreateContact: 'Edm.Boolean',
        CreateOpportunity: 'Edm.Boolean',
        OpportunityCurrencyId: 'mscrm.transactioncurrency?',
        OpportunityCustomerId: 'mscrm.crmbaseentity?',
        Status: 'Edm.Int32',
      },
      'Collection(mscrm.crmbaseentity)',
    ),
    on: 'lead',
  },
  functionOf('RetrieveMetadataChanges', 'mscrm.RetrieveMetadataChangesResponse', {
    Query: 'mscrm.EntityQueryExpression',
    ClientVersionStamp: 'Edm.String?',
  }),
  action('CreateEntities', { Entities: 'Collection(mscrm.ComplexEntityMetadata)' }),
  action(
    'BulkDelete',
    {
      JobName: 'Edm.String',
      QuerySet: 'Collection(mscrm.QueryExpression)',
      StartDateTime: 'Edm.DateTimeOffset?',
    },
    'mscrm.BulkDeleteResponse',
  ),
  action('GrantAccess', { Target: 'mscrm.crmbaseentity', PrincipalAccess: 'mscrm.PrincipalAccess' }),
  action('ModifyAccess', { Target: 'mscrm.crmbaseentity', PrincipalAccess: 'mscrm.PrincipalAccess' }),
  action('RevokeAccess', { Target: 'mscrm.crmbaseentity', Revokee: 'mscrm.principal' }),
  {
    ...functionOf('RetrievePrincipalAccess', 'mscrm.RetrievePrincipalAccessResponse', {
      Target: 'mscrm.crmbaseentity',
    }),
    on: 'systemuser',
  },
  functionOf('RetrieveSharedPrincipalsAndAccess', 'mscrm.RetrieveSharedPrincipalsAndAccessResponse', {
    Target: 'mscrm.crmbaseentity',
  }),
  action('InitializeFileBlocksUpload', ofFile, 'mscrm.InitializeFileBlocksUploadResponse'),
  action('UploadBlock', {
    BlockId: 'Edm.String',
    BlockData: 'Edm.Binary',
    FileContinuationToken: 'Edm.String',
  }),
  action(
    'CommitFileBlocksUpload',
    {
      FileName: 'Edm.String',
      MimeType: 'Edm.String?',
      BlockList: 'Collection(Edm.String)',
      FileContinuationToken: 'Edm.String',
    },
    'mscrm.CommitFileBlocksUploadResponse',
  ),
  action('InitializeFileBlocksDownload', ofFile, 'mscrm.InitializeFileBlocksDownloadResponse'),
  action(
    'DownloadBlock',
    { Offset: 'Edm.Int64', BlockLength: 'Edm.Int64', FileContinuationToken: 'Edm.String' },
    'mscrm.DownloadBlockResponse',
  ),
  action('DeleteFile', { FileId: 'Edm.Guid' }),
  {
    ...action('AddPrivilegesRole', { Privileges: 'Collection(mscrm.RolePrivilege)' }),
    on: 'role',
  },
  functionOf('RetrieveRolePrivilegesRole', 'mscrm.RetrieveRolePrivilegesRoleResponse', {
    RoleId: 'Edm.Guid',
  }),
  { ...functionOf('RetrieveUnpublished', 'mscrm.systemform'), on: 'systemform' },
  action('ReactivateEntityKey', { EntityLogicalName: 'Edm.String', EntityKeyLogicalName: 'Edm.String' }),
  action('PublishAllXml', {}),
  action('PublishXml', { ParameterXml: 'Edm.String' }),
  action('CreatePolymorphicLookupAttribute', lookup, 'mscrm.CreatePolymorphicLookupAttributeResponse'),
  action('CreateCustomerRelationships', lookup, 'mscrm.CreateCustomerRelationshipsResponse'),
  action(
    'InsertOptionValue',
    { ...option, Value: 'Edm.Int32?', Label: 'mscrm.Label' },
    'mscrm.InsertOptionValueResponse',
  ),
  action(
    'InsertStatusValue',
    { ...option, Value: 'Edm.Int32?', Label: 'mscrm.Label', StateCode: 'Edm.Int32' },
    'mscrm.InsertStatusValueResponse',
  ),
  action('UpdateOptionValue', {
    ...option,
    Value: 'Edm.Int32',
    Label: 'mscrm.Label?',
    MergeLabels: 'Edm.Boolean',
  }),
  action('DeleteOptionValue', { ...option, Value: 'Edm.Int32' }),
];

/** Bound to the set of a table, with its rows as targets. */
export const bulkOperations: Readonly<Record<string, string | undefined>> = {
  CreateMultiple: 'mscrm.CreateMultipleResponse',
  UpdateMultiple: undefined,
  UpsertMultiple: undefined,
};

const made = { AttributeId: 'Edm.Guid', RelationshipIds: 'Collection(Edm.Guid)' };
const counts = { Count: 'Edm.Int32', IsReadOnly: 'Edm.Boolean', Keys: 'Collection(Edm.String)' };
const allowed = {
  AttributeId: 'Edm.Guid',
  CanCreate: 'Edm.Int32',
  CanRead: 'Edm.Int32',
  CanReadUnmasked: 'Edm.Int32',
  CanUpdate: 'Edm.Int32',
};

/** What operations answer and take beside rows. */
export const complexTypes: Readonly<Record<string, Members>> = {
  WhoAmIResponse: { BusinessUnitId: 'Edm.Guid', UserId: 'Edm.Guid', OrganizationId: 'Edm.Guid' },
  RetrieveVersionResponse: { Version: 'Edm.String' },
  RetrieveCurrentOrganizationResponse: { Detail: 'mscrm.OrganizationDetail' },
  OrganizationDetail: {
    OrganizationId: 'Edm.Guid',
    FriendlyName: 'Edm.String',
    OrganizationVersion: 'Edm.String',
    EnvironmentId: 'Edm.String',
    Geo: 'Edm.String',
    TenantId: 'Edm.String',
    UrlName: 'Edm.String',
    UniqueName: 'Edm.String',
    Endpoints: 'mscrm.EndpointCollection',
  },
  EndpointCollection: { ...counts, Values: 'Collection(Edm.String)' },
  RetrieveTotalRecordCountResponse: { EntityRecordCountCollection: 'mscrm.EntityRecordCountCollection' },
  EntityRecordCountCollection: { ...counts, Values: 'Collection(Edm.Int64)' },
  RetrieveUserPrivilegesResponse: { RolePrivileges: 'Collection(mscrm.RolePrivilege)' },
  RetrieveRolePrivilegesRoleResponse: { RolePrivileges: 'Collection(mscrm.RolePrivilege)' },
  RolePrivilege: {
    Depth: 'mscrm.PrivilegeDepth',
    PrivilegeId: 'Edm.Guid',
    BusinessUnitId: 'Edm.Guid',
    PrivilegeName: 'Edm.String',
    RecordFilterId: 'Edm.Guid',
    RecordFilterUniqueName: 'Edm.String?',
  },
  RetrievePrincipalAttributePrivilegesResponse: {
    AttributePrivileges: 'Collection(mscrm.AttributePrivilege)',
  },
  AttributePrivilege: allowed,
  PrincipalAccess: { Principal: 'mscrm.principal?', AccessMask: 'mscrm.AccessRights' },
  RetrievePrincipalAccessResponse: { AccessRights: 'mscrm.AccessRights' },
  RetrieveSharedPrincipalsAndAccessResponse: { PrincipalAccesses: 'Collection(mscrm.PrincipalAccess)' },
  InitializeFileBlocksUploadResponse: { FileContinuationToken: 'Edm.String' },
  CommitFileBlocksUploadResponse: { FileId: 'Edm.Guid', FileSizeInBytes: 'Edm.Int64' },
  InitializeFileBlocksDownloadResponse: {
    FileContinuationToken: 'Edm.String',
    FileSizeInBytes: 'Edm.Int64',
    FileName: 'Edm.String',
    IsChunkingSupported: 'Edm.Boolean',
  },
  DownloadBlockResponse: { Data: 'Edm.Binary' },
  RetrieveMetadataChangesResponse: { ServerVersionStamp: 'Edm.String' },
  EntityQueryExpression: { Properties: 'mscrm.MetadataPropertiesExpression' },
  MetadataPropertiesExpression: { AllProperties: 'Edm.Boolean', PropertyNames: 'Collection(Edm.String)' },
  ComplexEntityMetadata: { SchemaName: 'Edm.String', DisplayName: 'mscrm.Label' },
  BulkDeleteResponse: { JobId: 'Edm.Guid' },
  QueryExpression: { EntityName: 'Edm.String' },
  CreateMultipleResponse: { Ids: 'Collection(Edm.Guid)' },
  CreatePolymorphicLookupAttributeResponse: made,
  CreateCustomerRelationshipsResponse: made,
  InsertOptionValueResponse: { NewOptionValue: 'Edm.Int32' },
  InsertStatusValueResponse: { NewOptionValue: 'Edm.Int32' },
  Label: { LocalizedLabels: 'Collection(mscrm.LocalizedLabel)', UserLocalizedLabel: 'mscrm.LocalizedLabel?' },
  LocalizedLabel: { Label: 'Edm.String', LanguageCode: 'Edm.Int32' },
};

export const enumTypes: Readonly<Record<string, readonly string[]>> = {
  EndpointAccessType: ['Default', 'Internet', 'Intranet'],
  AccessRights: [
    'None',
    'ReadAccess',
    'WriteAccess',
    'AppendAccess',
    'AppendToAccess',
    'CreateAccess',
    'DeleteAccess',
    'ShareAccess',
    'AssignAccess',
  ],
  PrivilegeDepth: ['Basic', 'Local', 'Deep', 'Global'],
};

/** Definitions of metadata that operations take. */
export const metadataTypes: Readonly<Record<string, Members>> = {
  LookupAttributeMetadata: { SchemaName: 'Edm.String', DisplayName: 'mscrm.Label' },
  OneToManyRelationshipMetadata: {
    SchemaName: 'Edm.String',
    ReferencedEntity: 'Edm.String',
    ReferencingEntity: 'Edm.String',
  },
};
