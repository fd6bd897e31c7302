import type { ProgramDefinition } from '../../src/program/schema/schema.ts';
import type { Entry } from './measures.ts';
import type { Scope } from './windows.ts';
import { type Kind, plainName, read } from './world.ts';

/** Regions by hand: what docs/regions.md says. */

type Where = 'region_blank' | 'region_unknown' | { region: string };

/** The region that a country is in. */
export function regionOf({ regions }: Pick<ProgramDefinition, 'regions'>, country: unknown): Where {
  const name = typeof country === 'string' ? plainName(country) : '';
  if (name === '') return 'region_blank';
  for (const { key, countries } of regions!.list)
    if (Array.isArray(countries) && countries.map(plainName).includes(name)) return { region: key };
  const other = regions!.list.find(({ countries }) => countries === 'otherwise');
  return other === undefined ? 'region_unknown' : { region: other.key };
}

/** The regions that some regions and groups stand for; all where none are named. */
export function regionsNamed(
  { regions }: Pick<ProgramDefinition, 'regions'>,
  keys: readonly string[] | undefined,
): string[] {
  return regions!.list
    .filter(({ countries }) => countries !== undefined)
    .map(({ key }) => key)
    .filter(
      (one) =>
        keys === undefined ||
        keys.includes(one) ||
        regions!.list.some(({ key, regions: own }) => keys.includes(key) && own?.includes(one)),
    );
}

export function isInRegion(
  program: Pick<ProgramDefinition, 'regions'>,
  country: unknown,
  keys: readonly string[],
): boolean {
  const found = regionOf(program, country);
  return typeof found === 'object' && regionsNamed(program, keys).includes(found.region);
}

/** What is said for the region of a country, or else for a group that it is in. */
export function valueForRegion(
  program: Pick<ProgramDefinition, 'regions'>,
  country: unknown,
  values: Readonly<Record<string, string | number>>,
): string | number | undefined {
  const found = regionOf(program, country);
  if (typeof found !== 'object') return undefined;
  const groups = program.regions!.list.filter(({ regions }) => regions?.includes(found.region));
  return values[found.region] ?? groups.map(({ key }) => values[key]).find((one) => one !== undefined);
}

/**
 * The records that are in a region, with those that are in none, which are left out of each. An entry that takes another one
 * back is where that one is, also where that one does not count.
 */
export function inRegion(
  scope: Scope,
  { kind, entries, others }: { kind: Kind; entries: readonly Entry[]; others: readonly Entry[] },
  key: string,
): Entry[] {
  const { world, program } = scope;
  const attribute = program.regions!.records[kind]!;
  const wanted = regionsNamed(program, [key]);
  const all = [...entries, ...others].sort((one, other) => (one.row.id < other.row.id ? -1 : 1));
  const standsFor = (entry: Entry): Entry => {
    const taken = kind === 'fact' ? (entry.row.values.reverses ?? null) : null;
    const isTaken = ({ row: { values } }: Entry) =>
      (values.reverses ?? null) === null &&
      values.entry === taken &&
      values.partner === entry.row.values.partner;
    return (taken === null ? undefined : all.find(isTaken)) ?? entry;
  };
  return entries.flatMap((entry) => {
    const found = regionOf(program, read(world, kind, standsFor(entry).row, attribute).value);
    if (typeof found === 'object') return wanted.includes(found.region) ? [entry] : [];
    return [takesPart(entry) ? { ...entry, reason: found } : entry];
  });
}

/** Whether a record counts, or would if it were known what it comes to. */
export function takesPart({ reason }: Pick<Entry, 'reason'>): boolean {
  return reason === null || reason === 'rate_missing' || reason === 'entry_missing';
}
