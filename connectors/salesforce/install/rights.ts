import { isTierlinkError } from '../../../src/errors.ts';
import { type InstallStep, isWrite } from '../../../src/install/steps.ts';
import type { Context } from '../context.ts';
import type { PartDetail } from '../provision/parts.ts';
import { query } from '../query.ts';

/** User permissions that are looked at, by the platform's own words for people. */
const asked = {
  ApiEnabled: 'API Enabled',
  CustomizeApplication: 'Customize Application',
  ManageProfilesPermissionsets: 'Manage Profiles and Permission Sets',
  ModifyAllData: 'Modify All Data',
  ModifyMetadata: 'Modify Metadata Through Metadata API Functions',
  ViewSetup: 'View Setup and Configuration',
} as const;

export type UserPermission = keyof typeof asked;

/**
 * User permissions that the user has; null where the org does not say.
 * https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_userpermissionaccess.htm
 */
export async function userPermissions(context: Context): Promise<ReadonlySet<string> | null> {
  const names = Object.keys(asked);
  const fields = names.map((name) => `Permissions${name}`);
  try {
    const wanted = { object: 'UserPermissionAccess', fields, conditions: [] };
    const [row] = (await query(context, wanted, { kind: 'install' })).records;
    return new Set(names.filter((name) => row?.[`Permissions${name}`] === true));
  } catch (error) {
    if (isTierlinkError(error, 'CRM_FIELD_MISSING') || isTierlinkError(error, 'CRM_OBJECT_MISSING'))
      return null;
    throw error;
  }
}

/** Whether the user may read and deploy metadata; as long as nothing is known it is tried. */
export function mayUseMetadata(held: ReadonlySet<string> | null): boolean {
  return held === null || held.has('ModifyMetadata') || held.has('ModifyAllData');
}

/** The words for a permission. */
export function permissionWords(name: UserPermission): string {
  return asked[name];
}

/**
 * Rights that the steps take and the user does not have; null where the org does not say.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_modify_metadata_perm.htm
 */
export function lacksOf(steps: readonly InstallStep[], held: ReadonlySet<string> | null): string[] | null {
  if (held === null) return null;
  const writes = steps.filter(isWrite);
  const wanted = new Set<UserPermission>(writes.map(({ part }) => neededFor(part.detail as PartDetail)));
  const lacking = [...wanted].filter((name) => !held.has(name));
  if (writes.length > 0 && !mayUseMetadata(held)) lacking.push('ModifyMetadata');
  return lacking.map(permissionWords).sort();
}

function neededFor({ is }: PartDetail): UserPermission {
  return is === 'permission set' ? 'ManageProfilesPermissionsets' : 'CustomizeApplication';
}
