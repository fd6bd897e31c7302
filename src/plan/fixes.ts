import { TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import type { EntityName } from '../model/entities.ts';
import type { Executor } from '../store/store.ts';
import { newMeter } from '../sync/budget.ts';
import type { CrmRecord, CrmValue } from '../sync/connector.ts';
import type { FieldDescription } from '../sync/crm-description.ts';
import type { Engine, PassConnection } from '../sync/engine.ts';
import { type AttributePlan, planMapping } from '../sync/mapping/plan.ts';
import { typedValue } from '../sync/mapping/typed-value.ts';
import type { RejectRow } from '../sync/push/rejects.ts';
import { isPaused, loadConnection } from '../sync/records/connections.ts';
import { recordAddress } from '../sync/records/record-address.ts';
import { recordNames } from '../sync/records/record-names.ts';
import { type RunResult, recordRun } from '../sync/records/runs.ts';
import { userNames } from '../sync/records/user-names.ts';
import { withId } from './file.ts';
import { itemKey, type Plan, type PlanItem, type PlannedConnection, type PlannedWrite } from './item.ts';
import { orgAndMappings, partnersNamed, validMs } from './make.ts';
import { partnersOf } from './partners-of.ts';

/** A value that a person gives for one that the CRM holds and that could not be used. */
export interface Fix {
  reject: RejectRow;
  /** As it was typed. */
  typed: string;
}

export interface FixRequest {
  engine: Engine;
  /** All that are configured. */
  configured: readonly PassConnection[];
}

/** What a plan puts into one field of a record of a CRM. */
interface FieldFix {
  connection: PassConnection;
  object: string;
  entity: EntityName;
  recordId: string;
  crmId: string;
  plan: AttributePlan;
  before: CrmValue;
  after: CrmValue;
}

interface TypedFieldFix extends FieldFix {
  fix: Fix;
}

/** Why a fix cannot be a part of a plan. */
export interface RefusedFix {
  fix: Fix;
  reason: string;
}

/** A plan, or why there is none. */
export interface FixesMade {
  plan: Plan | null;
  refused: RefusedFix[];
}

/**
 * A plan that writes corrected values to fields of the CRM whose contents could not be used, and nothing else; whose field it
 * is by the mappings does not matter, because a person says each value. Every record is looked at: nothing is planned over a
 * value that is another one than was seen. Returns no plan where one of the fixes is refused. Writes nothing.
 */
export async function makeFixPlan(request: FixRequest, fixes: readonly Fix[]): Promise<RunResult<FixesMade>> {
  return await planningRun<FixesMade>(request, async ({ runId, counted }) => {
    const refused: RefusedFix[] = [];
    const accepted: TypedFieldFix[] = [];
    const seenAt = new Map<string, string>();
    for (const [connection, object, own] of byObject(request.configured, fixes, refused)) {
      const [description] = await counted(connection, () => connection.connector().describe([object]));
      const places = own.map((fix) => ({ fix, plan: attributeOf(connection, fix.reject) }));
      const fields = new Map((description?.fields ?? []).map((field) => [field.name, field]));
      const read = places.flatMap(({ plan }) =>
        plan !== null && fields.has(plan.field) ? [plan.field] : [],
      );
      const crmIds = own.map(({ reject }) => reject.crm_id);
      const asked = { object, crmIds, fields: read };
      const records = await counted(connection, () => lookAtFields(connection, asked, request.engine.signal));
      for (const { fix, plan } of places) {
        const record = records.get(fix.reject.crm_id);
        const field = fields.get(plan?.field ?? '');
        const setUp = () =>
          connection.manifest.setUpPath({ object: description?.label ?? object, field: field?.name ?? null });
        const checked = checkedFix(fix, { plan, field, record, setUp });
        if ('reason' in checked) refused.push({ fix, reason: checked.reason });
        else accepted.push({ ...placeOfFix(connection, fix), fix, plan: plan!, ...checked });
        if (record !== undefined) seenAt.set(`${connection.alias} ${object} ${record.id}`, record.modifiedAt);
      }
    }
    refused.push(...conflicting(accepted));
    const count = refused.length;
    if (count > 0) {
      const reason = `no plan was made: ${count} of ${fixes.length} corrected values cannot be used`;
      return { value: { plan: null, refused }, refused: reason };
    }
    const plan = await planOf(request, { runId, fixes: accepted, seenAt, undoes: null });
    return { value: { plan, refused } };
  });
}

/**
 * A plan that puts back what a run of such a plan wrote over, where the CRM still holds what it wrote; null where the run
 * wrote nothing of the kind. What is not put back is listed.
 */
export async function makeFixUndo(request: FixRequest, undoes: string): Promise<RunResult<Plan> | null> {
  const written = await fixesOfRun(request, undoes);
  if (written === null) return null;
  return await planningRun(request, async ({ runId, counted }) => {
    const [fixes, left]: [FieldFix[], PlanItem[]] = [[], []];
    const seenAt = new Map<string, string>();
    for (const own of byPlace(written)) {
      const [{ connection, object }] = own;
      const asked = {
        object,
        crmIds: own.map(({ crmId }) => crmId),
        fields: own.map(({ plan }) => plan.field),
      };
      const records = await counted(connection, () => lookAtFields(connection, asked, request.engine.signal));
      const changed: FieldFix[] = [];
      for (const fix of own) {
        const record = records.get(fix.crmId);
        if (record !== undefined) seenAt.set(`${connection.alias} ${object} ${fix.crmId}`, record.modifiedAt);
        if (record !== undefined && isSameValue(record.fields[fix.plan.field], fix.before)) fixes.push(fix);
        else changed.push(fix);
      }
      const users = changed.map(({ crmId }) => records.get(crmId)?.modifiedBy ?? null);
      const names = await counted(connection, () => userNames(request.engine, connection, users));
      for (const fix of changed)
        left.push(await leftOf(request.engine.store, fix, { record: records.get(fix.crmId), names }));
    }
    return { value: await planOf(request, { runId, fixes, seenAt, undoes, left }) };
  });
}

interface Planning {
  runId: string;
  /** Does work that asks a connection; its calls are those of the run. */
  counted: <T>(connection: PassConnection, work: () => Promise<T>) => Promise<T>;
}

/** A run in which a plan is made. `refused`: why there is none. */
async function planningRun<T>(
  { engine, configured }: FixRequest,
  work: (planning: Planning) => Promise<{ value: T; refused?: string }>,
): Promise<RunResult<T>> {
  const { store, clock, logger, actor } = engine;
  const spec = { kind: 'plan', actor } as const;
  const meters = new Map(configured.map(({ alias }) => [alias, newMeter()]));
  const calls = () => [...meters.values()].reduce((sum, meter) => sum + meter.calls, 0);
  const counted: Planning['counted'] = (connection, asking) =>
    connection.budget.inRun(meters.get(connection.alias)!, asking);
  return await recordRun({ db: store.db, clock, logger, spec, calls }, async (runId) => {
    const { value, refused } = await work({ runId, counted }).finally(async () => {
      for (const { budget } of configured) await budget.flush();
    });
    return refused === undefined
      ? { value, state: 'succeeded' }
      : { value, state: 'failed', reason: refused };
  });
}

/** Fixes of one object of one connection together: they are looked at together. */
function byPlace(fixes: readonly FieldFix[]): [FieldFix, ...FieldFix[]][] {
  const found = new Map<string, [FieldFix, ...FieldFix[]]>();
  for (const fix of fixes) {
    const place = `${fix.connection.alias} ${fix.object}`;
    const known = found.get(place);
    if (known === undefined) found.set(place, [fix]);
    else known.push(fix);
  }
  return [...found.values()];
}

/** The fixes of each object of each connection; those of none are refused. */
function byObject(
  configured: readonly PassConnection[],
  fixes: readonly Fix[],
  refused: RefusedFix[],
): (readonly [PassConnection, string, Fix[]])[] {
  const found = new Map<string, readonly [PassConnection, string, Fix[]]>();
  for (const fix of fixes) {
    const { connection: alias, object } = fix.reject;
    const connection = configured.find((each) => each.alias === alias);
    if (connection === undefined) {
      refused.push({ fix, reason: `the project has no connection named ${alias}` });
      continue;
    }
    const entry = found.get(`${alias} ${object}`) ?? ([connection, object, []] as const);
    entry[2].push(fix);
    found.set(`${alias} ${object}`, entry);
  }
  return [...found.values()];
}

function placeOfFix(connection: PassConnection, { reject }: Fix) {
  const { object, entity, record_id: recordId, crm_id: crmId } = reject;
  return { connection, object, entity: entity as EntityName, recordId, crmId };
}

/** The attribute whose field is at fault; null where it is not one field of the CRM's own record. */
function attributeOf(
  connection: PassConnection,
  {
    object,
    entity,
    attribute,
    payload,
    direction,
  }: Pick<RejectRow, 'object' | 'entity' | 'attribute'> & Partial<Pick<RejectRow, 'payload' | 'direction'>>,
): AttributePlan | null {
  const mapping = connection.mappings().find((each) => each.object === object && each.entity === entity);
  const plan = mapping && planMapping(mapping).attributes.find((each) => each.attribute === attribute);
  if (plan === undefined || direction === 'out') return null;
  return payload === undefined || payload.field === plan.field ? plan : null;
}

function checkedFix(
  { reject, typed }: Fix,
  of: {
    plan: AttributePlan | null;
    field: FieldDescription | undefined;
    record: CrmRecord | undefined;
    /** The way to the field's rights in the CRM. */
    setUp: () => string;
  },
): { before: CrmValue; after: CrmValue } | { reason: string } {
  const { plan, field, record, setUp } = of;
  if (plan === null || field === undefined)
    return { reason: 'no value of this field of the CRM would mend it; do what FIX says' };
  if (record === undefined) return { reason: 'the record is gone, or cannot be seen' };
  const before = record.fields[plan.field];
  if (before === undefined) return { reason: `${plan.field} cannot be read` };
  const seen = (reject.payload.value ?? null) as CrmValue;
  if (!isSameValue(before, seen))
    return { reason: `the CRM holds "${before ?? ''}" by now; run tierlink sync and export again` };
  if (!field.updateable)
    return {
      reason: `the integration user cannot write ${field.name} (${field.label}); change it in the CRM, or let the user write it: ${setUp()}`,
    };
  const value = typedValue(field, typed);
  if ('problem' in value) return { reason: value.problem };
  if (isSameValue(value.value, before)) return { reason: 'is what the CRM holds already' };
  return { before, after: value.value };
}

/** Fixes that ask for another value of a field than one before them: an object that is two entities is rejected as each. */
function conflicting(fixes: readonly TypedFieldFix[]): RefusedFix[] {
  const first = new Map<string, TypedFieldFix>();
  return fixes.flatMap((each) => {
    const place = [each.connection.alias, each.object, each.crmId, each.plan.field].join(' ');
    const known = first.get(place) ?? each;
    first.set(place, known);
    if (isSameValue(known.after, each.after)) return [];
    const reason = `another row (${known.fix.reject.id}) gives "${known.fix.typed}" for the same field of the record`;
    return [{ fix: each.fix, reason }];
  });
}

/** Equal in the neutral form of values; CRMs give numbers as texts or numbers. */
export function isSameValue(one: CrmValue | undefined, other: CrmValue | undefined): boolean {
  return one !== undefined && other !== undefined && textOf(one) === textOf(other);
}

function textOf(value: CrmValue): string {
  return value === null ? '' : String(value);
}

/** Records with some of their fields, by id; those that the CRM does not show are not there. Reads only. */
export async function lookAtFields(
  connection: PassConnection,
  of: { object: string; crmIds: readonly string[]; fields: readonly string[] },
  signal: AbortSignal | undefined,
): Promise<Map<string, CrmRecord>> {
  const ids = [...new Set(of.crmIds)];
  const pages = connection.connector().read({
    ...{ object: of.object, fields: [...new Set(of.fields)], scope: { name: 'fix' }, ids, noCursor: true },
    ...(signal === undefined ? {} : { signal }),
  });
  const found = new Map<string, CrmRecord>();
  for await (const { records } of pages) for (const record of records) found.set(record.id, record);
  return found;
}

interface PlanParts {
  runId: string;
  fixes: readonly FieldFix[];
  /** The CRM's stamp of each record. */
  seenAt: ReadonlyMap<string, string>;
  undoes: string | null;
  left?: readonly PlanItem[];
}

async function planOf(
  { engine }: FixRequest,
  { runId, fixes, seenAt, undoes, left = [] }: PlanParts,
): Promise<Plan> {
  const { store, program, clock, actor } = engine;
  const byRecord = new Map<string, PlannedWrite>();
  const fields = new Set<string>();
  for (const fix of fixes) {
    const { alias } = fix.connection;
    const crmRecord = `${alias} ${fix.object} ${fix.crmId}`;
    const { attribute, field: label } = fix.plan;
    // Of an object that is two entities one field is written once, as what was asked for first.
    if (fields.has(`${crmRecord} ${label}`)) continue;
    fields.add(`${crmRecord} ${label}`);
    const place = `${crmRecord} ${fix.entity}`;
    const known = byRecord.get(place) ?? (await itemOf(store, fix, seenAt.get(crmRecord)!));
    const { before, after } = fix;
    const change = { attribute, label, before, after, moment: false, choice: 'ours' } as const;
    byRecord.set(place, { ...known, changes: [...known.changes, change] });
  }
  const items = [...byRecord.values(), ...left];
  const connections: PlannedConnection[] = [];
  for (const connection of new Set(fixes.map((each) => each.connection)))
    connections.push(await connectionOf(store, connection, byRecord));
  if (connections.length === 0) throw new TierlinkError('UNDO_NOTHING', { run: undoes });
  const madeAt = clock.now();
  const { name, version, hash } = program;
  return withId(
    {
      ...{ tierlinkPlan: 1, kind: 'fix', undoes, madeBy: actor, run: runId, connections },
      madeAt: instantOf(madeAt),
      validUntil: instantOf(madeAt + validMs),
      program: { name, version, hash },
      filter: { connection: null, object: null, partner: null, kind: null, cause: null },
      partners: await partnersNamed(store, items),
    },
    items,
  );
}

async function itemOf(store: Executor, fix: FieldFix, seenAt: string): Promise<PlannedWrite> {
  return {
    kind: 'update',
    key: itemKey('fix', fix.connection.alias, fix.object, fix.entity, fix.crmId),
    ...(await placeOf(store, fix)),
    seenAt,
    decisionId: null,
    tier: null,
    after: [],
    changes: [],
  };
}

async function placeOf(store: Executor, { connection, object, entity, recordId, crmId }: FieldFix) {
  const names = await recordNames(store, entity, [recordId]);
  const partners = await partnersOf(store, entity, [recordId]);
  return {
    ...{ connection: connection.alias, object, entity, recordId, crmId },
    url: recordAddress(connection, { object, crmId }),
    name: names.get(recordId) ?? null,
    partners: partners.get(recordId) ?? [],
  };
}

async function leftOf(
  store: Executor,
  fix: FieldFix,
  { record, names }: { record: CrmRecord | undefined; names: ReadonlyMap<string, string> },
): Promise<PlanItem> {
  const { plan, before } = fix;
  return {
    kind: 'left',
    key: itemKey('left', fix.connection.alias, fix.object, fix.entity, fix.crmId, plan.attribute),
    ...(await placeOf(store, fix)),
    ...{ attribute: plan.attribute, label: plan.field, wrote: before },
    holds: record?.fields[plan.field] ?? null,
    theirUser: record?.modifiedBy ?? null,
    theirUserName: names.get(record?.modifiedBy ?? '') ?? null,
    theirAt: record?.modifiedAt ?? null,
    why: record === undefined ? 'the record is gone, or cannot be seen' : 'it was changed since',
  };
}

async function connectionOf(
  store: Executor,
  connection: PassConnection,
  items: ReadonlyMap<string, PlannedWrite>,
): Promise<PlannedConnection> {
  const record = await loadConnection(store.db, connection.alias);
  if (isPaused(record))
    throw new TierlinkError('PLAN_PARTIAL', { connection: connection.alias, reason: 'it is paused' });
  const own = [...items.values()].filter(({ connection: alias }) => alias === connection.alias);
  return {
    ...orgAndMappings(connection, record),
    writeBack: record.write_back,
    compared: own.length,
    unchanged: 0,
    calls: new Set(own.map(({ object, entity }) => `${object} ${entity}`)).size,
    loads: [],
  };
}

interface AuditRow extends Record<string, unknown> {
  connection: string;
  object: string;
  entity: EntityName;
  record_id: string;
  crm_id: string;
  before: Record<string, CrmValue>;
  after: Record<string, CrmValue>;
}

/** What a run of fixes wrote, turned round; null where there is none of it that could be put back. */
async function fixesOfRun({ engine, configured }: FixRequest, run: string): Promise<FieldFix[] | null> {
  const rows = await engine.store.query<AuditRow>(
    `select connection, object, entity, record_id, crm_id, before, after from tierlink.audit
     where run_id = $1 and action = 'fix' order by id`,
    [run],
  );
  const fixes = rows.flatMap(({ connection: alias, object, entity, ...row }) => {
    const connection = configured.find((each) => each.alias === alias);
    if (connection === undefined) return [];
    return Object.keys(row.after).flatMap((attribute): FieldFix[] => {
      const plan = attributeOf(connection, { object, entity, attribute });
      const place = { connection, object, entity, recordId: row.record_id, crmId: row.crm_id };
      const [before, after] = [row.after[attribute] ?? null, row.before[attribute] ?? null];
      return plan === null ? [] : [{ ...place, plan, before, after }];
    });
  });
  return fixes.length === 0 ? null : fixes;
}
