import type { DynamicsWebApi } from 'dynamics-web-api';
import { TierlinkError } from '../../src/errors.ts';
import type { Context } from './context.ts';
import type { ResolvedColumn } from './metadata.ts';
import { answered, batchOutcomes } from './together.ts';

interface SecuredTable {
  LogicalName: string;
  Attributes: { LogicalName: string; MetadataId: string }[];
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/attributeprivilege */
export interface ColumnPrivilege {
  AttributeId: string;
  CanRead: number | boolean;
  CanCreate: number | boolean;
  CanUpdate: number | boolean;
}

/** In this enumeration 0 stands for "not allowed" and 4 for "allowed". */
export function isAllowed(value: number | boolean | undefined): boolean {
  return value === true || value === 4;
}

export type IsHidden = (column: ResolvedColumn) => boolean;

/**
 * Which columns the user may not read. They come without a value and without an error, so it is asked each time, in one
 * call: security may be put on a column, or taken from a profile, at any moment, and a blank that is none would be
 * believed. Secured columns of which the answer says nothing count as hidden, and so do all of them where a narrow role
 * may not ask.
 */
export async function hiddenColumns(context: Context, columns: readonly ResolvedColumn[]): Promise<IsHidden> {
  const tables = [...new Set(columns.map(({ table }) => table.name))];
  if (tables.length === 0) return () => false;
  const { userId } = await context.client.session();
  const [secured, privileges] = await batchOutcomes(context, { name: 'secured columns', kind: 'describe' }, [
    (api) => askSecured(api, tables),
    (api) => askPrivileges(api, userId),
  ]);
  if (secured instanceof TierlinkError) throw secured;
  const told = answered<{ AttributePrivileges: ColumnPrivilege[] }>(privileges)?.AttributePrivileges ?? [];
  const readable = new Set(
    told.filter(({ CanRead }) => isAllowed(CanRead)).map(({ AttributeId }) => AttributeId),
  );
  const hidden = new Set(
    (secured as { value: SecuredTable[] }).value.flatMap(({ LogicalName, Attributes }) =>
      Attributes.filter(({ MetadataId }) => !readable.has(MetadataId)).map(
        (attribute) => `${LogicalName}.${attribute.LogicalName}`,
      ),
    ),
  );
  return ({ table, column }) => hidden.has(`${table.name}.${column.name}`);
}

function askSecured(api: DynamicsWebApi, tables: readonly string[]): Promise<unknown> {
  return api.retrieveEntities({
    select: ['LogicalName'],
    filter: tables.map((name) => `LogicalName eq '${name}'`).join(' or '),
    expand: [{ property: 'Attributes', select: ['LogicalName', 'MetadataId'], filter: 'IsSecured eq true' }],
  });
}

export function askPrivileges(api: DynamicsWebApi, userId: string): Promise<unknown> {
  return api.callFunction({
    collection: 'systemusers',
    key: userId,
    functionName: 'Microsoft.Dynamics.CRM.RetrievePrincipalAttributePrivileges',
  });
}
