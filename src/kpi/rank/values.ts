import { partsOf } from '../../program/exact.ts';
import type { Program } from '../../program/load.ts';
import { assembleValue } from '../assemble-value.ts';
import type { ComputeScope } from '../compute.ts';
import { behind } from '../error-text.ts';
import { type Freshness, freshnessOf } from '../freshness.ts';
import type { KpiValue, StateReason } from '../types.ts';
import { doubtIn, type Ranked, type RankedFigure, rankGroup, unranked } from './rank.ts';

/** The figure that a rank compares, of one partner; `isComputed` is false where it was never computed. */
export type PeerFigure = RankedFigure &
  Pick<KpiValue, 'counted' | 'excluded' | 'excludedBy'> & { isComputed: boolean };

/** A figure as a rank compares it. */
export function peerFigure(value: KpiValue): PeerFigure {
  const { partnerId, numerator, denominator, error, counted, excluded, excludedBy, doubt } = value;
  const isComputed = value.state !== 'not_calculated';
  return { partnerId, numerator, denominator, error, counted, excluded, excludedBy, doubt, isComputed };
}

/** The values of a rank for all partners of one group. */
export function rankedValues(
  scope: ComputeScope,
  { kpi, group, members }: { kpi: string; group: string; members: readonly PeerFigure[] },
): KpiValue[] {
  const ranked = rankGroup(scope.program, { kpi, group, members });
  const doubt = doubtIn(members);
  const freshness = freshnessOf(scope.program, { ...scope, kpi });
  return members.map((own) =>
    rankValue(scope, { kpi, own, freshness, doubt, ranked: ranked.get(own.partnerId)! }),
  );
}

/** The values of a rank for partners that are in none of its groups. */
export function outsideValues(
  scope: ComputeScope,
  { kpi, partners }: { kpi: string; partners: readonly PeerFigure[] },
): KpiValue[] {
  if (partners.length === 0) return [];
  const freshness = freshnessOf(scope.program, { ...scope, kpi });
  return partners.map((own) =>
    rankValue(scope, {
      ...{ kpi, freshness, own: { ...own, error: null }, doubt: null },
      ranked: unranked(scope.program, kpi, own),
    }),
  );
}

/** The figure of somebody of whom there is none yet. */
export function noFigure(partnerId: string): PeerFigure {
  return {
    partnerId,
    numerator: null,
    denominator: null,
    error: null,
    counted: 0,
    excluded: 0,
    excludedBy: {},
    isComputed: false,
  };
}

interface RankParts {
  kpi: string;
  own: PeerFigure;
  freshness: Freshness;
  doubt: StateReason | null;
  ranked: Ranked;
}

function rankValue(scope: ComputeScope, parts: RankParts): KpiValue {
  const { program } = scope;
  const { kpi, own, freshness, ranked } = parts;
  const error = errorIn(program, kpi, own);
  // What has no rank, whatever the figures of others are, is certain; that the group is too small is not.
  const isOpen = ranked.empty === null || ranked.empty === 'few_partners' || ranked.empty === 'no_base';
  const doubt = isOpen ? parts.doubt : null;
  const reason = freshness.reason ?? doubt;
  const value = error === null && ranked.value !== null ? partsOf(ranked.value) : null;
  return assembleValue(
    scope,
    { kpi, partnerId: own.partnerId, reason, completeTo: freshness.completeTo },
    {
      numerator: value?.numerator ?? null,
      denominator: value?.denominator ?? null,
      empty: error === null ? ranked.empty : null,
      counted: own.counted,
      excluded: own.excluded,
      excludedBy: own.excludedBy,
      sample: own.counted,
      error,
      // It changes with the figures that it compares, and each of those knows when time changes it.
      nextChangeAt: null,
      rank: ranked.evidence,
      doubt: doubt ?? undefined,
    },
  );
}

function errorIn(program: Program, kpi: string, { error }: PeerFigure): KpiValue['error'] {
  if (error === null) return null;
  const { label } = program.kpis[program.kpis[kpi]!.rank!.of]!;
  return behind(label, error);
}
