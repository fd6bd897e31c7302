import { suggestion } from '../model/closest.ts';
import type { Report } from './check.ts';
import type { ProgramDefinition } from './schema.ts';
import type { PathKey } from './source.ts';

/** Reports partner types that the program does not have. */
export function checkTypes(
  report: Report,
  program: ProgramDefinition,
  types: readonly string[] | undefined,
  path: PathKey[],
): void {
  const known = program.partnerTypes.map(({ key }) => key);
  types?.forEach((type, index) => {
    if (known.includes(type)) return;
    report([...path, index], `"${type}" is not a partner type${suggestion(type, known)}`, ['partnerTypes']);
  });
}

/** Reports regions that the program does not have. */
export function checkRegionNames(
  report: Report,
  program: ProgramDefinition,
  regions: readonly string[] | undefined,
  path: PathKey[],
): void {
  const known = (program.regions?.list ?? []).map(({ key }) => key);
  regions?.forEach((region, index) => {
    if (known.includes(region)) return;
    const reason =
      known.length === 0
        ? 'the program has no regions; name the countries, or add regions to it'
        : `"${region}" is not a region of the program${suggestion(region, known)}`;
    report([...path, index], reason, ['regions']);
  });
}

/** Reports tiers that no ladder of the program has. */
export function checkTierNames(
  report: Report,
  program: ProgramDefinition,
  tiers: readonly string[],
  placeOf: (tier: string, index: number) => PathKey[],
): void {
  const all = [...program.ladders.flatMap((ladder) => ladder.tiers), ...program.specialisations];
  const known = all.map(({ key }) => key);
  tiers.forEach((tier, index) => {
    if (known.includes(tier)) return;
    const reason =
      known.length === 0
        ? 'the program has no tiers; leave it out, and it is for every partner'
        : `"${tier}" is not a tier of the program${suggestion(tier, known)}`;
    report(placeOf(tier, index), reason, ['ladders']);
  });
}

/** Reports keys that are there twice. */
export function checkKeys(report: Report, items: readonly { key: string }[], path: PathKey[]): void {
  items.forEach(({ key }, index) => {
    if (items.findIndex((other) => other.key === key) !== index)
      report([...path, index, 'key'], `"${key}" is there twice`);
  });
}
