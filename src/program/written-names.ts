import type { Named } from './names.ts';
import type { PathKey } from './source.ts';

/** What a program file names, as it stands there: also where the file is not sound yet. */

type Raw = Record<string, unknown>;

/** What the word at a path may name, with the labels that screens show instead of the keys. */
export function namedAt(file: unknown, path: readonly PathKey[]): Named[] {
  const names = path.filter((key) => typeof key === 'string');
  const [last, before] = [names.at(-1)!, names.at(-2)];
  const root = isRaw(file) ? file : {};
  const specialisations = listed(root.specialisations);
  if (last === 'ladder') return [...listed(root.ladders), ...specialisations];
  if (last === 'includingOneOf' || (last === 'of' && before === 'specialisations')) return specialisations;
  if (last === 'partnerTypes') return listed(root.partnerTypes);
  if (last === 'among' || last === 'inRegion' || last === 'regions') return segments(root);
  if (['entryTier', 'floor', 'tiers'].includes(last) || (last === 'atLeast' && before === 'holds'))
    return [...listed(root.ladders).flatMap(({ tiers }) => listed(tiers)), ...specialisations];
  if (kpiPlaces.has(last)) return kpis(root);
  // What stands behind the keys of such a block is a KPI, or a number for one.
  if (before === 'targets' || before === 'byTrack') return kpis(root);
  return before === 'tiers' ? listed(root.ladders).flatMap(({ tiers }) => listed(tiers)) : segments(root);
}

/** The keys behind which a KPI is named. */
const kpiPlaces = new Set([
  'kpi',
  'kpis',
  'of',
  'less',
  'sum',
  'best',
  'worst',
  'points',
  'use',
  'otherwise',
]);

function segments(root: Raw): Named[] {
  return [...listed(root.tracks), ...listed(isRaw(root.regions) ? root.regions.list : undefined)];
}

function kpis(root: Raw): Named[] {
  return Object.entries(isRaw(root.kpis) ? root.kpis : {}).flatMap(([key, kpi]) =>
    isRaw(kpi) && typeof kpi.label === 'string' ? [{ key, label: kpi.label }] : [],
  );
}

function listed(list: unknown): (Named & Raw)[] {
  const items: unknown[] = Array.isArray(list) ? list : [];
  return items.filter(
    (item): item is Named & Raw =>
      isRaw(item) && typeof item.key === 'string' && typeof item.label === 'string',
  );
}

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
