import { asksByRegion } from '../best-region.ts';
import { plainRegions } from '../regions.ts';
import { type LadderDefinition, requirementsOf } from '../schema/ladder.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';

/** Reports tiers that are judged region by region where there are no regions, or nothing that differs between them. */
export function checkBestRegion(
  report: Report,
  program: ProgramDefinition,
  ladder: LadderDefinition,
  path: PathKey[],
): void {
  ladder.tiers.forEach((tier, index) => {
    if (!tier.onBestRegion) return;
    const at = [...path, 'tiers', index, 'onBestRegion'];
    if (tier.onBestTrack)
      report('PROGRAM_NOT_ONE_OF', at, 'use onBestTrack or onBestRegion, not both; a tier is judged by one');
    if (plainRegions(program.regions).length < 2)
      report('PROGRAM_MISSING_PART', at, 'the program has no regions to choose from', ['regions']);
    else if (!asksByRegion(program, requirementsOf(tier)))
      report(
        'PROGRAM_NOT_PER_REGION',
        at,
        'what it asks for is the same in every region; measure a KPI of it, or one behind it, with "perRegion: true"',
        ['kpis'],
      );
  });
}
