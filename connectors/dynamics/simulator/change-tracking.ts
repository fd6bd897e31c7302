import { type Caller, privilegeName } from './access.ts';
import { DataverseError, refusals } from './errors.ts';
import type { Query } from './query-options.ts';
import type { State } from './state.ts';
import type { Row, Table } from './types.ts';

/**
 * Delta links: what changed in a table since a version.
 * https://learn.microsoft.com/power-apps/developer/data-platform/use-change-tracking-synchronize-data-external-systems
 */

const day = 86_400_000;

/** Throws what the platform answers where changes cannot be followed. */
export function requireTracking({
  caller,
  table,
  query,
}: {
  caller: Caller;
  table: Table;
  query: Query;
}): void {
  if (!table.changeTracking)
    throw new DataverseError(
      400,
      '0x80072491',
      `Entity ${table.logicalName} isn't enabled for change tracking.`,
    );
  const refused = (['filter', 'orderBy', 'expand', 'top'] as const).find((name) => query[name] !== undefined);
  if (refused !== undefined) {
    const option = refused.toLowerCase();
    throw refusals.badQuery(
      `The "$${option}" query parameter isn't supported when Change Tracking is enabled.`,
    );
  }
  // Less than the whole organization would be a partial answer, so it is refused instead.
  if (caller.depth('Read', table) !== 'Global')
    throw refusals.missingPrivilege(caller.userId, privilegeName('Read', table), table);
}

/** `919042!08/22/2017 08:10:44` */
export function deltaToken(version: number, at: number): string {
  const [date = '', time = ''] = new Date(at).toISOString().slice(0, 19).split('T');
  const [year, month, dayOfMonth] = date.split('-');
  return encodeURIComponent(`${version}!${month}/${dayOfMonth}/${year} ${time}`).replaceAll("'", '%27');
}

export interface DeltaToken {
  version: number;
  at: number;
}

export function readDeltaToken(state: State, table: Table, text: string): DeltaToken {
  const [, version, month, dayOfMonth, year, time] =
    /^(\d+)!(\d{2})\/(\d{2})\/(\d{4}) (\d{2}:\d{2}:\d{2})$/.exec(text) ?? [];
  if (version === undefined) throw refusals.badQuery(`The delta token '${text}' is not valid.`);
  if (state.faults.take('expired-delta', { object: table.logicalName }) !== undefined) throw expired();
  const at = Date.parse(`${year}-${month}-${dayOfMonth}T${time}Z`);
  if (at < state.clock.now() - keptDays(state) * day) throw expired();
  return { version: Number(version), at };
}

function keptDays(state: State): number {
  const [organization] = state.rows(state.schema.table('organization')!).all.values();
  return Number(organization?.expirechangetrackingindays ?? 7);
}

export function expired(): DataverseError {
  return new DataverseError(
    410,
    '0x80044352',
    'Version stamp associated with the client has expired. Please perform a full sync.',
  );
}

/** The version up to which changes of a table can be told: the last one, or that before a transaction still open. */
export function toldVersion(state: State, table: Table): number {
  const holds = state.faults.active('held-changes', { object: table.logicalName });
  if (holds.length === 0) return state.version();
  const since = Math.min(...holds.map((fault) => Date.parse(fault.since ?? '1970-01-01T00:00:00Z')));
  const rows = [...state.rows(table).all.values()].filter(
    (row) => Date.parse(String(row.modifiedon)) >= since,
  );
  const deleted = state.deletions(table).filter(({ at }) => at >= since);
  const held = [...rows.map((row) => Number(row.versionnumber)), ...deleted.map(({ version }) => version)];
  return Math.min(state.version(), ...held.map((version) => version - 1));
}

/** One change, with the version at which it was made. */
export type Change = { version: number } & ({ kind: 'row'; row: Row } | { kind: 'deleted'; id: string });

/** Everything that changed after one version and up to another, as it is told: rows by version, then what was deleted. */
export function changesBetween(
  state: State,
  table: Table,
  { after, until }: { after: number; until: number },
): Change[] {
  const isMeant = (version: number) => version > after && version <= until;
  const live = state.rows(table);
  const rows = live
    .sinceVersion(after)
    .map((row): Change => ({ kind: 'row', row, version: Number(row.versionnumber) }))
    .filter(({ version }) => isMeant(version));
  const deleted = state
    .deletions(table)
    .filter(({ version, id }) => isMeant(version) && live.get(id) === undefined)
    .map(({ id, version }): Change => ({ kind: 'deleted', id, version }));
  return [...rows, ...deleted];
}

/** Whether a change is told after the place where a page ended. */
export function isBehind({ kind, version }: Change, place: { kind: string; version: number }): boolean {
  return kind === place.kind ? version > place.version : kind === 'deleted';
}
