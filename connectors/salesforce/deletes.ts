import { isTierlinkError } from '../../src/errors.ts';
import { faultOf } from '../shared/call-failed.ts';
import type { JsonRow } from '../shared/neutral-values.ts';
import type { ChangeWindow } from './change-windows.ts';
import type { Context } from './context.ts';
import { expired } from './cursor.ts';
import { queryRows } from './query.ts';
import { type ReplicatedDeletes, replicatedDeletes, type Window } from './replication.ts';
import { chunkForAddress, instant, literalList, name } from './soql.ts';

export interface FoundDeletes {
  deleted: { id: string; at: string }[];
  merged: { loser: string; winner: string }[];
  coveredTo: number;
}

/** A row as the recycle bin shows it. */
interface BinRow {
  id: string;
  isDeleted: boolean;
  master: string | null;
  at: string;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** The delete log is documented for 15 days; it can be shorter, and then it says so. */
const DELETED_DAYS = 15;
/** A winner can be merged into the next one; longer chains than this are not followed. */
const LONGEST_CHAIN = 20;

/** What the delete log can be asked for at `now`; undefined when `from` lies before everything it may still know. */
export function deletesReach(from: number, now: number): Window | undefined {
  if (now - from > DELETED_DAYS * DAY_MS) return undefined;
  return { from: Math.min(from, now - MINUTE_MS), to: now + MINUTE_MS };
}

/**
 * Deletes and merges of a window. An id in the delete log is a claim: it is believed once the recycle bin shows the
 * row as deleted, or a direct read answers that it is gone. A row that is there again was restored, and comes with
 * the changes. Throws CRM_CURSOR_EXPIRED when the log no longer reaches back to the window's start.
 */
export async function findDeletes(
  context: Context,
  object: string,
  { window, signal }: { window: ChangeWindow; signal: AbortSignal | undefined },
): Promise<FoundDeletes> {
  const { deletesFrom: from, to } = window;
  const log = window.replicated ? (window.log ?? (await readLog(context, object, { from, signal }))) : null;
  if (log !== null && log.knownFrom > from) throw expired(context, object, new Date(from).toISOString());
  if (log?.deleted.length === 0) return { deleted: [], merged: [], coveredTo: log.coveredTo };
  const { fields } = await context.metadata.object(object);
  const has = (name: string): boolean => fields.some((field) => field.name === name);
  const bin = { object, hasMaster: has('MasterRecordId') };
  if (log === null) {
    const rows = has('IsDeleted') ? await binOfWindow(context, bin, { from, to }) : [];
    return { ...(await sortOut(context, object, rows)), coveredTo: to };
  }
  const rows = await binOfIds(context, bin, [...new Map(log.deleted.map((each) => [each.id, each.at]))]);
  const gone = await confirmGone(context, object, log.deleted, rows);
  return { ...(await sortOut(context, object, [...rows, ...gone])), coveredTo: log.coveredTo };
}

/** Which of the ids lost a merge, as the recycle bin shows them. */
export async function findMerges(
  context: Context,
  object: string,
  ids: readonly string[],
): Promise<FoundDeletes['merged']> {
  const { fields } = await context.metadata.object(object);
  if (ids.length === 0 || !fields.some((field) => field.name === 'MasterRecordId')) return [];
  const bin = { object, hasMaster: true };
  const rows = await binOfIds(
    context,
    bin,
    ids.map((id) => [id, '']),
  );
  return (await sortOut(context, object, rows)).merged;
}

async function readLog(
  context: Context,
  object: string,
  { from, signal }: { from: number; signal: AbortSignal | undefined },
): Promise<ReplicatedDeletes> {
  const reach = deletesReach(from, await context.client.serverNow());
  if (reach === undefined) throw expired(context, object, new Date(from).toISOString());
  return await replicatedDeletes(context, object, reach, signal);
}

interface Bin {
  object: string;
  hasMaster: boolean;
}

function binFields(bin: Bin): string[] {
  return ['Id', 'IsDeleted', 'SystemModstamp', ...(bin.hasMaster ? ['MasterRecordId'] : [])];
}

function binRow(row: JsonRow, at?: string): BinRow {
  return {
    id: String(row.Id),
    isDeleted: row.IsDeleted === true,
    master: typeof row.MasterRecordId === 'string' ? row.MasterRecordId : null,
    at:
      at ??
      new Date(Date.parse(String(row.SystemModstamp).replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))).toISOString(),
  };
}

async function binOfWindow(context: Context, bin: Bin, window: Window): Promise<BinRow[]> {
  const between = [
    'IsDeleted = true',
    `SystemModstamp >= ${instant(new Date(window.from).toISOString())}`,
    `SystemModstamp <= ${instant(new Date(window.to).toISOString())}`,
  ];
  const rows = await queryRows(
    context,
    { object: bin.object, fields: binFields(bin), conditions: between },
    { all: true },
  );
  return rows.map((row) => binRow(row));
}

async function binOfIds(context: Context, bin: Bin, deleted: [string, string][]): Promise<BinRow[]> {
  const times = new Map(deleted);
  const found: BinRow[] = [];
  for (const chunk of chunkForAddress([...times.keys()], 400)) {
    const wanted = {
      object: bin.object,
      fields: binFields(bin),
      conditions: [`Id IN (${literalList(chunk)})`],
    };
    for (const row of await queryRows(context, wanted, { all: true })) {
      found.push(binRow(row, times.get(String(row.Id))));
    }
  }
  return found;
}

/** Ids that not even the recycle bin shows: purged, or hidden from us. Only a direct 404 makes them deleted. */
async function confirmGone(
  context: Context,
  object: string,
  deleted: readonly { id: string; at: string }[],
  bin: readonly BinRow[],
): Promise<BinRow[]> {
  const shown = new Set(bin.map((row) => row.id));
  const gone: BinRow[] = [];
  for (const { id, at } of deleted.filter((each) => !shown.has(each.id))) {
    if (await isGone(context, object, id)) gone.push({ id, at, isDeleted: true, master: null });
  }
  return gone;
}

async function isGone(context: Context, object: string, id: string): Promise<boolean> {
  try {
    await context.client.send({
      method: 'GET',
      path: `/sobjects/${name(object)}/${encodeURIComponent(id)}?fields=Id`,
      kind: 'record',
      object,
    });
    return false;
  } catch (error) {
    if (isTierlinkError(error, 'CRM_GONE') || faultOf(error)?.status === 404) return true;
    throw error;
  }
}

async function sortOut(
  context: Context,
  object: string,
  rows: readonly BinRow[],
): Promise<Pick<FoundDeletes, 'deleted' | 'merged'>> {
  const bin = new Map(rows.filter((row) => row.isDeleted).map((row) => [row.id, row]));
  const merged: FoundDeletes['merged'] = [];
  const deleted: FoundDeletes['deleted'] = [];
  await learnWinners(context, object, bin);
  for (const row of rows) {
    if (!row.isDeleted) continue;
    if (row.master === null) deleted.push({ id: row.id, at: row.at });
    else merged.push({ loser: row.id, winner: finalWinner(row, bin) });
  }
  return { deleted, merged };
}

/** Winners that were merged themselves, perhaps long before this window, so that chains end at the last one. */
async function learnWinners(context: Context, object: string, bin: Map<string, BinRow>): Promise<void> {
  const known = new Set(bin.keys());
  for (let hop = 0; hop < LONGEST_CHAIN; hop += 1) {
    const open = [...bin.values()].flatMap((row) =>
      row.master === null || known.has(row.master) ? [] : [row.master],
    );
    if (open.length === 0) return;
    for (const id of open) known.add(id);
    const rows = await binOfIds(
      context,
      { object, hasMaster: true },
      [...new Set(open)].map((id) => [id, '']),
    );
    for (const row of rows) if (row.isDeleted) bin.set(row.id, row);
  }
}

function finalWinner(row: BinRow, bin: ReadonlyMap<string, BinRow>): string {
  let winner = row.master ?? row.id;
  for (let hop = 0; hop < LONGEST_CHAIN; hop += 1) {
    const next = bin.get(winner)?.master;
    if (next === null || next === undefined) return winner;
    winner = next;
  }
  return winner;
}
