import { Fraction } from 'fraction.js';
import type { Program } from '../../src/program/load.ts';
import type { RankDefinition } from '../../src/program/schema/rank.ts';
import { every, isTrueOf } from './conditions.ts';
import { figureOf, rounded, standIn } from './figures.ts';
import { identityOf } from './identities.ts';
import type { Given } from './requirements.ts';
import { readBy, withScores } from './scores.ts';
import type { Row, World } from './world.ts';

/** Ranks by hand: what docs/measures.md says of them; scores and ranks may rest on each other. */

export interface GroupFigure extends Given {
  /** Why a rank has no figure; null for other KPIs. */
  empty: string | null;
  isError: boolean;
  /** A figure of somebody that it is compared with cannot be computed. */
  isDoubted: boolean;
}

interface All {
  world: World;
  program: Program;
  asOf: string;
}

type ByPartner = ReadonlyMap<string, GroupFigure>;

/** The figures of everybody in the program, by KPI and partner. */
export function everybodysFigures(all: All): Map<string, ByPartner> {
  const partners = all.world.partner.filter(({ state }) => state === 'live');
  const found = new Map<string, ByPartner>();
  const visit = (kpi: string): void => {
    if (found.has(kpi)) return;
    const { score, rank } = all.program.kpis[kpi]!;
    for (const part of partsOf(all.program, kpi)) visit(part);
    const figures = partners.map((row): [string, GroupFigure] => [
      row.id,
      score !== undefined ? scored(all, found, { kpi, row }) : measured(all, { kpi, row }),
    ]);
    found.set(kpi, rank === undefined ? new Map(figures) : ranked(all, found, { kpi, partners }));
  };
  for (const kpi of Object.keys(all.program.kpis)) visit(kpi);
  return found;
}

function partsOf(program: Program, kpi: string): string[] {
  const { score, rank } = program.kpis[kpi]!;
  return rank !== undefined ? [rank.of] : score === undefined ? [] : readBy(program, score);
}

function measured(all: All, { kpi, row }: { kpi: string; row: Row }): GroupFigure {
  if (all.program.kpis[kpi]!.rank !== undefined) return { ...none, empty: null };
  const { value, error, empty: reason } = figureOf(all, { kpi, partner: row.id });
  const why = error === null ? 'empty' : 'unknown';
  return {
    value,
    why,
    reason,
    isLate: error !== null,
    empty: null,
    isError: error !== null,
    isDoubted: false,
  };
}

const none: Omit<GroupFigure, 'empty'> = {
  value: null,
  why: 'empty',
  isLate: false,
  isError: false,
  isDoubted: false,
};

function scored(
  { program, asOf }: All,
  found: ReadonlyMap<string, ByPartner>,
  { kpi, row }: { kpi: string; row: Row },
): GroupFigure {
  const figures = new Map([...found].map(([one, by]) => [one, by.get(row.id)!]));
  const partner = row.values as Record<string, string | number | string[] | null>;
  const given = withScores({ program, figures, partner, facts: [], asOf }, [kpi]).get(kpi)!;
  const isDoubted = partsOf(program, kpi).some((part) => figures.get(part)!.isDoubted);
  return { ...given, empty: null, isError: given.why === 'unknown', isDoubted };
}

function ranked(
  all: All,
  found: ReadonlyMap<string, ByPartner>,
  { kpi, partners }: { kpi: string; partners: readonly Row[] },
): ByPartner {
  const rank = all.program.kpis[kpi]!.rank!;
  const compared = found.get(rank.of)!;
  const groups = new Map<string, Row[]>();
  for (const row of partners) {
    const key = groupOf(all, rank, row);
    if (key !== null) groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return new Map(
    partners.map((row): [string, GroupFigure] => {
      const key = groupOf(all, rank, row);
      const peers = key === null ? [] : groups.get(key)!.map(({ id }) => compared.get(id)!);
      return [row.id, rankOf(all, { kpi, own: compared.get(row.id)!, peers: key === null ? null : peers })];
    }),
  );
}

function groupOf({ world, program, asOf }: All, { among, within }: RankDefinition, row: Row): string | null {
  const scope = { world, program, asOf, partner: row.id, rollUp: 'partner' as const, startedOn: null };
  const subject = { kind: 'partner' as const, row, rateDay: asOf, undated: { isSeen: false } };
  const isMeant = every([among ?? []].flat().map((filter) => isTrueOf(scope, subject, filter)));
  const values = [within ?? []].flat().map((path) => identityOf({ world }, { kind: 'partner', row, path }));
  return isMeant !== true || values.includes(null) ? null : JSON.stringify(values);
}

function rankOf(
  { program }: All,
  { kpi, own, peers }: { kpi: string; own: GroupFigure; peers: readonly GroupFigure[] | null },
): GroupFigure {
  const definition = program.kpis[kpi]!;
  const rank = definition.rank!;
  const without = (empty: string, isDoubted = false): GroupFigure => ({
    ...none,
    value: standIn(definition),
    empty,
    isDoubted,
  });
  if (peers === null) return without('outside');
  if (own.isError) return { ...none, why: 'unknown', empty: null, isError: true };
  if (own.value === null) return without('unranked');
  const isDoubted = peers.some((one) => one.isError || one.isDoubted);
  const known = peers.flatMap(({ value }) => value ?? []);
  if (known.length < (rank.minimum ?? 1)) return without('few_partners', isDoubted);
  const share = shareOf(program, rank, { own: own.value, known });
  if (share === null) return without('no_base', isDoubted);
  const isPercent = definition.unit === 'percent' && rank.as !== 'position';
  const value = rounded(isPercent ? share.mul(100) : share, definition);
  return { ...none, value, empty: null, isDoubted };
}

function shareOf(
  program: Program,
  { as, of, ties }: RankDefinition,
  { own, known }: { own: Fraction; known: readonly Fraction[] },
): Fraction | null {
  if (as === 'share' || as === 'ofAverage') {
    const sum = known.reduce((all, one) => all.add(one), new Fraction(0));
    const whole = as === 'share' ? sum : sum.div(known.length);
    return whole.lte(0) ? null : own.div(whole);
  }
  const isLower = program.kpis[of]!.better === 'lower';
  const better = known.filter((one) => (isLower ? one.lt(own) : one.gt(own))).length;
  const alike = known.filter((one) => one.equals(own)).length;
  const [first, last] = [better + 1, better + alike];
  const position =
    ties === 'worst'
      ? new Fraction(last)
      : ties === 'middle'
        ? new Fraction(first + last, 2)
        : new Fraction(first);
  if (as === 'position') return position;
  if (as === 'topShare') return position.div(known.length);
  return known.length === 1 ? null : new Fraction(known.length).sub(position).div(known.length - 1);
}
