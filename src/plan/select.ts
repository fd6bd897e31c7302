import { TierlinkError } from '../errors.ts';
import { type ChoiceField, choiceFields } from './choices.ts';
import { isWrite, type Plan } from './item.ts';

/** What fields can be chosen by; tier_up and tier_down are the writes that carry such a decision. */
export const choosableKinds = ['conflict', 'drift', 'update', 'create', 'tier_up', 'tier_down'] as const;

/** Which fields of a plan are meant; all that is given must hold, nothing given means all. */
export interface Selection {
  connection?: string | undefined;
  kind?: (typeof choosableKinds)[number] | undefined;
  object?: string | undefined;
  /** Our attribute, or the CRM's field. */
  field?: string | undefined;
  /** Name of a record, our id of it, or the CRM's. */
  record?: string | undefined;
  /** Name of a partner, or our id of it. */
  partner?: string | undefined;
}

/** The fields of a plan that are meant. Throws PLAN_CHOICE where there are none, or a partner's name means several. */
export function selectFields(plan: Plan, selection: Selection, file: string): Set<ChoiceField['field']> {
  const partner = selection.partner === undefined ? undefined : partnerNamed(plan, selection.partner, file);
  const found = choiceFields(plan).filter((of) => isMeant(of, { ...selection, partner }));
  if (found.length === 0)
    throw new TierlinkError('PLAN_CHOICE', {
      reason: 'The plan has no field of that kind to choose of',
      plan: file,
    });
  return new Set(found.map(({ field }) => field));
}

function isMeant({ item, field }: ChoiceField, selection: Selection): boolean {
  const { connection, kind, object, partner, record } = selection;
  return (
    (connection === undefined || item.connection === connection) &&
    (kind === undefined ||
      item.kind === kind ||
      (isWrite(item) && kind === `tier_${item.tier?.direction}`)) &&
    (object === undefined || isSame(item.object, object)) &&
    (selection.field === undefined ||
      [field.attribute, field.label].some((each) => isSame(each, selection.field!))) &&
    (partner === undefined || item.partners.includes(partner)) &&
    (record === undefined || isRecord(item, record))
  );
}

/** The CRM's ids are known with fifteen characters as well. */
function isRecord({ name, recordId, crmId }: ChoiceField['item'], record: string): boolean {
  if (recordId === record || crmId === record) return true;
  if (record.length === 15 && crmId?.startsWith(record) === true) return true;
  return name !== null && isSame(name, record);
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.trim().toLowerCase();
}

/** Our id of a partner of the plan. */
function partnerNamed({ head }: Plan, named: string, file: string): string {
  const fits = head.partners.filter(({ id, name }) => id === named || (name !== null && isSame(name, named)));
  const [only] = fits;
  if (only !== undefined && fits.length === 1) return only.id;
  const reason =
    only === undefined
      ? `The plan has nothing about a partner "${named}"`
      : `Several partners are called "${named}": ${fits.map(({ id }) => id).join(', ')}; name one by its id`;
  throw new TierlinkError('PLAN_CHOICE', { reason, plan: file });
}
