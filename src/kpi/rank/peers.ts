import type { Program } from '../../program/load.ts';
import { alive } from '../../store/alive.ts';
import type { Executor } from '../../store/store.ts';
import type { KpiValue, StateReason } from '../types.ts';
import { noFigure, type PeerFigure } from './values.ts';

interface PeerRow extends Record<string, unknown> {
  partner_id: string;
  kpi: string;
  numerator: string | null;
  denominator: string | null;
  counted: number;
  excluded: number;
  excluded_by: KpiValue['excludedBy'];
  error: KpiValue['error'];
  doubt: StateReason | null;
}

/** Everybody in a group of a rank, with the stored figure that is compared. */
export interface GroupMembers {
  kpi: string;
  group: string;
  members: PeerFigure[];
}

/** Everybody in some groups; `groups`: those that are asked for, by rank. */
export async function membersOfGroups(
  executor: Executor,
  program: Program,
  groups: ReadonlyMap<string, readonly string[]>,
): Promise<GroupMembers[]> {
  const asked = [...groups].flatMap(([kpi, own]) => own.map((group) => ({ kpi, group })));
  const members = await executor.query<{ kpi: string; group_key: string; id: string }>(
    `select m.kpi, m.group_key, p.id from unnest($2::text[], $3::text[]) as asked(kpi, group_key)
     join tierlink.rank_member m on m.program = $1 and m.kpi = asked.kpi and m.group_key = asked.group_key
     join tierlink.partner p on p.id = m.partner_id and ${alive('p')}`,
    [program.name, asked.map(({ kpi }) => kpi), asked.map(({ group }) => group)],
  );
  const comparedBy = (kpi: string) => program.kpis[kpi]!.rank!.of;
  // One partner after the other: right after a first run the planner knows nothing of how many values there are.
  const rows = await executor.query<PeerRow>(
    `select v.* from unnest($2::text[]) as asked(id) cross join lateral (
       select partner_id, kpi, numerator, denominator, counted, excluded, detail->'excludedBy' as excluded_by,
         detail->'error' as error, detail->'doubt' as doubt
       from tierlink.kpi_value where program = $1 and partner_id = asked.id and kpi = any($3::text[]) offset 0) v`,
    [
      program.name,
      [...new Set(members.map(({ id }) => id))],
      [...new Set([...groups.keys()].map(comparedBy))],
    ],
  );
  const figures = new Map(rows.map((row) => [`${row.partner_id} ${row.kpi}`, peerOf(row)]));
  const found = new Map(
    asked.map((one) => [`${one.kpi} ${one.group}`, { ...one, members: [] as PeerFigure[] }]),
  );
  for (const { kpi, group_key, id } of members) {
    const figure = figures.get(`${id} ${comparedBy(kpi)}`) ?? noFigure(id);
    found.get(`${kpi} ${group_key}`)!.members.push(figure);
  }
  return [...found.values()];
}

function peerOf(row: PeerRow): PeerFigure {
  return {
    partnerId: row.partner_id,
    numerator: row.numerator,
    denominator: row.denominator,
    counted: row.counted,
    excluded: row.excluded,
    excludedBy: row.excluded_by,
    error: row.error,
    doubt: row.doubt ?? undefined,
    isComputed: true,
  };
}
