import { TierlinkError } from '../../../src/errors.ts';
import { type LackingPart, partId } from '../../../src/sync/installer.ts';
import { faultOf } from '../../shared/call-failed.ts';
import type { Context } from '../context.ts';
import { fetchTables, strong } from '../metadata-read.ts';
import type { PartDetail } from '../provision/parts.ts';
import { optionValuePrefix, roleName, solutionName, solutionVersion } from '../provision/publisher.ts';
import { columnBody, keyBody, label, relationshipBody, tableBody } from './bodies.ts';
import { showOnForms } from './forms.ts';
import { publisherOf } from './look.ts';
import { privilegesNamed } from './rights.ts';

/** Makes parts, one request each, and each in our solution. */

const kind = 'install';
const inSolution = { 'MSCRM.SolutionUniqueName': solutionName } as const;

/** How long the index of a key may take, and when it is looked at: soon, for a table with few rows, then less and less often. */
const KEY_WAIT_MS = 10 * 60_000;
const FIRST_LOOK_MS = 200;
const KEY_LOOK_MS = 5_000;

/** Throws CRM_*, and INSTALL_REFUSED for what the platform gave up. */
export async function applyPart(context: Context, lacking: LackingPart, signal?: AbortSignal): Promise<void> {
  const detail = lacking.part.detail as PartDetail;
  switch (detail.is) {
    case 'publisher':
      return await makePublisher(context, detail.prefix);
    case 'solution':
      return await makeSolution(context, detail.prefix);
    case 'table':
      if (detail.own !== null) await post(context, 'EntityDefinitions', tableBody(detail.table, detail.own));
      return;
    case 'column':
      return await makeColumn(context, detail, lacking);
    case 'key':
      await makeKey(context, detail, lacking);
      return await keyBuilt(context, detail, { ...lacking, signal });
    case 'role':
      return await makeRole(context, detail.id, lacking);
    case 'form':
      return await showOnForms(context, detail, lacking);
    default:
      throw new Error(`${partId(lacking.part)} is not made over the wire`);
  }
}

async function post(context: Context, path: string, body: unknown, table?: string): Promise<void> {
  await context.client.send({ method: 'POST', path, body, kind, table, headers: inSolution });
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/web-api-metadata-operations-sample */
async function makePublisher({ client }: Context, prefix: string): Promise<void> {
  const body = {
    uniquename: prefix,
    friendlyname: 'Tierlink',
    customizationprefix: prefix,
    customizationoptionvalueprefix: optionValuePrefix,
  };
  await client.send({ method: 'POST', path: 'publishers', body, kind });
}

async function makeSolution(context: Context, prefix: string): Promise<void> {
  const publisher = await publisherOf(context, prefix);
  const body = {
    uniquename: solutionName,
    friendlyname: solutionName,
    version: solutionVersion,
    'publisherid@odata.bind': `/publishers(${publisher})`,
  };
  await context.client.send({ method: 'POST', path: 'solutions', body, kind });
}

async function makeColumn(
  context: Context,
  { column, relationship }: Extract<PartDetail, { is: 'column' }>,
  { found, adds }: LackingPart,
): Promise<void> {
  const { table, name } = column;
  if (found !== null) return await addOptions(context, { table, name, adds, column });
  if (column.kind !== 'lookup' || relationship === null)
    return await post(
      context,
      `EntityDefinitions(LogicalName='${table}')/Attributes`,
      columnBody(column),
      table,
    );
  const [target] = await fetchTables(context.client, [column.target], strong);
  if (target === undefined)
    throw new TierlinkError('CRM_OBJECT_MISSING', {
      connection: context.host.connection,
      object: column.target,
    });
  const names = { schemaName: relationship, referencedId: target.primaryId };
  await post(context, 'RelationshipDefinitions', relationshipBody(column, names), table);
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/insertoptionvalue */
async function addOptions(
  context: Context,
  {
    table,
    name,
    adds,
    column,
  }: { table: string; name: string; adds: readonly string[] } & Pick<
    Extract<PartDetail, { is: 'column' }>,
    'column'
  >,
): Promise<void> {
  const options = column.kind === 'choice' ? column.options : [];
  const shared = await sharedChoice(context, table, name);
  const of =
    shared === null ? { EntityLogicalName: table, AttributeLogicalName: name } : { OptionSetName: shared };
  for (const { value, label: text } of options.filter((each) => adds.includes(String(each.value)))) {
    const body = { ...of, Value: value, Label: label(text), SolutionUniqueName: solutionName };
    await context.client.send({ method: 'POST', path: 'InsertOptionValue', body, kind, table });
  }
}

const picklist =
  'Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=GlobalOptionSet($select=Name)';

/** The name of the choice that the column shares with others; null where it has its own. */
async function sharedChoice({ client }: Context, table: string, name: string): Promise<string | null> {
  const column = `EntityDefinitions(LogicalName='${table}')/Attributes(LogicalName='${name}')`;
  const path = `${column}/${picklist}`;
  const { GlobalOptionSet } = await client.json<{ GlobalOptionSet?: { Name: string } | null }>({
    ...{ method: 'GET', path, kind, headers: strong },
  });
  return GlobalOptionSet?.Name ?? null;
}

/**
 * The index of a key is built by a job; until it is, rows cannot be named by the key.
 * https://learn.microsoft.com/power-apps/developer/data-platform/define-alternate-keys-entity
 */
async function makeKey(
  context: Context,
  { table, column, name }: Extract<PartDetail, { is: 'key' }>,
  { found }: LackingPart,
): Promise<void> {
  if (found === null)
    await post(context, `EntityDefinitions(LogicalName='${table}')/Keys`, keyBody(name, column), table);
}

/** Waits for the index, for some time or until the signal ends it; the platform goes on with it. */
async function keyBuilt(
  context: Context,
  { table, column }: Extract<PartDetail, { is: 'key' }>,
  { part, found, signal }: LackingPart & { signal: AbortSignal | undefined },
): Promise<void> {
  const { client, host } = context;
  const until = host.now() + KEY_WAIT_MS;
  let triedAgain = false;
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, KEY_LOOK_MS)) {
    const key = await keyOf(context, { table, column, signal });
    if (key?.status === 'Active') return;
    const failed = key?.status === 'Failed';
    if (failed && !triedAgain && found !== null) {
      // What made it fail may have been mended since.
      triedAgain = true;
      const body = { EntityLogicalName: table, EntityKeyLogicalName: key.name };
      await client.send({ method: 'POST', path: 'ReactivateEntityKey', body, kind, table });
    } else if (failed || host.now() >= until) {
      const reason = failed
        ? `the platform could not build its index, as a rule because rows hold the same value in ${column}`
        : `its index is still ${key?.status ?? 'not there'} after ${KEY_WAIT_MS / 60_000} minutes`;
      throw new TierlinkError('INSTALL_REFUSED', { connection: host.connection, part: partId(part), reason });
    }
    await host.sleep(pauseMs, signal);
  }
}

async function keyOf(
  { client }: Context,
  { table, column, signal }: { table: string; column: string; signal: AbortSignal | undefined },
): Promise<{ name: string; status: string } | undefined> {
  const path = `EntityDefinitions(LogicalName='${table}')/Keys?$select=LogicalName,KeyAttributes,EntityKeyIndexStatus`;
  const { value } = await client.json<{
    value: { LogicalName: string; KeyAttributes: string[]; EntityKeyIndexStatus: string }[];
  }>({ method: 'GET', path, kind, headers: strong, signal });
  const found = value.find(({ KeyAttributes }) => KeyAttributes.length === 1 && KeyAttributes[0] === column);
  return found === undefined ? undefined : { name: found.LogicalName, status: found.EntityKeyIndexStatus };
}

/** A new role is born with a few privileges of the platform's own; these stay. */
async function makeRole(context: Context, id: string, { part, found, adds }: LackingPart): Promise<void> {
  const { client, host } = context;
  const unit = await rootUnit(context);
  if (found === null) {
    const place = { 'businessunitid@odata.bind': `/businessunits(${unit})` };
    // The id is that of the generated solution, so that an import of it later finds this role.
    await post(context, 'roles', { roleid: id, name: roleName, ...place });
  }
  const known = await privilegesNamed(context, adds);
  const names = new Set(known.map(({ name }) => name.toLowerCase()));
  const absent = adds.filter((name) => !names.has(name.toLowerCase()));
  if (absent.length > 0) {
    const reason = `the environment has no privilege ${absent.join(', ')}`;
    throw new TierlinkError('INSTALL_REFUSED', { connection: host.connection, part: partId(part), reason });
  }
  const Privileges = known.map(({ privilegeid, name }) => ({
    ...{ Depth: 'Global', PrivilegeId: privilegeid, BusinessUnitId: unit, PrivilegeName: name },
  }));
  const path = `roles(${id})/Microsoft.Dynamics.CRM.AddPrivilegesRole`;
  await client.send({ method: 'POST', path, body: { Privileges }, kind, repeatable: true });
}

async function rootUnit({ client }: Context): Promise<string> {
  const path = 'businessunits?$select=businessunitid&$filter=_parentbusinessunitid_value eq null';
  const { value } = await client.json<{ value: { businessunitid: string }[] }>({ method: 'GET', path, kind });
  return value[0]!.businessunitid;
}

/**
 * Publishes what there is of the tables, with the choices that their columns share: the table does not bring these along.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/publishxml
 */
export async function publish({ client }: Context, tables: readonly string[]): Promise<void> {
  const there: string[] = [];
  const shared = new Set<string>();
  for (const table of tables) {
    const choices = await sharedChoices(client, table);
    if (choices === null) continue;
    there.push(table);
    for (const name of choices) shared.add(name);
  }
  if (there.length === 0) return;
  const listed = (names: readonly string[], element: string) =>
    names.map((name) => `<${element}>${name}</${element}>`).join('');
  const entities = `<entities>${listed(there, 'entity')}</entities>`;
  const optionsets =
    shared.size === 0 ? '' : `<optionsets>${listed([...shared].sort(), 'optionset')}</optionsets>`;
  const ParameterXml = `<importexportxml>${entities}${optionsets}</importexportxml>`;
  await client.send({ method: 'POST', path: 'PublishXml', body: { ParameterXml }, kind, repeatable: true });
}

/** Names of the choices that columns of the table share with others; null where there is no such table. */
async function sharedChoices(client: Context['client'], table: string): Promise<string[] | null> {
  const path = `EntityDefinitions(LogicalName='${table}')/Attributes/${picklist}`;
  try {
    const { value } = await client.json<{ value: { GlobalOptionSet?: { Name: string } | null }[] }>({
      ...{ method: 'GET', path, kind, headers: strong },
    });
    return value.flatMap(({ GlobalOptionSet }) => GlobalOptionSet?.Name ?? []);
  } catch (error) {
    if (faultOf(error)?.status === 404) return null;
    throw error;
  }
}
