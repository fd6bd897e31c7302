import { valueFields } from '../../../src/sync/mapping/plan.ts';
import type { SourceRequest } from '../../../src/sync/mapping/provision.ts';
import type { AttributeMapping, ObjectMapping } from '../../../src/sync/mapping/schema.ts';
import { filterFields } from '../filter-fields.ts';
import type { InstalledField } from './fields.ts';
import { hasPermissions, isPermissionable, lookupOf, masterOf, permissionsFollow } from './standard.ts';
import { element, xmlFile } from './xml.ts';

/** Name of the permission set that an admin assigns to the integration user. */
export const PERMISSION_SET = 'Tierlink_Integration';

interface ObjectUse {
  read: boolean;
  create: boolean;
  edit: boolean;
}

/** Field paths and object rights that the mappings use; the least that lets them work. */
interface Uses {
  objects: Map<string, ObjectUse>;
  /** "Account.Phone": whether it is written. */
  fields: Map<string, boolean>;
}

/** The permission set for the integration user. */
export function permissionSet(request: SourceRequest, installed: readonly InstalledField[]): string {
  const uses = usesOf(request, installed);
  return xmlFile('PermissionSet', [
    element('description', 'What Tierlink reads and writes, and nothing else.'),
    ...[...uses.fields].sort(byName).map(([field, edit]) => fieldXml(field, edit)),
    element('hasActivationRequired', 'false'),
    element('label', 'Tierlink Integration'),
    ...[...uses.objects].sort(byName).map(([object, use]) => objectXml(object, use)),
    userPermission('ApiEnabled'),
    // Lets the check prove from the user's own permissions that sharing hides nothing from it.
    userPermission('ViewSetup'),
  ]);
}

function byName([left]: [string, unknown], [right]: [string, unknown]): number {
  return left < right ? -1 : 1;
}

function usesOf(request: SourceRequest, installed: readonly InstalledField[]): Uses {
  const uses: Uses = { objects: new Map(), fields: new Map() };
  for (const mapping of request.mappings) {
    addObject(uses, mapping);
    for (const spec of Object.values(mapping.attributes)) {
      for (const path of valueFields(spec)) {
        const edit = spec.direction !== 'in' || spec.onCreate?.field === path;
        addField(uses, mapping.object, { path, edit });
      }
    }
    for (const { field, onCreate } of mapping.credits ?? [])
      addField(uses, mapping.object, { path: field, edit: onCreate === true });
    if (mapping.of !== undefined) addField(uses, mapping.object, { path: mapping.of, edit: false });
    for (const { transform } of Object.values(mapping.attributes)) addNamed(uses, transform);
    for (const path of scopeFields(mapping)) addField(uses, mapping.object, { path, edit: false });
    // Our id goes along with whatever else is written.
    if (mapping.key !== undefined)
      addField(uses, mapping.object, { path: mapping.key, edit: mapping.create || writesTo(mapping) });
  }
  for (const { object, name } of installed)
    if (!uses.fields.has(`${object}.${name}`)) addField(uses, object, { path: name, edit: false });
  return uses;
}

function scopeFields(mapping: ObjectMapping): string[] {
  const filtered =
    mapping.scope.filter === undefined ? [] : filterFields(mapping.object, mapping.scope.filter);
  const money = Object.values(mapping.attributes).flatMap(({ transform }) =>
    transform?.kind === 'money' && transform.currencyField !== undefined ? [transform.currencyField] : [],
  );
  return [...Object.keys(mapping.scope.where ?? {}), ...filtered, ...money];
}

/** Objects without permissions of their own need their parent's; most standard objects need their account's. */
function addObject(uses: Uses, mapping: ObjectMapping): void {
  const object = permissionsFollow(mapping.object) ?? mapping.object;
  allow(uses, object, { read: true, create: mapping.create, edit: writesTo(mapping) });
  if (['Contact', 'Opportunity', 'Case'].includes(object))
    allow(uses, 'Account', { read: true, create: false, edit: false });
  // Who may change a detail record is who may change its master.
  const master = masterOf(object);
  if (master !== undefined) allow(uses, master, { read: true, create: false, edit: writesTo(mapping) });
}

/** Records that are found by name have to be seen. */
function addNamed(uses: Uses, transform: AttributeMapping['transform']): void {
  if (transform?.kind !== 'named') return;
  const { object, field, where } = transform;
  for (const seen of [object, masterOf(object)])
    if (seen !== undefined && hasPermissions(seen))
      allow(uses, seen, { read: true, create: false, edit: false });
  for (const path of [field, ...Object.keys(where ?? {})]) addField(uses, object, { path, edit: false });
}

function writesTo(mapping: ObjectMapping): boolean {
  return Object.values(mapping.attributes).some(({ direction }) => direction !== 'in');
}

function allow(uses: Uses, object: string, use: ObjectUse): void {
  const before = uses.objects.get(object) ?? { read: false, create: false, edit: false };
  uses.objects.set(object, {
    read: before.read || use.read,
    create: before.create || use.create,
    edit: before.edit || use.edit,
  });
}

function addField(uses: Uses, object: string, { path, edit }: { path: string; edit: boolean }): void {
  const [head = '', ...rest] = path.split('.');
  if (rest.length > 0) {
    const lookup = lookupOf(object, head);
    addField(uses, object, { path: lookup.field, edit });
    if (lookup.object === undefined) return;
    if (hasPermissions(lookup.object)) allow(uses, lookup.object, { read: true, create: false, edit: false });
    addField(uses, lookup.object, { path: rest.join('.'), edit: false });
    return;
  }
  if (!isPermissionable(object, head)) return;
  const name = `${object}.${head}`;
  uses.fields.set(name, (uses.fields.get(name) ?? false) || edit);
}

function fieldXml(field: string, edit: boolean): string {
  const inner = [element('editable', String(edit)), element('field', field), element('readable', 'true')];
  return `<fieldPermissions>${inner.join('')}</fieldPermissions>`;
}

/** View All on what is read: without it sharing would hide records without a word. Delete and Modify All are never given. */
function objectXml(object: string, use: ObjectUse): string {
  const inner = [
    element('allowCreate', String(use.create)),
    element('allowDelete', 'false'),
    element('allowEdit', String(use.edit || use.create)),
    element('allowRead', 'true'),
    element('modifyAllRecords', 'false'),
    element('object', object),
    element('viewAllRecords', 'true'),
  ];
  return `<objectPermissions>${inner.join('')}</objectPermissions>`;
}

function userPermission(name: string): string {
  return `<userPermissions>${element('enabled', 'true')}${element('name', name)}</userPermissions>`;
}
