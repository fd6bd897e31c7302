import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { leavesOf } from '../program/requirement-leaves.ts';
import { type LadderDefinition, requirementsOf } from '../program/schema/ladder.ts';
import type { Executor } from '../store/store.ts';
import type { PartnerOutcome } from './evaluate-partner.ts';
import { grouped } from './load.ts';
import type { TierSpells } from './types.ts';

/** Ladders of which some tier asks what was held there in the months before. */
export function laddersLookedBack({ ladders }: Pick<Program, 'ladders'>): string[] {
  const leaves = ladders.flatMap(({ tiers }) => tiers.flatMap(requirementsOf).flatMap(leavesOf));
  const asked = leaves.flatMap(({ holds, holdsNot }) => holds ?? holdsNot ?? []);
  return [
    ...new Set(asked.filter(({ withinMonths }) => withinMonths !== undefined).map((one) => one.ladder)),
  ];
}

interface Row {
  partner_id: string;
  ladder: string;
  on: string;
  tier: string | null;
}

/** Which decisions count. */
export interface DecidedThen {
  /** Day on which they hold. */
  asOf: string;
  /** ISO instant by which they were made. */
  before: string;
  /** Only those made before that instant. (Default: false) */
  isExclusive?: boolean;
}

/** The condition that a decision was made by the instant of a parameter, or before it. */
export function decidedBy(isExclusive: boolean, parameter: number): string {
  return `decided_at ${isExclusive ? '<' : '<='} $${parameter}::timestamptz`;
}

/**
 * What partners held on the ladders that rules look back on, from the decisions made by an instant, by partner and
 * ladder. Where nothing of a partner is recorded, its list is empty. `families`: partners merged into them, loser to
 * survivor; what those held was held by the survivor.
 */
export async function loadSpells(
  executor: Executor,
  program: Program,
  of: DecidedThen & { partners: readonly string[]; families: ReadonlyMap<string, string> },
): Promise<Map<string, Map<string, TierSpells>>> {
  const { partners, families, asOf, before, isExclusive = false } = of;
  const ladders = laddersLookedBack(program);
  const found = new Map<string, Map<string, TierSpells>>();
  if (ladders.length === 0) return found;
  const from = await recordedFrom(executor, program, { ladders, before });
  const rows = await executor.query<Row & Record<string, unknown>>(
    `select partner_id, ladder, effective_on as on, to_tier as tier, decided_at as at, null as change
     from tierlink.decision
     where program = $1 and ladder = any($2::text[]) and partner_id = any($3::text[]) and ${decidedBy(isExclusive, 4)}
       and effective_on <= $5::date
     union all
     select partner_id, ladder, (at at time zone $6)::date, case change when 'back' then tier end, at, change
     from tierlink.ladder_change
     where program = $1 and ladder = any($2::text[]) and partner_id = any($3::text[]) and at <= $4::timestamptz
     order by at, change desc nulls last, partner_id`,
    [program.name, ladders, [...partners, ...families.keys()], before, asOf, program.timeZone],
  );
  const byPartner = grouped(rows, ({ partner_id: id }) => id);
  const members = grouped([...byPartner.keys()].sort(), (id) => families.get(id) ?? id);
  for (const id of partners) {
    const own = ladders.map((key) => {
      const ladder = program.ladders.find((one) => one.key === key)!;
      const courses = (members.get(id) ?? []).map((member) =>
        courseOf(byPartner.get(member)!.filter((row) => row.ladder === key)),
      );
      return [key, { recordedFrom: from.get(key) ?? null, spells: highestOf(ladder, courses) }] as const;
    });
    found.set(id, new Map(own));
  }
  return found;
}

type Spell = TierSpells['spells'][number];

/** What one partner held on one ladder, from what was recorded, in that order. */
function courseOf(rows: readonly Row[]): Spell[] {
  const spells: Spell[] = [];
  for (const { on, tier } of rows) {
    // What was decided for a later day, and withdrawn before it came.
    while (spells.length > 0 && spells.at(-1)!.from >= on) spells.pop();
    if (spells.at(-1)?.tier !== tier) spells.push({ from: on, tier });
  }
  return spells;
}

/** On each day the highest tier that any of them held. */
function highestOf({ tiers }: LadderDefinition, courses: readonly Spell[][]): Spell[] {
  // A tier that the ladder no longer has is more than none.
  const rank = (tier: string | null) => (tier === null ? -2 : tiers.findIndex(({ key }) => key === tier));
  const days = [...new Set(courses.flat().map(({ from }) => from))].sort();
  const spells: Spell[] = [];
  for (const day of days) {
    const held = courses.map((course) => course.findLast(({ from }) => from <= day)?.tier ?? null);
    const tier = held.reduce((best, other) => (rank(other) > rank(best) ? other : best));
    if (spells.at(-1)?.tier !== tier) spells.push({ from: day, tier });
  }
  return spells;
}

/** The day of the first decision on each ladder: what anybody held before it was never recorded. */
async function recordedFrom(
  executor: Executor,
  { name, timeZone }: Program,
  { ladders, before }: { ladders: readonly string[]; before: string },
): Promise<Map<string, string>> {
  const rows = await executor.query<{ ladder: string; at: string }>(
    `select asked.ladder, first.at from unnest($2::text[]) as asked(ladder) cross join lateral
       (select decided_at as at from tierlink.decision d
        where d.program = $1 and d.ladder = asked.ladder and decided_at <= $3::timestamptz
        order by decided_at limit 1) as first`,
    [name, [...ladders], before],
  );
  return new Map(rows.map(({ ladder, at }) => [ladder, dayOf(Date.parse(at), timeZone)]));
}

/** With what an evaluation gave; a ladder that the partner left holds nothing any more. */
export function spellsAfter(
  spells: ReadonlyMap<string, TierSpells> = new Map(),
  { outcome, day }: { outcome: PartnerOutcome; day: string },
): Map<string, TierSpells> {
  return new Map(
    [...spells].map(([ladder, known]) => {
      const { partnerId, ladders, closes } = outcome;
      const state = ladders.find((one) => one.ladder.key === ladder)?.state.state;
      const hasLeft = closes.some((one) => one.partnerId === partnerId && one.ladder === ladder);
      const tier = state === undefined && hasLeft ? null : state?.tier;
      if (tier === undefined || known.spells.at(-1)?.tier === tier) return [ladder, known];
      const next = [...known.spells, { from: day, tier }];
      return [ladder, { recordedFrom: known.recordedFrom ?? day, spells: next }];
    }),
  );
}
