import type { AttributePlan, MappingPlan } from './plan.ts';
import type { AttributeMapping, CreditMapping, ObjectMapping } from './schema.ts';

/** Where a credit of a deal stands beside its attributes, by its role. */
const creditPrefix = 'credit.';

/**
 * What is written once, with a record that we create, and is the CRM's from then on: attributes that are only read
 * otherwise, and the partner that a deal is credited to by a lookup.
 */
export function createdAttributes({
  attributes,
  credits,
}: Pick<MappingPlan, 'attributes' | 'credits'>): AttributePlan[] {
  return [
    ...attributes.flatMap((plan) => createdAttribute(plan) ?? []),
    ...credits.filter(({ onCreate }) => onCreate === true).map(creditPlan),
  ];
}

/** The role of the credit that an attribute of createdAttributes() stands for; null: it is another attribute. */
export function creditRoleOf(attribute: string): string | null {
  return attribute.startsWith(creditPrefix) ? attribute.slice(creditPrefix.length) : null;
}

/** Fields of the CRM that are written with a record that we create and never after. */
export function createdFields({
  attributes,
  credits = [],
}: Pick<ObjectMapping, 'attributes' | 'credits'>): string[] {
  const own = Object.values(attributes).flatMap((spec) =>
    spec.onCreate === undefined ? [] : writtenBy(spec),
  );
  return [...own, ...credits.filter(({ onCreate }) => onCreate === true).map(({ field }) => field)];
}

function createdAttribute(plan: AttributePlan): AttributePlan | null {
  const { onCreate } = plan.spec;
  return onCreate === undefined ? null : { ...plan, field: onCreate.field, fields: writtenBy(plan.spec) };
}

/** The field itself and, for money, the lookup to its currency. */
function writtenBy({ onCreate, transform }: AttributeMapping): string[] {
  const currencyField = transform?.kind === 'money' ? transform.currencyField : undefined;
  const lookup = onCreate?.currency === undefined ? undefined : currencyField?.split('.')[0];
  return [...(onCreate === undefined ? [] : [onCreate.field]), ...(lookup === undefined ? [] : [lookup])];
}

function creditPlan({ field, role }: CreditMapping): AttributePlan {
  return {
    attribute: `${creditPrefix}${role}`,
    type: 'ref',
    to: 'partner',
    home: 'column',
    field,
    fields: [field],
    transform: { kind: 'reference' },
    spec: { field, direction: 'in', required: false, onBlank: 'clear' },
  };
}
