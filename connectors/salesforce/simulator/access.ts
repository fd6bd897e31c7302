import type { OrgState } from './state.ts';
import type { Caller, FieldMeta, ObjectAccess, ObjectMeta, Row } from './types.ts';

const NOTHING: ObjectAccess = {
  read: false,
  create: false,
  edit: false,
  delete: false,
  viewAll: false,
  modifyAll: false,
};
const READ_ONLY: ObjectAccess = { ...NOTHING, read: true };
const EVERYTHING: ObjectAccess = {
  read: true,
  create: true,
  edit: true,
  delete: true,
  viewAll: true,
  modifyAll: true,
};

interface Grants {
  user: Row;
  isAdmin: boolean;
  viewAllData: boolean;
  objects: Map<string, ObjectAccess>;
  fields: Map<string, { read: boolean; edit: boolean }>;
}

function rowsWhere(state: OrgState, objectName: string, fieldName: string, value: string): Row[] {
  const object = state.schema.object(objectName);
  const field = object && state.schema.field(object, fieldName);
  return object && field ? [...state.table(object).where(field, [value])] : [];
}

function rowOf(state: OrgState, objectName: string, id: string): Row | undefined {
  const object = state.schema.object(objectName);
  return object && state.table(object).get(id);
}

/** The permission sets in force for a user: those assigned and the one that stands for the profile. */
function permissionSetsOf(state: OrgState, user: Row): Row[] {
  const assigned = rowsWhere(state, 'PermissionSetAssignment', 'AssigneeId', String(user.Id))
    .map((row) => rowOf(state, 'PermissionSet', String(row.PermissionSetId)))
    .filter((row) => row !== undefined);
  const own = rowsWhere(state, 'PermissionSet', 'ProfileId', String(user.ProfileId));
  return [...new Map([...assigned, ...own].map((row) => [row.Id, row])).values()];
}

function addObject(grants: Grants, row: Row): void {
  const key = String(row.SobjectType).toLowerCase();
  const before = grants.objects.get(key) ?? NOTHING;
  grants.objects.set(key, {
    read: before.read || row.PermissionsRead === true,
    create: before.create || row.PermissionsCreate === true,
    edit: before.edit || row.PermissionsEdit === true,
    delete: before.delete || row.PermissionsDelete === true,
    viewAll: before.viewAll || row.PermissionsViewAllRecords === true,
    modifyAll: before.modifyAll || row.PermissionsModifyAllRecords === true,
  });
}

function addField(grants: Grants, row: Row): void {
  const key = String(row.Field).toLowerCase();
  const before = grants.fields.get(key);
  grants.fields.set(key, {
    read: before?.read === true || row.PermissionsRead === true,
    edit: before?.edit === true || row.PermissionsEdit === true,
  });
}

function userRow(state: OrgState, userId: string): Row {
  const user = rowOf(state, 'User', userId);
  if (user === undefined) throw new Error(`There is no user ${userId} in this org`);
  return user;
}

/** User permissions that any of the user's permission sets gives, by the columns of PermissionSet. Throws for an unknown user. */
export function userPermissions(state: OrgState, userId: string): Set<string> {
  const sets = permissionSetsOf(state, userRow(state, userId));
  return new Set(
    sets.flatMap((set) =>
      Object.entries(set).flatMap(([name, value]) =>
        name.startsWith('Permissions') && value === true ? [name] : [],
      ),
    ),
  );
}

function grantsOf(state: OrgState, userId: string): Grants {
  const user = userRow(state, userId);
  const sets = permissionSetsOf(state, user);
  const grants: Grants = {
    user,
    isAdmin: sets.some((set) => set.PermissionsModifyAllData === true),
    viewAllData: sets.some((set) => set.PermissionsViewAllData === true),
    objects: new Map(),
    fields: new Map(),
  };
  for (const set of sets) {
    for (const row of rowsWhere(state, 'ObjectPermissions', 'ParentId', String(set.Id)))
      addObject(grants, row);
    for (const row of rowsWhere(state, 'FieldPermissions', 'ParentId', String(set.Id))) addField(grants, row);
  }
  return grants;
}

class OrgCaller implements Caller {
  readonly userId: string;
  private readonly state: OrgState;
  private version = -1;
  private cached: Grants | undefined;

  constructor(state: OrgState, userId: string) {
    this.state = state;
    this.userId = userId;
  }

  private get grants(): Grants {
    if (this.cached === undefined || this.version !== this.state.accessVersion) {
      this.version = this.state.accessVersion;
      this.cached = grantsOf(this.state, this.userId);
    }
    return this.cached;
  }

  get isAdmin(): boolean {
    return this.grants.isAdmin;
  }

  get timeZone(): string {
    return String(this.grants.user.TimeZoneSidKey ?? 'GMT');
  }

  objectAccess(object: ObjectMeta): ObjectAccess {
    if (this.grants.isAdmin) return EVERYTHING;
    const { permissions } = this.state.schema.traits(object);
    if (permissions === 'none') return READ_ONLY;
    if (permissions === 'own') return this.grants.objects.get(object.name.toLowerCase()) ?? NOTHING;
    const parent = this.state.schema.object(permissions.slice('of:'.length));
    const access = parent === undefined ? NOTHING : this.objectAccess(parent);
    return { ...access, create: access.edit, delete: access.edit };
  }

  canReadObject(object: ObjectMeta): boolean {
    return this.objectAccess(object).read;
  }

  /** A dropped field exists for nobody; a hidden one for administrators only. */
  private exists(object: ObjectMeta, field: FieldMeta): boolean {
    const where = { object: object.name, field: field.name };
    if (this.state.faults.active('dropped-field', where).length > 0) return false;
    return this.grants.isAdmin || this.state.faults.active('hidden-field', where).length === 0;
  }

  canReadField(object: ObjectMeta, field: FieldMeta): boolean {
    if (!this.exists(object, field)) return false;
    if (this.grants.isAdmin || field.permissionable !== true) return true;
    if (this.state.schema.traits(object).permissions !== 'own') return true;
    return this.grants.fields.get(`${object.name}.${field.name}`.toLowerCase())?.read === true;
  }

  canWriteField(object: ObjectMeta, field: FieldMeta): boolean {
    if (!this.canReadField(object, field)) return false;
    if (this.grants.isAdmin || field.permissionable !== true) return true;
    if (this.state.schema.traits(object).permissions !== 'own') return true;
    return this.grants.fields.get(`${object.name}.${field.name}`.toLowerCase())?.edit === true;
  }

  canSeeRow(object: ObjectMeta, row: Row): boolean {
    const access = this.objectAccess(object);
    if (access.viewAll || access.modifyAll || this.grants.viewAllData) return true;
    const { sharing } = this.state.schema.traits(object);
    if (sharing === 'public' || sharing === 'readOnly' || row.OwnerId === this.userId) return true;
    if (this.state.shares.get(String(row.Id))?.has(this.userId) === true) return true;
    if (row.Id === this.grants.user.AccountId && row.Id !== undefined && row.Id !== null) return true;
    if (!sharing.startsWith('parent:')) return false;
    const found = this.parentOf(object, row, sharing.slice('parent:'.length));
    return found !== undefined && this.canSeeRow(found.parent, found.parentRow);
  }

  private parentOf(
    object: ObjectMeta,
    row: Row,
    fieldName: string,
  ): { parent: ObjectMeta; parentRow: Row } | undefined {
    const field = this.state.schema.field(object, fieldName);
    const parent = this.state.schema.object(field?.referenceTo[0] ?? '');
    const parentRow = parent && rowOf(this.state, parent.name, String(row[fieldName] ?? ''));
    return parent && parentRow && { parent, parentRow };
  }

  /** View All shows rows but lets nobody edit them: that takes Modify All, ownership or a share. */
  canEditRow(object: ObjectMeta, row: Row): boolean {
    const access = this.objectAccess(object);
    if (access.modifyAll) return true;
    if (!access.edit && !access.delete) return false;
    const { sharing } = this.state.schema.traits(object);
    if (sharing === 'public' || row.OwnerId === this.userId) return true;
    if (this.state.shares.get(String(row.Id))?.get(this.userId) === 'edit') return true;
    if (!sharing.startsWith('parent:')) return false;
    const found = this.parentOf(object, row, sharing.slice('parent:'.length));
    return found !== undefined && this.canEditRow(found.parent, found.parentRow);
  }
}

/** The caller for a user; its permissions follow every later change of the org. Throws for an unknown user. */
export function createCaller(state: OrgState, userId: string): Caller {
  const caller = new OrgCaller(state, userId);
  if (caller.timeZone === '') throw new Error(`User ${userId} has no time zone`);
  return caller;
}
