import { keyNamed } from '../program/names.ts';
import type { ProgramDefinition } from '../program/schema/schema.ts';
import type { Executor } from '../store/store.ts';
import { loadFacts } from '../tier/load.ts';
import { partnerMatches } from '../tier/partner-condition.ts';
import type { PartnerRow } from './partners.ts';

/**
 * Those of the partners that are in a region: one of the program, or a group of them, by its key or label; another word is a
 * region as the CRM writes it.
 */
export async function partnersInRegion(
  executor: Executor,
  program: Pick<ProgramDefinition, 'regions' | 'attributes' | 'timeZone' | 'calendars'>,
  { rows, region }: { rows: readonly PartnerRow[]; region: string },
): Promise<PartnerRow[]> {
  const { regions } = program;
  const key = keyNamed(regions?.list ?? [], region);
  if (regions === undefined || key === undefined) return rows.filter((row) => row.region === region);
  const facts = await loadFacts(
    executor,
    rows.map(({ id }) => id),
  );
  const isThere = { attribute: regions.by, inRegion: key };
  const there = new Set(
    facts.filter((one) => partnerMatches(program, one.facts, isThere)).map(({ id }) => id),
  );
  return rows.filter(({ id }) => there.has(id));
}
