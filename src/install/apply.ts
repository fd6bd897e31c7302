import { isTierlinkError, notSignedIn, TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { writeAudit } from '../store/audit.ts';
import { withLease } from '../store/leases.ts';
import type { Tx } from '../store/store.ts';
import { type Budget, newMeter } from '../sync/budget.ts';
import type { Engine } from '../sync/engine.ts';
import { type Installer, type InstallPart, partId } from '../sync/installer.ts';
import { requireConfirmed } from '../sync/links/connection-settings.ts';
import { loadConnection } from '../sync/records/connections.ts';
import { isAbort, type RunResult, recordRun } from '../sync/records/runs.ts';
import { type Claim, keepClaim, readClaim } from './claim.ts';
import { type InstallPlan, movedSince, needsHash } from './file.ts';
import {
  gainedBy,
  type InstallStep,
  installSteps,
  isToCome,
  isWrite,
  reasonText,
  shapeRecord,
} from './steps.ts';

export interface InstallRequest {
  engine: Pick<Engine, 'store' | 'clock' | 'logger' | 'holder' | 'actor' | 'signal'>;
  connection: string;
  budget: Budget;
  installer: Installer;
  parts: readonly InstallPart[];
  /** What was reviewed. */
  plan: InstallPlan;
  /** Where the plan is, for what is said of it; null for one that was made right now. */
  file: string | null;
  /** The connection's name as a person has typed it, for a production org. */
  confirm: string | undefined;
  /** Told before each step how many are done, of how many. */
  onStep?: ((done: number, total: number) => void) | undefined;
}

export interface Installed {
  /** What this run made or completed, in order. */
  done: InstallStep[];
  /** All parts as they are at the end; of one that was interrupted, without those that it made. */
  steps: InstallStep[];
  /** Run that died and was gone on with; null where there was none. */
  resumed: string | null;
  /** The part that was in hand when it was interrupted; the CRM may go on with it. null: it came to its end. */
  stoppedAt: InstallStep | null;
}

/** Where a plan is kept, in what is said of one that is kept nowhere. */
const defaultFile = 'install.plan';
const leaseTtlMs = 60_000;
/** How often a part is asked for whose making ended in something that heals by itself. */
const attempts = 3;

/**
 * Makes in the CRM what a plan says, part by part. The org is looked at once more before; when more would have to be done than
 * was reviewed, nothing is. Each part is noted before and told to the audit after, so that the next run after one that was
 * killed knows what to look for; it goes on where that one stopped. Throws INSTALL_FOREIGN, INSTALL_CONFLICT, INSTALL_STALE,
 * INSTALL_RIGHTS and USAGE where a production org is not confirmed, with nothing made; what a killed run had made is published
 * and told before that. Throws what the CRM refuses.
 */
export async function applyInstall(request: InstallRequest): Promise<RunResult<Installed>> {
  const { engine, connection, budget } = request;
  const { store, clock, logger, holder, actor, signal } = engine;
  await requireFitting(request);
  const meter = newMeter();
  const spec = { kind: 'install', connection, actor };
  return await recordRun({ db: store.db, clock, logger, spec, calls: () => meter.calls }, async (runId) => {
    const lease = { key: `install:${connection}`, holder, ttlMs: leaseTtlMs };
    const wanted = { ...lease, ...(signal === undefined ? {} : { signal }) };
    const value = await withLease(store, wanted, async (leased) => {
      const work = () => install({ ...request, engine: { ...engine, signal: leased.signal } }, runId);
      return await budget.inRun(meter, work);
    }).finally(() => budget.flush());
    const left = value.steps.filter(isWrite).length;
    const isStopped = value.stoppedAt !== null;
    return {
      value,
      ...(isStopped
        ? { state: 'cancelled', reason: new TierlinkError('INTERRUPTED').message }
        : { state: left > 0 ? 'partial' : 'succeeded' }),
      counts: { made: value.done.length, left, missing: countOf(value.steps, 'missing') },
    };
  });
}

function countOf(steps: readonly InstallStep[], action: InstallStep['action']): number {
  return steps.filter((step) => step.action === action).length;
}

/** Throws where the plan is about another org, or about other needs than the mappings have now. */
async function requireFitting({
  engine,
  connection,
  plan,
  parts,
  file,
  confirm,
}: InstallRequest): Promise<void> {
  const foreign = (reason: string) =>
    new TierlinkError('INSTALL_FOREIGN', { reason, file: file ?? defaultFile });
  if (plan.connection !== connection) throw foreign(`it is about ${plan.connection}`);
  const record = await loadConnection(engine.store.db, connection);
  if (record.org_id !== null && record.org_id !== plan.orgId)
    throw foreign(`${connection} was the org ${plan.orgId} then, and is ${record.org_id} now`);
  if (needsHash(parts) !== plan.needs)
    throw foreign('the mappings, the program or the layouts to install on were changed since');
  requireConfirmed(record, confirm, 'install apply');
}

async function install(request: InstallRequest, runId: string): Promise<Installed> {
  const { engine, installer, parts, connection } = request;
  const claim = await readClaim(engine.store.db, connection);
  if (claim !== null) await settle(request, claim);
  const { found, lacks } = await installer.inspect(parts);
  const steps = installSteps(parts, found);
  requireSound(request, steps, lacks);
  const done: InstallStep[] = [];
  const writes = steps.filter(isWrite);
  const unpublished = new Set<string>();
  for (const [index, planned] of writes.entries()) {
    request.onStep?.(index, writes.length);
    let step = planned;
    try {
      engine.signal?.throwIfAborted();
      if (isToCome(step)) step = await asItCame(request, step);
      if (!isWrite(step)) continue;
      if (step.part.object !== null) unpublished.add(step.part.object);
      await make(request, { step, runId, unpublished: [...unpublished] });
    } catch (error) {
      // A lease that was lost ends the work in the same way, and nobody asked for it.
      if (!isAbort(error) || isTierlinkError(engine.signal?.reason)) throw error;
      const left = steps.filter((each) => !done.includes(each));
      return { done, steps: left, resumed: claim?.runId ?? null, stoppedAt: step };
    }
    done.push(step);
  }
  if (unpublished.size > 0) await installer.publish([...unpublished].sort(), engine.signal);
  if (unpublished.size > 0 || claim !== null) await keep(request, null);
  // What was made is believed when it is seen.
  const after = done.length === 0 ? steps : installSteps(parts, (await installer.inspect(parts)).found);
  return { done, steps: after, resumed: claim?.runId ?? null, stoppedAt: null };
}

/** The step that is left once what brings the part along was made; nobody sees that before it is published. */
async function asItCame({ installer, engine }: InstallRequest, { part }: InstallStep): Promise<InstallStep> {
  if (part.object !== null) await installer.publish([part.object], engine.signal);
  const { found } = await installer.inspect([part]);
  return installSteps([part], found)[0]!;
}

function requireSound(
  { connection, plan, file }: InstallRequest,
  steps: readonly InstallStep[],
  lacks: string[] | null,
) {
  const told = (lines: readonly string[]) => lines.map((line) => `\n  ${line}`).join('');
  const conflicts = steps.filter(({ action }) => action === 'conflict');
  if (conflicts.length > 0)
    throw new TierlinkError('INSTALL_CONFLICT', {
      connection,
      count: conflicts.length,
      told: told(conflicts.map(({ part, note }) => `${part.kind} ${part.name}: ${note}${askedBy(part)}`)),
      parts: conflicts.map(({ part }) => part.name),
    });
  const moved = movedSince(plan, steps);
  if (moved.length > 0)
    throw new TierlinkError('INSTALL_STALE', {
      connection,
      file: file ?? defaultFile,
      told: told(moved),
      moved,
    });
  if (lacks !== null && lacks.length > 0 && steps.some(isWrite))
    throw new TierlinkError('INSTALL_RIGHTS', { connection, rights: lacks.join(', ') });
}

function askedBy({ why }: InstallPart): string {
  return why.length === 0 ? '' : ` (${why.map(reasonText).join(', ')})`;
}

/**
 * Takes over from a run that died. What it had made is published first: the CRM may not show it before, and it would be made a
 * second time. What came of the step in hand is told to the audit, with that run, and be it a part of it only:
 * what is lacking then is a step of the run that goes on. Also of what the mappings no longer need.
 */
async function settle(request: InstallRequest, claim: Claim): Promise<void> {
  const { step, unpublished } = claim;
  await request.installer.publish([...unpublished].sort(), request.engine.signal);
  if (step === null) return;
  const { found } = await request.installer.inspect([step.part]);
  const gained = gainedBy(step, found[0] ?? null);
  await request.engine.store.transaction(async (tx) => {
    if (gained !== null) await note(tx, request, { claim, step: { ...step, adds: gained } });
    await keep(request, { ...claim, step: null, unpublished: [] }, tx);
  });
}

/** Notes a part, makes it, and tells the audit. */
async function make(
  request: InstallRequest,
  { step, runId, unpublished }: { step: InstallStep; runId: string; unpublished: string[] },
): Promise<void> {
  const { engine, plan } = request;
  const claim = { runId, planId: plan.id, actor: engine.actor, step, unpublished };
  await keep(request, claim);
  await surely(request, step);
  await engine.store.transaction(async (tx) => {
    await note(tx, request, { step, claim });
    await keep(request, { ...claim, step: null }, tx);
  });
}

/**
 * What may be made yet, so that nothing is known by looking, or wants a person to look: the claim keeps it for the run that
 * goes on.
 */
const endsRun = ['INTERRUPTED', 'INSTALL_WAITING', 'INSTALL_OVERTAKEN'] as const;

/** Whatever an answer says, or when none comes: what is there decides. */
async function surely(request: InstallRequest, step: InstallStep): Promise<void> {
  const { installer, engine } = request;
  let lacking = step;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await installer.apply(lacking, engine.signal);
    } catch (error) {
      if (!isTierlinkError(error) || isAbort(error) || endsRun.some((code) => error.code === code))
        throw error;
      engine.signal?.throwIfAborted();
      // Additions to what is there may not be seen before; what is new is.
      if (lacking.found !== null && step.part.object !== null)
        await installer.publish([step.part.object], engine.signal);
      const { found } = await installer.inspect([step.part]);
      lacking = installSteps([step.part], found)[0]!;
      if (!isWrite(lacking)) return;
      if (error.retry !== 'backoff' || attempt === attempts) throw refused(request, step, error);
    }
  }
}

/** Of what the CRM refused people have to know which part it was; the rest says what it is by itself. */
function refused({ connection }: InstallRequest, { part }: InstallStep, error: TierlinkError): TierlinkError {
  const saysAll = [...notSignedIn, 'CRM_PERMISSION', 'INSTALL_REFUSED'].includes(error.code);
  if (error.retry !== 'never' || saysAll || !error.code.startsWith('CRM_')) return error;
  const data = { connection, part: partId(part), reason: error.message };
  return new TierlinkError('INSTALL_REFUSED', data, { cause: error });
}

async function note(
  tx: Tx,
  { engine, connection }: InstallRequest,
  { step, claim }: { step: InstallStep; claim: Claim },
): Promise<void> {
  const { part } = step;
  await writeAudit(tx, [
    {
      at: instantOf(engine.clock.now()),
      runId: claim.runId,
      connection,
      object: part.object ?? '',
      entity: 'installed',
      recordId: partId(part),
      action: 'install',
      ...shapeRecord(step),
      actor: claim.actor,
      why: part.why.length === 0 ? null : part.why.map(reasonText).join(', '),
      planId: claim.planId,
    },
  ]);
}

async function keep({ engine, connection }: InstallRequest, claim: Claim | null, tx?: Tx): Promise<void> {
  const db = tx?.db ?? engine.store.db;
  await keepClaim(db, { connection, claim, now: instantOf(engine.clock.now()) });
}
