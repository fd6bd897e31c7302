import type { Context } from './context.ts';
import { permissionsFollow } from './provision-standard.ts';
import { queryTogether } from './query.ts';
import type { JsonRow } from './records.ts';
import { anyOf, quote, type Select } from './soql.ts';

/** Whether the user sees every record of an object; null when that cannot be found out. */
export type SeesAll = (object: string) => boolean | null;

const SET_FIELDS = ['Id', 'PermissionsViewAllData', 'PermissionsModifyAllData'];

/** Sets assigned to the user, and the one behind its profile. A profile always has one, so none at all means hidden. */
export function permissionSetQueries(userId: string): Select[] {
  const user = quote(userId);
  return [
    {
      object: 'PermissionSet',
      fields: SET_FIELDS,
      conditions: [`Id IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = ${user})`],
    },
    {
      object: 'PermissionSet',
      fields: SET_FIELDS,
      conditions: [`ProfileId IN (SELECT ProfileId FROM User WHERE Id = ${user})`],
    },
  ];
}

/**
 * Sharing hides rows without a word, so seeing all must be proven by permissions: View All Data, or View All Records
 * on the object, in any permission set of the user, or an object that everybody may read. Whoever may not look at the
 * permissions themselves has proven nothing.
 *
 * @param sets the rows of permissionSetQueries.
 */
export async function seeAllProof(
  context: Context,
  sets: readonly JsonRow[],
  objects: readonly string[],
): Promise<SeesAll> {
  if (objects.length === 0 || sets.length === 0) return () => null;
  if (sets.some((set) => set.PermissionsViewAllData === true || set.PermissionsModifyAllData === true))
    return () => true;
  const judged = [...new Set(objects.map((object) => permissionsFollow(object) ?? object))];
  const [granted, open] = await queryTogether(context, [
    {
      object: 'ObjectPermissions',
      fields: ['SobjectType'],
      conditions: [
        anyOf(
          'ParentId',
          sets.map((set) => String(set.Id)),
        ),
        anyOf('SobjectType', judged),
        'PermissionsViewAllRecords = true',
      ],
    },
    {
      object: 'EntityDefinition',
      fields: ['QualifiedApiName', 'InternalSharingModel'],
      conditions: [anyOf('QualifiedApiName', judged)],
    },
  ]);
  const proven = new Set([
    ...(granted?.rows ?? []).map((row) => nameOf(row.SobjectType)),
    ...openObjects(open?.rows ?? []),
  ]);
  const isKnown = granted !== undefined && granted.fault === undefined;
  return (object) => {
    if (proven.has(nameOf(permissionsFollow(object) ?? object))) return true;
    return isKnown ? false : null;
  };
}

function nameOf(object: unknown): string {
  return String(object).toLowerCase();
}

/** Objects whose organization-wide default lets everybody read every record. */
function openObjects(rows: readonly JsonRow[]): string[] {
  return rows
    .filter((row) => /^(Read|ReadWrite|ReadWriteTransfer|FullAccess)$/.test(String(row.InternalSharingModel)))
    .map((row) => nameOf(row.QualifiedApiName));
}
