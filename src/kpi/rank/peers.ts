import type { Program } from '../../program/load.ts';
import { alive } from '../../store/alive.ts';
import type { Executor } from '../../store/store.ts';
import type { KpiValue } from '../types.ts';
import { noFigure, type PeerFigure } from './values.ts';

interface PeerRow extends Record<string, unknown> {
  partner_id: string;
  numerator: string | null;
  denominator: string | null;
  counted: number;
  excluded: number;
  excluded_by: KpiValue['excludedBy'];
  error: KpiValue['error'];
  doubt: string | null;
}

/** Everybody in some groups, with the stored figure that is compared. */
export async function membersOfGroups(
  executor: Executor,
  program: Program,
  { kpi, groups }: { kpi: string; groups: readonly string[] },
): Promise<Map<string, PeerFigure[]>> {
  const members = await executor.query<{ group_key: string; id: string }>(
    `select m.group_key, p.id from tierlink.rank_member m
     join tierlink.partner p on p.id = m.partner_id and ${alive('p')}
     where m.program = $1 and m.kpi = $2 and m.group_key = any($3::text[])`,
    [program.name, kpi, [...groups]],
  );
  // By their keys, and not joined: right after a first run the planner knows nothing of how many values there are.
  const rows = await executor.query<PeerRow>(
    `select partner_id, numerator, denominator, counted, excluded, detail->'excludedBy' as excluded_by,
       detail->'error' as error, detail->>'doubt' as doubt
     from tierlink.kpi_value where program = $1 and kpi = $2 and partner_id = any($3::text[])`,
    [program.name, program.kpis[kpi]!.rank!.of, members.map(({ id }) => id)],
  );
  const figures = new Map(rows.map((row) => [row.partner_id, peerOf(row)]));
  const found = new Map<string, PeerFigure[]>(groups.map((group) => [group, []]));
  for (const { group_key, id } of members) found.get(group_key)!.push(figures.get(id) ?? noFigure(id));
  return found;
}

function peerOf({ partner_id, numerator, denominator, counted, excluded, ...row }: PeerRow): PeerFigure {
  const { excluded_by: excludedBy, error, doubt } = row;
  const figure = { partnerId: partner_id, numerator, denominator, counted, excluded, excludedBy, error };
  return { ...figure, doubt: doubt ?? undefined, isComputed: true };
}
