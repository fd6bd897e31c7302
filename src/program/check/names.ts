import { keyMeant } from '../names.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';

/** Reports partner types that the program does not have. */
export function checkTypes(
  report: Report,
  program: ProgramDefinition,
  types: readonly string[] | undefined,
  path: PathKey[],
): void {
  const known = program.partnerTypes;
  types?.forEach((type, index) => {
    if (known.some(({ key }) => key === type)) return;
    report(
      'PROGRAM_UNKNOWN_PARTNER_TYPE',
      [...path, index],
      `"${type}" is not a partner type${keyMeant(type, known)}`,
      ['partnerTypes'],
    );
  });
}

/** Reports regions that the program does not have. */
export function checkRegionNames(
  report: Report,
  program: ProgramDefinition,
  regions: readonly string[] | undefined,
  path: PathKey[],
): void {
  const known = program.regions?.list ?? [];
  regions?.forEach((region, index) => {
    if (known.some(({ key }) => key === region)) return;
    const reason =
      known.length === 0
        ? 'the program has no regions; name the countries, or add regions to it'
        : `"${region}" is not a region of the program${keyMeant(region, known)}`;
    const code = known.length === 0 ? 'PROGRAM_MISSING_PART' : 'PROGRAM_UNKNOWN_REGION';
    report(code, [...path, index], reason, ['regions']);
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
  tiers.forEach((tier, index) => {
    if (all.some(({ key }) => key === tier)) return;
    const reason =
      all.length === 0
        ? 'the program has no tiers; leave it out, and it is for every partner'
        : `"${tier}" is not a tier of the program${keyMeant(tier, all)}`;
    const code = all.length === 0 ? 'PROGRAM_MISSING_PART' : 'PROGRAM_UNKNOWN_TIER';
    report(code, placeOf(tier, index), reason, ['ladders']);
  });
}

/** Reports keys that are there twice. */
export function checkKeys(report: Report, items: readonly { key: string }[], path: PathKey[]): void {
  items.forEach(({ key }, index) => {
    if (items.findIndex((other) => other.key === key) !== index)
      report('PROGRAM_DUPLICATE', [...path, index, 'key'], `"${key}" is there twice`);
  });
}
