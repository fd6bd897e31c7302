import { pathsOfFilter } from '../program/filter-paths.ts';
import type { Program } from '../program/load.ts';
import type { ProgramDefinition } from '../program/schema/schema.ts';
import type { Executor } from '../store/store.ts';
import { loadFacts } from '../tier/load.ts';
import { fitOf } from '../tier/method/profile.ts';
import { type Feed, unreadKpis } from './freshness.ts';
import type { KpiValue } from './types.ts';

/**
 * How well partners fit the ideal partner by these values, 0 to 100. Partners of which a criterion was never computed or
 * cannot be measured are left out, and so is everybody where the program has no profile.
 */
export async function fitsOf(
  executor: Executor,
  {
    program,
    partners,
    values,
  }: { program: Program; partners: readonly string[]; values: readonly KpiValue[] },
): Promise<Map<string, string>> {
  const profile = program.idealProfile;
  if (profile === undefined) return new Map();
  const byPartner = new Map<string, KpiValue[]>(partners.map((id) => [id, []]));
  for (const value of values) byPartner.get(value.partnerId)?.push(value);
  const asked = profileKpis(program);
  const fits = (await loadFacts(executor, partners)).map(({ id, facts }) => {
    const kpis = byPartner.get(id) ?? [];
    const isComputed = asked.every((key) => kpis.some(({ kpi }) => kpi === key));
    const { fit } = fitOf({ program, profile, partnerId: id, partner: facts, kpis });
    return [id, isComputed ? fit : null] as const;
  });
  return new Map(fits.flatMap(([id, fit]) => (fit === null ? [] : [[id, fit] as const])));
}

/** The KPIs by which it is measured how well a partner fits. */
export function profileKpis({ idealProfile }: ProgramDefinition): string[] {
  return (idealProfile?.criteria ?? []).flatMap(({ kpi }) => kpi ?? []);
}

interface Inputs {
  feeds: readonly Feed[];
  now: number;
}

/** Whether something that the fit is measured by was never there, so that it says nothing. */
export function isFitUnread(program: ProgramDefinition, inputs: Inputs): boolean {
  const criteria = program.idealProfile?.criteria ?? [];
  const unread = unreadKpis(program, inputs);
  const conditions = criteria.flatMap(({ partner, grades = [] }) => [
    ...(partner === undefined ? [] : [partner]),
    ...grades.map(({ when }) => when),
  ]);
  const own = conditions.flatMap(pathsOfFilter);
  const isHidden = ({ entity, missing }: Feed) =>
    entity === 'partner' && own.some((attribute) => missing.includes(attribute));
  return criteria.some(({ kpi }) => kpi !== undefined && unread.includes(kpi)) || inputs.feeds.some(isHidden);
}

/** What a period keeps no figure of, because inputs were never there: keys of KPIs, and the profile for the fit. */
export function unreadFigures(program: ProgramDefinition, inputs: Inputs): string[] {
  return [...unreadKpis(program, inputs), ...(isFitUnread(program, inputs) ? ['idealProfile'] : [])];
}
