import { TierlinkError } from '../../../src/errors.ts';
import type { Automation } from '../../../src/sync/installer.ts';
import type { Context } from '../context.ts';
import { rightsOf } from './rights.ts';

/**
 * What an environment does by itself when rows are written: classic workflows and business rules, cloud flows, and steps of
 * plug-ins. https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/workflow and
 * .../entities/sdkmessageprocessingstep
 */

const kind = 'install';

export async function automations(context: Context, tables: readonly string[]): Promise<Automation[]> {
  if (tables.length === 0) return [];
  await requireSeeingAll(context);
  const all = [
    ...(await processes(context, tables)),
    ...(await flows(context, tables)),
    ...(await steps(context, tables)),
  ];
  return all.sort((one, other) =>
    `${one.object} ${one.kind} ${one.name}` < `${other.object} ${other.kind} ${other.name}` ? -1 : 1,
  );
}

/** By these all rows are seen, not only the user's own. */
const seeingAll = ['prvReadWorkflow', 'prvReadSdkMessageProcessingStep'] as const;

/** Throws CRM_PERMISSION where some of the automation may be hidden: the platform leaves out such rows without a word. */
async function requireSeeingAll(context: Context): Promise<void> {
  const { whole } = await rightsOf(context);
  const lacking = seeingAll.filter((name) => !whole.has(name));
  if (lacking.length === 0) return;
  const reason = `it lacks ${lacking.join(' and ')} for the whole organization`;
  throw new TierlinkError('CRM_PERMISSION', { connection: context.host.connection, reason });
}

const anyOf = (field: string, tables: readonly string[]): string =>
  `(${tables.map((name) => `${field} eq '${name}'`).join(' or ')})`;

async function rowsOf<T>({ client }: Context, set: string, query: Record<string, string>): Promise<T[]> {
  const rows: T[] = [];
  const search = Object.entries(query).map(([name, value]) => `$${name}=${encodeURIComponent(value)}`);
  let path: string | undefined = `${set}?${search.join('&')}`;
  while (path !== undefined) {
    const page: { value: T[]; '@odata.nextLink'?: string } = await client.json({ method: 'GET', path, kind });
    rows.push(...page.value);
    path = page['@odata.nextLink'];
  }
  return rows;
}

interface Process {
  name: string;
  category: number;
  mode: number;
  primaryentity: string;
  triggeroncreate: boolean;
  triggeronupdateattributelist: string | null;
  createstage: number | null;
  updatestage: number | null;
}

/** Categories: 0 workflow, 2 business rule; the latter runs on the server where its scope is the table (2), not a form. */
async function processes(context: Context, tables: readonly string[]): Promise<Automation[]> {
  const rows = await rowsOf<Process>(context, 'workflows', {
    select:
      'name,category,mode,primaryentity,triggeroncreate,triggeronupdateattributelist,createstage,updatestage',
    filter: `statecode eq 1 and type eq 1 and (category eq 0 or (category eq 2 and processtriggerscope eq 2)) and ${anyOf('primaryentity', tables)}`,
  });
  return rows
    .map((row) => ({ row, when: processWhen(row) }))
    .filter(({ when }) => when !== '')
    .map(({ row: { name, category, mode, primaryentity: object }, when }) => ({
      ...{ object, name, when },
      kind: category === 2 ? 'Business rule' : mode === 1 ? 'Real-time workflow' : 'Workflow',
      setUp:
        category === 2
          ? `Power Apps > Tables > ${object} > Business rules > ${name}`
          : `Power Apps > Solutions > Default Solution > Processes > ${name}`,
    }));
}

/** Workflows in the background run later; the others, as rules do, with the write. */
function processWhen(process: Process): string {
  const { category, mode, triggeroncreate, triggeronupdateattributelist: list } = process;
  if (category === 2) return 'on create and update';
  const moment = (stage: number | null) => (mode === 1 ? `, ${stages[stage ?? 40] ?? 'after'}` : '');
  const events = [
    ...(triggeroncreate ? [`on create${moment(process.createstage)}`] : []),
    ...(list === null || list === ''
      ? []
      : [`on update of ${list.replaceAll(',', ', ')}${moment(process.updatestage)}`]),
  ];
  return events.length === 0 ? '' : `${events.join('; ')}${mode === 1 ? '' : ', later'}`;
}

interface Flow {
  name: string;
  clientdata: string | null;
}

/** What a flow that starts by a row says of it, in its own definition. */
interface Trigger {
  inputs?: { parameters?: Record<string, unknown> };
}

/** 1 added, 2 deleted, 3 modified, and sums of them. */
const flowMessages: Readonly<Record<string, string>> = {
  1: 'on create',
  3: 'on update',
  4: 'on create and update',
  5: 'on create and delete',
  6: 'on update and delete',
  7: 'on create, update and delete',
};

async function flows(context: Context, tables: readonly string[]): Promise<Automation[]> {
  const rows = await rowsOf<Flow>(context, 'workflows', {
    select: 'name,clientdata',
    filter: "statecode eq 1 and category eq 5 and contains(clientdata,'SubscribeWebhookTrigger')",
  });
  return rows.flatMap(({ name, clientdata }) =>
    triggersIn(clientdata ?? '').flatMap(({ inputs }): Automation[] => {
      const parameters = inputs?.parameters ?? {};
      const object = String(parameters['subscriptionRequest/entityname'] ?? '');
      const message = flowMessages[String(parameters['subscriptionRequest/message'])];
      if (!tables.includes(object) || message === undefined) return [];
      const columns = parameters['subscriptionRequest/filteringattributes'];
      const when =
        typeof columns === 'string' && columns !== ''
          ? `${message} of ${columns.replaceAll(',', ', ')}`
          : message;
      return [
        {
          object,
          kind: 'Cloud flow',
          name,
          when: `${when}, later`,
          setUp: `Power Automate > My flows > ${name}`,
        },
      ];
    }),
  );
}

/** A definition that cannot be read is that of a flow of which nothing is known. */
function triggersIn(clientdata: string): Trigger[] {
  try {
    const parsed = JSON.parse(clientdata) as {
      properties?: { definition?: { triggers?: Record<string, Trigger> } };
    };
    return Object.values(parsed.properties?.definition?.triggers ?? {});
  } catch {
    return [];
  }
}

interface Step {
  name: string;
  mode: number;
  stage: number;
  filteringattributes: string | null;
  sdkmessageid: { name: string } | null;
  sdkmessagefilterid: { primaryobjecttypecode: string } | null;
}

const stepMessages: Readonly<Record<string, string>> = {
  Create: 'on create',
  CreateMultiple: 'on create',
  Update: 'on update',
  UpdateMultiple: 'on update',
  Upsert: 'on create and update',
  UpsertMultiple: 'on create and update',
};

const stages: Readonly<Record<number, string>> = { 10: 'before', 20: 'before', 40: 'after' };

/** Steps of the platform itself have level 0; other stages than these three are for its internal use. */
async function steps(context: Context, tables: readonly string[]): Promise<Automation[]> {
  const rows = await rowsOf<Step>(context, 'sdkmessageprocessingsteps', {
    select: 'name,mode,stage,filteringattributes',
    expand: 'sdkmessageid($select=name),sdkmessagefilterid($select=primaryobjecttypecode)',
    filter: `statecode eq 0 and customizationlevel eq 1 and (_sdkmessagefilterid_value eq null or ${anyOf('sdkmessagefilterid/primaryobjecttypecode', tables)})`,
  });
  return rows.flatMap(({ name, mode, stage, filteringattributes, sdkmessageid, sdkmessagefilterid }) => {
    const message = stepMessages[sdkmessageid?.name ?? ''];
    if (message === undefined || stages[stage] === undefined) return [];
    const of = filteringattributes ? ` of ${filteringattributes.replaceAll(',', ', ')}` : '';
    const when = `${message}${of}, ${stages[stage]}${mode === 1 ? ', later' : ''}`;
    // A step without a filter runs for any table.
    const objects = sdkmessagefilterid === null ? tables : [sdkmessagefilterid.primaryobjecttypecode];
    return objects.map((object) => ({
      ...{ object, kind: 'Plug-in step', name, when },
      setUp: `Power Apps > Solutions > Default Solution > Plug-in steps > ${name}`,
    }));
  });
}
