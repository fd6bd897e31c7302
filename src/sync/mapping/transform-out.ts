import type { AttributeValue, EntityName } from '../../model/entities.ts';
import { isMoney } from '../../model/values.ts';
import type { CrmValue } from '../connector.ts';
import { currenciesOf, namedKey } from './named-records.ts';
import type { AttributePlan } from './plan.ts';
import type { Transform } from './schema.ts';
import { sentValue } from './sent-values.ts';
import type { TransformContext } from './transform.ts';

/**
 * What to send for one attribute. reference: the caller looks up the CRM's id of our record (see links.ts) and sends that
 * as the field's value. invalid: the value cannot be sent; the reason is for the admin.
 */
export type Writing =
  | { kind: 'fields'; fields: Record<string, CrmValue> }
  | { kind: 'reference'; field: string; entity: EntityName; recordId: string }
  | { kind: 'invalid'; reason: string };

/** Turns a value of ours (canonical form, see entities.ts) into CRM fields. Never throws. */
export function writeAttribute(
  plan: AttributePlan,
  value: AttributeValue,
  context: TransformContext,
): Writing {
  if (plan.field.includes('.')) return cannot(`${plan.field} is read through a lookup and cannot be written`);
  const { transform } = plan;
  if (transform.kind === 'equals') return writeEquals(plan.field, transform.value, value);
  if (value === null) return one(plan.field, null);
  switch (transform.kind) {
    case 'plain':
      return writePlain(plan.field, value);
    case 'reference':
      return writeReference(plan, value);
    case 'named':
      return writeNamed(plan.field, transform, { value, context });
    case 'values':
      return writeMapped(plan.field, transform, value);
    case 'list':
      return Array.isArray(value)
        ? one(plan.field, value.join(transform.separator))
        : cannot('the value is not a list');
    case 'money':
      return writeMoney(plan, value, context);
    case 'dateOfInstant':
      return cannot('a day cannot be written into a field that holds an instant');
  }
}

/** A Writing of one field. */
function one(field: string, value: CrmValue): Writing {
  return { kind: 'fields', fields: { [field]: value } };
}

function cannot(reason: string): Writing {
  return { kind: 'invalid', reason };
}

function writePlain(field: string, value: Exclude<AttributeValue, null>): Writing {
  if (Array.isArray(value)) return one(field, value.join(';'));
  return isMoney(value) ? one(field, value.amount) : one(field, value);
}

function writeReference(plan: AttributePlan, value: AttributeValue): Writing {
  if (plan.to === undefined || typeof value !== 'string') return cannot('the value is not a reference');
  return { kind: 'reference', field: plan.field, entity: plan.to, recordId: value };
}

function writeNamed(
  field: string,
  transform: Extract<Transform, { kind: 'named' }>,
  { value, context }: { value: Exclude<AttributeValue, null>; context: TransformContext },
): Writing {
  const id = context.named?.[namedKey(transform)]?.[String(value)];
  return id === undefined
    ? cannot(`no ${transform.object}, or more than one, has the ${transform.field} "${String(value)}"`)
    : one(field, id);
}

function writeMapped(
  field: string,
  transform: { map: Readonly<Record<string, string>>; others: 'keep' | 'blank' | 'reject' },
  value: Exclude<AttributeValue, null>,
): Writing {
  const ours = Array.isArray(value) ? value : [String(value)];
  const theirs: string[] = [];
  for (const part of ours) {
    const sent = sentValue(transform.map, part);
    if (sent === undefined && transform.others !== 'keep') {
      return cannot(`no CRM value is mapped to "${part}"`);
    }
    theirs.push(sent ?? part);
  }
  return one(field, theirs.join(';'));
}

function writeMoney(plan: AttributePlan, value: AttributeValue, context: TransformContext): Writing {
  if (!isMoney(value)) return cannot('the value is not an amount with a currency');
  const transform = plan.transform.kind === 'money' ? plan.transform : undefined;
  const currencies = currenciesOf(plan.spec);
  if (currencies !== null) {
    const [lookup = ''] = currencies.path;
    const { named } = currencies;
    const currency = writeNamed(lookup, named, { value: value.currency, context });
    if (currency.kind !== 'fields') return currency;
    return { kind: 'fields', fields: { [plan.field]: value.amount, ...currency.fields } };
  }
  if (transform?.currencyField !== undefined) {
    return {
      kind: 'fields',
      fields: { [plan.field]: value.amount, [transform.currencyField]: value.currency },
    };
  }
  const expected = transform?.currency ?? context.currency;
  return value.currency === expected
    ? one(plan.field, value.amount)
    : cannot(`the field holds ${expected}, the value is in ${value.currency}`);
}

function writeEquals(field: string, expected: string | number | boolean, value: AttributeValue): Writing {
  if (value === true) return one(field, expected);
  if (value === false && typeof expected === 'boolean') return one(field, !expected);
  if (value === null) return one(field, null);
  return cannot('only "true" can be written through a transform of kind equals');
}
