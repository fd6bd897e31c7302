import type { JsonRow } from '../shared/neutral-values.ts';
import type { Context } from './context.ts';
import { permissionsFollow } from './provision/standard.ts';
import { queryTogether } from './query.ts';
import { anyOf, quote, type Select } from './soql.ts';

/** Whether the user sees, or may edit, every record of an object; null when that cannot be found out. */
export interface Reach {
  seesAll(object: string): boolean | null;
  editsAll(object: string): boolean | null;
}

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
 * on the object, in any permission set of the user, or an object that everybody may read. Editing all is proven in the
 * same way by Modify All, or an object that everybody may edit. Whoever may not look at the permissions themselves has
 * proven nothing.
 *
 * @param sets the rows of permissionSetQueries.
 */
export async function proveReach(
  context: Context,
  sets: readonly JsonRow[],
  objects: readonly string[],
): Promise<Reach> {
  if (objects.length === 0 || sets.length === 0) return { seesAll: () => null, editsAll: () => null };
  const modifiesAllData = sets.some((set) => set.PermissionsModifyAllData === true);
  const viewsAllData = modifiesAllData || sets.some((set) => set.PermissionsViewAllData === true);
  if (modifiesAllData) return { seesAll: () => true, editsAll: () => true };
  const judged = [...new Set(objects.map((object) => permissionsFollow(object) ?? object))];
  const [granted, open] = await queryTogether(context, [
    {
      object: 'ObjectPermissions',
      fields: ['SobjectType', 'PermissionsModifyAllRecords'],
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
  const grants = granted?.rows ?? [];
  const modifying = grants.filter((row) => row.PermissionsModifyAllRecords === true);
  const isKnown = granted !== undefined && granted.fault === undefined;
  const judge = (rows: readonly JsonRow[], defaults: RegExp) => {
    const proven = new Set([
      ...rows.map((row) => nameOf(row.SobjectType)),
      ...openObjects(open?.rows ?? [], defaults),
    ]);
    return (object: string) => {
      if (proven.has(nameOf(permissionsFollow(object) ?? object))) return true;
      return isKnown ? false : null;
    };
  };
  return {
    seesAll: viewsAllData ? () => true : judge(grants, openToRead),
    editsAll: judge(modifying, openToEdit),
  };
}

const openToRead = /^(Read|ReadWrite|ReadWriteTransfer|FullAccess)$/;
const openToEdit = /^(ReadWrite|ReadWriteTransfer|FullAccess)$/;

function nameOf(object: unknown): string {
  return String(object).toLowerCase();
}

/** Objects whose organization-wide default is one of those. */
function openObjects(rows: readonly JsonRow[], defaults: RegExp): string[] {
  return rows
    .filter((row) => defaults.test(String(row.InternalSharingModel)))
    .map((row) => nameOf(row.QualifiedApiName));
}
