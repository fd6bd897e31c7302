import { suggestion } from '../../model/closest.ts';
import type { Connector } from '../connector.ts';
import type { FieldDescription, ObjectDescription } from '../crm-description.ts';
import type { Check } from './check.ts';
import type { Finding } from './finding.ts';
import { planMapping } from './plan.ts';
import type { ObjectMapping } from './schema.ts';

/** A path goes through this many lookups at most. */
const longestPath = 5;

/** The objects that paths such as Owner.Name lead to and that no mapping reads; a call or so for each. */
export async function describeRelated(
  connector: Pick<Connector, 'describe'>,
  mappings: readonly ObjectMapping[],
  descriptions: readonly ObjectDescription[],
): Promise<ObjectDescription[]> {
  const related: ObjectDescription[] = [];
  const asked = new Set(descriptions.map(({ name }) => name));
  for (let hop = 0; hop < longestPath; hop += 1) {
    const known = new Map([...descriptions, ...related].map((each) => [each.name, each]));
    const wanted = mappings.flatMap((mapping) => {
      const from = known.get(mapping.object);
      return from === undefined ? [] : pathsOf(mapping).flatMap((path) => unknownOn(path, from, known));
    });
    const missing = [...new Set(wanted)].filter((object) => !asked.has(object));
    if (missing.length === 0) break;
    for (const object of missing) asked.add(object);
    related.push(...(await connector.describe(missing)));
  }
  return related;
}

function pathsOf(mapping: ObjectMapping): string[] {
  const attributes = planMapping(mapping).attributes.flatMap(({ fields }) => fields);
  const credits = (mapping.credits ?? []).map(({ field }) => field);
  return [...attributes, ...credits, ...Object.keys(mapping.scope.where ?? {})].filter((field) =>
    field.includes('.'),
  );
}

function unknownOn(
  path: string,
  from: ObjectDescription,
  known: ReadonlyMap<string, ObjectDescription>,
): string[] {
  let objects = [from];
  for (const step of path.split('.').slice(0, -1)) {
    const targets = objects.flatMap((object) => lookupOf(object, step)?.references ?? []);
    const unknown = targets.filter((target) => !known.has(target));
    if (unknown.length > 0) return unknown;
    objects = targets.map((target) => known.get(target)!);
  }
  return [];
}

/** The lookup by which a path goes on from an object. */
export function lookupOf({ fields }: ObjectDescription, step: string): FieldDescription | undefined {
  return fields.find((field) => field.type === 'reference' && (field.relationship ?? field.name) === step);
}

/** People find an object by its label. */
export function setUpOf(
  { description }: Pick<Check, 'description'>,
  field: string | null,
): NonNullable<Finding['setUp']> {
  return { object: description.label, field };
}

/** Checks a field that is read through lookups: each step leads on, and the last field is there. */
export function checkPath(
  check: Check,
  path: { field: string; place: readonly PropertyKey[]; level: 'error' | 'warn' },
): void {
  const steps = path.field.split('.');
  const last = steps.pop()!;
  let objects = [check.description];
  for (const step of steps) {
    const lookups = objects.flatMap((object) => lookupOf(object, step) ?? []);
    if (lookups.length === 0) {
      reportNoLookup(check, path, { step, objects });
      return;
    }
    const targets = [...new Set(lookups.flatMap(({ references }) => references))];
    const found = targets.flatMap((target) => check.related.get(target) ?? []);
    if (found.length === 0) {
      reportNotSeen(check, path, targets);
      return;
    }
    objects = found;
  }
  if (objects.some(({ fields }) => fields.some(({ name }) => name === last))) return;
  const names = objects.flatMap(({ fields }) => fields.map(({ name }) => name));
  check.report(path.level, 'FIELD_MISSING', {
    path: path.place,
    message: `${path.field}: ${last} does not exist on ${namesOf(objects)}, or the user cannot see it${suggestion(last, names)}`,
    fix: 'Correct the name, or give the user access to the field. Until then this line rests.',
    ...(objects.length === 1 ? { setUp: setUpOf({ description: objects[0]! }, last) } : {}),
  });
}

function namesOf(objects: readonly ObjectDescription[]): string {
  return objects.map(({ name }) => name).join(' or ');
}

function reportNoLookup(
  check: Check,
  path: Parameters<typeof checkPath>[1],
  at: { step: string; objects: readonly ObjectDescription[] },
): void {
  const names = at.objects.flatMap(({ fields }) =>
    fields.filter(({ type }) => type === 'reference').map((field) => field.relationship ?? field.name),
  );
  check.report(path.level, 'FIELD_MISSING', {
    path: path.place,
    message: `${path.field}: ${at.step} leads nowhere from ${namesOf(at.objects)}${suggestion(at.step, names)}`,
    fix: 'Name a lookup of the object by the name that the CRM gives to the way through it.',
  });
}

function reportNotSeen(
  check: Check,
  path: Parameters<typeof checkPath>[1],
  targets: readonly string[],
): void {
  check.report('question', 'NOT_CHECKED', {
    path: path.place,
    message: `${path.field} could not be checked: the user does not see how ${targets.join(' or ')} is made`,
    fix: 'Look at a few records with: tierlink map test.',
  });
}
