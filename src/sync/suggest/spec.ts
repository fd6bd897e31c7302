import { type EntityName, entities } from '../../model/entities.ts';
import type { FieldDescription, FieldType } from '../crm-description.ts';
import type { AttributePlan } from '../mapping/plan.ts';
import type { AttributeMapping, ObjectMapping, Transform } from '../mapping/schema.ts';
import { squash } from './names.ts';

/** How a field would be read as an attribute, and what that adds to or takes from the likeness of their names. */
export interface FittedSpec {
  spec: AttributeMapping;
  /** Added to the score. */
  weight: number;
  reasons: string[];
}

/** What the line of an attribute is made from. */
export interface SpecRequest {
  entity: EntityName;
  attribute: string;
  type: AttributePlan['type'];
  /** The line that is there now, or that of the shipped mapping. */
  base: AttributeMapping | undefined;
  /** All mappings of the connection: what lookups may point to. */
  mappings: readonly ObjectMapping[];
  /** Field with the currency of amounts, where the object has one. */
  currencyField: string | undefined;
}

/** Types that hold an attribute as a person would expect; others that can be read as it are less likely. */
const expected: Readonly<Record<AttributePlan['type'], readonly FieldType[]>> = {
  text: ['text', 'choice', 'longText'],
  choice: ['choice', 'text'],
  boolean: ['boolean'],
  integer: ['integer', 'decimal'],
  decimal: ['decimal', 'percent', 'integer'],
  money: ['money'],
  date: ['date'],
  instant: ['instant'],
  list: ['multiChoice', 'choice'],
  ref: ['reference'],
};

const weights = {
  unexpected: -15,
  valuesFit: 4,
  valuesTold: 2,
  valuesOpen: -10,
  currency: 3,
  target: 3,
} as const;

/** The line that reads `field` as an attribute; null where no transform can. Whether it fits is for the check to say. */
export function fitSpec(field: FieldDescription, request: SpecRequest): FittedSpec | null {
  const { base, type, attribute, entity } = request;
  const { otherwise: _replaced, transform: before, ...kept } = base ?? plainSpec();
  const made = transformFor(field, { ...request, before });
  if (made === null) return null;
  const fits = expected[type].includes(field.type) || made.transform?.kind === 'dateOfInstant';
  const to = entities[entity].attributes[attribute]?.to;
  return {
    spec: {
      ...kept,
      field: field.name,
      ...(made.transform === undefined ? {} : { transform: made.transform }),
    },
    weight: made.weight + (fits ? 0 : weights.unexpected) + (type === 'ref' ? weights.target : 0),
    reasons: [
      to === undefined
        ? `${field.type}${fits ? '' : ' (not what is usual)'}`
        : `points to ${field.references.join(', ')}`,
      ...made.reasons,
    ],
  };
}

function plainSpec(): AttributeMapping {
  return { field: '', direction: 'in', required: false, onBlank: 'clear' };
}

interface Made {
  transform: Transform | undefined;
  weight: number;
  reasons: string[];
}

const asItIs: Made = { transform: undefined, weight: 0, reasons: [] };

function transformFor(
  field: FieldDescription,
  request: SpecRequest & { before: Transform | undefined },
): Made | null {
  const { type, before } = request;
  if (type === 'date' && field.type === 'instant')
    return { ...asItIs, transform: { kind: 'dateOfInstant' }, reasons: ['its day'] };
  if (type === 'money') return moneyFor(request);
  if (type === 'ref') return referenceFor(field, request);
  if (before?.kind === 'named') return field.type === 'reference' ? { ...asItIs, transform: before } : null;
  if (before?.kind === 'equals') return field.type === 'boolean' ? asItIs : null;
  if (field.values === null) return asItIs;
  if (before?.kind === 'values') return valuesFor(field.values, before);
  return type !== 'boolean' && field.values.some(isCode) ? byLabel(field.values) : asItIs;
}

function moneyFor({
  before,
  currencyField,
}: {
  before: Transform | undefined;
  currencyField: string | undefined;
}): Made {
  if (currencyField === undefined) {
    const currency = before?.kind === 'money' ? before.currency : undefined;
    return currency === undefined ? asItIs : { ...asItIs, transform: { kind: 'money', currency } };
  }
  return {
    transform: { kind: 'money', currencyField },
    weight: weights.currency,
    reasons: [`currency from ${currencyField}`],
  };
}

/** Where a field can point to several objects the mapping names the one that brings the entity in. */
function referenceFor(field: FieldDescription, { entity, attribute, mappings }: SpecRequest): Made | null {
  const to = entities[entity].attributes[attribute]?.to;
  const mapped = mappings
    .filter((each) => each.entity === to && each.of === undefined)
    .map(({ object }) => object);
  const object = field.references.find((each) => mapped.includes(each));
  if (object === undefined) return null;
  return field.references.length === 1 ? asItIs : { ...asItIs, transform: { kind: 'reference', object } };
}

type Choice = NonNullable<FieldDescription['values']>[number];

/** A number that stands for a label says nothing to a program. */
function isCode({ value, label }: Choice): boolean {
  return /^\d+$/.test(value) && value !== label;
}

function byLabel(values: readonly Choice[]): Made {
  const map = Object.fromEntries(values.map(({ value, label }) => [value, label]));
  return {
    transform: { kind: 'values', map, others: 'keep' },
    weight: 0,
    reasons: ['values read by their labels'],
  };
}

/** Values of another field that mean the same, found by value or label. Null where not one of them does. */
function valuesFor(values: readonly Choice[], before: Transform & { kind: 'values' }): Made | null {
  const active = values.filter((each) => each.active);
  const ours = new Map(Object.values(before.map).map((value) => [squash(value), value]));
  const theirs = (each: Choice) =>
    before.map[each.value] ?? ours.get(squash(each.value)) ?? ours.get(squash(each.label));
  const pairs = active.flatMap((each): [string, string][] => {
    const meant = theirs(each);
    return meant === undefined ? [] : [[each.value, meant]];
  });
  if (pairs.length === 0) return null;
  const open = active.filter((each) => theirs(each) === undefined);
  const map = Object.fromEntries(pairs);
  const isSame = pairs.every(([value, meaning]) => before.map[value] === meaning);
  if (open.length > 0 && before.others === 'reject') {
    const reason = `${open.map(({ label }) => label).join(', ')} still to be mapped`;
    return { transform: { ...before, map }, weight: weights.valuesOpen, reasons: [reason] };
  }
  return {
    transform: { ...before, map },
    weight: isSame ? weights.valuesFit : weights.valuesTold,
    reasons: [isSame ? 'its values fit' : 'values found by their labels'],
  };
}
