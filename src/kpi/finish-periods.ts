import { instantOf } from '../model/clock.ts';
import { dayOf, startOfDay } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import type { NamedPeriod } from '../program/period-names.ts';
import { programOn } from '../program/versions.ts';
import { alive } from '../store/alive.ts';
import type { Executor, Store, Tx } from '../store/store.ts';
import { computeAll } from './compute-all.ts';
import type { Feed } from './freshness.ts';
import { incompleteInputs } from './incomplete-inputs.ts';
import { type KeptPeriods, readKeptPeriods, writeKeptPeriods } from './kept-periods.ts';
import { isPeriodClosed, writePeriods } from './periods.ts';
import { newPopulation, type Population } from './population.ts';
import { dayAfter, scopeAtEnd } from './scope-at-end.ts';
import type { InTurn } from './turn.ts';

interface Run {
  /** The program file; of its versions the one of the last day of each period is used. */
  program: Program;
  now: number;
  feeds: readonly Feed[];
  /** As it was last read; undefined before the first recomputation. */
  kept: KeptPeriods | undefined;
}

interface Finishable extends NamedPeriod {
  /** The version of its last day. */
  rules: Program;
}

/**
 * The periods that are over and can have their final figures. They wait while what the KPIs read is not complete to their
 * end, or not certain; what was never read at all has no figures to wait for.
 */
export async function finishablePeriods(executor: Executor, run: Run): Promise<Finishable[]> {
  const over = await periodsOver(executor, run);
  return over.flatMap(({ incomplete, ...period }) => (incomplete.length === 0 ? [period] : []));
}

/** A period that is over and whose figures are not final yet. */
export interface WaitingPeriod extends NamedPeriod {
  /** What its figures wait for, in words. */
  waitsFor: string[];
}

/** The periods that are over and wait for what their figures are made of; without those that a person has signed off. */
export async function waitingPeriods(executor: Executor, run: Run): Promise<WaitingPeriod[]> {
  const found: WaitingPeriod[] = [];
  for (const { rules, incomplete, ...period } of await periodsOver(executor, run)) {
    if (incomplete.length === 0 || (await isPeriodClosed(executor, rules, period))) continue;
    found.push({ ...period, waitsFor: incomplete });
  }
  return found;
}

async function periodsOver(
  executor: Executor,
  { program, now, feeds, kept }: Run,
): Promise<(Finishable & { incomplete: string[] })[]> {
  const found: (Finishable & { incomplete: string[] })[] = [];
  for (const { after: _after, ...period } of kept?.unfinished ?? []) {
    const rules = await programOn(executor, program, { day: period.endsOn, now });
    const asOf = dayAfter(period);
    if (dayOf(now, rules.timeZone) < asOf) continue;
    const read = feeds.filter(({ completeTo }) => completeTo !== null);
    const end = startOfDay(asOf, rules.timeZone);
    found.push({ ...period, rules, incomplete: incompleteInputs(rules, { feeds: read, end }) });
  }
  return found;
}

/**
 * Brings the records of periods that are over to their final figures, those of the day after, once for each partner. A
 * page of partners is one transaction, which also notes how far it has come. Ranks compare everybody's figures of that day.
 */
export async function finishPeriods(
  store: Store,
  run: Run & { turn: InTurn; pageSize: number; onPage: (periodsChanged: number) => void },
): Promise<void> {
  for (const period of await finishablePeriods(store, run)) {
    const population = newPopulation();
    for (;;) {
      const changed = await run.turn((tx) => finishPage(tx, run, { ...period, population }));
      if (changed === null) break;
      run.onPage(changed);
    }
  }
}

/** How many records changed; null when nobody was left, or another run has finished the period. */
async function finishPage(
  tx: Tx,
  run: Run & { pageSize: number },
  { rules, population, ...period }: Finishable & { population: Population },
): Promise<number | null> {
  const kept = await readKeptPeriods(tx, rules);
  const open = kept?.unfinished.find((one) => one.period === period.period);
  if (kept === undefined || open === undefined) return null;
  const isClosed = await isPeriodClosed(tx, rules, period);
  const partners = isClosed ? [] : await nextPartners(tx, rules, { ...open, limit: run.pageSize });
  const after = partners.at(-1);
  const unfinished = kept.unfinished.flatMap((one) =>
    one !== open ? [one] : after === undefined ? [] : [{ ...one, after }],
  );
  await writeKeptPeriods(tx, { program: rules, kept: { ...kept, unfinished }, now: instantOf(run.now) });
  if (after === undefined) return null;
  const scope = { ...scopeAtEnd(rules, period.endsOn), now: run.now, feeds: run.feeds, population };
  const values = await computeAll(tx, scope, { kpis: Object.keys(rules.kpis), partners });
  return await writePeriods(tx, scope, { partners, values, period });
}

/** Who began after the period is no partner of it; without a first day, or with a record already, one is. */
async function nextPartners(
  tx: Tx,
  { name }: Program,
  { period, endsOn, after, limit }: { period: string; endsOn: string; after: string; limit: number },
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select p.id from tierlink.partner p
     where ${alive('p')} and p.id collate "C" > $1 and (p.started_on is null or p.started_on <= $2::date or exists
       (select from tierlink.kpi_period k where k.program = $3 and k.partner_id = p.id and k.period = $4))
     order by p.id collate "C" limit $5`,
    [after, endsOn, name, period, limit],
  );
  return rows.map(({ id }) => id);
}
