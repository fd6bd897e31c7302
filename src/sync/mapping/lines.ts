import type { AttributeValue, EntityName } from '../../model/entities.ts';
import type { FieldDescription, FieldType, ObjectDescription } from '../crm-description.ts';
import { lookupOf } from './check-paths.ts';
import { pathText } from './mapping.ts';
import { type AttributePlan, planMapping } from './plan.ts';
import type { AttributeMapping, ObjectMapping, Transform } from './schema.ts';

/** What becomes of a value on its way: a transform, or what the lines do that are no attribute. */
export type LineMeaning =
  | Exclude<Transform, { kind: 'reference' }>
  | { kind: 'reference'; entity: EntityName | undefined; object?: string | undefined }
  | { kind: 'credit'; role: string; share: string }
  /** What the mapping's defaults say, where they name no field. */
  | { kind: 'always'; value: AttributeValue }
  | { kind: 'ourId' };

/** One line of a mapping beside the field that it names. */
export interface MappingLine {
  /** Where it stands in the file: the findings about it stand there or below. */
  path: string;
  /** Our attribute; for the others what they are, such as key. */
  attribute: string;
  /** Empty where no field is read. */
  field: string;
  /** Read where the field is blank. */
  otherwise: string | undefined;
  direction: AttributeMapping['direction'];
  meaning: LineMeaning;
  /** Written once, with a record that we create: the field that gets it. */
  onCreate?: string | undefined;
  /** What it is where its fields are blank; undefined for a blank. */
  fallback?: AttributeValue | undefined;
  /** What the CRM calls the field, through its lookups if any; undefined where it does not show it or was not asked. */
  label: string | undefined;
  type: FieldType | undefined;
}

/** The lines of a mapping, with what the objects described say about their fields: attributes, then credits, then the key. */
export function mappingLines(
  mapping: ObjectMapping,
  described: ReadonlyMap<string, ObjectDescription>,
): MappingLine[] {
  const attributes = planMapping(mapping).attributes.map(
    (plan): Named => (plan.fields.length === 0 ? defaultLine(plan) : attributeLine(plan)),
  );
  const credits = (mapping.credits ?? []).map(
    ({ field, role, share, onCreate }, index): Named => ({
      path: pathText(['credits', index]),
      attribute: `credit ${index + 1}`,
      field,
      otherwise: undefined,
      direction: 'in',
      meaning: { kind: 'credit', role, share },
      onCreate: onCreate === true ? field : undefined,
    }),
  );
  const object = described.get(mapping.object);
  return [...attributes, ...credits, ...keyOf(mapping)].map((line) => ({
    ...line,
    ...(object === undefined
      ? { label: undefined, type: undefined }
      : shownAs(line.field, object, described)),
  }));
}

function attributeLine({ attribute, field, spec, transform, to, fallback }: AttributePlan): Named {
  return {
    path: pathText(['attributes', attribute]),
    attribute,
    field,
    otherwise: spec.otherwise,
    direction: spec.direction,
    meaning: transform.kind === 'reference' ? { ...transform, entity: to } : transform,
    onCreate: spec.onCreate?.field,
    fallback,
  };
}

function defaultLine({ attribute, field, fallback = null }: AttributePlan): Named {
  const meaning = { kind: 'always', value: fallback } as const;
  return {
    path: pathText(['defaults', attribute]),
    attribute,
    field,
    otherwise: undefined,
    direction: 'in',
    meaning,
  };
}

type Named = Omit<MappingLine, 'label' | 'type'>;

function keyOf({ key }: ObjectMapping): Named[] {
  if (key === undefined) return [];
  const meaning = { kind: 'ourId' } as const;
  return [{ path: 'key', attribute: 'key', field: key, otherwise: undefined, direction: 'out', meaning }];
}

function shownAs(
  path: string,
  from: ObjectDescription,
  described: ReadonlyMap<string, ObjectDescription>,
): Pick<MappingLine, 'label' | 'type'> {
  const steps = path.split('.');
  const last = steps.pop()!;
  let objects = [from];
  const labels: string[] = [];
  for (const step of steps) {
    const lookups: FieldDescription[] = objects.flatMap((object) => lookupOf(object, step) ?? []);
    if (lookups.length > 0) labels.push(lookups[0]!.label);
    objects = lookups.flatMap(({ references }) => references.flatMap((name) => described.get(name) ?? []));
  }
  const field = objects.flatMap(({ fields }) => fields).find(({ name }) => name === last);
  if (field === undefined) return { label: undefined, type: undefined };
  return { label: [...labels, field.label].join(' > '), type: field.type };
}
