import { TierlinkError } from '../../../src/errors.ts';
import type { Automation } from '../../../src/sync/installer.ts';
import { queryPath } from '../client.ts';
import type { Context } from '../context.ts';
import { childrenNamed, childText } from '../metadata-xml.ts';
import { anyOf } from '../soql.ts';
import { readMetadata } from './metadata.ts';
import { mayUseMetadata, permissionWords, userPermissions } from './rights.ts';

/**
 * What an org does by itself when records are written: Apex triggers, flows that start by a record, workflow rules, and the
 * rules that refuse a record. https://developer.salesforce.com/docs/atlas.en-us.apexcode.meta/apexcode/apex_triggers_order_of_execution.htm
 */

const kind = 'install';

export async function automations(context: Context, objects: readonly string[]): Promise<Automation[]> {
  if (objects.length === 0) return [];
  await requireSeeingAll(context);
  const all = [
    ...(await triggers(context, objects)),
    ...(await flows(context, objects)),
    ...(await workflowRules(context, objects)),
    ...(await validationRules(context, objects)),
    ...(await duplicateRules(context, objects)),
  ];
  return all.sort((one, other) =>
    `${one.object} ${one.kind} ${one.name}` < `${other.object} ${other.kind} ${other.name}` ? -1 : 1,
  );
}

/** Throws CRM_PERMISSION where some of the automation may be hidden: rows are left out without a word. */
async function requireSeeingAll(context: Context): Promise<void> {
  const held = await userPermissions(context);
  const lacking = [
    ...(held === null || held.has('ViewSetup') ? [] : [permissionWords('ViewSetup')]),
    ...(mayUseMetadata(held) ? [] : [permissionWords('ModifyMetadata')]),
  ];
  if (lacking.length === 0) return;
  const reason = `it lacks ${lacking.join(' and ')}`;
  throw new TierlinkError('CRM_PERMISSION', { connection: context.host.connection, reason });
}

async function rowsOf<T>({ client }: Context, soql: string, resource: '' | '/tooling'): Promise<T[]> {
  const rows: T[] = [];
  let path: string | undefined = `${resource}${queryPath(soql)}`;
  while (path !== undefined) {
    const page: { records: T[]; nextRecordsUrl?: string } = await client.json({ method: 'GET', path, kind });
    rows.push(...page.records);
    path = page.nextRecordsUrl;
  }
  return rows;
}

interface Trigger {
  Name: string;
  EntityDefinition: { QualifiedApiName: string };
  UsageBeforeInsert: boolean;
  UsageAfterInsert: boolean;
  UsageBeforeUpdate: boolean;
  UsageAfterUpdate: boolean;
}

async function triggers(context: Context, objects: readonly string[]): Promise<Automation[]> {
  const of = anyOf('EntityDefinition.QualifiedApiName', [...objects]);
  const soql = `SELECT Name, EntityDefinition.QualifiedApiName, UsageBeforeInsert, UsageAfterInsert, UsageBeforeUpdate, UsageAfterUpdate FROM ApexTrigger WHERE Status = 'Active' AND ${of}`;
  const rows = await rowsOf<Trigger>(context, soql, '/tooling');
  return rows.flatMap(({ Name: name, EntityDefinition: { QualifiedApiName: object }, ...usage }) => {
    const events = whenOf({
      create: usage.UsageBeforeInsert || usage.UsageAfterInsert,
      update: usage.UsageBeforeUpdate || usage.UsageAfterUpdate,
    });
    const around = [
      ...(usage.UsageBeforeInsert || usage.UsageBeforeUpdate ? ['before'] : []),
      ...(usage.UsageAfterInsert || usage.UsageAfterUpdate ? ['after'] : []),
    ];
    const when = events === '' ? '' : `${events}, ${around.join(' and ')}`;
    const setUp = `Setup > Object Manager > ${object} > Triggers > ${name}`;
    return when === '' ? [] : [{ object, kind: 'Apex trigger', name, when, setUp }];
  });
}

function whenOf({ create, update }: { create: boolean; update: boolean }): string {
  const events = [...(create ? ['create'] : []), ...(update ? ['update'] : [])];
  return events.length === 0 ? '' : `on ${events.join(' and ')}`;
}

interface Flow {
  ApiName: string;
  Label: string;
  ProcessType: string;
  TriggerType: string | null;
  RecordTriggerType: string | null;
  TriggerObjectOrEvent: { QualifiedApiName: string } | null;
}

/** Flows that start by a record, and the processes that came before them. */
async function flows(context: Context, objects: readonly string[]): Promise<Automation[]> {
  const of = anyOf('TriggerObjectOrEvent.QualifiedApiName', [...objects]);
  const soql = `SELECT ApiName, Label, ProcessType, TriggerType, RecordTriggerType, TriggerObjectOrEvent.QualifiedApiName FROM FlowDefinitionView WHERE IsActive = true AND (${of} OR ProcessType = 'Workflow')`;
  const rows = await rowsOf<Flow>(context, soql, '');
  return rows.flatMap((flow) => (flow.ProcessType === 'Workflow' ? processes(flow, objects) : flowOf(flow)));
}

/** A process whose object the platform does not name may be about any. */
function processes({ Label, ApiName, TriggerObjectOrEvent }: Flow, objects: readonly string[]): Automation[] {
  const object = TriggerObjectOrEvent?.QualifiedApiName;
  const about = object === undefined ? objects : objects.filter((each) => each === object);
  const name = Label || ApiName;
  const when = `on create and update${object === undefined ? ', if it is about this object' : ''}`;
  const setUp = `Setup > Process Automation > Process Builder > ${name}`;
  return about.map((each) => ({ object: each, kind: 'Process', name, when, setUp }));
}

function flowOf(flow: Flow): Automation[] {
  const name = flow.Label || flow.ApiName;
  const when = flowWhen(flow);
  const object = flow.TriggerObjectOrEvent?.QualifiedApiName ?? '';
  const setUp = `Setup > Process Automation > Flows > ${name}`;
  return when === '' ? [] : [{ object, kind: 'Flow', name, when, setUp }];
}

const moments: Readonly<Record<string, string>> = {
  RecordBeforeSave: ', before',
  RecordAfterSave: ', after',
};

function flowWhen({ TriggerType, RecordTriggerType }: Flow): string {
  const moment = moments[TriggerType ?? ''];
  const of = RecordTriggerType ?? '';
  // Others run by a schedule, by a message or when a record is deleted.
  if (moment === undefined) return '';
  const when = whenOf({
    create: of.startsWith('Create') || of === '',
    update: of.endsWith('Update') || of === '',
  });
  return when === '' ? '' : `${when}${moment}`;
}

/** When workflow rules look at a record. */
const ruleTriggers: Readonly<Record<string, string>> = {
  onCreateOnly: 'on create',
  onAllChanges: 'on create and update',
  onCreateOrTriggeringUpdate: 'on create and update',
};

async function workflowRules(context: Context, objects: readonly string[]): Promise<Automation[]> {
  const found = await readMetadata(context, 'Workflow', objects);
  return [...found].flatMap(([object, workflow]) =>
    childrenNamed(workflow, 'rules')
      .filter((rule) => childText(rule, 'active') === 'true')
      .map((rule) => {
        const name = childText(rule, 'fullName') ?? '';
        const when = ruleTriggers[childText(rule, 'triggerType') ?? ''] ?? 'on create and update';
        const setUp = `Setup > Process Automation > Workflow Rules > ${name}`;
        return { object, kind: 'Workflow rule', name, when, setUp };
      }),
  );
}

async function validationRules(context: Context, objects: readonly string[]): Promise<Automation[]> {
  const of = anyOf('EntityDefinition.QualifiedApiName', [...objects]);
  const soql = `SELECT ValidationName, EntityDefinition.QualifiedApiName FROM ValidationRule WHERE Active = true AND ${of}`;
  const rows = await rowsOf<{ ValidationName: string; EntityDefinition: { QualifiedApiName: string } }>(
    context,
    soql,
    '/tooling',
  );
  return rows.map(({ ValidationName: name, EntityDefinition: { QualifiedApiName: object } }) => ({
    ...{ object, kind: 'Validation rule', name, when: 'on create and update' },
    setUp: `Setup > Object Manager > ${object} > Validation Rules > ${name}`,
  }));
}

async function duplicateRules(context: Context, objects: readonly string[]): Promise<Automation[]> {
  const soql = `SELECT MasterLabel, SobjectType FROM DuplicateRule WHERE IsActive = true AND ${anyOf('SobjectType', [...objects])}`;
  const rows = await rowsOf<{ MasterLabel: string; SobjectType: string }>(context, soql, '');
  return rows.map(({ MasterLabel: name, SobjectType: object }) => ({
    ...{ object, kind: 'Duplicate rule', name, when: 'on create and update' },
    setUp: `Setup > Data > Duplicate Management > Duplicate Rules > ${name}`,
  }));
}
