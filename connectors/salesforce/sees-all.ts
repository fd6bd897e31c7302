import { faultOf } from './client.ts';
import type { Context } from './context.ts';
import { queryRows } from './query.ts';
import { anyOf, quote } from './soql.ts';

/** Whether the user sees every record of an object; null when that cannot be found out. */
export type SeesAll = (object: string) => boolean | null;

/**
 * Sharing hides rows without a word, so seeing all must be proven by permissions: View All Data, or View All Records
 * on the object, in any permission set of the user (a profile is one of them), or an object that everybody may read.
 * Whoever may not look at the permissions themselves has proven nothing.
 */
export async function seeAllProof(
  context: Context,
  userId: string,
  objects: readonly string[],
): Promise<SeesAll> {
  if (objects.length === 0) return () => null;
  const sets = await orUnknown(async () => await permissionSets(context, userId));
  if (sets === null || sets.length === 0) return () => null;
  if (sets.some((set) => set.PermissionsViewAllData === true || set.PermissionsModifyAllData === true))
    return () => true;
  const granted = await orUnknown(
    async () =>
      await viewAllObjects(
        context,
        sets.map((set) => String(set.Id)),
        objects,
      ),
  );
  const open = (await orUnknown(async () => await openObjects(context, objects))) ?? new Set<string>();
  return (object) => {
    if (granted?.has(object.toLowerCase()) === true || open.has(object.toLowerCase())) return true;
    return granted === null ? null : false;
  };
}

async function orUnknown<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (faultOf(error) === undefined) throw error;
    return null;
  }
}

/** Sets assigned to the user, and the one behind its profile. A profile always has one, so none at all means hidden. */
async function permissionSets(context: Context, userId: string) {
  const fields = ['Id', 'PermissionsViewAllData', 'PermissionsModifyAllData'];
  const ask = async (condition: string) =>
    await queryRows(context, { object: 'PermissionSet', fields, conditions: [condition] });
  const user = quote(userId);
  return [
    ...(await ask(`Id IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = ${user})`)),
    ...(await ask(`ProfileId IN (SELECT ProfileId FROM User WHERE Id = ${user})`)),
  ];
}

async function viewAllObjects(
  context: Context,
  setIds: readonly string[],
  objects: readonly string[],
): Promise<Set<string>> {
  const conditions = [
    anyOf('ParentId', setIds),
    anyOf('SobjectType', objects),
    'PermissionsViewAllRecords = true',
  ];
  const rows = await queryRows(context, { object: 'ObjectPermissions', fields: ['SobjectType'], conditions });
  return new Set(rows.map((row) => String(row.SobjectType).toLowerCase()));
}

/** Objects whose organization-wide default lets everybody read every record. */
async function openObjects(context: Context, objects: readonly string[]): Promise<Set<string>> {
  const wanted = {
    object: 'EntityDefinition',
    fields: ['QualifiedApiName', 'InternalSharingModel'],
    conditions: [anyOf('QualifiedApiName', objects)],
  };
  const rows = await queryRows(context, wanted);
  const open = rows.filter((row) =>
    /^(Read|ReadWrite|ReadWriteTransfer|FullAccess)$/.test(String(row.InternalSharingModel)),
  );
  return new Set(open.map((row) => String(row.QualifiedApiName).toLowerCase()));
}
