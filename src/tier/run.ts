import { lockStates } from '../kpi/due-states.ts';
import { instantOf } from '../model/clock.ts';
import { type Logger, silentLogger } from '../model/logger.ts';
import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { programChanged, rememberUse } from '../program/used.ts';
import { effectiveProgram } from '../program/versions.ts';
import { despiteConflicts } from '../store/conflicts.ts';
import { manyNewRows, type Store, type Tx } from '../store/store.ts';
import {
  countNewcomers,
  type DueRequest,
  ladderInputs,
  letWait,
  markNewcomers,
  nextPartners,
  returnNewcomers,
  takeNewcomers,
} from './due.ts';
import { changesLadder, evaluatePartner, type PartnerOutcome } from './evaluate-partner.ts';
import { loadInputs } from './load.ts';
import type { Movement } from './types.ts';
import { markForPush, membershipId, writeDecisions, writeStates } from './write.ts';

/**
 * Of the versions of the program file the one in force at `now` is used. due: whose day has come, whose figures changed,
 * who is new on a ladder, whose inputs thawed, whose tiers the program now owns. all: everyone on a ladder. (Default: due;
 * all when the program file changed)
 */
export interface EvaluateOptions extends DueRequest {
  /**
   * Called once, before the first page in which somebody goes down: it freezes inputs that are not proven to be complete,
   * and the page is evaluated anew. (Default: what was read is taken as it is)
   */
  confirmInputs?: () => Promise<void>;
  /** The run that decisions are kept under. */
  runId?: string;
  logger?: Logger;
  /** Called after each committed page. */
  onPage?: (progress: { evaluated: number; decisions: number }) => void;
}

export interface TierMovement {
  partnerId: string;
  /** Name of the partner; null where it has none. */
  partner: string | null;
  ladder: string;
  decisionId: string;
  movement: Movement;
  fromTier: string | null;
  toTier: string | null;
  summary: string;
}

export interface EvaluateResult {
  asOf: string;
  evaluated: number;
  /** Decisions made, by movement. */
  movements: Partial<Record<Movement, number>>;
  /** The first 500 decisions. */
  decisions: TierMovement[];
  /** Partners whose tier is held because inputs are late or partial. */
  frozen: number;
  /** Partners that do not join a ladder yet, because inputs were never read; null when nobody has to wait. */
  waiting: { partners: number; reason: string } | null;
}

const keptDecisions = 500;

/**
 * Evaluates the partners whose turn it is. Each page is one transaction with its states, decisions and outbox marks.
 * Repeated or killed half-way and repeated, it ends in the same states and the same decisions. Partners that are deleted,
 * merged or out of scope keep their state untouched.
 */
export async function evaluateTiers(store: Store, request: EvaluateOptions): Promise<EvaluateResult> {
  const { now } = request;
  const program = await effectiveProgram(store, request.program, now);
  const isNewProgram = await programChanged(store, program, 'tier');
  const only = request.only ?? (isNewProgram ? 'all' : 'due');
  const options: EvaluateOptions = { ...request, program, only };
  const result: EvaluateResult = {
    asOf: dayOf(now, program.timeZone),
    evaluated: 0,
    movements: {},
    decisions: [],
    frozen: 0,
    waiting: null,
  };
  let inputs = await ladderInputs(store, program, now);
  let isConfirmed = request.confirmInputs === undefined;
  let after = '';
  for (;;) {
    const partners = await nextPartners(store, options, { after, inputs });
    if (partners.length === 0) break;
    after = partners.at(-1)!;
    const evaluate = () =>
      despiteConflicts(() =>
        store.transaction((tx) =>
          evaluatePage(tx, options, { partners, mayGoDown: isConfirmed, mayJoin: inputs.unread === null }),
        ),
      );
    let outcomes = await evaluate();
    if (outcomes === undefined) {
      await request.confirmInputs?.();
      isConfirmed = true;
      inputs = await ladderInputs(store, program, now);
      outcomes = (await evaluate())!;
    }
    count(result, outcomes);
    options.onPage?.({ evaluated: result.evaluated, decisions: result.decisions.length });
  }
  if (inputs.unread !== null) {
    if (only === 'all') await markNewcomers(store, program);
    const waiting = await countNewcomers(store, program);
    if (waiting > 0) result.waiting = { partners: waiting, reason: inputs.unread };
  }
  if (only === 'all' && options.partners === undefined) {
    await rememberUse(store, { program, use: 'tier', now: instantOf(now) });
  }
  if (only === 'all' && result.evaluated >= manyNewRows) await store.analyze();
  const { decisions: _listed, ...counts } = result;
  (options.logger ?? silentLogger).info({ program: program.name, ...counts }, 'tiers evaluated');
  return result;
}

/** Whether an evaluation would find somebody to evaluate: the same question that it asks itself. */
export async function hasTierWork(
  store: Store,
  { program: file, now }: { program: Program; now: number },
): Promise<boolean> {
  const program = await effectiveProgram(store, file, now);
  if (program.ladders.length === 0) return false;
  if (await programChanged(store, program, 'tier')) return true;
  const inputs = await ladderInputs(store, program, now);
  return (await nextPartners(store, { program, now, pageSize: 1 }, { after: '', inputs })).length > 0;
}

/**
 * Undefined, with nothing written, when somebody would go down and may not yet. Who would change ladders and may not
 * stays on the one that it is on, and is looked at again once it may.
 */
async function evaluatePage(
  tx: Tx,
  { program, now, runId }: EvaluateOptions,
  { partners, mayGoDown, mayJoin }: { partners: readonly string[]; mayGoDown: boolean; mayJoin: boolean },
): Promise<PartnerOutcome[] | undefined> {
  const at = instantOf(now);
  const asOf = dayOf(now, program.timeZone);
  await lockStates(tx, partners);
  const newcomers = await takeNewcomers(tx, program, partners);
  const inputs = await loadInputs(tx, { program, partners, now });
  const waiting = mayJoin ? [] : inputs.filter((one) => changesLadder(program, one));
  await letWait(
    tx,
    program,
    waiting.map(({ partnerId }) => partnerId),
  );
  const outcomes = inputs
    .filter((one) => !waiting.includes(one))
    .map((one) => evaluatePartner(program, one, asOf));
  if (!mayGoDown && outcomes.some(goesDown)) {
    await returnNewcomers(tx, program, newcomers);
    return undefined;
  }
  await closeStates(tx, { program, now: at }, outcomes);
  const scope = { program, now: at, runId: runId ?? null };
  await writeDecisions(
    tx,
    scope,
    outcomes.flatMap(({ decisions }) => decisions),
  );
  await writeStates(
    tx,
    scope,
    outcomes.flatMap(({ state }) => state ?? []),
  );
  const told = outcomes.filter(({ isTold }) => isTold);
  await markForPush(tx, { entity: 'partner', ids: told.map(({ partnerId }) => partnerId), now: at });
  const standings = told.flatMap(({ state, closes }) => [...(state === null ? [] : [state]), ...closes]);
  const memberships = standings.map((one) => membershipId(program, one));
  await markForPush(tx, { entity: 'membership', ids: memberships, now: at });
  const made = outcomes.flatMap(({ decisions }) => decisions.map(({ decision }) => decision.id));
  await markForPush(tx, { entity: 'decision', ids: made, now: at });
  return outcomes;
}

/** The end of an override may take the tier, or warn of that. */
const downward: ReadonlySet<Movement> = new Set<Movement>(['warn', 'demote', 'override_end']);

function goesDown({ decisions }: PartnerOutcome): boolean {
  return decisions.some(({ decision }) => downward.has(decision.movement));
}

/** A partner that changed to another ladder, or to none, leaves its old one; the history stays. */
async function closeStates(
  tx: Tx,
  { program, now }: { program: Program; now: string },
  outcomes: readonly PartnerOutcome[],
): Promise<void> {
  const closed = outcomes.flatMap(({ closes }) => closes);
  if (closed.length === 0) return;
  await tx.query(
    `update tierlink.tier_state t set closed_at = $3, closed_reason = c.reason, mode = 'closed',
       evaluate_at = null, changed_at = $3
     from jsonb_to_recordset($2::jsonb) as c("partnerId" text, ladder text, reason text)
     where t.program = $1 and t.partner_id = c."partnerId" and t.ladder = c.ladder and t.closed_at is null`,
    [program.name, JSON.stringify(closed), now],
  );
}

function count(result: EvaluateResult, outcomes: readonly PartnerOutcome[]): void {
  for (const { partnerId, name, decisions, state, closes } of outcomes) {
    // A newcomer that no ladder fits.
    if (state === null && closes.length === 0) continue;
    result.evaluated += 1;
    if (state !== null && state.state.frozenReason !== null) result.frozen += 1;
    for (const { ladder, decision } of decisions) {
      result.movements[decision.movement] = (result.movements[decision.movement] ?? 0) + 1;
      if (result.decisions.length >= keptDecisions) continue;
      const { id: decisionId, movement, fromTier, toTier, summary } = decision;
      const said = { decisionId, movement, fromTier, toTier, summary };
      result.decisions.push({ partnerId, partner: name, ladder, ...said });
    }
  }
}
