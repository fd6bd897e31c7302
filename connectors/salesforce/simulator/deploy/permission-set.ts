import { childrenOf, type Element, flagOf, textOf } from '../../../simulation/xml-read.ts';
import { type FieldGrant, grant, type ObjectGrant } from '../grants.ts';
import type { Org } from '../org.ts';
import type { Row } from '../types.ts';
import { isUserPermission } from './user-permissions.ts';

/** A permission set file, read. */
export interface PermissionSetSource {
  name: string;
  label: string;
  description: string | null;
  /** All that are given, also those that do nothing here. */
  userPermissions: string[];
  flags: Row;
  objects: ObjectGrant[];
  fields: FieldGrant[];
}

/** User permissions that the simulator keeps, by their names in a permission set file. */
export const USER_PERMISSIONS: Record<string, string> = {
  ApiEnabled: 'PermissionsApiEnabled',
  CustomizeApplication: 'PermissionsCustomizeApplication',
  ManageProfilesPermissionsets: 'PermissionsManageProfilesPermissionsets',
  ModifyAllData: 'PermissionsModifyAllData',
  ModifyMetadata: 'PermissionsModifyMetadata',
  ViewAllData: 'PermissionsViewAllData',
  ViewSetup: 'PermissionsViewSetup',
  BulkApiHardDelete: 'PermissionsBulkApiHardDelete',
};

export function readPermissionSet(name: string, file: Element): PermissionSetSource {
  const enabled = childrenOf(file, 'userPermissions').filter((each) => flagOf(each, 'enabled'));
  return {
    name,
    label: textOf(file, 'label') ?? name,
    description: textOf(file, 'description') ?? null,
    userPermissions: enabled.map((each) => textOf(each, 'name') ?? ''),
    flags: Object.fromEntries(
      enabled.flatMap((each) => {
        const column = USER_PERMISSIONS[textOf(each, 'name') ?? ''];
        return column === undefined ? [] : [[column, true]];
      }),
    ),
    objects: childrenOf(file, 'objectPermissions').map((each) => ({
      object: textOf(each, 'object') ?? '',
      read: flagOf(each, 'allowRead'),
      create: flagOf(each, 'allowCreate'),
      edit: flagOf(each, 'allowEdit'),
      delete: flagOf(each, 'allowDelete'),
      viewAll: flagOf(each, 'viewAllRecords'),
      modifyAll: flagOf(each, 'modifyAllRecords'),
    })),
    fields: childrenOf(file, 'fieldPermissions').map((each) => ({
      field: textOf(each, 'field') ?? '',
      read: flagOf(each, 'readable'),
      edit: flagOf(each, 'editable'),
    })),
  };
}

function objectProblem(org: Org, each: ObjectGrant, all: ObjectGrant[]): string | undefined {
  const object = org.schema.object(each.object);
  if (object === undefined) return `In field: object - no CustomObject named ${each.object} found`;
  if (org.schema.traits(object).permissions !== 'own')
    return `You can't set object permissions for ${each.object}`;
  if (!each.read && (each.create || each.edit || each.delete || each.viewAll)) {
    return `Permission Edit ${each.object} depends on permission(s): Read ${each.object}`;
  }
  if (each.modifyAll && !(each.viewAll && each.edit && each.delete)) {
    return `Permission Modify All ${each.object} depends on permission(s): Edit ${each.object}, Delete ${each.object}, View All ${each.object}`;
  }
  const { sharing } = org.schema.traits(object);
  const master = sharing.startsWith('parent:') && org.schema.field(object, sharing.slice('parent:'.length));
  const parent = typeof master === 'object' && master.custom ? master.referenceTo[0] : undefined;
  if (parent === undefined || all.some((other) => other.object === parent && other.read === true))
    return undefined;
  return `Permission Read ${each.object} depends on permission(s): Read ${parent}`;
}

function fieldProblem(org: Org, each: FieldGrant): string | undefined {
  const [objectName = '', fieldName = ''] = each.field.split('.');
  const object = org.schema.object(objectName);
  const field = object && org.schema.field(object, fieldName);
  if (field === undefined) return `In field: field - no CustomField named ${each.field} found`;
  if (field.permissionable !== true) return `You cannot deploy to a required field: ${each.field}`;
  if (each.edit && !each.read) return `Field ${each.field} is editable but not readable`;
  if (each.edit && !field.createable && !field.updateable) return `Field ${each.field} is not editable`;
  return undefined;
}

/** What the platform would refuse a permission set for; https://help.salesforce.com/s/articleView?id=sf.perm_sets_overview.htm */
export function permissionSetProblems(org: Org, source: PermissionSetSource): string[] {
  return [
    ...source.userPermissions
      .filter((name) => !isUserPermission(name))
      .map((name) => `Unknown user permission: ${name}`),
    ...source.objects.map((each) => objectProblem(org, each, source.objects)),
    ...source.fields.map((each) => fieldProblem(org, each)),
  ].filter((problem) => problem !== undefined);
}

/** Creates a permission set, or gives the one of that name exactly what the source says. */
export function applyPermissionSet(org: Org, source: PermissionSetSource): void {
  const existing = [...org.rows('PermissionSet')].find((row) => row.Name === source.name);
  const row: Row = {
    Name: source.name,
    Label: source.label,
    Description: source.description,
    IsCustom: true,
    Type: 'Regular',
    ...Object.fromEntries(Object.values(USER_PERMISSIONS).map((column) => [column, false])),
    ...source.flags,
  };
  let id = existing === undefined ? undefined : String(existing.Id);
  if (id === undefined) [id] = org.bulkLoad('PermissionSet', [row]);
  else {
    org.setSystemFields(id, row);
    const grants = ['ObjectPermissions', 'FieldPermissions'].flatMap((object) => [
      ...org.rowsWhere(object, 'ParentId', [String(id)]),
    ]);
    org.hardDelete(grants.map((each) => String(each.Id)));
  }
  grant(org, String(id), { objects: source.objects, fields: source.fields });
}
