import { createHash } from 'node:crypto';
import {
  type AttributeType,
  type AttributeValue,
  type EntityName,
  entities,
  readOrder,
} from '../../model/entities.ts';
import { canonicalDecimal } from '../../model/values.ts';
import type { Scope } from '../connector.ts';
import type { ObjectDescription } from '../crm-description.ts';
import type { AttributeMapping, CreditMapping, ObjectMapping, Transform } from './schema.ts';

/** Where our value of an attribute lives: a column of the record, its extra object, or with the program. */
export type AttributeHome = 'column' | 'extra' | 'program';

/** One line of a mapping with everything that reading, merging and writing it needs to know. */
export interface AttributePlan {
  attribute: string;
  type: AttributeType;
  /** Entity that a ref points to. */
  to: EntityName | undefined;
  home: AttributeHome;
  /** Empty where no field says the value, which is the fallback then. */
  field: string;
  /** CRM fields to read: the field, the one that stands in for it and, for money, the one with its currency. */
  fields: readonly string[];
  transform: Transform;
  spec: AttributeMapping;
  /** The value where the CRM has a blank. (Default: blank) */
  fallback?: AttributeValue;
}

/** A mapping made ready for use. */
export interface MappingPlan {
  mapping: ObjectMapping;
  name: string;
  object: string;
  entity: EntityName;
  scope: Scope;
  attributes: readonly AttributePlan[];
  credits: readonly CreditMapping[];
  /** All CRM fields to read, sorted. */
  fields: readonly string[];
  /** Attributes that are read; `credits` stands for the lookups that credit partners. */
  incoming: readonly string[];
  /** Those of them that the CRM does not have or hides. Amounts go without a field for their currency. */
  missing: readonly string[];
  /** Changes when records have to be read again: fields, scope or the meaning of a value. */
  hash: string;
}

/** What values mean beside what their mapping says; when it changes, records have to be read again. */
export interface Surroundings {
  timeZone: string;
  currency: string;
  /** Entities that the connection brings in: references to others stay blank. */
  entities: ReadonlySet<EntityName>;
  /** Attributes that other connections bring in too, where a blank may leave them to those. */
  notesBlank(entity: EntityName): ReadonlySet<string>;
}

/**
 * Makes a checked mapping ready for use. `missing`: fields that the CRM does not have (or hides); they are not read.
 * `around`: for reading; without it the hash stands for the mapping alone.
 */
export function planMapping(
  mapping: ObjectMapping,
  missing: ReadonlySet<string> = new Set(),
  around?: Surroundings,
): MappingPlan {
  const attributes = plansWithDefaults(mapping).map((plan) => withoutMissing(plan, missing));
  const credits = mapping.credits ?? [];
  const read = attributes.filter(({ spec }) => spec.direction !== 'out');
  const wanted = [
    ...attributes.flatMap((plan) => plan.fields),
    ...credits.map((credit) => credit.field),
    ...(mapping.key === undefined ? [] : [mapping.key]),
    ...(mapping.of === undefined ? [] : [mapping.of]),
  ];
  const fields = [...new Set(wanted)].filter((field) => !missing.has(field)).sort();
  return {
    mapping,
    name: mapping.name,
    object: mapping.object,
    entity: mapping.entity,
    scope: { name: mapping.name, ...mapping.scope },
    attributes,
    credits,
    fields,
    incoming: [...read.map(({ attribute }) => attribute), ...(credits.length > 0 ? ['credits'] : [])].sort(),
    missing: [
      ...read
        .filter(({ spec }) => valueFields(spec).some((field) => missing.has(field)))
        .map(({ attribute }) => attribute),
      ...(credits.some(({ field }) => missing.has(field)) ? ['credits'] : []),
    ].sort(),
    hash: hashOf(mapping, fields, around === undefined ? [] : meaningOf(mapping, attributes, around)),
  };
}

/** Fields that mappings of an object name and the CRM does not show. What is read through lookups is not looked at. */
export function missingFields(
  mappings: readonly ObjectMapping[],
  description: ObjectDescription,
): Set<string> {
  const known = new Set(description.fields.map((field) => field.name));
  const named = mappings
    .filter((mapping) => mapping.object === description.name)
    .flatMap((mapping) => planMapping(mapping).fields);
  return new Set(named.filter((field) => !field.includes('.') && !known.has(field)));
}

/** A mapping with what its object does not show; of an object that is not described nothing is known to be missing. */
export function planOn(
  mapping: ObjectMapping,
  described: ReadonlyMap<string, ObjectDescription>,
): MappingPlan {
  const description = described.get(mapping.object);
  return planMapping(mapping, description === undefined ? undefined : missingFields([mapping], description));
}

/** Plans one attribute; its name must be known to the entity or begin with extra. or kpi. */
export function planAttribute(entity: EntityName, attribute: string, spec: AttributeMapping): AttributePlan {
  const definition = entities[entity].attributes[attribute];
  const type = spec.type ?? definition?.type ?? 'text';
  const transform = spec.transform ?? defaultTransform(type);
  const currencyField = transform.kind === 'money' ? transform.currencyField : undefined;
  return {
    attribute,
    type,
    to: transform.kind === 'reference' ? (transform.entity ?? definition?.to) : definition?.to,
    home: homeOf(entity, attribute),
    field: spec.field,
    fields: [...valueFields(spec), ...(currencyField === undefined ? [] : [currencyField])],
    transform,
    spec,
  };
}

/** What the mapping reads of a record, and what its defaults say without reading anything. */
function plansWithDefaults({ entity, attributes, defaults = {} }: ObjectMapping): AttributePlan[] {
  const { share } = defaults;
  const fallbacks = { ...defaults, ...(share === undefined ? {} : { share: canonicalDecimal(share) }) };
  const plans = Object.entries(attributes).map(([attribute, spec]) => planAttribute(entity, attribute, spec));
  for (const [attribute, fallback] of Object.entries(fallbacks)) {
    const mapped = plans.find((plan) => plan.attribute === attribute);
    if (mapped !== undefined) mapped.fallback = fallback;
    else plans.push({ ...planAttribute(entity, attribute, noField), fields: [], fallback });
  }
  return plans;
}

const noField: AttributeMapping = { field: '', direction: 'in', required: false, onBlank: 'clear' };

/** An org with one currency has no field for it: amounts are in that one then. What is only hidden is another thing. */
function withoutMissing(plan: AttributePlan, missing: ReadonlySet<string>): AttributePlan {
  const { transform } = plan;
  if (transform.kind !== 'money' || !missing.has(transform.currencyField ?? '')) return plan;
  const { currencyField: _absent, ...rest } = transform;
  return { ...plan, transform: rest };
}

/** Fields of which one holds the value: the first that is not blank. */
export function valueFields({ field, otherwise }: AttributeMapping): string[] {
  return otherwise === undefined ? [field] : [field, otherwise];
}

/** The transform of an attribute that names none. */
export function defaultTransform(type: AttributeType): Transform {
  if (type === 'money') return { kind: 'money' };
  if (type === 'list') return { kind: 'list', separator: ';' };
  if (type === 'ref') return { kind: 'reference' };
  return { kind: 'plain' };
}

function homeOf(entity: EntityName, attribute: string): AttributeHome {
  if (attribute.startsWith('extra.')) return 'extra';
  if (entities[entity].origin === 'program') return 'program';
  return entities[entity].attributes[attribute]?.owner === 'program' ? 'program' : 'column';
}

/** Nothing where it is not used, so that other mappings keep their hash. */
function rareParts({ of, defaults }: ObjectMapping): unknown[] {
  return [...(of === undefined ? [] : [of]), ...(defaults === undefined ? [] : [{ defaults }])];
}

/** Parents before children; those of one entity stay as they were. */
export function inReadOrder(plans: readonly MappingPlan[]): MappingPlan[] {
  const rank = (plan: MappingPlan) => readOrder.indexOf(plan.entity);
  return [...plans].sort((left, right) => rank(left) - rank(right));
}

/** Mappings whose records are the entity, not a description of it elsewhere. */
export function plansOf(plans: readonly MappingPlan[], entity: EntityName | undefined): MappingPlan[] {
  return plans.filter((plan) => plan.entity === entity && plan.mapping.of === undefined);
}

/** What the surroundings decide about values; nothing for mappings that do not depend on them. */
function meaningOf(
  mapping: ObjectMapping,
  attributes: readonly AttributePlan[],
  around: Surroundings,
): unknown[] {
  const noted = around.notesBlank(mapping.entity);
  const blanks = attributes
    .filter(({ attribute, spec }) => isNotedBlank(spec) && noted.has(attribute))
    .map(({ attribute }) => attribute)
    .sort();
  const kinds = attributes.map(({ transform, type, to }) => {
    if (transform.kind === 'reference')
      return to !== undefined && around.entities.has(to) ? 'known' : 'blank';
    if (transform.kind === 'money') return transform.currency ?? around.currency;
    if (transform.kind === 'dateOfInstant') return transform.timeZone ?? around.timeZone;
    return type === 'instant' ? around.timeZone : null;
  });
  return [
    ...(kinds.every((kind) => kind === null) ? [] : kinds),
    ...(blanks.length === 0 ? [] : [{ blanks }]),
  ];
}

/** Whether a blank of the attribute leaves the word to other connections and base is to say so. */
export function isNotedBlank({ direction, onBlank }: AttributeMapping): boolean {
  return direction === 'in' && onBlank === 'keep';
}

function hashOf(mapping: ObjectMapping, fields: readonly string[], more: readonly unknown[]): string {
  const meaning = Object.entries(mapping.attributes).map(([attribute, spec]) => [
    attribute,
    spec.field,
    spec.direction,
    spec.required,
    spec.onBlank,
    spec.transform ?? null,
    spec.type ?? null,
    ...(spec.otherwise === undefined ? [] : [spec.otherwise]),
  ]);
  const { object, entity, scope, credits = [], attribution = null, key = null } = mapping;
  const parts = [object, entity, scope, meaning, credits, fields, attribution, key, ...rareParts(mapping)];
  return createHash('sha256')
    .update(JSON.stringify([...parts, ...more]))
    .digest('hex')
    .slice(0, 16);
}
