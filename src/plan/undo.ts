import { TierlinkError } from '../errors.ts';
import type { AttributeValue, EntityName } from '../model/entities.ts';
import type { Program } from '../program/load.ts';
import type { Executor } from '../store/store.ts';
import type { PassConnection } from '../sync/engine.ts';
import { type AttributePlan, planMapping } from '../sync/mapping/plan.ts';
import { type Base, isNormalised, pairOf } from '../sync/records/base.ts';
import { recordAddress } from '../sync/records/record-address.ts';
import { recordNames } from '../sync/records/record-names.ts';
import type { RunResult } from '../sync/records/runs.ts';
import { makeFixUndo } from './fixes.ts';
import { itemKey, type Plan, type PlanItem, type PlannedLeft, type PlannedWrite } from './item.ts';
import { type PlanRequest, rehearsedPlan } from './make.ts';
import { tierMoveOfValues } from './moves.ts';
import { partnersOf } from './partners-of.ts';

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
 * is written. Throws RUN_UNKNOWN, UNDO_INSTALL for an installation, and UNDO_NOTHING when the run wrote nothing to a CRM.
 */
export async function makeUndo(
  request: Omit<PlanRequest, 'filter' | 'full'> & { undoes: string },
): Promise<RunResult<Plan>> {
  const { engine, configured, undoes } = request;
  const { store, program } = engine;
  await requireRun(store, undoes);
  const fixes = await makeFixUndo(request, undoes);
  if (fixes !== null) return fixes;
  const written = await writtenBy(store, undoes);
  const connections = configured.filter(({ alias }) => written.some((each) => each.connection === alias));
  if (connections.length === 0) throw new TierlinkError('UNDO_NOTHING', { run: undoes });
  const itemsOfAll = async () => {
    const items: PlanItem[] = [];
    for (const connection of connections) {
      const own = written.filter((each) => each.connection === connection.alias);
      for (const item of await itemsOf({ executor: store, program, connection }, own)) items.push(item);
    }
    return items;
  };
  return await rehearsedPlan({ ...request, connections }, 'undo', itemsOfAll, undoes);
}

/** Fields and objects that are taken out take what was entered in them along; that is never done for a person. */
async function requireRun(executor: Executor, run: string): Promise<void> {
  const [row] = await executor.query<{ kind: string; connection: string | null }>(
    'select kind, connection from tierlink.run where id = $1',
    [run],
  );
  if (row === undefined) throw new TierlinkError('RUN_UNKNOWN', { run });
  if (row.kind === 'install')
    throw new TierlinkError('UNDO_INSTALL', { run, connection: row.connection ?? '' });
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
  crm_id: string;
  state: string;
  base: Base;
}

interface OpenRow {
  crm_id: string;
  attribute: string;
  theirs: AttributeValue;
  their_user: string | null;
  their_user_name: string | null;
  their_at: string | null;
}

/** What is known of the records of one mapping, by the CRM's id. */
interface Known {
  names: ReadonlyMap<string, string>;
  partners: ReadonlyMap<string, string[]>;
  links: ReadonlyMap<string, LinkRow>;
  open: ReadonlyMap<string, OpenRow[]>;
  attributes: ReadonlyMap<string, AttributePlan>;
}

/** Mapping by mapping, each with a few questions for all of its records. */
async function itemsOf(undoing: Undoing, written: readonly WrittenRecord[]): Promise<PlanItem[]> {
  const byMapping = new Map<string, WrittenRecord[]>();
  for (const record of written) {
    const place = `${record.object} ${record.entity}`;
    byMapping.set(place, [...(byMapping.get(place) ?? []), record]);
  }
  const items: PlanItem[] = [];
  for (const own of byMapping.values()) {
    const known = await knownOf(undoing, own);
    for (const record of own) for (const item of itemsOfRecord(undoing, record, known)) items.push(item);
  }
  return items;
}

async function knownOf({ executor, connection }: Undoing, written: readonly WrittenRecord[]): Promise<Known> {
  const [{ object, entity }] = written as [WrittenRecord, ...WrittenRecord[]];
  const recordIds = written.map(({ recordId }) => recordId);
  const place = [connection.alias, object, entity, written.map(({ crmId }) => crmId)];
  const links = await executor.query<LinkRow & Record<string, unknown>>(
    `select crm_id, state, base from tierlink.link
     where connection = $1 and object = $2 and entity = $3 and crm_id = any($4::text[])`,
    place,
  );
  const differences = await executor.query<OpenRow & Record<string, unknown>>(
    `select d.crm_id, d.attribute, d.theirs, d.their_user, u.name as their_user_name, d.their_at
     from tierlink.difference d left join tierlink.crm_user u on u.connection = d.connection and u.id = d.their_user
     where d.connection = $1 and d.object = $2 and d.entity = $3 and d.crm_id = any($4::text[])`,
    place,
  );
  const open = new Map<string, OpenRow[]>();
  for (const row of differences) open.set(row.crm_id, [...(open.get(row.crm_id) ?? []), row]);
  return {
    names: await recordNames(executor, entity, recordIds),
    partners: await partnersOf(executor, entity, recordIds),
    links: new Map(links.map((link) => [link.crm_id, link])),
    open,
    attributes: attributesOf(connection, { object, entity }),
  };
}

type RecordPlace = Pick<
  PlannedLeft,
  'connection' | 'object' | 'entity' | 'recordId' | 'url' | 'name' | 'partners'
> & { crmId: string };

function itemsOfRecord({ program, connection }: Undoing, record: WrittenRecord, known: Known): PlanItem[] {
  const { object, entity, recordId, crmId } = record;
  const place: RecordPlace = {
    ...{ connection: connection.alias, object, entity, recordId, crmId },
    url: recordAddress(connection, { object, crmId }),
    name: known.names.get(recordId) ?? null,
    partners: known.partners.get(recordId) ?? [],
  };
  const link = known.links.get(crmId);
  const whole = (why: string) => [leftOf(place, { attribute: null, why })];
  if (record.isCreated) return whole('the run made the record, and nothing is ever deleted');
  if (link === undefined || link.state !== 'live') return whole(`the record is ${link?.state ?? 'gone'} now`);
  const changes: PlannedWrite['changes'] = [];
  const left: PlannedLeft[] = [];
  for (const [attribute, wrote] of Object.entries(record.after)) {
    const plan = known.attributes.get(attribute);
    if (plan === undefined) {
      left.push(leftOf(place, { attribute, wrote, why: 'no mapping writes the field any more' }));
      continue;
    }
    const since = changedSince({ plan, wrote, base: link.base, open: known.open.get(crmId) ?? [] });
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
    key: itemKey('write', place.connection, object, entity, crmId),
    ...place,
    seenAt: null,
    decisionId: null,
    tier: tierMoveOfValues(program, entity, changes),
    after: [],
    changes,
  };
  return [write, ...left];
}

function attributesOf(
  connection: PassConnection,
  of: Pick<WrittenRecord, 'object' | 'entity'>,
): Map<string, AttributePlan> {
  const mapping = connection
    .mappings()
    .find(({ object, entity }) => object === of.object && entity === of.entity);
  const plans = mapping === undefined ? [] : planMapping(mapping).attributes;
  return new Map(plans.filter(({ spec }) => spec.direction !== 'in').map((plan) => [plan.attribute, plan]));
}

type Their = 'theirUser' | 'theirUserName' | 'theirAt';

/** Nobody is known to have changed it. */
const nobody: Readonly<Pick<PlannedLeft, Their>> = { theirUser: null, theirUserName: null, theirAt: null };

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
}): Pick<PlannedLeft, 'holds' | Their | 'why'> | null {
  const edit = open.find(({ attribute }) => attribute === plan.attribute);
  const why = 'it was changed since';
  if (edit !== undefined) {
    const { theirs, their_user: theirUser, their_user_name: theirUserName, their_at: theirAt } = edit;
    return { holds: theirs, theirUser, theirUserName, theirAt, why };
  }
  const entry = base[plan.attribute];
  if (entry === undefined) return { holds: null, ...nobody, why: 'what the CRM holds is not known' };
  const { theirs } = pairOf(entry);
  return isNormalised(wrote, theirs, plan.type) ? null : { holds: theirs, ...nobody, why };
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
    ...nobody,
    ...of,
  };
}
