import { isTierlinkError } from '../../../src/errors.ts';
import { installSteps } from '../../../src/install/steps.ts';
import type { FoundShape, Inspection, InstallPart } from '../../../src/sync/installer.ts';
import type { Context } from '../context.ts';
import type { Column, Table } from '../metadata.ts';
import { fetchTables, strong } from '../metadata-read.ts';
import { type FormDetail, type PartDetail, tracking } from '../provision/parts.ts';
import { mainForms, shows } from './forms.ts';
import { lacksOf, rightsOf, type UserRights } from './rights.ts';

/** What an environment has of the parts. */

const kind = 'install';

/** What was read at once for all parts. */
interface Seen {
  tables: ReadonlyMap<string, Table>;
  rights: UserRights;
}

export async function inspect(context: Context, parts: readonly InstallPart[]): Promise<Inspection> {
  const details = parts.map(({ detail }) => detail as PartDetail);
  const names = [...new Set(details.flatMap(tableOf))];
  const found = await fetchTables(context.client, names, strong);
  const tables = new Map(
    found.flatMap((table) => (table === undefined ? [] : [[table.name, table] as const])),
  );
  const seen = { tables, rights: await rightsOf(context) };
  const shapes: (FoundShape | null)[] = [];
  for (const [index, detail] of details.entries())
    shapes.push(await shapeOf(context, seen, { detail, part: parts[index]! }));
  return { found: shapes, lacks: await lacksOf(context, installSteps(parts, shapes), seen.rights) };
}

function tableOf(detail: PartDetail): string[] {
  if ('table' in detail) return [detail.table];
  return detail.is === 'column' ? [detail.column.table] : [];
}

async function shapeOf(
  context: Context,
  seen: Seen,
  { detail, part }: { detail: PartDetail; part: InstallPart },
): Promise<FoundShape | null> {
  switch (detail.is) {
    case 'publisher':
      return (await publisherOf(context, detail.prefix)) === null ? null : shape('Publisher');
    case 'solution':
      return await solutionShape(context, part.name);
    case 'table':
      return tableShape(seen.tables.get(detail.table));
    case 'column':
      return columnShape(seen.tables.get(detail.column.table)?.columns.get(detail.column.name), part);
    case 'named column':
      return columnShape(seen.tables.get(detail.table)?.columns.get(detail.name), part);
    case 'key':
      return keyShape(seen.tables.get(detail.table), detail);
    case 'role':
      return await roleShape(context, detail);
    case 'rights':
      return {
        ...shape('Rights of the user'),
        values: heldOf(detail.privileges, seen.rights.whole),
      };
    case 'form':
      return await formShape(context, part, detail);
  }
}

/** Names of privileges follow the schema name of their table; the platform takes no notice of their case. */
function heldOf(privileges: readonly string[], held: ReadonlySet<string>): string[] {
  const known = new Set([...held].map((name) => name.toLowerCase()));
  return privileges.filter((name) => known.has(name.toLowerCase()));
}

function shape(type: string): FoundShape {
  return { type, traits: {}, values: [], unfinished: null };
}

function tableShape(table: Table | undefined): FoundShape | null {
  if (table === undefined) return null;
  return { ...shape('Table'), values: table.tracksChanges ? [tracking] : [] };
}

/** The id of a publisher with the prefix, that named after it first; null where there is none. */
export async function publisherOf({ client }: Context, prefix: string): Promise<string | null> {
  const path = `publishers?$select=publisherid,uniquename&$filter=customizationprefix eq '${prefix}'`;
  const { value } = await client.json<{ value: { publisherid: string; uniquename: string }[] }>({
    ...{ method: 'GET', path, kind },
  });
  return (value.find(({ uniquename }) => uniquename === prefix) ?? value[0])?.publisherid ?? null;
}

async function solutionShape({ client }: Context, name: string): Promise<FoundShape | null> {
  const path = `solutions?$select=solutionid,ismanaged&$expand=publisherid($select=customizationprefix)&$filter=uniquename eq '${name}'`;
  const { value } = await client.json<{
    value: { ismanaged: boolean; publisherid: { customizationprefix: string } }[];
  }>({ method: 'GET', path, kind });
  const [found] = value;
  if (found === undefined) return null;
  const { ismanaged: managed, publisherid } = found;
  return { ...shape('Solution'), traits: { managed, prefix: publisherid.customizationprefix } };
}

function columnShape(column: Column | undefined, { want }: InstallPart): FoundShape | null {
  if (column === undefined) return null;
  const { vendorType, type, maxLength, scale, targets, options, sharedChoice } = column;
  const to = String(want.exactly.to ?? '');
  const isChoice = type === 'choice' || type === 'multiChoice';
  return {
    type: vendorType,
    traits: {
      day: type === 'date',
      ...(maxLength === null ? {} : { length: maxLength }),
      ...(scale === null ? {} : { places: scale }),
      // A lookup to several tables serves as well.
      ...(targets.length === 0 ? {} : { to: targets.includes(to) ? to : targets.join(', ') }),
    },
    // What is no choice holds any value.
    values: isChoice ? (options ?? []).map(({ value }) => String(value)) : Object.keys(want.includes),
    unfinished: null,
    ...(sharedChoice === null
      ? {}
      : { through: `the choice ${sharedChoice}, which other columns may have too` }),
  };
}

/** The key of the column, whatever it is called; or the one that has our name. */
function keyShape(
  table: Table | undefined,
  { column, name }: { column: string; name: string },
): FoundShape | null {
  const all = [
    ...(table?.keys ?? []).map((key) => ({ ...key, status: 'Active' })),
    ...(table?.unfinishedKeys ?? []),
  ];
  const found =
    all.find(({ columns }) => columns.length === 1 && columns[0] === column) ??
    all.find((key) => key.name === name);
  if (found === undefined) return null;
  return {
    ...shape('Alternate key'),
    traits: { columns: found.columns.join(', ') },
    unfinished: found.status === 'Active' ? null : `its index is ${found.status}`,
  };
}

async function roleShape(
  { client }: Context,
  { id, privileges }: { id: string; privileges: readonly string[] },
): Promise<FoundShape | null> {
  const path = `roles?$select=roleid&$filter=roleid eq ${id}`;
  const { value } = await client.json<{ value: unknown[] }>({ method: 'GET', path, kind });
  if (value.length === 0) return null;
  const { RolePrivileges } = await client.json<{
    RolePrivileges: { PrivilegeName: string; Depth: string }[];
  }>({
    ...{ method: 'GET', path: `RetrieveRolePrivilegesRole(RoleId=${id})`, kind },
  });
  const whole = RolePrivileges.filter(({ Depth }) => Depth === 'Global');
  const held = new Set(whole.map(({ PrivilegeName }) => PrivilegeName));
  return { ...shape('Security role'), values: heldOf(privileges, held) };
}

/** What at least one main form of a table shows, or what all of one name do. Who may not read them is told to look. */
async function formShape(
  context: Context,
  { want }: InstallPart,
  detail: FormDetail,
): Promise<FoundShape | null> {
  try {
    const forms = await mainForms(context, detail);
    if (forms.length === 0) return null;
    const isShown = (column: string) =>
      detail.form === null
        ? forms.some((form) => shows(form, column))
        : forms.every((form) => shows(form, column));
    return { ...shape('Main form'), values: Object.keys(want.includes).filter(isShown) };
  } catch (error) {
    if (!isTierlinkError(error, 'CRM_PERMISSION')) throw error;
    // Of a form that somebody has named, the rights that are lacking are told.
    return detail.form === null ? null : { ...shape('Main form'), unfinished: 'the user may not see it' };
  }
}
