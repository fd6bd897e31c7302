import { isTierlinkError, TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { entities } from '../model/entities.ts';
import { sameValue } from '../model/values.ts';
import { dayOf } from '../program/civil-date.ts';
import type { Engine, PassConnection } from '../sync/engine.ts';
import { requireConfirmed } from '../sync/links/connection-settings.ts';
import { type PassResult, runPass } from '../sync/pass/pass.ts';
import { runPull } from '../sync/pass/steps.ts';
import {
  type AsOverride,
  type Difference,
  leaveToCrm,
  type OfferedOverride,
  resolveDifferences,
  takeBack,
} from '../sync/push/differences.ts';
import { loadConnection } from '../sync/records/connections.ts';
import type { RunResult } from '../sync/records/runs.ts';
import { activeOverride, tierNamed } from '../tier/evaluate.ts';
import { grouped } from '../tier/load.ts';
import { loadOverrides } from '../tier/load-exceptions.ts';
import { keepOverride } from '../tier/overrides.ts';
import { type Fixed, movedFixes, newFixed, writeFixes } from './apply-fixes.ts';
import { nothingChosen, requireChoices } from './choices.ts';
import { type Chosen, chosenOf, type DeclinedValue, pushedBy } from './chosen.ts';
import type { Plan, PlannedDifference, PlannedWrite } from './item.ts';
import { makePlan, mappingsHash } from './make.ts';
import { type Unwritten, unwrittenOf } from './outcome.ts';
import { beginPlan, endPlan, type PlanRecord, recordOf } from './record.ts';
import { type Moved, movedSince, touchedSince } from './stale.ts';

export interface ApplyRequest {
  engine: Engine;
  plan: Plan;
  /** Where the plan is, for what is said of it. */
  file: string;
  /** All that are configured. */
  configured: readonly PassConnection[];
  /** The name of each connection that is a production org, as a person has typed it. */
  confirm: ReadonlyMap<string, string | undefined>;
  /** How many records of a CRM a plan may write without an approval. */
  limit: number;
}

export interface Applied {
  pass: PassResult;
  /** What the plan was to write and did not, by connection. While some of it waits, the same file goes on with it. */
  unwritten: ReadonlyMap<string, Unwritten>;
  /** What became of corrected values, by connection; empty for other plans. */
  fixed: ReadonlyMap<string, Fixed>;
  /** Connections of which what was corrected was not read again yet. */
  unread: string[];
  /** Writes that wait for an approval. */
  held: PlannedWrite[];
  /** Differences and values that were decided by the plan. */
  decided: number;
  /** Whether it went on with what an earlier run had begun. */
  resumed: boolean;
  /** Whether nothing was chosen: nothing was written, and the plan is as good as before. */
  nothingChosen: boolean;
}

/**
 * Writes exactly what a plan says and what is chosen in it. Before anything is written, both sides are compared once more:
 * when a record of the plan has moved, nothing at all is written (PLAN_STALE). Then the plan is noted as begun, and the pass
 * itself runs, whose push may send nothing else; a record that moves in between is left alone and counted. A run that died
 * goes on with the same file: what it had written is found to agree. Tiers that go down are held until the plan is approved.
 * A plan in which nothing is chosen is not used up by it.
 * Throws PLAN_INVALID, PLAN_FOREIGN, PLAN_STALE, PLAN_APPLIED, PLAN_WAITS, PLAN_UNAPPROVED, USAGE where a production org is not
 * confirmed, and what comparing throws; nothing is written then.
 */
export async function applyPlan(request: ApplyRequest): Promise<RunResult<Applied>> {
  const { engine, plan, file, configured } = request;
  requireChoices(plan, file, dayOf(engine.clock.now(), engine.program.timeZone));
  const known = await recordOf(engine.store, plan, file);
  if (known?.state === 'applied') throw new TierlinkError('PLAN_APPLIED', { run: known.runId });
  if (known?.state !== 'applying') requireInForce(request);
  const connections = await connectionsOf(request);
  const isApproved = known?.isApproved === true;
  const isOpen = nothingChosen(plan);
  const going = toBeDone(plan, { isApproved, known });
  // What an earlier run had begun was read and kept by it.
  const { full } =
    known?.state === 'applying' || isOpen
      ? { full: false }
      : await requireFresh(request, { connections, chosen: going, isApproved });
  const held = isApproved ? [] : chosenOf(plan, 'only').writes;
  const isFix = plan.head.kind === 'fix';
  const fixes = isFix ? going.writes : [];
  const pushed = isFix
    ? new Map(connections.map(({ alias }) => [alias, []]))
    : pushedBy(going.writes, going.decided);
  const restores = plan.head.kind === 'undo';
  const fixed = new Map<string, Fixed>();
  for (const { alias } of isFix ? connections : [])
    fixed.set(alias, newFixed(fixes.filter(({ connection }) => connection === alias)));
  let decided = 0;
  const run = await runPass({
    engine,
    connections,
    configured,
    full,
    kind: 'apply',
    planned: new Map(
      [...pushed].map(([alias, writes]) => [
        alias,
        { planId: plan.head.id, writes, restores, why: whyOf(plan) },
      ]),
    ),
    beforeWriting: async (runId) => {
      if (isOpen) return;
      await beginPlan(engine.store, plan, { runId, file, at: instantOf(engine.clock.now()) });
      decided = await decide(engine, going);
      if (restores) await takeBack(engine, sharedValues(going, connections));
    },
    beforePush: async ({ connection, runId }) => {
      const outcome = fixed.get(connection.alias);
      if (outcome === undefined) return;
      const writes = fixes.filter((each) => each.connection === connection.alias);
      const writing = { engine, connection, writes, planId: plan.head.id, why: whyOf(plan), runId };
      await writeFixes(writing, outcome);
    },
  });
  if (run.value === undefined) return { ...run, value: undefined };
  const unwritten = new Map<string, Unwritten>();
  for (const [connection, writes] of pushed)
    unwritten.set(
      connection,
      fixed.get(connection) ?? (await unwrittenOf(engine.store, { connection, writes, restores })),
    );
  const isWaiting = [...unwritten.values()].some(({ waiting }) => waiting > 0);
  if (!isOpen && !isWaiting && isFinished(run.value, pushed)) {
    const at = instantOf(engine.clock.now());
    const state = held.length > 0 ? 'waiting' : 'applied';
    await endPlan(engine.store, plan, { state, actor: engine.actor, at });
  }
  const resumed = known?.state === 'applying';
  const unread = await readFixed(engine, { connections, fixes, fixed });
  const value = { pass: run.value, unwritten, fixed, unread, held, decided, resumed, nothingChosen: isOpen };
  return { ...run, value };
}

/**
 * What was corrected is read again, so that what could not be used before is used. Returns the connections of which something
 * could not be read: that undoes nothing of what is written, and the next sync reads it.
 */
async function readFixed(
  engine: Engine,
  of: { connections: readonly PassConnection[]; fixes: readonly PlannedWrite[]; fixed: Applied['fixed'] },
): Promise<string[]> {
  const unread: string[] = [];
  for (const connection of of.connections) {
    if ((of.fixed.get(connection.alias)?.updated ?? 0) === 0) continue;
    const own = of.fixes.filter((each) => each.connection === connection.alias);
    const isRead = await isReadAgain(engine, connection, own);
    if (!isRead) unread.push(connection.alias);
  }
  return unread;
}

async function isReadAgain(
  engine: Engine,
  connection: PassConnection,
  fixes: readonly PlannedWrite[],
): Promise<boolean> {
  try {
    for (const object of new Set(fixes.map((each) => each.object))) {
      const again = fixes.flatMap((each) =>
        each.object === object && each.crmId !== null ? [each.crmId] : [],
      );
      const { value } = await runPull(engine, connection, { only: object, again });
      if (value === undefined || value === 'paused' || value.problems.length > 0) return false;
    }
    return true;
  } catch (error) {
    // The run of the reading has failed and says why, and so does the connection.
    if (!isTierlinkError(error)) throw error;
    const { alias } = connection;
    engine.logger.warn({ connection: alias, code: error.code }, 'what was corrected was not read again');
    return false;
  }
}

/** What a plan that puts something back says of its writes; others are reviewed for many reasons. */
function whyOf({ head }: Plan): string | null {
  return head.undoes === null ? null : `Undo of ${head.undoes}`;
}

/** Whether every connection of the plan was written to the end. One that had to stop is gone on with by the same plan. */
function isFinished({ connections }: PassResult, pushed: ReadonlyMap<string, unknown>): boolean {
  return connections.every(
    ({ connection, error, push }) =>
      !pushed.has(connection) || (error === null && push !== null && push.skipped.length === 0),
  );
}

/**
 * Throws PLAN_FOREIGN and PLAN_STALE where a plan is about another program, or too old. One that was begun is gone on with
 * whenever: what is not as it was reviewed any more is left alone record by record.
 */
function requireInForce({ engine, plan: { head }, file }: ApplyRequest): void {
  const { name, version, hash } = engine.program;
  if (head.program.hash !== hash)
    throw new TierlinkError('PLAN_FOREIGN', {
      reason:
        head.program.name === name && head.program.version === version
          ? 'the program file was changed since'
          : `it is about ${head.program.name} ${head.program.version}, and ${name} ${version} is in use`,
      plan: file,
    });
  if (Date.parse(head.validUntil) <= engine.clock.now())
    throw new TierlinkError('PLAN_STALE', {
      reason: `The plan was valid until ${head.validUntil}`,
      told: '',
      plan: file,
    });
}

/** The connections of a plan, as long as they are what it was made for. */
async function connectionsOf({
  engine,
  plan: { head },
  configured,
  confirm,
  file,
}: ApplyRequest): Promise<PassConnection[]> {
  const foreign = (reason: string) => new TierlinkError('PLAN_FOREIGN', { reason, plan: file });
  const found: PassConnection[] = [];
  for (const planned of head.connections) {
    const connection = configured.find(({ alias }) => alias === planned.alias);
    if (connection === undefined) throw foreign(`the project has no connection named ${planned.alias}`);
    const record = await loadConnection(engine.store.db, planned.alias);
    if (record.org_id !== planned.orgId)
      throw foreign(
        `${planned.alias} was the org ${planned.orgId} then, and is ${record.org_id ?? 'none'} now`,
      );
    if (mappingsHash(connection) !== planned.mappings)
      throw foreign(`the mappings of ${planned.alias} were changed since`);
    requireConfirmed(record, confirm.get(planned.alias), 'apply');
    found.push(connection);
  }
  return found;
}

/** What needs an approval is done only with one, and of a plan that waited for it nothing else. Throws PLAN_WAITS. */
function toBeDone(
  plan: Plan,
  { isApproved, known }: { isApproved: boolean; known: PlanRecord | null },
): Chosen {
  if (known?.state !== 'waiting') return chosenOf(plan, isApproved ? 'with' : 'without');
  if (!isApproved) throw new TierlinkError('PLAN_WAITS', { run: known.runId });
  return chosenOf(plan, 'only');
}

/**
 * Compares both sides once more. `full`: it took a complete reading to find all that was reviewed. Throws PLAN_STALE,
 * PLAN_UNAPPROVED.
 */
async function requireFresh(
  request: ApplyRequest,
  {
    connections,
    chosen,
    isApproved,
  }: { connections: readonly PassConnection[]; chosen: Chosen; isApproved: boolean },
): Promise<{ full: boolean }> {
  const { engine, plan, limit, file } = request;
  if (!isApproved) requireFew(chosen, limit, file);
  const touched = await touchedSince(engine, chosen, connections);
  const compared =
    plan.head.kind !== 'sync' || touched.length > 0
      ? { moved: plan.head.kind === 'fix' ? await movedFixes(engine, chosen, connections) : [], full: false }
      : await comparedAgain(request, { connections, chosen });
  const moved = distinct([...touched, ...compared.moved]);
  if (moved.length === 0) return { full: compared.full };
  const of = new Set(chosen.reviewed.map((item) => `${item.object} ${item.crmId ?? item.recordId}`));
  throw new TierlinkError('PLAN_STALE', {
    reason: `${moved.length} of ${of.size} records changed after the plan was made`,
    told: toldOf(moved),
    plan: file,
    moved,
    planId: plan.head.id,
  });
}

/**
 * What a plan made now would not ask for. Only what changed is read, as long as that shows all that was reviewed; a formula
 * that moved without a stamp shows in a complete reading alone, and then the pass has to make one too.
 */
async function comparedAgain(
  { engine, configured }: ApplyRequest,
  { connections, chosen }: { connections: readonly PassConnection[]; chosen: Chosen },
): Promise<{ moved: Moved[]; full: boolean }> {
  const movedBy = async (full: boolean) => {
    // Their stamps were looked at already, and those of a plan that is only compared with are for nobody.
    const fresh = await makePlan({ engine, connections, configured, full, stamps: false });
    if (fresh.value !== undefined) return movedSince(chosen, fresh.value);
    throw fresh.stopped;
  };
  const moved = await movedBy(false);
  return moved.length === 0 ? { moved, full: false } : { moved: await movedBy(true), full: true };
}

/** How many of the records that moved the message names; its data has all. */
const toldRecords = 10;

function toldOf(moved: readonly Moved[]): string {
  const lines = moved
    .slice(0, toldRecords)
    .map(({ name, object, record, why }) => `  ${name ?? record} (${object} ${record}): ${why}`);
  const more = moved.length - lines.length;
  return ['', ...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

/** Each record once, with the first that was found about it. */
function distinct(moved: readonly Moved[]): Moved[] {
  return [
    ...new Map(
      [...moved].reverse().map((each) => [`${each.connection} ${each.object} ${each.record}`, each]),
    ).values(),
  ].reverse();
}

function requireFew({ writes, decided }: Chosen, limit: number, file: string): void {
  for (const [connection, pushed] of pushedBy(writes, decided)) {
    const records = pushed.filter(({ entity }) => entities[entity].origin === 'crm').length;
    if (records > limit)
      throw new TierlinkError('PLAN_UNAPPROVED', { records, limit, connection, plan: file });
  }
}

/** Differences asked for in one question. */
const decidedAtOnce = 500;

/** Does what was decided about differences and about values that are left to the CRM. Repeated, it is the same as once. */
async function decide(engine: Engine, { decided, declined }: Chosen): Promise<number> {
  const { store, clock, actor } = engine;
  let count = 0;
  for (const items of grouped(decided, decisionOf).values())
    for (let start = 0; start < items.length; start += decidedAtOnce)
      count += await decideAlike(engine, items.slice(start, start + decidedAtOnce));
  for (const value of declined) {
    const override = (offered: OfferedOverride) => keepAsOverride(engine, value, offered);
    count += await leaveToCrm({ store, clock, actor, override }, [value]);
  }
  return count;
}

function decisionOf({ connection, object, choice }: PlannedDifference): string {
  return `${connection} ${object} ${choice}`;
}

/** Differences of one object of a connection that are decided for the same side. */
async function decideAlike(engine: Engine, items: readonly PlannedDifference[]): Promise<number> {
  const { store, clock, actor } = engine;
  const [{ connection, object, choice }] = items as [PlannedDifference, ...PlannedDifference[]];
  // A record of the CRM may be two of ours.
  const reviewed = new Map(items.map((item) => [`${item.crmId} ${item.recordId} ${item.attribute}`, item]));
  const itemOf = ({ crm_id: crmId, record_id: recordId, attribute }: Difference) =>
    reviewed.get(`${crmId} ${recordId} ${attribute}`);
  return await resolveDifferences({
    store,
    clock,
    actor,
    filter: { connection, object, recordIds: [...new Set(items.map(({ recordId }) => recordId))] },
    take: choice === 'ours' ? 'ours' : 'theirs',
    // One that is about other values by now was not reviewed.
    leave: (difference) => {
      const item = itemOf(difference);
      return (
        item === undefined ||
        !sameValue(difference.ours, item.ours) ||
        !sameValue(difference.theirs, item.theirs)
      );
    },
    override: async (offered, difference) => await keepAsOverride(engine, itemOf(difference)!, offered),
  });
}

/** Of what is put back the values that either side may change: ours becomes what it was, too. */
function sharedValues(
  { writes }: Chosen,
  connections: readonly PassConnection[],
): Parameters<typeof takeBack>[1] {
  return writes.flatMap(({ connection: alias, object, entity, recordId, changes }) => {
    const mapping = connections
      .find((connection) => connection.alias === alias)
      ?.mappings()
      .find((each) => each.object === object && each.entity === entity);
    const shared = changes.filter(({ attribute }) => mapping?.attributes[attribute]?.direction === 'both');
    return shared.map(({ attribute, before, after }) => ({
      ...{ entity, recordId, attribute },
      ours: before,
      theirs: after,
    }));
  });
}

/** One that a run before this one made already stays. */
async function keepAsOverride(
  { store, program, actor, clock }: Engine,
  { override }: Pick<PlannedDifference | DeclinedValue, 'override'>,
  { partnerId, tier }: OfferedOverride,
): Promise<AsOverride> {
  const { reason, until } = override!;
  const known = await loadOverrides(store, program, [partnerId]);
  const active = activeOverride(known, dayOf(clock.now(), program.timeZone));
  const of = known.find((one) => one === active)?.ladder;
  const ladder = program.ladders.find(({ key }) => key === of);
  const isSame = active?.reason === reason && active.untilOn === until;
  if (isSame && ladder !== undefined && tierNamed(ladder, tier) === active.tier) return async () => undefined;
  const kept = { program, partnerId, tier, reason, until, author: actor, now: clock.now() };
  return (tx) => keepOverride(tx, kept);
}
