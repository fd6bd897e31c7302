import { TierlinkError } from '../errors.ts';
import type { AttributeValue, EntityName } from '../model/entities.ts';
import type { Program } from '../program/load.ts';
import type { Executor } from '../store/store.ts';
import { type Base, isNormalised, pairOf } from '../sync/base.ts';
import type { PassConnection } from '../sync/engine.ts';
import { type AttributePlan, planMapping } from '../sync/mapping-plan.ts';
import { runPass } from '../sync/pass.ts';
import { recordAddress } from '../sync/record-address.ts';
import { recordNames } from '../sync/record-names.ts';
import type { RunResult } from '../sync/runs.ts';
import { withId } from './file.ts';
import { itemKey, type Plan, type PlanItem, type PlannedLeft, type PlannedWrite } from './item.ts';
import { headOf, type PlanRequest, readFeeds, requireWhole } from './make.ts';
import { tierMoveOfValues } from './moves.ts';
import { partnersOf } from './partners-of.ts';
import { stamped } from './stamps.ts';

/** What a run wrote to one record, as the audit has it: of each attribute what was there first, and what it wrote last. */
interface WrittenRecord {
  connection: string;
  object: string;
  entity: EntityName;
  recordId: string;
  crmId: string;
  isCreated: boolean;
  /** Before it wrote, and after, by attribute. */
  before: Record<string, AttributeValue>;
  after: Record<string, AttributeValue>;
}

/**
 * A plan that puts back what the CRM held before a run wrote, where it still holds what the run wrote; everything else that
 * the run wrote is listed with what became of it. Reads what changed since first, in a rehearsal: nothing is kept and nothing
 * is written. Throws RUN_UNKNOWN, and UNDO_NOTHING when the run wrote nothing to a CRM.
 */
export async function makeUndo(
  request: Omit<PlanRequest, 'filter' | 'full'> & { undoes: string },
): Promise<RunResult<Plan>> {
  const { engine, configured, undoes } = request;
  const { store, clock } = engine;
  await requireRun(store, undoes);
  const written = await writtenBy(store, undoes);
  const connections = configured.filter(({ alias }) => written.some((each) => each.connection === alias));
  if (connections.length === 0) throw new TierlinkError('UNDO_NOTHING', { run: undoes });
  const known = await readFeeds(store);
  const began = clock.now();
  let made: Plan | undefined;
  const run = await runPass({
    engine,
    connections,
    configured,
    dryRun: true,
    kind: 'plan',
    onRehearsed: async (rehearsed) => {
      for (const pass of rehearsed.connections) requireWhole(pass);
      const items: PlanItem[] = [];
      for (const connection of connections) {
        const own = written.filter((each) => each.connection === connection.alias);
        items.push(...(await itemsOf({ executor: store, program: engine.program, connection }, own)));
      }
      const passes = rehearsed.connections;
      const { runId } = rehearsed;
      const head = await headOf({ ...request, connections }, { runId, passes, began, known, items });
      made = withId({ ...head, kind: 'undo', undoes }, await stamped(items, connections, engine.signal));
    },
  });
  return { ...run, value: made };
}

async function requireRun(executor: Executor, run: string): Promise<void> {
  const rows = await executor.query('select 1 from tierlink.run where id = $1', [run]);
  if (rows.length === 0) throw new TierlinkError('RUN_UNKNOWN', { run });
}

interface AuditRow {
  connection: string;
  object: string;
  entity: EntityName;
  record_id: string;
  crm_id: string;
  action: string;
  before: Record<string, AttributeValue> | null;
  after: Record<string, AttributeValue> | null;
}

/** What a run wrote to CRMs, a record once. The status of a connection is about now, whatever was before. */
async function writtenBy(executor: Executor, run: string): Promise<WrittenRecord[]> {
  const rows = await executor.query<AuditRow & Record<string, unknown>>(
    `select connection, object, entity, record_id, crm_id, action, before, after from tierlink.audit
     where run_id = $1 and action in ('create', 'update') and crm_id is not null and entity <> 'connectionStatus'
     order by id`,
    [run],
  );
  const found = new Map<string, WrittenRecord>();
  for (const row of rows) {
    const { connection, object, entity, record_id: recordId, crm_id: crmId } = row;
    const key = `${connection} ${object} ${entity} ${crmId}`;
    const known = found.get(key);
    found.set(key, {
      ...{ connection, object, entity, recordId, crmId },
      isCreated: known?.isCreated === true || row.action === 'create',
      before: { ...row.before, ...known?.before },
      after: { ...known?.after, ...row.after },
    });
  }
  return [...found.values()];
}

interface Undoing {
  executor: Executor;
  program: Program;
  connection: PassConnection;
}

interface LinkRow {
  state: string;
  base: Base;
}

interface OpenRow {
  attribute: string;
  theirs: AttributeValue;
  their_user: string | null;
  their_at: string | null;
}

async function itemsOf(undoing: Undoing, written: readonly WrittenRecord[]): Promise<PlanItem[]> {
  const { executor, connection } = undoing;
  const items: PlanItem[] = [];
  for (const entity of new Set(written.map((each) => each.entity))) {
    const own = written.filter((each) => each.entity === entity);
    const ids = own.map(({ recordId }) => recordId);
    const names = await recordNames(executor, entity, ids);
    const partners = await partnersOf(executor, entity, ids);
    for (const record of own) {
      const { recordId, object, crmId } = record;
      const place = {
        ...{ connection: connection.alias, object, entity, recordId, crmId },
        url: recordAddress(connection, { object, crmId }),
        name: names.get(recordId) ?? null,
        partners: partners.get(recordId) ?? [],
      };
      items.push(...(await itemsOfRecord(undoing, record, place)));
    }
  }
  return items;
}

type RecordPlace = Pick<
  PlannedLeft,
  'connection' | 'object' | 'entity' | 'recordId' | 'url' | 'name' | 'partners'
> & { crmId: string };

async function itemsOfRecord(
  { executor, program, connection }: Undoing,
  record: WrittenRecord,
  place: RecordPlace,
): Promise<PlanItem[]> {
  const [link] = await executor.query<LinkRow & Record<string, unknown>>(
    `select state, base from tierlink.link
     where connection = $1 and object = $2 and entity = $3 and crm_id = $4`,
    [record.connection, record.object, record.entity, record.crmId],
  );
  const whole = (why: string) => [leftOf(place, { attribute: null, why })];
  if (record.isCreated) return whole('the run made the record, and nothing is ever deleted');
  if (link === undefined || link.state !== 'live') return whole(`the record is ${link?.state ?? 'gone'} now`);
  const open = await executor.query<OpenRow & Record<string, unknown>>(
    `select attribute, theirs, their_user, their_at from tierlink.difference
     where connection = $1 and object = $2 and entity = $3 and crm_id = $4`,
    [record.connection, record.object, record.entity, record.crmId],
  );
  const plans = attributesOf(connection, record);
  const changes: PlannedWrite['changes'] = [];
  const left: PlannedLeft[] = [];
  for (const [attribute, wrote] of Object.entries(record.after)) {
    const plan = plans.get(attribute);
    if (plan === undefined) {
      left.push(leftOf(place, { attribute, wrote, why: 'no mapping writes the field any more' }));
      continue;
    }
    const since = changedSince({ plan, wrote, base: link.base, open });
    if (since !== null) left.push(leftOf(place, { attribute, label: plan.field, wrote, ...since }));
    else if (record.before[attribute] !== undefined)
      changes.push({
        attribute,
        label: plan.field,
        before: pairOf(link.base[attribute] ?? wrote).theirs,
        after: record.before[attribute],
        moment: false,
        choice: 'ours',
      });
  }
  if (changes.length === 0) return left;
  const write: PlannedWrite = {
    kind: 'update',
    key: itemKey('write', place.connection, place.object, place.entity, place.crmId),
    ...place,
    seenAt: null,
    decisionId: null,
    tier: tierMoveOfValues(program, record.entity, changes),
    changes,
  };
  return [write, ...left];
}

function attributesOf(connection: PassConnection, of: WrittenRecord): Map<string, AttributePlan> {
  const mapping = connection
    .mappings()
    .find(({ object, entity }) => object === of.object && entity === of.entity);
  const plans = mapping === undefined ? [] : planMapping(mapping).attributes;
  return new Map(plans.filter(({ spec }) => spec.direction !== 'in').map((plan) => [plan.attribute, plan]));
}

/** What people put there since; null while the CRM holds what was written, in its own way of keeping it. */
function changedSince({
  plan,
  wrote,
  base,
  open,
}: {
  plan: AttributePlan;
  wrote: AttributeValue;
  base: Base;
  open: readonly OpenRow[];
}): Pick<PlannedLeft, 'holds' | 'theirUser' | 'theirAt' | 'why'> | null {
  const edit = open.find(({ attribute }) => attribute === plan.attribute);
  const why = 'it was changed since';
  if (edit !== undefined) {
    const { theirs, their_user: theirUser, their_at: theirAt } = edit;
    return { holds: theirs, theirUser, theirAt, why };
  }
  const entry = base[plan.attribute];
  if (entry === undefined)
    return { holds: null, theirUser: null, theirAt: null, why: 'what the CRM holds is not known' };
  const { theirs } = pairOf(entry);
  return isNormalised(wrote, theirs, plan.type)
    ? null
    : { holds: theirs, theirUser: null, theirAt: null, why };
}

function leftOf(
  place: RecordPlace,
  of: Pick<PlannedLeft, 'attribute' | 'why'> & Partial<PlannedLeft>,
): PlannedLeft {
  const { connection, object, entity, crmId } = place;
  return {
    kind: 'left',
    key: itemKey('left', connection, object, entity, crmId, of.attribute),
    ...place,
    label: null,
    wrote: null,
    holds: null,
    theirUser: null,
    theirAt: null,
    ...of,
  };
}
