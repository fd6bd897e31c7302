import type { Program } from '../program/load.ts';
import type { Executor } from '../store/store.ts';
import { noFigure, type PeerFigure } from './rank-values.ts';
import type { KpiValue } from './types.ts';

interface PeerRow extends Record<string, unknown> {
  group_key: string;
  id: string;
  numerator: string | null;
  denominator: string | null;
  counted: number | null;
  excluded: number | null;
  detail: Pick<KpiValue, 'excludedBy' | 'error' | 'doubt'> | null;
}

/** Everybody in some groups, with the stored figure that is compared. */
export async function membersOfGroups(
  executor: Executor,
  program: Program,
  { kpi, groups }: { kpi: string; groups: readonly string[] },
): Promise<Map<string, PeerFigure[]>> {
  const rows = await executor.query<PeerRow>(
    `select m.group_key, p.id, v.numerator, v.denominator, v.counted, v.excluded,
       case when v.partner_id is not null then jsonb_build_object('excludedBy', v.detail->'excludedBy',
         'error', v.detail->'error', 'doubt', v.detail->'doubt') end as detail
     from tierlink.rank_member m
     join tierlink.partner p on p.id = m.partner_id and p.deleted_at is null and p.merged_into is null and p.in_scope
     left join tierlink.kpi_value v on v.program = m.program and v.partner_id = m.partner_id and v.kpi = $4
     where m.program = $1 and m.kpi = $2 and m.group_key = any($3::text[])`,
    [program.name, kpi, [...groups], program.kpis[kpi]!.rank!.of],
  );
  const members = new Map<string, PeerFigure[]>();
  for (const row of rows) {
    const peers = members.get(row.group_key);
    if (peers === undefined) members.set(row.group_key, [peerOf(row)]);
    else peers.push(peerOf(row));
  }
  return members;
}

function peerOf({ id, numerator, denominator, counted, excluded, detail }: PeerRow): PeerFigure {
  if (detail === null) return noFigure(id);
  return {
    partnerId: id,
    numerator,
    denominator,
    error: detail.error,
    counted: counted ?? 0,
    excluded: excluded ?? 0,
    excludedBy: detail.excludedBy,
    doubt: detail.doubt,
    isComputed: true,
  };
}
