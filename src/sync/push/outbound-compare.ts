import { type ErrorCode, TierlinkError } from '../../errors.ts';
import type { AttributeValue } from '../../model/entities.ts';
import { sameValue } from '../../model/values.ts';
import type { CrmValue } from '../connector.ts';
import { createdAttributes } from '../mapping/on-create.ts';
import { findMisfit, fitProgramValue, type KnownFields } from '../mapping/outbound-fit.ts';
import type { AttributePlan, MappingPlan } from '../mapping/plan.ts';
import type { TransformContext } from '../mapping/transform.ts';
import { writeAttribute } from '../mapping/transform-out.ts';
import { type Base, type BaseEntry, needsSending, pairOf } from '../records/base.ts';
import type { DesiredRecord } from './outbound-values.ts';

/** The link of a record as the comparison needs it; null where the CRM has no such record yet. */
export interface LinkView {
  crmId: string;
  base: Base;
  /** The CRM's stamp of the last reading; null: it was made by us and never read. */
  seenAt: string | null;
  /** Whether the key field may be filled with our id together with the next write. */
  canStampKey: boolean;
  /** What the CRM said when it did not take our id; null: it was not refused. */
  idRefused: string | null;
  /** Attributes that this link decides and of which no reading has told a value yet: nothing is written over them. */
  awaited: readonly string[];
}

/** An open conflict or drift on an attribute. */
export interface OpenDifference {
  attribute: string;
  theirs: AttributeValue;
}

export interface CompareInput {
  plan: MappingPlan;
  desired: DesiredRecord;
  /** gone: it had a link, which has ended. */
  link: LinkView | 'gone' | null;
  differences: readonly OpenDifference[];
  /** The CRM's id of a record of ours, as the value of a lookup; undefined while the CRM does not have it. */
  referenceOf(plan: AttributePlan, recordId: string): string | undefined;
  known: KnownFields;
  transform: TransformContext;
  /** Whether something in the CRM may be this record already, of which a person decides before it is made. */
  mayBeThere: boolean;
  /** Whether the values are to be put back whatever both sides have agreed on: what the CRM holds is all that counts. */
  restores: boolean;
}

/** What a record still needs in the CRM. */
export interface OutgoingChange {
  recordId: string;
  /** null: it is created, by key. */
  crmId: string | null;
  /** Ours, canonical: only attributes that differ. */
  attributes: Record<string, AttributeValue>;
  /** What the CRM holds there as far as we know. */
  before: Record<string, AttributeValue>;
  fields: Record<string, CrmValue>;
  /** Attributes that are wanted as well and are not sent, because the CRM would refuse them. */
  unsent: readonly string[];
  stampsKey: boolean;
  base: Base;
  decisionId: string | null;
  /** The CRM's id of the record that this one belongs to; rows with the same parent lock each other. */
  parent: string | undefined;
}

/** An attribute that differs and is not sent, because the CRM would refuse it. */
export interface Unsent {
  attribute: string;
  field: string;
  code: ErrorCode;
  message: string;
}

export interface Compared {
  recordId: string;
  crmId: string | null;
  change: OutgoingChange | null;
  unsent: Unsent[];
  /** Differences that are none any more, because our value became theirs. */
  agreed: { attribute: string; value: AttributeValue }[];
  /** What the program says now of attributes whose difference goes on. */
  disputed: { attribute: string; value: AttributeValue }[];
  /** Why the record as a whole is left alone: nothing to say about it, or it waits for a record it belongs to or a person. */
  skipped: 'not_live' | 'not_created_here' | 'waits_for_parent' | 'may_be_there' | null;
}

/**
 * Compares what the CRM should hold for a record with what both sides last agreed on. Pure. Attributes with an open
 * conflict or drift, and attributes whose field could not be read, are left alone.
 */
export function compareRecord(request: CompareInput): Compared {
  const { desired, plan } = request;
  const link = request.link === 'gone' ? null : request.link;
  const input: Linked = { ...request, link };
  const compared: Compared = {
    recordId: desired.recordId,
    crmId: link?.crmId ?? null,
    change: null,
    unsent: [],
    agreed: [],
    disputed: [],
    skipped: null,
  };
  if (!desired.isLive || request.link === 'gone') return { ...compared, skipped: 'not_live' };
  const mayMake = plan.mapping.create && plan.mapping.key !== undefined && desired.isBlank !== true;
  if (link === null && !mayMake) {
    return { ...compared, skipped: 'not_created_here' };
  }
  if (link === null && input.mayBeThere) return { ...compared, skipped: 'may_be_there' };
  const absent = absentParent(input);
  if (absent !== undefined)
    return {
      ...compared,
      skipped: 'waits_for_parent',
      unsent: isProgramMade(plan) ? [] : [waitingFor(absent)],
    };
  const change = emptyChange(input);
  for (const attribute of sentAttributes(input)) compareAttribute(attribute, input, { compared, change });
  if (link === null) requireForCreate(input, { compared, change });
  change.unsent = compared.unsent.map(({ attribute }) => attribute);
  if (Object.keys(change.attributes).length > 0) compared.change = withKey(input, change);
  noteRefusedId(input, compared);
  return compared;
}

type Linked = CompareInput & { link: LinkView | null };

/** Attributes that a mapping writes. */
export function writtenAttributes(plan: MappingPlan): AttributePlan[] {
  return plan.attributes.filter((attribute) => attribute.spec.direction !== 'in');
}

/** What a mapping may write into a record: more where it is created. */
function sentAttributes({ plan, link }: Linked): AttributePlan[] {
  return link === null ? [...writtenAttributes(plan), ...createdAttributes(plan)] : writtenAttributes(plan);
}

/** A new record, and any record that the program keeps for a partner, goes with its parents or not at all. */
function absentParent(input: Linked): AttributePlan | undefined {
  if (input.link !== null && !isProgramMade(input.plan)) return undefined;
  return sentAttributes(input).find((plan) => {
    const value = input.desired.values[plan.attribute];
    return plan.type === 'ref' && typeof value === 'string' && input.referenceOf(plan, value) === undefined;
  });
}

function waitingFor({ attribute, field }: AttributePlan): Unsent {
  const { message } = new TierlinkError('RECORD_PARENT', { field });
  return { attribute, field, code: 'RECORD_PARENT', message };
}

function isProgramMade(plan: MappingPlan): boolean {
  return plan.attributes.every((attribute) => attribute.home === 'program');
}

function emptyChange(input: Linked): OutgoingChange {
  return {
    recordId: input.desired.recordId,
    crmId: input.link?.crmId ?? null,
    attributes: {},
    before: {},
    fields: {},
    unsent: [],
    stampsKey: false,
    base: input.link?.base ?? {},
    decisionId: input.desired.decisionId,
    parent: parentOf(input),
  };
}

function parentOf(input: Linked): string | undefined {
  for (const plan of input.plan.attributes) {
    const value = input.desired.values[plan.attribute];
    if (plan.type !== 'ref' || typeof value !== 'string') continue;
    const parent = input.referenceOf(plan, value);
    if (parent !== undefined) return parent;
  }
  return undefined;
}

interface Outcome {
  compared: Compared;
  change: OutgoingChange;
}

function compareAttribute(plan: AttributePlan, input: Linked, { compared, change }: Outcome): void {
  const { attribute } = plan;
  const wanted = input.desired.values[attribute];
  if (wanted === undefined) return;
  const value = plan.home === 'program' ? fitProgramValue(wanted, input.known?.get(plan.field)) : wanted;
  const difference = input.differences.find((each) => each.attribute === attribute);
  if (difference !== undefined) {
    const isAgreed = sameValue(difference.theirs, value);
    (isAgreed ? compared.agreed : compared.disputed).push({ attribute, value });
    // Whoever decides is told before that ours could not be sent.
    const disputed = isAgreed ? null : fieldsFor(plan, value, input);
    if (disputed !== null && 'code' in disputed) compared.unsent.push(disputed);
    return;
  }
  if (plan.home !== 'program' && input.link?.awaited.includes(attribute) === true) return;
  const entry = input.link?.base[attribute];
  if (entry === undefined && isUnreadable(input)) return;
  if (input.restores ? sameValue(theirsOf(entry), value) : !needsSending(entry, value)) return;
  const fields = fieldsFor(plan, value, input);
  if (fields === null) return;
  if ('code' in fields) {
    compared.unsent.push(fields);
    return;
  }
  change.attributes[attribute] = value;
  change.before[attribute] = theirsOf(entry);
  Object.assign(change.fields, fields.fields);
}

/** What the CRM holds, as far as is known. */
function theirsOf(entry: BaseEntry | undefined): AttributeValue {
  return entry === undefined ? null : pairOf(entry).theirs;
}

/** A CRM's record that was read without this field: what it holds is hidden from us, so it is never overwritten. */
function isUnreadable(input: Linked): boolean {
  return input.link !== null && input.link.seenAt !== null && !isProgramMade(input.plan);
}

/** The CRM's fields for a value; null while the record that it points to is not in the CRM. */
function fieldsFor(
  plan: AttributePlan,
  value: AttributeValue,
  input: Linked,
): { fields: Record<string, CrmValue> } | Unsent | null {
  const { attribute, field } = plan;
  const writing = writeAttribute(plan, value, input.transform);
  if (writing.kind === 'invalid') {
    return { attribute, field, code: 'CRM_BAD_VALUE', message: `${field}: ${writing.reason}.` };
  }
  const fields = writing.kind === 'fields' ? writing.fields : referenceFields(plan, writing.recordId, input);
  if (fields === null) return null;
  const misfit = findMisfit(fields, input.known, input.link === null ? 'create' : 'update');
  return misfit === null ? { fields } : { attribute, ...misfit };
}

function referenceFields(
  plan: AttributePlan,
  recordId: string,
  input: Linked,
): Record<string, CrmValue> | null {
  const crmId = input.referenceOf(plan, recordId);
  return crmId === undefined ? null : { [plan.field]: crmId };
}

/**
 * A record that lacks what its mapping requires is not created; the reason is kept like that of an unsent value. Neither is
 * one of which something cannot be sent that is written at its creation only.
 */
function requireForCreate(input: Linked, { compared, change }: Outcome): void {
  const lacking = writtenAttributes(input.plan).find(
    (plan) => plan.spec.required && change.attributes[plan.attribute] === undefined,
  );
  const isUnsent = (attribute: string) => compared.unsent.some((each) => each.attribute === attribute);
  const isCut = createdAttributes(input.plan).some(({ attribute }) => isUnsent(attribute));
  if (lacking === undefined && !isCut) return;
  change.attributes = {};
  if (lacking === undefined || isUnsent(lacking.attribute)) return;
  compared.unsent.push({
    attribute: lacking.attribute,
    field: lacking.field,
    code: 'RECORD_REQUIRED',
    message: `${lacking.field}: blank; the record is not created without it.`,
  });
}

/** Our id goes into the key field of an existing record only when something else is written anyway. */
function withKey(input: Linked, change: OutgoingChange): OutgoingChange {
  const key = input.plan.mapping.key;
  if (key === undefined || input.link === null || !input.link.canStampKey || input.link.idRefused !== null)
    return change;
  if (findMisfit({ [key]: change.recordId }, input.known, 'update') !== null) return change;
  return { ...change, stampsKey: true, fields: { ...change.fields, [key]: change.recordId } };
}

/** Where a reject about our id in the key field stands, beside those of attributes. */
export const idAttribute = 'id';

/** An id that was refused is not sent again until a person asks for it. */
function noteRefusedId({ plan, link }: Linked, { unsent }: Compared): void {
  const field = plan.mapping.key;
  if (field === undefined || link === null || !link.canStampKey || link.idRefused === null) return;
  unsent.push({ attribute: idAttribute, field, code: 'RECORD_ID_TAKEN', message: link.idRefused });
}
