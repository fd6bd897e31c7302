import type { AttributeValue } from '../../model/entities.ts';
import { sameValue } from '../../model/values.ts';
import type { AttributePlan } from '../mapping/plan.ts';
import { adoptedAs, type ClaimKind } from '../owners.ts';
import { type BaseEntry, type BasePair, entryOf } from './base.ts';
import type { MergeInput, MergeResult } from './merge.ts';

/** What other live links of a record mean for a reading of it; absent where there are none. */
export interface Standing {
  /** Attributes that a live link of more authority decides, and how that one maps them. */
  overruled: ReadonlyMap<string, ClaimKind>;
  /** Attributes that this link has come to decide: its values count although the CRM has not changed them. */
  takesOver: ReadonlySet<string>;
  /** The program moves the tier already, so that none is adopted any more. */
  isTierOwned: boolean;
}

/** A value of a CRM that gives way to that of the owner. */
export interface Overruling {
  attribute: string;
  ours: AttributeValue;
  theirs: AttributeValue;
}

interface Given {
  result: MergeResult;
  value: AttributeValue;
  entry: BaseEntry | undefined;
  /** The agreement before, and what of it still holds; undefined when people changed the value. */
  before: BasePair;
  settled: BasePair | undefined;
}

/**
 * Another connection decides: our value goes there, and what people put in its place is put back. What was there before the
 * two met gives way to a value, not to a blank.
 */
export function giveWay(plan: AttributePlan, input: MergeInput, given: Given): void {
  const { attribute } = plan;
  const { result, value, entry, before } = given;
  const ours = input.ours[attribute] ?? null;
  if (sameValue(ours, value)) {
    result.base[attribute] = value;
  } else if (given.settled !== undefined) {
    result.base[attribute] = entryOf(given.settled);
    if (before.open === true || !sameValue(ours, before.ours)) result.send.push(attribute);
  } else if (ours === null && isUnmet(entry, before)) {
    result.base[attribute] = entryOf({ ours, theirs: value });
  } else {
    result.base[attribute] = entryOf({ ours: before.ours, theirs: value, open: true });
    result.send.push(attribute);
    if (value !== null || entry !== undefined) result.overruled.push({ attribute, ours, theirs: value });
  }
}

/** Whether the two never had a value in common. */
function isUnmet(entry: BaseEntry | undefined, before: BasePair): boolean {
  return entry === undefined || (before.open !== true && before.ours === null && before.theirs !== null);
}

/**
 * Whether a tier found at the first meeting is another one than that adopted from a connection with more authority, or
 * comes when the program moves the tier already.
 */
export function isOtherTier(plan: AttributePlan, input: MergeInput, value: AttributeValue): boolean {
  const kept = adoptedAs[plan.attribute];
  const { standing } = input;
  if (kept === undefined || standing === undefined || value === null) return false;
  if (!standing.isTierOwned && !standing.overruled.has(plan.attribute)) return false;
  return !sameValue(input.ours[kept] ?? null, value);
}

/** The tier, or its day, that a difference at the first meeting is held against. */
export function adoptedBefore(plan: AttributePlan, input: MergeInput): AttributeValue {
  return input.ours[adoptedAs[plan.attribute] ?? ''] ?? null;
}
