import type { AttributeValue } from '../../model/entities.ts';
import { sameValue } from '../../model/values.ts';
import { type AttributePlan, isNotedBlank } from '../mapping/plan.ts';
import { type Base, type BaseEntry, type BasePair, entryOf, isNormalised, pairOf } from './base.ts';
import { adoptedBefore, giveWay, isOtherTier, type Overruling, type Standing } from './merge-shared.ts';

/** What the CRM says about one attribute, references already turned into our ids. */
export type TheirReading =
  | { kind: 'value'; value: AttributeValue }
  | { kind: 'unreadable' }
  | { kind: 'invalid'; reason: string }
  /** A reference to a record that we do not have (yet). */
  | { kind: 'missing'; crmId: string };

export interface MergeInput {
  attributes: readonly AttributePlan[];
  /** Absent: nothing is known about the attribute on our side (program-owned values, or a new record). */
  ours: Readonly<Record<string, AttributeValue>>;
  base: Base;
  theirs: Readonly<Record<string, TheirReading>>;
  /** The CRM's modification stamp of this reading. */
  theirStamp: string;
  /** Since when our row is as it is; null for a new record. */
  ourStamp: string | null;
  /** What other connections that hold the record mean for this reading. (Default: none hold it) */
  standing?: Standing | undefined;
  /** Attributes of direction in whose blank is noted in base, because it leaves them to other connections. (Default: none) */
  notesBlank?: ReadonlySet<string> | undefined;
}

export interface Disagreement {
  attribute: string;
  /** conflict: both changed it and a person decides · drift: a value of the program was changed in the CRM. */
  kind: 'conflict' | 'drift';
  base: AttributeValue;
  ours: AttributeValue;
  theirs: AttributeValue;
}

export interface Complaint {
  attribute: string;
  field: string;
  code: 'RECORD_INVALID' | 'RECORD_REQUIRED';
  reason: string;
}

export interface MergeResult {
  /** Attributes of our row whose value becomes another one. */
  values: Record<string, AttributeValue>;
  base: Record<string, BaseEntry>;
  disagreements: Disagreement[];
  /** Program-owned values found in the CRM at the first meeting: taken over, not drift. */
  adopted: Record<string, AttributeValue>;
  /** Attributes where the CRM should get our value. */
  send: string[];
  complaints: Complaint[];
  /** Attributes whose field the user cannot read. */
  unreadable: string[];
  /** What people changed where another connection decides: our value is sent over it. */
  overruled: Overruling[];
  /** References that wait for their record. */
  waiting: { attribute: string; crmId: string; required: boolean }[];
}

/**
 * Merges one CRM record into ours, attribute by attribute, against what both last agreed on. Pure. Equal to base is no
 * change, which alone keeps our own echoes out; a change on one side is taken; equal changes are agreement; different
 * ones follow the mapping's policy. Merging the result with the same reading again changes nothing.
 */
export function mergeRecord(input: MergeInput): MergeResult {
  const result: MergeResult = {
    values: {},
    base: { ...input.base },
    disagreements: [],
    adopted: {},
    send: [],
    complaints: [],
    unreadable: [],
    overruled: [],
    waiting: [],
  };
  for (const plan of input.attributes) mergeAttribute(plan, input, result);
  return result;
}

function mergeAttribute(plan: AttributePlan, input: MergeInput, result: MergeResult): void {
  const reading = input.theirs[plan.attribute] ?? { kind: 'unreadable' };
  if (plan.spec.direction !== 'out' && input.standing?.overruled.has(plan.attribute) === true) {
    mergeOverruled(plan, input, { result, reading });
    return;
  }
  if (reading.kind === 'unreadable') {
    result.unreadable.push(plan.attribute);
    return;
  }
  if (reading.kind === 'invalid') {
    complain(plan, result, { code: 'RECORD_INVALID', reason: reading.reason });
    return;
  }
  if (reading.kind === 'missing') {
    if (plan.spec.direction === 'out') return;
    result.waiting.push({
      attribute: plan.attribute,
      crmId: reading.crmId,
      required: plan.spec.required,
    });
    if (plan.spec.direction !== 'in') return;
    noteBlank(plan, input, { result, value: reading.crmId });
    takeValue(plan, input, { result, value: null });
    return;
  }
  if (reading.value === null && refusesBlank(plan, result)) return;
  if (plan.spec.direction === 'in') mergeIn(plan, input, { result, value: reading.value });
  else if (plan.spec.direction === 'out') mergeOut(plan, input, { result, value: reading.value });
  else mergeBoth(plan, input, { result, value: reading.value });
}

/** Another connection decides, so that nothing here is missing, wrong or waited for. */
function mergeOverruled(
  plan: AttributePlan,
  input: MergeInput,
  { result, reading }: { result: MergeResult; reading: TheirReading },
): void {
  if (reading.kind !== 'value') return;
  if (plan.spec.direction === 'in') {
    noteBlank(plan, input, { result, value: reading.value });
    return;
  }
  const entry = input.base[plan.attribute];
  const canFill = entry === undefined && input.standing?.overruled.get(plan.attribute) === 'both';
  if (canFill && (input.ours[plan.attribute] ?? null) === null) {
    takeTheirs(plan, input, { result, value: reading.value });
    return;
  }
  const before: BasePair = entry === undefined ? { ours: null, theirs: null } : pairOf(entry);
  const settled =
    entry === undefined ? undefined : settle(plan, input, { pair: before, value: reading.value });
  giveWay(plan, input, { result, value: reading.value, entry, before, settled });
}

/** Base has an entry for an attribute that only comes in while it is blank there and therefore left to others. */
function noteBlank(plan: AttributePlan, input: MergeInput, { result, value }: Found): void {
  if (input.notesBlank?.has(plan.attribute) !== true) return;
  if (value === null && isNotedBlank(plan.spec)) result.base[plan.attribute] = null;
  else delete result.base[plan.attribute];
}

interface Found {
  result: MergeResult;
  value: AttributeValue;
}

function complain(plan: AttributePlan, result: MergeResult, what: Pick<Complaint, 'code' | 'reason'>): void {
  result.complaints.push({ attribute: plan.attribute, field: plan.field, ...what });
}

function refusesBlank(plan: AttributePlan, result: MergeResult): boolean {
  if (plan.spec.direction === 'out') return false;
  if (!plan.spec.required && plan.spec.onBlank !== 'reject') return false;
  complain(plan, result, { code: 'RECORD_REQUIRED', reason: 'blank' });
  return true;
}

function takeValue(plan: AttributePlan, input: MergeInput, found: Found): void {
  const ours = input.ours[plan.attribute];
  if (ours === undefined || !sameValue(ours, found.value)) found.result.values[plan.attribute] = found.value;
}

/** The CRM owns it: its value is taken; a blank clears unless the mapping keeps what we have. */
function mergeIn(plan: AttributePlan, input: MergeInput, found: Found): void {
  noteBlank(plan, input, found);
  if (found.value === null && plan.spec.onBlank === 'keep') return;
  takeValue(plan, input, found);
}

/** The program owns it: what the CRM holds beside our last value is adopted at first, and reported as drift later. */
function mergeOut(plan: AttributePlan, input: MergeInput, found: Found): void {
  const { attribute } = plan;
  const entry = input.base[attribute];
  const ours = input.ours[attribute];
  if (entry === undefined) {
    if (isOtherTier(plan, input, found.value)) {
      const known = adoptedBefore(plan, input);
      const drift = { attribute, kind: 'drift', base: null, ours: known, theirs: found.value } as const;
      found.result.disagreements.push(drift);
      return;
    }
    found.result.base[attribute] = found.value;
    if (found.value !== null) found.result.adopted[attribute] = found.value;
    if (ours !== undefined && !sameValue(ours, found.value)) found.result.send.push(attribute);
    return;
  }
  const pair = settle(plan, input, { pair: pairOf(entry), value: found.value });
  if (pair !== undefined) {
    found.result.base[attribute] = entryOf(pair);
    if (ours !== undefined && !sameValue(ours, pair.ours)) found.result.send.push(attribute);
  } else if (sameValue(ours ?? pairOf(entry).ours, found.value)) {
    found.result.base[attribute] = found.value;
  } else {
    const base = pairOf(entry).theirs;
    found.result.disagreements.push({
      attribute,
      kind: 'drift',
      base,
      ours: ours ?? base,
      theirs: found.value,
    });
  }
}

/** The agreement that still holds when the CRM has not changed the value, confirmed where it was awaited. */
function settle(
  plan: AttributePlan,
  input: MergeInput,
  { pair, value }: { pair: BasePair; value: AttributeValue },
): BasePair | undefined {
  if (sameValue(value, pair.theirs))
    return pair.sent === undefined ? pair : { ours: pair.ours, theirs: value };
  if (pair.sent === undefined) return undefined;
  if (input.theirStamp < pair.sent) return pair;
  return isNormalised(pair.ours, value, plan.type) ? { ours: pair.ours, theirs: value } : undefined;
}

function mergeBoth(plan: AttributePlan, input: MergeInput, found: Found): void {
  const { attribute } = plan;
  const ours = input.ours[attribute] ?? null;
  const entry = input.base[attribute];
  if (sameValue(ours, found.value)) {
    found.result.base[attribute] = found.value;
    return;
  }
  if (entry === undefined) {
    meetFirst(plan, input, found);
    return;
  }
  if (input.standing?.takesOver.has(attribute) === true) {
    takeTheirs(plan, input, found);
    return;
  }
  const before = pairOf(entry);
  const settled = settle(plan, input, { pair: before, value: found.value });
  const oursChanged = before.open === true || !sameValue(ours, before.ours);
  if (settled !== undefined) {
    found.result.base[attribute] = entryOf(settled);
    if (oursChanged) found.result.send.push(attribute);
  } else if (oursChanged && before.back !== true) {
    decide(plan, input, { ...found, before });
  } else {
    takeTheirs(plan, input, found);
  }
}

/** The CRM's value becomes ours. Where a blank does not clear, the two stay different by agreement. */
function takeTheirs(plan: AttributePlan, input: MergeInput, found: Found): void {
  const ours = input.ours[plan.attribute] ?? null;
  if (found.value === null && plan.spec.onBlank === 'keep') {
    found.result.base[plan.attribute] = entryOf({ ours, theirs: null });
    return;
  }
  takeValue(plan, input, found);
  found.result.base[plan.attribute] = found.value;
}

/** Nothing was agreed yet: the side that has a value gives it, two different values follow the policy. */
function meetFirst(plan: AttributePlan, input: MergeInput, found: Found): void {
  const ours = input.ours[plan.attribute];
  if (ours === undefined || ours === null) takeTheirs(plan, input, found);
  else if (found.value === null) keepOurs(plan, found, { ours: null, theirs: null });
  else if (input.standing?.takesOver.has(plan.attribute) === true) takeTheirs(plan, input, found);
  else decide(plan, input, { ...found, before: { ours: null, theirs: null } });
}

function keepOurs(plan: AttributePlan, found: Found, pair: BasePair): void {
  found.result.base[plan.attribute] = entryOf(pair);
  found.result.send.push(plan.attribute);
}

/** Both sides have a value of their own. */
function decide(plan: AttributePlan, input: MergeInput, found: Found & { before: BasePair }): void {
  const policy = plan.spec.policy ?? 'ask';
  const theirsAreNewer = input.ourStamp === null || input.theirStamp > input.ourStamp;
  if (policy === 'crm' || (policy === 'newest' && theirsAreNewer)) {
    takeTheirs(plan, input, found);
    return;
  }
  const { before } = found;
  if (policy === 'ask') {
    found.result.disagreements.push({
      attribute: plan.attribute,
      kind: 'conflict',
      base: before.theirs,
      ours: input.ours[plan.attribute] ?? null,
      theirs: found.value,
    });
    return;
  }
  keepOurs(plan, found, { ours: before.ours, theirs: found.value, open: true });
}
