import { instantOf } from '../model/clock.ts';
import { type Logger, silentLogger } from '../model/logger.ts';
import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { currentPeriod } from '../program/period-names.ts';
import { programChanged, rememberUse } from '../program/used.ts';
import { effectiveProgram } from '../program/versions.ts';
import type { Lease } from '../store/leases.ts';
import { readSetting, writeSetting } from '../store/settings.ts';
import { manyNewRows, type Store } from '../store/store.ts';
import { finishablePeriods, finishPeriods } from './finish-periods.ts';
import { loadFeeds } from './freshness.ts';
import { lateForTracks } from './give-tracks.ts';
import { type KeptPeriods, readKeptPeriods, rememberPeriod } from './kept-periods.ts';
import { pagesOf } from './pages.ts';
import { unreadFigures } from './period-fit.ts';
import { hasDirtyGroups } from './rank/groups.ts';
import { recomputePage } from './recompute-page.ts';
import { rankDirtyGroups } from './recompute-ranks.ts';
import { type InTurn, inTurn } from './turn.ts';
import { TurnNumbers } from './turn-numbers.ts';
import type { KpiChange } from './types.ts';
import { type Mode, nextPage } from './work-list.ts';

export interface RecomputeOptions {
  /** The program file; of its versions the one in force at `now` is used. */
  program: Program;
  /** Epoch milliseconds. */
  now: number;
  /** Day as of which. (Default: the day of `now` in the program's time zone) */
  asOf?: string;
  /**
   * dirty: partners with changed records. due: values that time alone changes. all: everything.
   * (Default: dirty and due, and who lacks figures of a period that has begun; everything when the program file changed)
   */
  only?: 'dirty' | 'due' | 'all';
  /** Only these partners. */
  partners?: readonly string[];
  /** Partners per transaction. (Default: 1500) */
  pageSize?: number;
  /** How many changes are listed; all are counted. (Default: 500) */
  keepChanges?: number;
  logger?: Logger;
  /** Held by the run; checked in every transaction. (Default: none) */
  lease?: Lease;
  /** Called after each committed page; what it throws stops the run, with every finished page kept. */
  onPage?: (progress: { partners: number; values: number }) => void;
}

export interface RecomputeResult {
  asOf: string;
  /** Partners looked at. */
  partners: number;
  /** Values computed. */
  values: number;
  /** Values that say something else than before. */
  changed: number;
  /** The first of them. */
  changes: KpiChange[];
  /** Records for the CRM (one per partner and period) whose figures changed. */
  periodsChanged: number;
}

/**
 * Recomputes what changed records or time alone have made old: exactly the KPIs that read a dirtied entity, and those
 * whose next change has come. Each page of partners is one transaction: the dirty marks that it worked off are gone with it, the
 * values, the period's figures, their outbox marks and the marks for tier evaluation are there with it. Ranks come after all
 * pages: of each group in which a figure changed, and of no other. A period that has ended since the last run then gets its
 * final figures, unless only some partners, or only what is dirty or due, were asked for.
 */
export async function recomputeKpis(store: Store, options: RecomputeOptions): Promise<RecomputeResult> {
  const { now } = options;
  const program = await effectiveProgram(store, options.program, now);
  const asOf = options.asOf ?? dayOf(now, program.timeZone);
  const logger = options.logger ?? silentLogger;
  const feeds = await loadFeeds(store);
  const unread = unreadFigures(program, { feeds, now });
  const before = options.only === undefined ? await readKeptPeriods(store, program) : undefined;
  const mode = options.only ?? (await neededMode(store, { program, asOf, unread, kept: before }));
  const result: RecomputeResult = {
    asOf,
    partners: 0,
    values: 0,
    changed: 0,
    changes: [],
    periodsChanged: 0,
  };
  // Before any figure is left out: one that dies on the way would not know later that it has to make up for that.
  await noteUnread(store, program, { unread, isAll: false, now: instantOf(now) });
  const scope = { program, asOf, now, feeds };
  const turn = inTurn(store, { program: program.name, ...(options.lease && { lease: options.lease }) });
  const pageSize = options.pageSize ?? 1500;
  const numbers = new TurnNumbers();
  const late = lateForTracks(program, { feeds, now });
  const request = { program, mode, now, asOf, pageSize, only: options.partners, late };
  const partnersAfter = async (after: string) => await nextPage(store, { ...request, after });
  for await (const page of pagesOf(store, scope, { mode, numbers, partnersAfter })) {
    const done = await turn((tx) => recomputePage(tx, scope, { ...page, mode, numbers }));
    result.partners += page.partners.length;
    note(result, done, options);
  }
  await rankDirtyGroups(turn, scope, (batch) => note(result, batch, options));
  if (options.partners === undefined) {
    const noted = await remember(store, turn, { program, mode, asOf, unread, now: instantOf(now) });
    await finishPeriods(store, {
      ...{ program: options.program, now, feeds, turn, pageSize },
      kept: noted ?? before,
      onPage: (periodsChanged) => note(result, { values: 0, changes: [], periodsChanged }, options),
    });
  }
  if (mode === 'all' && result.partners >= manyNewRows) await store.analyze(written);
  const { changes: _listed, ...counts } = result;
  logger.debug({ program: program.name, mode, ...counts }, 'KPIs recomputed');
  return result;
}

/** The tables in which a run puts rows by the thousand. */
const written = ['kpi_value', 'kpi_period', 'rank_member', 'partner_track', 'outbox', 'newcomer'] as const;

function note(
  result: RecomputeResult,
  page: { values: number; changes: readonly KpiChange[]; periodsChanged: number },
  { keepChanges = 500, onPage }: RecomputeOptions,
): void {
  result.values += page.values;
  result.changed += page.changes.length;
  result.periodsChanged += page.periodsChanged;
  result.changes.push(...page.changes.slice(0, Math.max(0, keepChanges - result.changes.length)));
  onPage?.({ partners: result.partners, values: result.values });
}

/**
 * What has to be looked at by itself: everything after a change of the program and when inputs have come that were never
 * there before, everybody when a period has begun.
 */
async function neededMode(
  store: Store,
  {
    program,
    asOf,
    unread,
    kept,
  }: { program: Program; asOf: string; unread: readonly string[]; kept: KeptPeriods | undefined },
): Promise<'all' | 'newPeriod' | 'needed'> {
  if (await programChanged(store, program, 'kpi')) return 'all';
  const before = (await readSetting<string[]>(store.db, unreadKey(program))) ?? [];
  if (before.some((kpi) => !unread.includes(kpi))) return 'all';
  return kept?.running.period === currentPeriod(program, asOf).period ? 'needed' : 'newPeriod';
}

/**
 * Notes what a run has looked at to its end; one that died before this looks again at what it has not done. Returns the
 * periods where it was everybody.
 */
async function remember(
  store: Store,
  turn: InTurn,
  { mode, unread, ...run }: { program: Program; mode: Mode; asOf: string; unread: string[]; now: string },
): Promise<KeptPeriods | undefined> {
  if (mode !== 'all' && mode !== 'newPeriod') return undefined;
  if (mode === 'all') await rememberUse(store, { ...run, use: 'kpi' });
  const kept = await turn((tx) => rememberPeriod(tx, run));
  if (mode === 'all') await noteUnread(store, run.program, { unread, isAll: true, now: run.now });
  return kept;
}

/** Notes KPIs of which figures are left out, until everything was looked at without them. */
async function noteUnread(
  store: Store,
  program: Program,
  { unread, isAll, now }: { unread: readonly string[]; isAll: boolean; now: string },
): Promise<void> {
  const key = unreadKey(program);
  const before = (await readSetting<string[]>(store.db, key)) ?? [];
  const value = [...new Set([...(isAll ? [] : before), ...unread])].sort();
  if (value.join() !== before.join()) await writeSetting(store.db, { key, value, now });
}

/** KPIs of which inputs were never there when figures were last computed. */
function unreadKey({ name }: Program): string {
  return `kpi.unread.${name}`;
}

/** Whether a recomputation would find something to do: the same question that it asks itself. */
export async function hasKpiWork(store: Store, options: { program: Program; now: number }): Promise<boolean> {
  const { now } = options;
  const program = await effectiveProgram(store, options.program, now);
  const asOf = dayOf(now, program.timeZone);
  const feeds = await loadFeeds(store);
  const unread = unreadFigures(program, { feeds, now });
  const kept = await readKeptPeriods(store, program);
  const mode = await neededMode(store, { program, asOf, unread, kept });
  if (mode !== 'needed' || (await hasDirtyGroups(store, program))) return true;
  if ((await finishablePeriods(store, { program: options.program, now, feeds, kept })).length > 0)
    return true;
  const request = {
    program,
    mode,
    now,
    asOf,
    after: '',
    pageSize: 1,
    only: undefined,
    late: lateForTracks(program, { feeds, now }),
  };
  return (await nextPage(store, request)).length > 0;
}
