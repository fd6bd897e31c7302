import type { Report } from './check/check.ts';
import { leavesOfTiers } from './requirement-leaves.ts';
import type { LadderDefinition, Requirement } from './schema/ladder.ts';
import type { PathKey } from './source.ts';
import { bounds } from './threshold.ts';

/**
 * The name of a requirement inside its tier, by which waivers find it: its own id, else what it asks for. It rests on the
 * requirement alone, so that no other one takes it over when they are put in another order.
 */
function requirementId(requirement: Requirement): string {
  const { id, kpi, partner, fact, noFact, holds, holdsNot } = requirement;
  const { specialisations, specialisationsNot } = requirement;
  const count = (specialisations ?? specialisationsNot) === undefined ? undefined : 'specialisations';
  const asked = kpi ?? fact ?? noFact ?? count ?? (holds ?? holdsNot)?.ladder;
  return id ?? asked ?? attributeOf(partner) ?? 'condition';
}

/** "not" may have been moved into the condition. */
function attributeOf(partner: Requirement['partner']): string | undefined {
  return partner?.not === undefined ? partner?.attribute : attributeOf(partner.not);
}

/**
 * The names of the requirements of one tier, in their order. Of those that have the same the first one keeps it and the others are
 * numbered, past every name that another one has by itself.
 */
export function requirementIds(leaves: readonly Requirement[]): string[] {
  const names = leaves.map(requirementId);
  const taken = new Set(names);
  return names.map((name, place) => {
    if (names.indexOf(name) === place) return name;
    let count = 2;
    while (taken.has(`${name}-${count}`)) count += 1;
    taken.add(`${name}-${count}`);
    return `${name}-${count}`;
  });
}

/** Warns of requirements of one tier that have the same name: which of them a waiver is about goes by their order then. */
export function checkRequirementIds(report: Report, ladder: LadderDefinition, path: PathKey[]): void {
  for (const { leaves: all } of leavesOfTiers(ladder, path)) {
    const taken = new Set<string>();
    const names = all.map(({ item }) => requirementId(item));
    all.forEach(({ item, at }, place) => {
      const name = names[place]!;
      if (names.indexOf(name) === place) return;
      const own = freeId(item, new Set([...names, ...taken]));
      taken.add(own);
      const reason = `"${name}" names two requirements of this tier, and a waiver goes by the name; give one of them a name of its own, such as id: ${own}`;
      report('PROGRAM_SAME_REQUIREMENT_NAME', item.id === undefined ? at : [...at, 'id'], reason);
    });
  }
}

/** A name that says the bound as well, and is not taken. */
function freeId(requirement: Requirement, taken: ReadonlySet<string>): string {
  const bound = bounds.find((one) => requirement[one] !== undefined);
  const words = [...requirementId(requirement).split(/[^A-Za-z0-9]+/), bound ?? ''].filter(Boolean);
  const [first = 'condition', ...others] = words;
  const upper = (word: string) => word[0]!.toUpperCase() + word.slice(1);
  const stem = [first[0]!.toLowerCase() + first.slice(1), ...others.map(upper)].join('');
  const id = /^[a-z]/.test(stem) ? stem : `requirement${upper(stem)}`;
  for (let count = 1; ; count += 1) {
    const wanted = count === 1 ? id : `${id}${count}`;
    if (!taken.has(wanted)) return wanted;
  }
}
