import { isDeepStrictEqual } from 'node:util';
import { type EntityName, entities } from '../../model/entities.ts';
import type { ObjectDescription } from '../crm-description.ts';
import { checkAttributeField } from '../mapping/check-fields.ts';
import type { FindingCode } from '../mapping/finding.ts';
import { planAttribute } from '../mapping/plan.ts';
import type { AttributeMapping, ObjectMapping } from '../mapping/schema.ts';
import { type Likeness, likenessOf, squash } from './names.ts';
import { fitSpec } from './spec.ts';

/** What is known when the lines of one mapping are guessed. */
export interface SuggestRequest {
  object: string;
  entity: EntityName;
  /** The mapping that the project has; null where it has none. */
  mapping: ObjectMapping | null;
  /** The mapping of this object and entity as it is shipped, or of the entity alone: what fields are usually called. */
  shipped: ObjectMapping | undefined;
  /** All mappings of the connection. */
  mappings: readonly ObjectMapping[];
  description: ObjectDescription;
  /** Objects to which lookups lead, where paths are to be followed. */
  related: readonly ObjectDescription[];
  /** Tier names of the program. */
  tiers: readonly string[];
}

/**
 * kept: the project's mapping has it, and the CRM has the field. shipped: the shipped mapping's field is there. guess: by
 * name, label, type and values.
 */
export type SuggestionKind = 'kept' | 'shipped' | 'guess';

export interface Suggestion {
  attribute: string;
  kind: SuggestionKind;
  spec: AttributeMapping;
  /** 0 to 100; 100 is certain. */
  score: number;
  reasons: string[];
  /** Fields that are as likely. Nothing is written while there are any. */
  alternatives: string[];
  /** The line stands in the project's file and is not as the package ships it: a person wrote it. */
  isByHand: boolean;
}

/** An attribute without a field, and why. */
export interface OpenAttribute {
  attribute: string;
  reason: string;
}

export interface Suggestions {
  suggestions: Suggestion[];
  open: OpenAttribute[];
}

/** What is less likely is left to a person. */
export const leastScore = 60;

/** What is less sure is shown, and never written by itself. */
export const leastWritten = 70;

/**
 * Guesses the field of every attribute of an entity. Lines that fit are kept, no field is given to two attributes, and what
 * Tierlink itself writes is never guessed: it goes into fields of its own. Pure.
 */
export function suggestLines(request: SuggestRequest): Suggestions {
  const attributes = attributesOf(request);
  const settled = attributes.flatMap((attribute) => settledLine(request, attribute));
  const done = new Set(settled.map(({ attribute }) => attribute));
  const used = new Set(settled.flatMap(({ spec }) => [spec.field, spec.otherwise ?? spec.field]));
  for (const { field } of request.mapping?.credits ?? []) used.add(field);
  const wanting = attributes.filter((attribute) => !done.has(attribute));
  const rivals = wanting
    .filter((attribute) => !isOurs(request, attribute))
    .map((attribute) => ({ attribute, candidates: candidatesFor(request, attribute, used) }));
  const guesses = assign(request, rivals);
  const guessed = new Map(guesses.map((each) => [each.attribute, each]));
  const found = [...settled, ...guesses];
  return {
    suggestions: attributes.flatMap((attribute) => found.find((each) => each.attribute === attribute) ?? []),
    open: [
      ...wanting
        .filter((attribute) => !guessed.has(attribute))
        .map((attribute) => ({ attribute, reason: openReason(request, attribute, rivals) })),
      ...openCredits(request),
    ],
  };
}

/** Lookups that credit partners and are not there; which of the others does decides about money, so a person says it. */
function openCredits({ mapping, mappings, description }: SuggestRequest): OpenAttribute[] {
  const partners = mappings.filter(({ entity }) => entity === 'partner').map(({ object }) => object);
  const lookups = description.fields
    .filter(({ references }) => references.some((each) => partners.includes(each)))
    .map(({ name }) => name);
  return (mapping?.credits ?? []).flatMap(({ field }, index) => {
    if (field.includes('.') || description.fields.some(({ name }) => name === field)) return [];
    const choice =
      lookups.length === 0 ? 'no lookup leads to partners' : `lookups to partners: ${lookups.join(', ')}`;
    return [{ attribute: `credits[${index}]`, reason: `${field} is not there; ${choice}` }];
  });
}

/** The attributes of the entity and those that the file has of its own, in the order of the file. */
function attributesOf({ entity, mapping, shipped }: SuggestRequest): string[] {
  const inFile = Object.keys((mapping ?? shipped)?.attributes ?? {});
  // Records that describe another one bring nothing in.
  if (mapping?.of !== undefined) return inFile;
  const { origin, attributes } = entities[entity];
  const more = Object.entries(attributes).filter(([, { owner }]) => origin === 'crm' && owner === undefined);
  return [...new Set([...inFile, ...more.map(([name]) => name)])];
}

/** What the program decides goes into fields that are made for it. */
function isOurs({ entity, mapping, shipped }: SuggestRequest, attribute: string): boolean {
  const direction = (mapping?.attributes[attribute] ?? shipped?.attributes[attribute])?.direction;
  const { origin, attributes } = entities[entity];
  return origin === 'program' || attributes[attribute]?.owner === 'program' || direction === 'out';
}

/** The line that is there, or the shipped one, where the CRM has what it names. */
function settledLine(request: SuggestRequest, attribute: string): Suggestion[] {
  const { mapping, shipped, object } = request;
  const line = mapping?.attributes[attribute];
  const settled = (spec: AttributeMapping, kind: SuggestionKind, reason: string): Suggestion[] =>
    isSound(request, attribute, spec)
      ? [{ attribute, kind, spec, score: 100, reasons: [reason], alternatives: [], isByHand: false }]
      : [];
  if (line !== undefined) return settled(line, 'kept', 'mapped, and the CRM has it');
  const usual = shipped?.attributes[attribute];
  if (usual === undefined || shipped?.object !== object) return [];
  return settled(usual, 'shipped', "the shipped mapping's field is there and of the right type");
}

/** Neither missing nor of another type, as `map check` would say. */
function isSound(request: SuggestRequest, attribute: string, spec: AttributeMapping): boolean {
  return codesFor(request, attribute, spec).every((code) => settledCodes.includes(code));
}

/** What is said of a field that is the right one all the same. */
const settledCodes: readonly FindingCode[] = [
  'FIELD_CALCULATED',
  'VALUE_UNMAPPED',
  'VALUE_MISSING',
  'VALUE_INACTIVE',
  'NOT_CHECKED',
  'CURRENCY_FIELD_MISSING',
  'FIELD_READONLY',
];

/** What does not keep a field from being guessed. */
const guessCodes: readonly FindingCode[] = ['FIELD_CALCULATED', 'VALUE_UNMAPPED'];

/** What `map check` would find against a line. */
function codesFor(request: SuggestRequest, attribute: string, spec: AttributeMapping): FindingCode[] {
  const { object, entity, mappings, description, tiers } = request;
  const codes: FindingCode[] = [];
  const mapping = { ...emptyMapping, ...request.mapping, object, entity };
  const related = new Map([...request.related, description].map((each) => [each.name, each]));
  const report = (_level: unknown, code: FindingCode) => void codes.push(code);
  checkAttributeField(
    { mapping, mappings, description, related, tiers, report },
    planAttribute(entity, attribute, spec),
  );
  return codes;
}

const emptyMapping: Omit<ObjectMapping, 'object' | 'entity'> = {
  scope: {},
  create: false,
  optional: false,
  manners: { assignmentRules: false, allowDuplicates: false },
  attributes: {},
  file: '',
  name: '',
};

interface Candidate {
  field: string;
  spec: AttributeMapping;
  score: number;
  reasons: string[];
}

interface Rival {
  attribute: string;
  candidates: Candidate[];
}

const calculatedWeight = -15;
const onlyLookup: Likeness = { score: 60, reason: 'the only lookup that leads there' };

/** Fields that may hold an attribute, the likeliest first. */
function candidatesFor(request: SuggestRequest, attribute: string, used: ReadonlySet<string>): Candidate[] {
  const base = lineOf(request, attribute);
  const { entity, mapping, shipped, mappings, description } = request;
  const { type } = planAttribute(entity, attribute, base ?? { ...noLine });
  const usual = shipped?.attributes[attribute]?.field;
  const free = description.fields.filter(({ name, type: crmType }) => !used.has(name) && crmType !== 'id');
  const spec = { entity, attribute, type, base, mappings, currencyField: currencyFieldOf(request) };
  const fitting = free.flatMap((field) => {
    const fitted = fitSpec(field, spec);
    if (fitted === null) return [];
    const codes = codesFor(request, attribute, fitted.spec);
    if (codes.some((code) => !guessCodes.includes(code))) return [];
    return [{ field, ...fitted, isCalculated: codes.includes('FIELD_CALCULATED') }];
  });
  const isOnly = type === 'ref' && fitting.length === 1 && mapping?.attributes[attribute] !== undefined;
  return fitting
    .flatMap(({ field, spec: line, weight, reasons, isCalculated }): Candidate[] => {
      const likeness = likenessOf(field, { entity, attribute, usual }) ?? (isOnly ? onlyLookup : null);
      if (likeness === null) return [];
      const score = likeness.score + weight + (isCalculated ? calculatedWeight : 0);
      const why = [likeness.reason, ...reasons, ...(isCalculated ? ['computed by the CRM'] : [])];
      return [{ field: field.name, spec: line, score: Math.min(score, 99), reasons: why }];
    })
    .filter(({ score }) => score >= leastScore)
    .sort((left, right) => right.score - left.score || (left.field < right.field ? -1 : 1));
}

const noLine: AttributeMapping = { field: '', direction: 'in', required: false, onBlank: 'clear' };

function lineOf({ mapping, shipped }: SuggestRequest, attribute: string): AttributeMapping | undefined {
  return mapping?.attributes[attribute] ?? shipped?.attributes[attribute];
}

/** The field of the currency that mappings name and the object has; amounts are in the org's own one without. */
function currencyFieldOf({ mappings, shipped, description }: SuggestRequest): string | undefined {
  const named = [...mappings, ...(shipped === undefined ? [] : [shipped])].flatMap((each) =>
    Object.values(each.attributes).flatMap(({ transform }) =>
      transform?.kind === 'money' ? (transform.currencyField ?? []) : [],
    ),
  );
  const { fields } = description;
  const isThere = (path: string) =>
    fields.some((field) => [field.name, field.relationship].includes(path.split('.')[0]));
  return named.find(isThere) ?? fields.find(({ name }) => currencyNames.includes(squash(name)))?.name;
}

const currencyNames: readonly string[] = ['currency', 'currencycode', 'currencyisocode', 'isocurrencycode'];

/** The best pairs first; each field goes to one attribute, and whoever else wanted it is named. */
function assign(request: SuggestRequest, rivals: readonly Rival[]): Suggestion[] {
  const pairs = rivals
    .flatMap(({ attribute, candidates }) => candidates.map((candidate) => ({ attribute, candidate })))
    .sort((left, right) => right.candidate.score - left.candidate.score);
  const taken = new Map<string, string>();
  const made = new Map<string, Suggestion>();
  for (const { attribute, candidate } of pairs) {
    const { field, spec, score, reasons } = candidate;
    if (made.has(attribute) || taken.has(field)) continue;
    taken.set(field, attribute);
    const others = rivals.filter(
      (rival) => rival.attribute !== attribute && rival.candidates.some((each) => each.field === field),
    );
    const alternatives = rivals
      .find((rival) => rival.attribute === attribute)!
      .candidates.filter((each) => each.field !== field && each.score === score && !taken.has(each.field))
      .map((each) => each.field);
    const also = others.map((rival) => rival.attribute).join(', ');
    made.set(attribute, {
      attribute,
      kind: 'guess',
      spec,
      score,
      reasons: also === '' ? reasons : [...reasons, `could be ${also} too`],
      alternatives,
      isByHand: isByHand(request, attribute),
    });
  }
  return [...made.values()];
}

/** A line that is not as the package has it was somebody's decision. */
function isByHand({ mapping, shipped }: SuggestRequest, attribute: string): boolean {
  const line = mapping?.attributes[attribute];
  return line !== undefined && !isDeepStrictEqual(line, shipped?.attributes[attribute]);
}

function openReason(request: SuggestRequest, attribute: string, rivals: readonly Rival[]): string {
  const usual = lineOf(request, attribute)?.field;
  if (isOurs(request, attribute))
    return `${usual === undefined ? 'a field of its own' : usual} is not there; it is one that Tierlink writes and brings along`;
  const wanted = rivals.find((each) => each.attribute === attribute)?.candidates[0];
  if (wanted !== undefined) return `${wanted.field} would do, but another attribute has it`;
  return usual === undefined
    ? 'no field looks like it'
    : `${usual} is not there, and no other field looks like it`;
}
