import type { Program } from '../program/load.ts';
import { currentPeriod, type NamedPeriod } from '../program/period-names.ts';
import { readSetting, writeSetting } from '../store/settings.ts';
import type { Executor, Tx } from '../store/store.ts';

/** A period that has figures, but not its final ones. */
export interface UnfinishedPeriod extends NamedPeriod {
  /** The last partner, in the order of ids, whose figures are final; '' for none. */
  after: string;
}

/** How far the figures of periods have come. */
export interface KeptPeriods {
  /** The running period of the last recomputation, of which every partner has figures; whoever joins is dirty, and gets them so. */
  running: NamedPeriod;
  /** Periods that were the running one before. */
  unfinished: UnfinishedPeriod[];
}

/** Undefined before the first recomputation. */
export async function readKeptPeriods(
  executor: Executor,
  program: Program,
): Promise<KeptPeriods | undefined> {
  return await readSetting<KeptPeriods>(executor.db, settingKey(program));
}

export async function writeKeptPeriods(
  tx: Tx,
  { program, kept, now }: { program: Program; kept: KeptPeriods; now: string },
): Promise<void> {
  await writeSetting(tx.db, { key: settingKey(program), value: kept, now });
}

/**
 * Notes that every partner has figures of the running period. The one that was the running one before is unfinished from
 * then on; those in between, in which nothing was computed, have no figures and get none.
 */
export async function rememberPeriod(
  tx: Tx,
  { program, asOf, now }: { program: Program; asOf: string; now: string },
): Promise<KeptPeriods> {
  const running = currentPeriod(program, asOf);
  const before = await readKeptPeriods(tx, program);
  const ended = before !== undefined && before.running.endsOn < running.startsOn ? [before.running] : [];
  const open = (before?.unfinished ?? []).filter(({ period }) => period !== ended[0]?.period);
  const kept = { running, unfinished: [...open, ...ended.map((period) => ({ ...period, after: '' }))] };
  await writeKeptPeriods(tx, { program, kept, now });
  return kept;
}

function settingKey({ name }: Program): string {
  return `kpi.period.${name}`;
}
