import { nameKey } from '../model/values.ts';
import type { RegionDefinition, RegionsDefinition } from './schema/region.ts';

/** The regions that countries belong to, without groups of them. */
export function plainRegions(regions: RegionsDefinition | undefined): RegionDefinition[] {
  return (regions?.list ?? []).filter(({ countries }) => countries !== undefined);
}

/** The regions that a region or group stands for: itself, or those of the group. */
export function regionsWithin(regions: RegionsDefinition, key: string): string[] {
  return regions.list.find((one) => one.key === key)?.regions ?? [key];
}

/** The groups that a region is in, in the order of the program. */
export function groupsOf(regions: RegionsDefinition, region: string): RegionDefinition[] {
  return regions.list.filter((group) => group.regions?.includes(region));
}

/** Thousands of partners are looked up in the same few hundred countries. */
const known = new WeakMap<RegionsDefinition, ReadonlyMap<string, string>>();

/** The region of each country that is named, by the form in which countries are compared. */
export function regionsByCountry(regions: RegionsDefinition): ReadonlyMap<string, string> {
  const found = known.get(regions) ?? byCountry(regions);
  known.set(regions, found);
  return found;
}

function byCountry(regions: RegionsDefinition): Map<string, string> {
  return new Map(
    plainRegions(regions).flatMap(({ key, countries }) =>
      countries === 'otherwise' ? [] : countries!.map((country) => [nameKey(country), key] as const),
    ),
  );
}

/** The region of every other country; null where the program has none for them. */
export function otherRegion(regions: RegionsDefinition): string | null {
  return regions.list.find(({ countries }) => countries === 'otherwise')?.key ?? null;
}

/** The region that a country is in; null for a blank one and for one that no region has. */
export function regionOfCountry(regions: RegionsDefinition, country: string | null): string | null {
  const key = nameKey(country ?? '');
  if (key === '') return null;
  return regionsByCountry(regions).get(key) ?? otherRegion(regions);
}
