import { dimensionOf } from '../by-segment.ts';
import { keyMeant } from '../names.ts';
import { groupsOf, plainRegions } from '../regions.ts';
import type { BySegment } from '../schema/ladder.ts';
import type { RegionsDefinition } from '../schema/region.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';

type Figures = Exclude<BySegment, string | number>;
type Segmented = Pick<ProgramDefinition, 'tracks' | 'regions'>;

/**
 * Reports figures by track or by region that miss one or name an unknown one; `checkOne` looks at each figure itself.
 */
export function checkBySegment(
  report: Report,
  program: Segmented,
  { figure, path }: { figure: BySegment; path: PathKey[] },
  checkOne: (figure: string | number, path: PathKey[]) => void,
): void {
  if (typeof figure !== 'object') {
    checkOne(figure, path);
    return;
  }
  const tracks = program.tracks.map(({ key }) => key);
  const regions = program.regions?.list.map(({ key }) => key) ?? [];
  if (tracks.length + regions.length === 0) {
    report('PROGRAM_MISSING_PART', path, 'one number for each track or region, but the program has neither', [
      'regions',
    ]);
    return;
  }
  const keys = Object.keys(figure);
  const isKnown = keys.some((key) => tracks.includes(key) || regions.includes(key));
  const dimension = dimensionOf(program, figure)!;
  const [what, fitting] = isKnown
    ? ([dimension, dimension === 'track' ? tracks : regions] as const)
    : (['track or region', [...tracks, ...regions]] as const);
  const named = [...program.tracks, ...(program.regions?.list ?? [])].filter(({ key }) =>
    fitting.includes(key),
  );
  for (const [key, one] of Object.entries(figure)) {
    if (fitting.includes(key)) checkOne(one, [...path, key]);
    else if (regions.includes(key))
      report(
        'PROGRAM_MIXED_KINDS',
        [...path, key],
        `"${key}" is a region, and other numbers here are by track; use one of both`,
      );
    else
      report('PROGRAM_UNKNOWN_SEGMENT', [...path, key], `"${key}" is not a ${what}${keyMeant(key, named)}`, [
        'regions',
      ]);
  }
  if (!isKnown) return;
  if (dimension === 'track') checkTracksNamed(report, { tracks, figure, path });
  else checkRegionsNamed(report, program.regions!, { figure, path });
}

function checkTracksNamed(
  report: Report,
  { tracks, figure, path }: { tracks: readonly string[]; figure: Figures; path: PathKey[] },
): void {
  const missing = tracks.filter((track) => figure[track] === undefined);
  if (missing.length > 0)
    report('PROGRAM_SEGMENT_MISSING', path, `says nothing for track ${missing.join(', ')}`, ['tracks']);
}

/** Each region takes its own number, or that of the one group of it that has one. */
function checkRegionsNamed(
  report: Report,
  regions: RegionsDefinition,
  { figure, path }: { figure: Figures; path: PathKey[] },
): void {
  const without = plainRegions(regions).filter(({ key }) => figure[key] === undefined);
  const taken = without.map(({ key }) => ({
    key,
    groups: groupsOf(regions, key).filter((group) => figure[group.key] !== undefined),
  }));
  const missing = taken.filter(({ groups }) => groups.length === 0).map(({ key }) => key);
  if (missing.length > 0)
    report('PROGRAM_SEGMENT_MISSING', path, `says nothing for region ${missing.join(', ')}`, ['regions']);
  for (const { key, groups } of taken.filter((one) => one.groups.length > 1)) {
    const names = groups.map((group) => group.key).join(' and ');
    report(
      'PROGRAM_SEGMENT_AMBIGUOUS',
      path,
      `says ${groups.length} things for region ${key}: ${names}; give it a number of its own`,
    );
  }
  for (const { key, regions: inner } of regions.list) {
    if (inner === undefined || figure[key] === undefined) continue;
    if (!taken.some(({ groups }) => groups.some((group) => group.key === key)))
      report(
        'PROGRAM_NO_EFFECT',
        [...path, key],
        `no region takes the number of ${key}: each of its regions has its own`,
      );
  }
}
