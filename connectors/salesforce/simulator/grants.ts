import type { Org } from './org.ts';
import type { ObjectMeta } from './types.ts';

/** What a permission set allows on an object. */
export interface ObjectGrant {
  object: string;
  read?: boolean;
  create?: boolean;
  edit?: boolean;
  delete?: boolean;
  viewAll?: boolean;
  modifyAll?: boolean;
}

export interface FieldGrant {
  /** `Account.Tier__c`. */
  field: string;
  read?: boolean;
  edit?: boolean;
}

/** Adds object and field permissions to a permission set. */
export function grant(
  org: Org,
  permissionSetId: string,
  grants: { objects?: ObjectGrant[]; fields?: FieldGrant[] },
): void {
  org.bulkLoad(
    'ObjectPermissions',
    (grants.objects ?? []).map((each) => ({
      ParentId: permissionSetId,
      SobjectType: each.object,
      PermissionsRead: each.read ?? false,
      PermissionsCreate: each.create ?? false,
      PermissionsEdit: each.edit ?? false,
      PermissionsDelete: each.delete ?? false,
      PermissionsViewAllRecords: each.viewAll ?? false,
      PermissionsModifyAllRecords: each.modifyAll ?? false,
    })),
  );
  org.bulkLoad(
    'FieldPermissions',
    (grants.fields ?? []).map((each) => ({
      ParentId: permissionSetId,
      SobjectType: each.field.split('.')[0] ?? '',
      Field: each.field,
      PermissionsRead: each.read ?? true,
      PermissionsEdit: each.edit ?? false,
    })),
  );
}

/** Read and write on an object and all its fields that a permission set can name. */
export function grantAllOf(org: Org, permissionSetId: string, object: ObjectMeta): void {
  const fields = object.fields
    .filter((field) => field.permissionable === true)
    .map((field) => ({ field: `${object.name}.${field.name}`, edit: field.createable || field.updateable }));
  grant(org, permissionSetId, {
    objects: [{ object: object.name, read: true, create: true, edit: true, delete: true }],
    fields,
  });
}

/** Read and write on every custom field, and on the objects that are custom themselves. */
export function grantCustomFields(org: Org, permissionSetId: string): void {
  for (const object of org.schema.objects()) {
    if (object.custom) {
      grantAllOf(org, permissionSetId, object);
      continue;
    }
    const fields = object.fields
      .filter((field) => field.custom && field.permissionable === true)
      .map((field) => ({
        field: `${object.name}.${field.name}`,
        edit: field.createable || field.updateable,
      }));
    grant(org, permissionSetId, { fields });
  }
}

/** The permission set with this API name; throws when there is none. */
export function permissionSetNamed(org: Org, name: string): string {
  for (const row of org.rows('PermissionSet')) if (row.Name === name) return String(row.Id);
  throw new Error(`There is no permission set ${name} in this org`);
}

/** What an admin does in Setup: gives a user a permission set. */
export function assignPermissionSet(org: Org, permissionSetName: string, userId: string): void {
  const permissionSetId = permissionSetNamed(org, permissionSetName);
  for (const row of org.rowsWhere('PermissionSetAssignment', 'AssigneeId', [userId])) {
    if (row.PermissionSetId === permissionSetId) return;
  }
  org.bulkLoad('PermissionSetAssignment', [
    { PermissionSetId: permissionSetId, AssigneeId: userId, IsActive: true },
  ]);
}
