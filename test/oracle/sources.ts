import { Fraction } from 'fraction.js';
import type { MeasureDefinition } from '../../src/program/schema/kpi.ts';
import type { Scope } from './windows.ts';
import { type Kind, plainName, type Row, type World } from './world.ts';

/** A record of a partner. */
export interface Owned {
  row: Row;
  /** The partner's share of it in percent; null where that is not known. */
  share: Fraction | null;
  isGone: boolean;
  isOutside: boolean;
}

const whole = new Fraction(100);

/** The records of an entity that belong to a partner, or to it and all its subsidiaries; each once. */
export function recordsOf(
  { world, partner, rollUp }: Pick<Scope, 'world' | 'partner' | 'rollUp'>,
  { kind, measure }: { kind: Kind; measure: Pick<MeasureDefinition, 'credit' | 'belongsTo'> },
): Owned[] {
  const members = rollUp === 'partner' ? new Set([partner]) : companyOf(world, partner);
  if (kind === 'deal') return dealsOf(world, measure, members);
  const rows = world[kind].filter(
    (row) => row.state !== 'merged' && ownersOf(world, kind, measure, row, members),
  );
  return rows.map((row) => {
    const holder =
      kind === 'certification' ? world.person.find(({ id }) => id === row.values.person) : undefined;
    return {
      row,
      share: whole,
      isGone: row.state === 'deleted' || holder?.state === 'deleted',
      isOutside: row.state === 'outOfScope' || holder?.state === 'outOfScope',
    };
  });
}

function companyOf(world: World, partner: string): Set<string> {
  const members = new Set([partner]);
  for (let before = 0; before !== members.size; ) {
    before = members.size;
    for (const { id, state, values } of world.partner)
      if (state === 'live' && members.has(String(values.parent))) members.add(id);
  }
  return members;
}

function ownersOf(
  world: World,
  kind: Kind,
  { belongsTo }: Pick<MeasureDefinition, 'belongsTo'>,
  row: Row,
  members: ReadonlySet<string>,
): boolean {
  if (kind === 'partner') return members.has(row.id);
  const named = row.values.partner ?? null;
  if (kind !== 'certification') return members.has(String(named));
  const holder = world.person.find(({ id }) => id === row.values.person)?.values.partner ?? null;
  return members.has(String(belongsTo === 'holder' ? holder : (named ?? holder)));
}

/** Deals by their credits: a deal counts once however many there are; the shares add up, to the whole at most. */
function dealsOf(
  world: World,
  { credit }: Pick<MeasureDefinition, 'credit'>,
  members: ReadonlySet<string>,
): Owned[] {
  const owned: Owned[] = [];
  for (const row of world.deal) {
    const all = world.credit.filter(
      ({ state, values }) =>
        state === 'live' && values.deal === row.id && members.has(String(values.partner)),
    );
    const isIn = (roles: readonly string[], one: Row) =>
      roles.includes(plainName(String(one.values.role ?? '')));
    if (credit?.exceptRoles !== undefined && all.some((one) => isIn(credit.exceptRoles!, one))) continue;
    const counting = all
      .filter((one) => credit?.roles === undefined || isIn(credit.roles, one))
      .filter((one) => credit?.primaryOnly !== true || one.values.isPrimary === true);
    if (row.state === 'merged' || counting.length === 0) continue;
    const share = credit?.share === 'ignore' ? whole : shareOf(counting);
    if (share?.equals(0)) continue;
    owned.push({ row, share, isGone: row.state === 'deleted', isOutside: row.state === 'outOfScope' });
  }
  return owned;
}

function shareOf(credits: readonly Row[]): Fraction | null {
  const weights = credits.map(({ values }) => values.weight ?? null);
  if (weights.includes(null)) return null;
  const sum = weights.reduce<Fraction>((all, one) => all.add(new Fraction(String(one))), new Fraction(0));
  return sum.gt(100) ? whole : sum;
}
