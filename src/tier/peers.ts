import { groupOf } from '../kpi/rank.ts';
import { membersOfGroups } from '../kpi/rank-peers.ts';
import type { PeerFigure } from '../kpi/rank-values.ts';
import type { Program } from '../program/load.ts';
import type { Executor } from '../store/store.ts';
import type { Peers } from './changed-inputs.ts';
import type { PartnerFacts } from './types.ts';

/** The figures of everybody in the groups of some ranks that a partner is in; `partners`: as it is and as it may be. */
export async function peersOf(
  executor: Executor,
  program: Program,
  { ranks, partners }: { ranks: readonly string[]; partners: readonly PartnerFacts[] },
): Promise<Peers> {
  const known = new Map<string, readonly PeerFigure[]>();
  for (const kpi of ranks) {
    const groups = partners.flatMap((facts) => groupOf(program, program.kpis[kpi]!.rank!, facts) ?? []);
    for (const [group, members] of await membersOfGroups(executor, program, { kpi, groups }))
      known.set(`${kpi} ${group}`, members);
  }
  return (kpi, group) => known.get(`${kpi} ${group}`) ?? [];
}
