import type { EntityName } from '../model/entities.ts';
import type { KpiDefinition } from '../program/schema/schema.ts';
import { areOthersApart, basePart, isShortApart } from './base-part.ts';
import type { ExclusionReason } from './types.ts';

/** A record behind a figure, or one that was left out. */
export interface KpiRecord {
  entity: EntityName;
  id: string;
  /** Name as people know it. */
  name: string | null;
  /** Where it comes from, a CRM before a file; null for what was recorded here. */
  connection: string | null;
  object: string | null;
  crmId: string | null;
  /** The day that decides about its window; null where none does. */
  date: string | null;
  /** The last day on which it counts, of its own validity; null for no end. */
  until: string | null;
  /**
   * Which measure of the KPI: of and to of a ratio, met and unmet of every, now and before of a difference; measure otherwise.
   * Of a score: the KPI that it stands behind.
   */
  part: string;
  /**
   * What it brings to its part, exactly: of a sum the summand in the program's currency, of a median or average its value;
   * null where records are counted, and where it does not count.
   */
  value: string | null;
  /** The record's own amount of money (canonical decimal) with its currency; null for other values. */
  amount: string | null;
  currency: string | null;
  /** Percent of the amount that is the partner's, as canonical decimal; null where it is not known. */
  share: string | null;
  /** What makes it one with others where different ones are counted: one person's certificates share it. */
  identity: string | null;
  /** What it comes to with the records that belong to it, such as "the number of its certifications is 3", and of a
   * time since a date "18 months since 2025-05-30"; null for neither. */
  comesTo: string | null;
  /** What tables multiply it by, exactly; null where none does, or one has nothing for it. */
  times: string | null;
  /** Null when it counts. */
  reason: ExclusionReason | null;
  /** The same in words, such as "dated 2025-09-29, before the window begins on 2025-09-30". */
  why: string | null;
}

export interface KpiRecords {
  asOf: string;
  /** As many as the figure counts. */
  included: KpiRecord[];
  excluded: KpiRecord[];
  /** Records of the second part alone, such as those of the year before that growth compares with. */
  others: KpiRecord[];
  /** The same as the part that the figure is based on leaves them out, for who compares two lists of one figure. */
  elsewhere: KpiRecord[];
}

/**
 * The records of the part that the figure is based on, so that their number is the one shown with it; of the other part
 * those that do not count there already, which are then left out of nothing (a sale of last year is left out of this year's, and
 * counts in last year's). Where it is of another entity, those that it leaves out come too; of other days, those that fall short
 * there, and of those that both leave out what people can mend. A deal of a win rate is listed once: as "of" when it was won, as
 * "to" otherwise.
 */
export function joined(definition: KpiDefinition, parts: readonly KpiRecord[][]): Omit<KpiRecords, 'asOf'> {
  const base = basePart(definition);
  const own = parts[base] ?? [];
  const others = parts[1 - base] ?? [];
  const apart = areOthersApart(definition)
    ? others
    : isShortApart(definition)
      ? others.filter(({ reason }) => reason === 'falls_short')
      : [];
  const other = others.filter(({ reason }) => reason === null);
  const byId = new Map(other.map((record) => [record.id, record]));
  const comesTo = new Map(others.map((record) => [record.id, inOtherPart(definition, record)]));
  const counted = new Set(own.filter(({ reason }) => reason === null).map(({ id }) => id));
  const alone = other.filter(({ id }) => !counted.has(id));
  const isAlone = new Set(alone.map(({ id }) => id));
  const mendable = new Map(others.filter(isMendable).map((record) => [record.id, record]));
  const left = own.filter(({ reason, id }) => reason !== null && !isAlone.has(id));
  const isLeft = new Set(left.map(({ id }) => id));
  return {
    included: own
      .filter(({ reason }) => reason === null)
      .map((record) => ({ ...record, comesTo: record.comesTo ?? comesTo.get(record.id) ?? null }))
      .map((record) => inBoth(record, byId.get(record.id))),
    excluded: [
      ...left.map((record) => (isMendable(record) ? record : (mendable.get(record.id) ?? record))),
      ...apart.filter(({ reason, id }) => reason !== null && !isLeft.has(id)),
    ],
    others: alone,
    elsewhere: own.filter(({ reason, id }) => reason !== null && isAlone.has(id)),
  };
}

/** How the reason begins for which a record of the whole is not in the part of a ratio. */
export const notInPart = 'not in the part: ';

/** What the other part says of a record; of the part of a ratio why it is not in it, such as a contract that has ended. */
function inOtherPart({ ratio, every }: KpiDefinition, { reason, why, comesTo }: KpiRecord): string | null {
  if (reason === null) return comesTo;
  if (ratio !== undefined) return `${notInPart}${why}`;
  return every !== undefined || reason === 'falls_short' ? why : comesTo;
}

/** Whether something else than the calendar leaves a record out. */
function isMendable({ reason }: KpiRecord): boolean {
  return reason !== null && reason !== 'before_window' && reason !== 'after_window';
}

/** A record of both parts; of an average the one counts it and the other says what it brings. */
function inBoth(record: KpiRecord, other: KpiRecord | undefined): KpiRecord {
  if (other === undefined) return record;
  const { part, value, amount, currency, share } = other;
  return record.value === null ? { ...record, part, value, amount, currency, share } : { ...record, part };
}
