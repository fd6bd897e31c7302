import { createHash } from 'node:crypto';
import { TierlinkError } from '../../errors.ts';
import { computeAll } from '../../kpi/compute-all.ts';
import { type Feed, loadFeeds } from '../../kpi/freshness.ts';
import { incompleteInputs } from '../../kpi/incomplete-inputs.ts';
import { availabilityAt, readKnownHistory } from '../../kpi/known-history.ts';
import { dayAfter, scopeAtEnd } from '../../kpi/scope-at-end.ts';
import { instantOf } from '../../model/clock.ts';
import { idOfParts } from '../../model/record-id.ts';
import { canonicalJson } from '../../model/values.ts';
import { dayOf, endOfDay, startOfDay } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import { periodNamed } from '../../program/period-names.ts';
import { factKinds } from '../../program/schema/ladder.ts';
import { programOn, rememberVersion } from '../../program/versions.ts';
import { type AuditEntry, writeAudit } from '../../store/audit.ts';
import type { Executor, Store, Tx } from '../../store/store.ts';
import { type EarnedTier, earnedTiers } from '../company/earned.ts';
import { grouped, kpiInput } from '../load.ts';
import type { Evidence, KpiInput } from '../types.ts';
import { decisionsInForce } from './decided-then.ts';

/** A period that was signed off. */
export interface PeriodClose {
  id: string;
  program: string;
  period: string;
  startsOn: string;
  endsOn: string;
  programVersion: string;
  programHash: string;
  closedAt: string;
  closedBy: string;
  note: string | null;
  /** Why the records of the day of the sign-off stand for what was known at the end; null where that was known. */
  reconstructed: string | null;
  /** Of everything that was signed off; changes when any of it is changed behind our back. */
  hash: string;
  reopenedAt: string | null;
  reopenedBy: string | null;
  reopenedReason: string | null;
}

/** What is signed off of a partner: its figures, the tier in force after the period, and what it earned by the rules. */
export interface ClosedPartner {
  partnerId: string;
  name: string | null;
  /** That of the tier in force; where nothing had been decided, the one that fits. Null for none. */
  ladder: string | null;
  tier: string | null;
  status: string | null;
  decisionId: string | null;
  figures: KpiInput[];
  /** What it earned by the rules, on the ladder that fits by the end of the period; that may be another one. */
  evidence: Evidence | null;
  /** The same on each ladder beside the one of its tier that it was on, specialisations included. */
  beside: ClosedStanding[];
}

export interface ClosedStanding {
  ladder: string;
  label: string;
  /** In force after the period; null for none. */
  tier: string | null;
  /** Null where nothing had been decided. */
  status: string | null;
  decisionId: string | null;
  /** What it earned by the rules. */
  evidence: Evidence;
}

export interface CloseRequest {
  /** The program file; of its versions the one of the last day of the period is used. */
  program: Program;
  /** Name of the period, such as 2026-Q3. */
  period: string;
  author: string;
  note?: string | undefined;
  now: number;
  /** Signs off although inputs are not complete to the end of the period. (Default: false) */
  acceptIncomplete?: boolean;
  /** Signs off although it is not available what was known at the end of the period. (Default: false) */
  acceptReconstructed?: boolean;
}

export interface Closed {
  close: PeriodClose;
  partners: ClosedPartner[];
  /** What was not complete and was accepted. */
  incomplete: string[];
}

/**
 * Signs a period off: its figures, tiers and evidence are kept as they are now, for ever, under a hash. Throws
 * PERIOD_UNKNOWN, PERIOD_RUNNING, PERIOD_CLOSED, PERIOD_INCOMPLETE or PERIOD_RECONSTRUCTED; nothing is signed off
 * then.
 */
export async function closePeriod(store: Store, request: CloseRequest): Promise<Closed> {
  const { program: file, now, author } = request;
  const found = namedPeriod(file, request.period);
  const { period, startsOn, endsOn } = found;
  const asOf = dayAfter(found);
  if (dayOf(now, file.timeZone) < asOf) throw new TierlinkError('PERIOD_RUNNING', { period, endsOn });
  return await store.transaction(async (tx) => {
    await refuseClosed(tx, file, period);
    const program = await programOn(tx, file, { day: endsOn, now });
    await rememberVersion(tx, program, instantOf(now));
    const feeds = await loadFeeds(tx);
    const end = startOfDay(asOf, program.timeZone);
    const incomplete = incompleteInputs(program, { feeds, end, factKinds: factKinds(program) });
    if (incomplete.length > 0 && request.acceptIncomplete !== true)
      throw new TierlinkError('PERIOD_INCOMPLETE', { period, reason: incomplete.join('; ') });
    const past = availabilityAt(await readKnownHistory(tx), heldAtEnd(program, { endsOn, now }));
    const reconstructed = past.isKnown ? null : past.reason;
    if (reconstructed !== null && request.acceptReconstructed !== true)
      throw new TierlinkError('PERIOD_RECONSTRUCTED', { period, endsOn, reason: reconstructed });
    const partners = await partnersToClose(tx, { program, endsOn, now, feeds });
    const closedAt = instantOf(now);
    const close: PeriodClose = {
      id: idOfParts('pcl', [program.name, period, closedAt]),
      program: program.name,
      period,
      startsOn,
      endsOn,
      programVersion: program.version,
      programHash: program.hash,
      closedAt,
      closedBy: author,
      note: request.note ?? null,
      reconstructed,
      hash: hashOf({ reconstructed, partners }),
      reopenedAt: null,
      reopenedBy: null,
      reopenedReason: null,
    };
    await writeClose(tx, close, partners);
    await audit(tx, close, { action: 'close', actor: author, at: closedAt, before: null, why: close.note });
    return { close, partners, incomplete };
  });
}

/** The period of a name. Throws PERIOD_UNKNOWN. */
export function namedPeriod(program: Program, name: string): NonNullable<ReturnType<typeof periodNamed>> {
  const found = periodNamed(program, name);
  if (found === undefined) throw new TierlinkError('PERIOD_UNKNOWN', { period: name });
  return found;
}

async function refuseClosed(tx: Tx, program: Program, period: string): Promise<void> {
  const known = (await listCloses(tx, program, period)).find(({ reopenedAt }) => reopenedAt === null);
  if (known === undefined) return;
  const { closedAt, closedBy } = known;
  throw new TierlinkError('PERIOD_CLOSED', { period, on: closedAt.slice(0, 10), by: closedBy });
}

/** Everybody in the program, with every figure, in the order of ids. */
export async function partnersToClose(
  executor: Executor,
  { endsOn, ...request }: { program: Program; endsOn: string; now: number; feeds: readonly Feed[] },
): Promise<ClosedPartner[]> {
  const { now } = request;
  const scope = { ...request, ...scopeAtEnd(request.program, endsOn) };
  const { program, asOf } = scope;
  const at = heldAtEnd(program, { endsOn, now });
  const earned = await earnedTiers(executor, { ...scope, heldAt: at });
  const partners = earned.map(({ partnerId }) => partnerId);
  const decisions = await decisionsInForce(executor, { program, partners, at, day: asOf });
  const values = await computeAll(executor, scope, { kpis: Object.keys(program.kpis), partners });
  const figures = grouped(values, ({ partnerId }) => partnerId);
  return earned.map(({ partnerId, name, evidence, all, decided }) => {
    const decision = decisions.get(partnerId);
    return {
      partnerId,
      name,
      ladder: decision?.ladder ?? evidence?.ladder ?? null,
      tier: decision?.tier ?? null,
      status: decision?.status ?? null,
      decisionId: decision?.id ?? null,
      figures: (figures.get(partnerId) ?? [])
        .map(kpiInput)
        .sort((left, right) => (left.kpi < right.kpi ? -1 : 1)),
      evidence,
      beside: standingsBeside(program, { all, decided }),
    };
  });
}

/** The instant whose tiers in force count for a period that is over: the end of the day after, by when its last day is in. */
function heldAtEnd(program: Program, { endsOn, now }: { endsOn: string; now: number }): string {
  const end = endOfDay(dayAfter({ endsOn }), program.timeZone);
  return instantOf(Math.min(now, end));
}

function standingsBeside(
  program: Program,
  { all, decided }: Pick<EarnedTier, 'all' | 'decided'>,
): ClosedStanding[] {
  return all
    .filter(({ beside }) => beside === true)
    .map((evidence) => {
      const { ladder } = evidence;
      const last = decided.get(ladder);
      const inForce = last?.hasLeft === true ? undefined : last;
      return {
        ladder,
        label: program.ladders.find(({ key }) => key === ladder)!.label,
        tier: inForce?.tier ?? null,
        status: inForce?.status ?? null,
        decisionId: inForce?.decisionId ?? null,
        evidence,
      };
    });
}

async function writeClose(tx: Tx, close: PeriodClose, partners: readonly ClosedPartner[]): Promise<void> {
  await tx.query(
    `insert into tierlink.period_close (id, program, period, starts_on, ends_on, program_version, program_hash, closed_at,
       closed_by, note, reconstructed, hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      close.id,
      close.program,
      close.period,
      close.startsOn,
      close.endsOn,
      close.programVersion,
      close.programHash,
      close.closedAt,
      close.closedBy,
      close.note,
      close.reconstructed,
      close.hash,
    ],
  );
  for (let from = 0; from < partners.length; from += pageSize) {
    await writePartners(tx, close, partners.slice(from, from + pageSize));
  }
}

/** Partners per statement: evidence is long. */
const pageSize = 500;

async function writePartners(tx: Tx, close: PeriodClose, partners: readonly ClosedPartner[]): Promise<void> {
  await tx.query(
    `insert into tierlink.period_close_partner
       (close_id, partner_id, name, ladder, tier, status, decision_id, figures, evidence, beside)
     select $1, r."partnerId", r.name, r.ladder, r.tier, r.status, r."decisionId", r.figures, r.evidence, r.beside
     from jsonb_to_recordset($2::jsonb) as r("partnerId" text, name text, ladder text, tier text, status text,
       "decisionId" text, figures jsonb, evidence jsonb, beside jsonb)`,
    [close.id, JSON.stringify(partners)],
  );
}

/** Opens a closed period again. Throws PERIOD_UNKNOWN or PERIOD_NOT_CLOSED. What was signed off stays on record. */
export async function reopenPeriod(
  store: Store,
  request: { program: Program; period: string; author: string; reason: string; now: number },
): Promise<PeriodClose> {
  const { program, author, reason, now } = request;
  const { period } = namedPeriod(program, request.period);
  return await store.transaction(async (tx) => {
    const [closed] = (await listCloses(tx, program, period)).filter(({ reopenedAt }) => reopenedAt === null);
    if (closed === undefined) throw new TierlinkError('PERIOD_NOT_CLOSED', { period });
    const at = instantOf(now);
    await tx.query(
      `update tierlink.period_close set reopened_at = $2, reopened_by = $3, reopened_reason = $4 where id = $1`,
      [closed.id, at, author, reason],
    );
    const reopened = { ...closed, reopenedAt: at, reopenedBy: author, reopenedReason: reason };
    await audit(tx, reopened, { action: 'reopen', actor: author, at, before: closed, why: reason });
    return reopened;
  });
}

async function audit(
  tx: Tx,
  close: PeriodClose,
  said: Pick<AuditEntry, 'action' | 'actor' | 'at' | 'why'> & { before: PeriodClose | null },
): Promise<void> {
  const about = { connection: 'program', object: close.program, entity: 'periodClose', recordId: close.id };
  await writeAudit(tx, [{ ...said, ...about, after: close }]);
}

const columns = `id, program, period, starts_on as "startsOn", ends_on as "endsOn", program_version as "programVersion",
  program_hash as "programHash", closed_at as "closedAt", closed_by as "closedBy", note, reconstructed, hash,
  reopened_at as "reopenedAt", reopened_by as "reopenedBy", reopened_reason as "reopenedReason"`;

/** Every sign-off of a program, or of one of its periods, the latest first. */
export async function listCloses(
  executor: Executor,
  program: Pick<Program, 'name'>,
  period?: string,
): Promise<PeriodClose[]> {
  return await executor.query<PeriodClose & Record<string, unknown>>(
    `select ${columns} from tierlink.period_close where program = $1 and ($2::text is null or period = $2)
     order by starts_on desc, closed_at desc, id collate "C"`,
    [program.name, period ?? null],
  );
}

/** What was signed off of each partner, in the order of ids. */
export async function closedPartners(executor: Executor, close: PeriodClose): Promise<ClosedPartner[]> {
  return await executor.query<ClosedPartner & Record<string, unknown>>(
    `select partner_id as "partnerId", name, ladder, tier, status, decision_id as "decisionId", figures, evidence,
       beside
     from tierlink.period_close_partner where close_id = $1 order by partner_id collate "C"`,
    [close.id],
  );
}

/** The hash of what is signed off; keys of objects may come in any order. */
export function hashOf(signed: { reconstructed: string | null; partners: readonly ClosedPartner[] }): string {
  return createHash('sha256').update(canonicalJson(signed)).digest('hex');
}
