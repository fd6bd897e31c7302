import type { ChangePage } from '../../src/sync/connector.ts';
import type { JsonRow } from '../shared/neutral-values.ts';
import type { Context } from './context.ts';
import type { Table } from './metadata.ts';
import { readRows } from './read/rows.ts';
import { isMergeable } from './scope.ts';

/** A winner can lose in turn; a longer chain than this ends at the last one that was found. */
const LONGEST_CHAIN = 10;

/**
 * Parts live rows from those that were merged away, each of which names its winner; where that one was merged away too,
 * the last winner is told.
 * https://learn.microsoft.com/power-apps/developer/data-platform/merge-data
 */
export async function followMerges(
  context: Context,
  table: Table,
  rows: readonly JsonRow[],
): Promise<{ live: JsonRow[]; merged: ChangePage['merged'] }> {
  if (!isMergeable(table)) return { live: [...rows], merged: [] };
  const winners = new Map<string, string | null>();
  for (const row of rows) winners.set(String(row[table.primaryId]), winnerOf(row));
  const losers = [...winners].filter(([, winner]) => winner !== null).map(([id]) => id);
  for (let length = 0; length < LONGEST_CHAIN; length += 1) {
    const unknown = [...winners.values()].filter((id): id is string => id !== null && !winners.has(id));
    if (unknown.length === 0) break;
    await learnWinners(context, table, { ids: [...new Set(unknown)], winners });
  }
  return {
    live: rows.filter((row) => winnerOf(row) === null),
    merged: losers.map((loser) => ({ loser, winner: lastWinner(winners, loser) })),
  };
}

function winnerOf(row: JsonRow): string | null {
  return typeof row._masterid_value === 'string' ? row._masterid_value : null;
}

function lastWinner(winners: ReadonlyMap<string, string | null>, loser: string): string {
  let last = loser;
  for (let length = 0; length <= LONGEST_CHAIN; length += 1) {
    const next = winners.get(last);
    if (next === null || next === undefined) break;
    last = next;
  }
  return last;
}

async function learnWinners(
  context: Context,
  table: Table,
  { ids, winners }: { ids: readonly string[]; winners: Map<string, string | null> },
): Promise<void> {
  // One that is gone by now has no winner of its own.
  for (const id of ids) winners.set(id, null);
  const select = [table.primaryId, '_masterid_value'];
  for (const row of await readRows(context, table, { ids, select, signal: undefined })) {
    winners.set(String(row[table.primaryId]), winnerOf(row));
  }
}
