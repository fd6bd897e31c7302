import type { Fraction } from 'fraction.js';
import { nameKey } from '../model/values.ts';
import { exact, leastCommonMultiple } from './exact.ts';
import { groupsOf, plainRegions } from './regions.ts';
import type { RegionsDefinition } from './schema/region.ts';
import type { TableContents, TableDefinition } from './schema/table.ts';

/** A version of a table; one without versions was always in force. */
export interface TableVersion extends TableContents {
  from: string | null;
}

/** The versions of a table, the earliest first. */
export function versionsOf(table: TableDefinition): TableVersion[] {
  if (table.versions !== undefined) return table.versions;
  const { entries, regions, bands, otherwise } = table;
  return [{ from: null, entries, regions, bands, otherwise }];
}

/** The version in force on a day; undefined before the first. */
export function versionOn(table: TableDefinition, day: string): TableVersion | undefined {
  return versionsOf(table).findLast(({ from }) => from === null || from <= day);
}

/** The first day after this one on which another version begins; null when none does. */
export function nextVersionDay(table: TableDefinition, day: string): string | null {
  return versionsOf(table).find(({ from }) => from !== null && from > day)?.from ?? null;
}

/** Every value of a table in whole parts of one, so that sums stay exact without a division. */
export function tableDenominator(table: TableDefinition): bigint {
  return versionsOf(table).flatMap(valuesOf).map(exact).reduce(commonDenominator, 1n);
}

/** Keys in the form in which they are compared. */
export function entryKeys(contents: TableContents): [key: string, value: string | number][] {
  return Object.entries(contents.entries ?? {}).map(([key, value]) => [nameKey(key), value]);
}

/** The value of each region that a table by region has one for: its own, or that of a group of it. */
export function regionValues(
  contents: TableContents,
  regions: RegionsDefinition,
): [region: string, value: string | number][] {
  const values = contents.regions ?? {};
  return plainRegions(regions).flatMap(({ key }) => {
    const group = groupsOf(regions, key).find((one) => values[one.key] !== undefined);
    const value = values[key] ?? (group === undefined ? undefined : values[group.key]);
    return value === undefined ? [] : [[key, value] as [string, string | number]];
  });
}

function valuesOf({ entries, regions, bands, otherwise }: TableContents): (string | number)[] {
  return [
    ...Object.values(entries ?? {}),
    ...Object.values(regions ?? {}),
    ...(bands ?? []).map(({ value }) => value),
    ...(otherwise === undefined ? [] : [otherwise]),
  ];
}

function commonDenominator(common: bigint, { d }: Fraction): bigint {
  return leastCommonMultiple(common, d);
}
