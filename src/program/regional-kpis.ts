import type { KpiDefinition, ProgramDefinition } from './schema/schema.ts';

/**
 * A program with the figures by region that it asks for: each is a KPI like any other, measured from the records of one
 * region or group, under the name of the whole and that of the region: certifiedPeople.nordics.
 */
export function withRegionalKpis(program: ProgramDefinition): ProgramDefinition {
  const kpis = Object.entries(program.kpis).flatMap(([key, kpi]): [string, KpiDefinition][] => [
    [key, kpi],
    ...regionalOf(program, key, kpi),
  ]);
  return { ...program, kpis: Object.fromEntries(kpis) };
}

function regionalOf(
  { regions }: Pick<ProgramDefinition, 'regions'>,
  key: string,
  { perRegion, ...kpi }: KpiDefinition,
): [string, KpiDefinition][] {
  if (perRegion === undefined || kpi.score !== undefined || kpi.rank !== undefined) return [];
  return (regions?.list ?? []).map((region) => [
    regionalKey(key, region.key),
    {
      ...kpi,
      label: `${kpi.label} (${region.label})`,
      ...(kpi.short === undefined ? {} : { short: `${kpi.short} (${region.label})` }),
      regional: { of: key, region: region.key },
    },
  ]);
}

/** The name of a KPI's figure for one region or group. */
export function regionalKey(kpi: string, region: string): string {
  return `${kpi}.${region}`;
}

/** The KPIs of a program file as they are written there, without their figures by region. */
export function writtenKpis({ kpis }: Pick<ProgramDefinition, 'kpis'>): [string, KpiDefinition][] {
  return Object.entries(kpis).filter(([, { regional }]) => regional === undefined);
}
