import { withRegionalKpis } from '../regional-kpis.ts';
import { keySchema } from '../schema/kpi.ts';
import { type ProgramDefinition, programSchema } from '../schema/schema.ts';
import { type PathKey, type SchemaIssue, schemaIssues } from '../source.ts';

/**
 * The sound parts of a program file that the schema refuses, so that what they say of each other is checked in the same go:
 * in the place of what is not sound stands something that no check has anything against.
 */
export interface SoundParts {
  program: ProgramDefinition;
  /** Whether what a check says of a place is about something that the author wrote. */
  isSound(path: readonly PathKey[]): boolean;
  /** Whether nothing at a place or inside it had to be replaced. */
  isWhole(path: readonly PathKey[]): boolean;
}

/** More rounds than places of one file are nested. */
const mostRounds = 20;

/** Undefined where too little of the file is sound. */
export function soundParts(value: unknown): SoundParts | undefined {
  const draft: unknown = structuredClone(value);
  const replaced: PathKey[][] = [];
  const owners: PathKey[][] = [];
  for (let round = 0; round < mostRounds; round += 1) {
    const parsed = programSchema.safeParse(draft);
    if (parsed.success) {
      return {
        program: withRegionalKpis(parsed.data),
        isSound: (path) =>
          !replaced.some((hole) => isWithin(path, hole)) && !owners.some((owner) => isSame(path, owner)),
        isWhole: (path) => ![...replaced, ...owners].some((hole) => isWithin(hole, path)),
      };
    }
    for (const issue of schemaIssues(parsed.error.issues, { value: draft })) {
      if (issue.code === 'PROGRAM_UNKNOWN_KEY') {
        removeAt(draft, issue.path);
        owners.push(issue.path.slice(0, -1));
        continue;
      }
      const hole = replace(draft, issue, replaced);
      if (hole === undefined) return undefined;
      replaced.push(hole);
    }
  }
  return undefined;
}

const any = Symbol('any one key');
type Pattern = readonly (PathKey | typeof any)[];

/** What stands at a place instead; undefined: nothing, which is the default of the schema. */
type Filler = (found: unknown, key: PathKey, parent: Record<PathKey, unknown>) => unknown;

const nothing: Filler = () => undefined;
const words: Filler = () => '?';
/** References to a name that only breaks the rule for names must not be called wrong as well. */
const nearName = (found: unknown): string => {
  const [first = 'unknown', ...others] =
    typeof found === 'string' ? found.split(/[^A-Za-z0-9]+|^\d+/).filter(Boolean) : [];
  const rest = others.map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return first.charAt(0).toLowerCase() + first.slice(1) + rest.join('');
};
/** Of this requirement nothing follows for other tiers. */
const requirement = { partner: { attribute: 'name', blank: false } };
/** As money it may be compared with any threshold. */
const kpi = { label: '?', help: '?', unit: 'money', measure: { sum: 'deal.amount' } };
const named = (found: unknown): { key: string; label: string } => {
  const key = typeof found === 'object' && found !== null && 'key' in found ? found.key : undefined;
  return { key: nearName(key), label: '?' };
};

/** One whose own name breaks the rule stands under the nearest that does not. */
const kpiNamed = (key: PathKey, kpis: Record<PathKey, unknown>): unknown => {
  if (keySchema.safeParse(key).success) return kpi;
  kpis[nearName(key)] ??= kpi;
  return undefined;
};

/** What takes the place of what is not sound, the narrowest place first. */
const fillers: readonly (readonly [Pattern, Filler])[] = [
  [['ladders', any, 'tiers', any, 'requirements', any], () => requirement],
  [['ladders', any, 'tiers', any, 'requirements'], () => requirement],
  [['ladders', any, 'tiers', any, 'key'], nearName],
  [['ladders', any, 'tiers', any, 'label'], words],
  [['ladders', any, 'tiers', any, any], nothing],
  [['ladders', any, 'tiers', any], named],
  [['ladders', any, 'movement', any], nothing],
  [['ladders', any, 'key'], nearName],
  [['ladders', any, 'label'], words],
  [['ladders', any, any], nothing],
  [['ladders', any], (found) => ({ ...named(found), tiers: [named(undefined)] })],
  [['ladders'], nothing],
  [['specialisations', any, 'requirements', any], () => requirement],
  [['specialisations', any, 'requirements'], () => requirement],
  [['specialisations', any, 'key'], nearName],
  [['specialisations', any, 'label'], words],
  [['specialisations', any, 'movement', any], nothing],
  [['specialisations', any, any], nothing],
  [['specialisations', any], (found) => ({ ...named(found), requirements: requirement })],
  [['specialisations'], nothing],
  [['kpis', any, 'label'], words],
  [['kpis', any, 'help'], words],
  [['kpis', any, 'unit'], () => kpi.unit],
  [['kpis', any], (_found, key, parent) => kpiNamed(key, parent)],
  [['attributes', any], nothing],
  [['attributes'], nothing],
  [['regions'], nothing],
  [['calendars', any], () => ({ timeZone: 'UTC' })],
  [['calendars'], nothing],
  [['certificates'], nothing],
  [['tables', any], nothing],
  [['tables'], nothing],
  [['published'], nothing],
  [['successFactors', any], (found) => ({ ...named(found), kpis: ['unknown'] })],
  [['successFactors'], nothing],
  [['motivators'], nothing],
  [['benefits'], nothing],
  [['responsibilities'], nothing],
  [['ramp'], nothing],
  [['goals'], nothing],
  [['approval', any], nothing],
  [['approval'], nothing],
  [['idealProfile', 'criteria', any], (found) => ({ ...named(found), weight: 1, ...requirement })],
  [['idealProfile'], nothing],
  [['partnerTypes', any], named],
  [['partnerTypes'], () => [named(undefined)]],
  [['currency'], () => ({ code: 'XXX' })],
  [['timeZone'], () => 'UTC'],
  [['validFrom'], () => '2026-01-01'],
  [['name'], nearName],
  [['title'], words],
  [['version'], words],
  [['period'], nothing],
  [['fiscalYearStart'], nothing],
  [['freshness'], nothing],
];

/** Replaces the narrowest part with the issue in it that was not replaced before. Returns its place; undefined for none. */
function replace(
  draft: unknown,
  { path }: SchemaIssue,
  replaced: readonly (readonly PathKey[])[],
): PathKey[] | undefined {
  for (const [pattern, filler] of fillers) {
    const hole = path.slice(0, pattern.length);
    const fits =
      pattern.length === hole.length && pattern.every((key, at) => key === any || key === hole[at]);
    if (!fits || replaced.some((one) => isSame(one, hole))) continue;
    const parent = objectAt(draft, hole.slice(0, -1));
    if (parent === undefined) continue;
    const key = hole.at(-1)!;
    const filling = filler(parent[key], key, parent);
    if (filling === undefined) delete parent[key];
    else parent[key] = structuredClone(filling);
    return hole;
  }
  return undefined;
}

function removeAt(draft: unknown, path: readonly PathKey[]): void {
  const parent = objectAt(draft, path.slice(0, -1));
  if (parent !== undefined) delete parent[path.at(-1)!];
}

function objectAt(value: unknown, path: readonly PathKey[]): Record<PathKey, unknown> | undefined {
  let at: unknown = value;
  for (const key of path) at = isObject(at) ? at[key] : undefined;
  return isObject(at) ? at : undefined;
}

function isObject(value: unknown): value is Record<PathKey, unknown> {
  return typeof value === 'object' && value !== null;
}

function isWithin(path: readonly PathKey[], whole: readonly PathKey[]): boolean {
  return whole.length <= path.length && whole.every((key, index) => key === path[index]);
}

function isSame(one: readonly PathKey[], other: readonly PathKey[]): boolean {
  return one.length === other.length && isWithin(one, other);
}
