import type { Table } from './types.ts';

/** A refusal as the platform words it: an HTTP status, a code and a message. */
export class DataverseError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'DataverseError';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The body of an error answer. */
export function errorBody({ code, message }: DataverseError): { error: { code: string; message: string } } {
  return { error: { code, message } };
}

const takenCodes = {
  table: '0x8004700b',
  column: '0x80047013',
  relationship: '0x8004432b',
  key: '0x80060893',
  keyColumns: '0x80060894',
  choice: '0x80048403',
} as const;
const takenWords = {
  table: 'table',
  column: 'column',
  relationship: 'relationship',
  key: 'key',
  keyColumns: 'key of the same columns',
  choice: 'choice',
} as const;

/**
 * Codes and statuses: https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes and
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors
 */
export const refusals = {
  notFound: (table: Table, id: string) =>
    new DataverseError(404, '0x80040217', `Entity '${table.logicalName}' With Id = ${id} Does Not Exist`),
  notFoundByKey: (table: Table) =>
    new DataverseError(
      404,
      '0x80060891',
      `A record with the specified key values does not exist in ${table.logicalName} entity`,
    ),
  keyNotDefined: (table: Table) =>
    new DataverseError(
      400,
      '0x80060890',
      `The specified key attributes are not a defined key for the ${table.logicalName} entity`,
    ),
  duplicateId: () =>
    new DataverseError(412, '0x80040237', 'A record with matching key values already exists.'),
  duplicateKey: (key: string, columns: string) =>
    new DataverseError(
      412,
      '0x80060892',
      `Entity Key ${key} violated. A record with the same value for ${columns} already exists. A duplicate record cannot be created. Select one or more unique values and try again.`,
    ),
  duplicateFound: () =>
    new DataverseError(
      412,
      '0x80040333',
      'A record was not created or updated because a duplicate of the current record already exists.',
    ),
  versionMismatch: () =>
    new DataverseError(
      412,
      '0x80060882',
      "The version of the existing record doesn't match the RowVersion property provided.",
    ),
  noSegment: (name: string) =>
    new DataverseError(404, '0x8006088a', `Resource not found for the segment '${name}'.`),
  noMethod: (method: string) =>
    new DataverseError(405, '0x0', `The requested resource does not support http method '${method}'.`),
  badPayload: (set: string, reason: string) =>
    new DataverseError(
      400,
      '0x80048d19',
      `Error identified in Payload provided by the user for Entity :'${set}', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : Microsoft.OData.ODataException: ${reason}`,
    ),
  badQuery: (reason: string) => new DataverseError(400, '0x80060888', reason),
  /** FetchXML that is XML and yet no query. */
  invalidFetch: (reason: string) => new DataverseError(400, '0x80041102', reason),
  noProperty: (property: string, table: string) =>
    new DataverseError(
      400,
      '0x80060888',
      `Could not find a property named '${property}' on type 'Microsoft.Dynamics.CRM.${table}'.`,
    ),
  noColumn: (table: string, column: string) =>
    new DataverseError(
      400,
      '0x80041103',
      `'${table}' entity doesn't contain attribute with Name = '${column}' and NameMapping = 'Logical'.`,
    ),
  tooLong: (table: string, column: string, most: number) =>
    new DataverseError(
      400,
      '0x80044331',
      `A validation error occurred. The length of the '${column}' attribute of the '${table}' entity exceeded the maximum allowed length of '${most}'.`,
    ),
  outOfRange: (table: string, column: string, value: number) =>
    new DataverseError(
      400,
      '0x80044330',
      `A validation error occurred.  The value of '${column}' on record of type '${table}' is outside the valid range (${value}).`,
    ),
  integerOutOfRange: (table: string, column: string, value: number) =>
    new DataverseError(
      400,
      '0x8004432f',
      `A validation error occurred.  The value of '${column}' on record of type '${table}' is outside the valid range (${value}).`,
    ),
  noOption: (table: string, column: string, value: number, accepted: string) =>
    new DataverseError(
      400,
      '0x8004431a',
      `A validation error occurred. The value ${value} of '${column}' on record of type '${table}' is outside the valid range. Accepted Values: ${accepted}`,
    ),
  badStatus: (status: number, state: string, table: string, id: string) =>
    new DataverseError(
      400,
      '0x80048408',
      `${status} is not a valid status code for state code ${state} on ${table} with Id ${id}.`,
    ),
  readOnly: () =>
    new DataverseError(400, '0x8004022e', 'The object cannot be updated because it is read-only.'),
  missingPrivilege: (userId: string, privilege: string, table: Table) =>
    new DataverseError(
      403,
      '0x80040220',
      `Principal user (Id=${userId}, type=8, roleCount=1, privilegeCount=0, accessMode=4) is missing ${privilege} privilege (Id=00000000-0000-0000-0000-000000000000) on OTC=${table.objectTypeCode} for entity '${table.logicalName}'. context.Caller=${userId}`,
    ),
  noAccess: (userId: string, right: string, table: Table, id: string) =>
    new DataverseError(
      403,
      '0x80048306',
      `SecLib::AccessCheckEx failed. Returned hr = -2147187962, ObjectID: ${id}, OwnerId: unknown, OwnerIdType: 8 and CallingUser: ${userId}. ObjectTypeCode: ${table.objectTypeCode}, objectBusinessUnitId: unknown, AccessRights: ${right}`,
    ),
  securedColumn: (verb: 'create' | 'update', column: string, table: string) =>
    new DataverseError(
      403,
      verb === 'create' ? '0x8004f502' : '0x8004f507',
      `Caller does not have ${verb} access to attribute '${column}' of entity '${table}' due to column security.`,
    ),
  /** Rows that only associating makes. */
  notSupported: (method: 'Create' | 'Update' | 'Delete', table: Table) =>
    new DataverseError(
      400,
      '0x80040800',
      `The '${method}' method does not support entities of type '${table.logicalName}'.`,
    ),
  stillReferenced: () =>
    new DataverseError(
      405,
      '0x80040227',
      'The object you tried to delete is associated with another object and cannot be deleted.',
    ),
  /** Metadata that does not exist: https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes */
  noMetadata: (name: string) =>
    new DataverseError(404, '0x80060888', `Could not find an entity or attribute with name ${name}.`),
  /** What metadata is to be made and is there already, by its kind. */
  nameTaken: (kind: keyof typeof takenCodes, name: string) =>
    new DataverseError(400, takenCodes[kind], `A ${takenWords[kind]} with the name ${name} already exists.`),
  choiceInUse: (tables: readonly string[]) =>
    new DataverseError(
      400,
      '0x80048417',
      `This option set cannot be deleted. The current set of entities that reference this option set are: ${tables.join(', ')}. These references must be removed before this option set can be deleted`,
    ),
  choiceStays: () => new DataverseError(400, '0x80048404', 'The selected OptionSet cannot be deleted'),
  noOptionsHere: () =>
    new DataverseError(400, '0x80044323', 'You can delete options only from picklist and status attributes.'),
  /** Metadata that other metadata needs. */
  componentInUse: (kind: 'Entity' | 'Attribute', id: string, count: number) =>
    new DataverseError(
      400,
      '0x8004f01f',
      `The ${kind}(${id}) component cannot be deleted because it is referenced by ${count} other components. For a list of referenced components, use the RetrieveDependenciesForDeleteRequest.`,
    ),
  /** Metadata of the platform's own. */
  componentStays: (name: string, id: string) =>
    new DataverseError(
      400,
      '0x8004f032',
      `The 'Delete' operation on the current component(name='${name}', id='${id}') failed during managed property evaluation of condition: 'IsCustomizable'`,
    ),
  primaryNameStays: () =>
    new DataverseError(400, '0x80047002', 'The Primary UI Attribute is not valid for deletion'),
  mayNotCustomize: (userId: string, privilege: string) =>
    new DataverseError(
      403,
      '0x80040220',
      `Principal user (Id=${userId}, type=8, roleCount=1, privilegeCount=0, accessMode=4) is missing ${privilege} privilege (Id=00000000-0000-0000-0000-000000000000).`,
    ),
  invalidArgument: (reason: string) => new DataverseError(400, '0x80040203', reason),
} as const;
