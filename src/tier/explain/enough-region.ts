import { plainRegions } from '../../program/regions.ts';
import type { RegionDefinition } from '../../program/schema/region.ts';
import { withAttribute } from '../look/changed-inputs.ts';
import { isSatisfied } from '../requirement.ts';
import type { Enough, EnoughInput } from './enough.ts';

/**
 * Where numbers wait for a region because the attribute that says it is blank: the regions that by themselves give the tier,
 * tried out like any other change. Empty where the region is known, or where none does.
 */
export function enoughOfRegion(input: EnoughInput): Enough[] {
  const { program, inputs, outlook, peers } = input;
  const { regions } = program;
  if (regions === undefined) return [];
  const { by } = regions;
  const known = inputs.partner[by];
  const open = outlook.tiers.flatMap(({ requirements }) => requirements).find((leaf) => !isSatisfied(leaf));
  if (open === undefined || (typeof known === 'string' && known.trim() !== '')) return [];
  const all = plainRegions(regions);
  const enough = all.filter((region) => {
    const value = countryIn(region);
    return input.isGiven(withAttribute(program, inputs, { attribute: by, value }, peers));
  });
  if (enough.length === 0) return [];
  const which = enough.length === all.length ? 'any will do' : `one in ${listed(enough)}`;
  const text = `Its ${by}, which is empty: ${which}`;
  const noFigure = { kpi: null, figure: null, by: null, direction: null } as const;
  return [{ requirement: open.id, label: `Its ${by}`, ...noFigure, text, through: [] }];
}

function listed(regions: readonly RegionDefinition[]): string {
  return regions.map(({ label }) => label).join(' or ');
}

/** A country of the region; of the one for all others a text that no program can list. */
function countryIn({ countries }: RegionDefinition): string {
  return Array.isArray(countries) ? countries[0]! : '(any other)';
}
