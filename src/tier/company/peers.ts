import { membersOfGroups } from '../../kpi/rank/peers.ts';
import { groupOf } from '../../kpi/rank/rank.ts';
import type { PeerFigure } from '../../kpi/rank/values.ts';
import type { Program } from '../../program/load.ts';
import type { Executor } from '../../store/store.ts';
import type { Peers } from '../look/changed-inputs.ts';
import type { PartnerFacts } from '../types.ts';

/** The figures of groups that were loaded, by KPI and group. */
type KnownPeers = Map<string, readonly PeerFigure[]>;

/** Where what is loaded for one page of partners is kept for the next one. */
export function newPeers(): KnownPeers {
  return new Map();
}

/**
 * The figures of everybody in the groups of some ranks that a partner is in; `partners`: as it is and as it may be. `known`:
 * those that need not be loaded again; what is loaded is added. (Default: none)
 */
export async function peersOf(
  executor: Executor,
  program: Program,
  of: { ranks: readonly string[]; partners: readonly PartnerFacts[]; known?: KnownPeers },
): Promise<Peers> {
  const { ranks, partners, known = newPeers() } = of;
  const groupsOf = (kpi: string) => {
    const all = partners.flatMap((facts) => groupOf(program, program.kpis[kpi]!.rank!, facts) ?? []);
    return [...new Set(all)].filter((group) => !known.has(`${kpi} ${group}`));
  };
  const groups = new Map(ranks.map((kpi) => [kpi, groupsOf(kpi)]));
  if ([...groups.values()].some(({ length }) => length > 0))
    for (const { kpi, group, members } of await membersOfGroups(executor, program, groups))
      known.set(`${kpi} ${group}`, members);
  return (kpi, group) => known.get(`${kpi} ${group}`) ?? [];
}
