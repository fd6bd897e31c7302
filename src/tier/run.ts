import { stateReasonText } from '../kpi/state-reason.ts';
import { instantOf } from '../model/clock.ts';
import { type Logger, silentLogger } from '../model/logger.ts';
import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { programChanged, rememberUse } from '../program/used.ts';
import { effectiveProgram } from '../program/versions.ts';
import { despiteConflicts } from '../store/conflicts.ts';
import { manyNewRows, type Store } from '../store/store.ts';
import { leaveOutLeavers } from './approval-items.ts';
import { hasCompanyLadders } from './company/company.ts';
import {
  countNewcomers,
  type DueRequest,
  type LadderInputs,
  ladderInputs,
  markNewcomers,
  nextPartners,
} from './due.ts';
import { type EvaluatedPage, evaluatePage, isFeltBelow } from './evaluate-page.ts';
import type { PartnerOutcome } from './evaluate-partner.ts';
import type { Holds } from './gate.ts';
import { type HeldMoves, holdMoves, planMoves } from './plan-moves.ts';
import { storedInTurn } from './stored-in-turn.ts';
import type { Movement } from './types.ts';

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
  /**
   * Partners that do not join a ladder yet, because inputs were never read or their figures are not computed; null when
   * nobody has to wait.
   */
  waiting: { partners: number; reason: string } | null;
  /** The lists that this run made of changes that wait for a person: companies and their subsidiaries come on lists apart. */
  held: HeldMoves[];
}

/** What comes before a page. */
interface PagesBefore {
  /** The last partner of them; blank where the page is the first one. */
  last: string;
  /** Settles once they are stored. */
  stored: Promise<unknown>;
}

const keptDecisions = 500;

/** The tables in which a run puts rows by the thousand. */
const written = ['tier_state', 'decision', 'ladder_change', 'outbox', 'newcomer'] as const;

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
    held: [],
  };
  let inputs = await ladderInputs(store, program, now);
  let withoutFigures = 0;
  let isConfirmed = request.confirmInputs === undefined;
  const confirm = async () => {
    await request.confirmInputs?.();
    isConfirmed = true;
    inputs = await ladderInputs(store, program, now);
  };
  await leaveOutLeavers(store, program, instantOf(now));
  /** Returns whether it made subsidiaries due. */
  const sweep = async (asked: EvaluateOptions): Promise<boolean> => {
    let holds: Holds | null = null;
    let after = '';
    let isFelt = false;
    let stored: Promise<unknown> = Promise.resolve();
    const evaluate = async (
      partners: readonly string[],
      { before, onDecided }: { before: PagesBefore; onDecided: () => void },
    ): Promise<EvaluatedPage> => {
      for (;;) {
        const terms = { mayGoDown: isConfirmed, mayJoin: inputs.unread === null, holds };
        const page = await despiteConflicts(() =>
          store.transaction((tx) =>
            evaluatePage(tx, { program, now, runId: request.runId ?? null, partners, ...terms, onDecided }),
          ),
        );
        if (page !== 'confirm' && page !== 'plan') return page;
        // Newcomers of the page before are among those that a share is of, and what it does first is not done twice.
        await before.stored;
        if (page === 'confirm') {
          if (!isConfirmed) await confirm();
        } else if (holds === null) {
          const of = { after: before.last, inputs: () => inputs, isConfirmed, confirm };
          const ahead = await holdAhead(store, asked, of);
          holds = ahead.holds;
          if (ahead.held !== null) result.held.push(ahead.held);
        }
      }
    };
    const pages = storedInTurn(async (onDecided) => {
      const partners = await nextPartners(store, asked, { after, inputs });
      if (partners.length === 0) return undefined;
      const page = evaluate(partners, { before: { last: after, stored }, onDecided });
      stored = page;
      after = partners.at(-1)!;
      return { stored: page };
    });
    for await (const { outcomes, withoutFigures: lacking } of pages) {
      withoutFigures += lacking;
      isFelt ||= outcomes.some(isFeltBelow);
      count(result, outcomes);
      options.onPage?.({ evaluated: result.evaluated, decisions: result.decisions.length });
    }
    return isFelt;
  };
  let isFelt = false;
  for (const asked of sweepsOf(options)) isFelt = await sweep(asked);
  // A company may ask for what another one above it holds: with each sweep one more of such a chain is settled.
  while (isFelt && hasCompanyLadders(program)) isFelt = await sweep({ ...options, only: 'due' });
  if (inputs.unread !== null) {
    if (only === 'all') await markNewcomers(store, program);
    const waiting = await countNewcomers(store, program);
    if (waiting > 0) result.waiting = { partners: waiting, reason: stateReasonText(inputs.unread) };
  } else if (withoutFigures > 0)
    result.waiting = { partners: withoutFigures, reason: 'their figures are not computed yet' };
  if (only === 'all' && options.partners === undefined) {
    await rememberUse(store, { program, use: 'tier', now: instantOf(now) });
  }
  if (only === 'all' && result.evaluated >= manyNewRows) await store.analyze(written);
  const { decisions: _listed, ...counts } = result;
  (options.logger ?? silentLogger).info({ program: program.name, ...counts }, 'tiers evaluated');
  return result;
}

/** Where companies hold tiers, they come first, then who has theirs, then who has that of somebody among those. */
function sweepsOf(options: EvaluateOptions): EvaluateOptions[] {
  if (!hasCompanyLadders(options.program)) return [options];
  return [
    { ...options, family: 'top' },
    { ...options, family: 'below' },
    { ...options, only: 'due' },
  ];
}

/**
 * Before the first change that may have to wait is stored, finds out whether more would change than may without an
 * approval, and puts that on a list. `after`: the last partner of the pages without such a change.
 */
async function holdAhead(
  store: Store,
  { program, now, runId, ...request }: EvaluateOptions,
  of: { after: string; inputs: () => LadderInputs; isConfirmed: boolean; confirm: () => Promise<void> },
): Promise<{ holds: Holds; held: HeldMoves | null }> {
  const plan = () => planMoves(store, { ...request, program, now }, { after: of.after, inputs: of.inputs() });
  let planned = await plan();
  if (planned.goesDown && !of.isConfirmed) {
    await of.confirm();
    planned = await plan();
  }
  return await despiteConflicts(() =>
    holdMoves(store, { program, now, runId: runId ?? null, moves: planned.moves }),
  );
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

function count(result: EvaluateResult, outcomes: readonly PartnerOutcome[]): void {
  for (const { partnerId, name, ladders, closes } of outcomes) {
    // A newcomer that no ladder fits, or somebody whose change waits.
    if (ladders.length + closes.length === 0) continue;
    result.evaluated += 1;
    if (ladders.some(({ state }) => state.state.frozenReason !== null)) result.frozen += 1;
    for (const { ladder, decision } of ladders.flatMap(({ decisions }) => decisions)) {
      result.movements[decision.movement] = (result.movements[decision.movement] ?? 0) + 1;
      if (result.decisions.length >= keptDecisions) continue;
      const { id: decisionId, movement, fromTier, toTier, summary } = decision;
      const said = { decisionId, movement, fromTier, toTier, summary };
      result.decisions.push({ partnerId, partner: name, ladder, ...said });
    }
  }
}
