import { z } from 'zod';
import { requireFitting } from './column-rules.ts';
import { refusals } from './errors.ts';
import { defaultMaxKb } from './files.ts';
import { guidOf } from './ids.ts';
import type { Column, ColumnType, Option } from './types.ts';

/**
 * Bodies of metadata that is to be made.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/create-update-column-definitions-using-web-api and
 * the pages on entity definitions, relationships and alternate keys beside it
 */

export const label = z.looseObject({ LocalizedLabels: z.array(z.looseObject({ Label: z.string() })).min(1) });
const valued = z.looseObject({ Value: z.string() });
export const option = z.looseObject({ Value: z.number().int().nullish(), Label: label });
// Names begin with the prefix of a publisher: what has none belongs to the platform.
export const schemaName = z.string().regex(/^[a-z][a-z0-9]*_[a-z0-9_]+$/i);

const columnBody = z.looseObject({
  '@odata.type': z.string(),
  SchemaName: schemaName,
  DisplayName: label,
  RequiredLevel: z.looseObject({ Value: z.enum(['None', 'ApplicationRequired', 'Recommended']) }).optional(),
  IsPrimaryName: z.boolean().optional(),
  IsSecured: z.boolean().optional(),
  MaxLength: z.number().int().positive().optional(),
  AutoNumberFormat: z.string().optional(),
  MinValue: z.number().optional(),
  MaxValue: z.number().optional(),
  Precision: z.number().int().nonnegative().optional(),
  MaxSizeInKB: z.number().int().positive().max(10_485_760).optional(),
  DefaultValue: z.boolean().optional(),
  DefaultFormValue: z.number().int().optional(),
  Format: z.string().optional(),
  DateTimeBehavior: valued.optional(),
  OptionSet: z
    .looseObject({
      Options: z.array(option).optional(),
      TrueOption: option.optional(),
      FalseOption: option.optional(),
    })
    .optional(),
});
type ColumnBody = z.infer<typeof columnBody>;

export const tableBody = z.looseObject({
  SchemaName: schemaName,
  DisplayName: label,
  DisplayCollectionName: label,
  OwnershipType: z.enum(['UserOwned', 'OrganizationOwned']).default('UserOwned'),
  ChangeTrackingEnabled: z.boolean().default(false),
  EntitySetName: z.string().optional(),
  Attributes: z.array(columnBody).min(1),
});

export const tablesBody = z.looseObject({ Entities: z.array(z.unknown()).min(1) });

export const relationshipBody = z.looseObject({
  SchemaName: schemaName,
  ReferencedEntity: z.string(),
  ReferencingEntity: z.string(),
  CascadeConfiguration: z.looseObject({ Delete: z.enum(['Cascade', 'RemoveLink', 'Restrict']) }).optional(),
  Lookup: z.looseObject({ SchemaName: schemaName, DisplayName: label }),
});

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/create-update-entity-relationships-using-web-api */
export const manyToManyBody = z.looseObject({
  SchemaName: schemaName,
  Entity1LogicalName: z.string(),
  Entity2LogicalName: z.string(),
  IntersectEntityName: schemaName,
  Entity1NavigationPropertyName: z.string().nullish(),
  Entity2NavigationPropertyName: z.string().nullish(),
});

/**
 * A lookup to several tables, with a relationship to each.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/createpolymorphiclookupattribute
 */
export const severalBody = z.looseObject({
  OneToManyRelationships: z.array(relationshipBody.omit({ Lookup: true })).min(1),
  Lookup: relationshipBody.shape.Lookup,
});

export const keyBody = z.looseObject({
  SchemaName: schemaName,
  KeyAttributes: z.array(z.string()).min(1).max(16),
});

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/publishxml */
export const publishBody = z.looseObject({ ParameterXml: z.string().regex(/^\s*<importexportxml[\s>]/) });

export const reactivateBody = z.looseObject({
  EntityLogicalName: z.string(),
  EntityKeyLogicalName: z.string(),
});

/** The body in the shape that it must have; throws 400 naming what is wrong. */
export function readMetadata<T>(shape: z.ZodType<T>, body: unknown): T {
  const read = shape.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw refusals.invalidArgument(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
}

export function textOf({ LocalizedLabels }: z.infer<typeof label>): string {
  return LocalizedLabels[0]!.Label;
}

const types: ReadonlySet<string> = new Set<ColumnType>([
  'String',
  'Memo',
  'Integer',
  'BigInt',
  'Decimal',
  'Double',
  'Money',
  'Boolean',
  'Picklist',
  'MultiSelectPicklist',
  'DateTime',
  'File',
]);

/** A column of a table. A lookup is made with its relationship. */
export function columnOf(table: string, given: unknown): Column {
  const body = readMetadata(columnBody, given);
  const word =
    /^#?Microsoft\.Dynamics\.CRM\.(?:Complex)?(\w+)AttributeMetadata$/.exec(body['@odata.type'])?.[1] ?? '';
  if (!types.has(word))
    throw refusals.invalidArgument(`A column of type '${body['@odata.type']}' cannot be created.`);
  requireFitting(word as ColumnType, body);
  if (body.IsPrimaryName === true && word !== 'String')
    throw refusals.invalidArgument('The column that names the rows is a String.');
  return { ...plainColumn(table, body), type: word as ColumnType, ...typedParts(word as ColumnType, body) };
}

function plainColumn(
  table: string,
  body: Pick<ColumnBody, 'SchemaName' | 'DisplayName' | 'RequiredLevel' | 'IsSecured'>,
): Omit<Column, 'type'> {
  const logicalName = body.SchemaName.toLowerCase();
  return {
    logicalName,
    schemaName: body.SchemaName,
    metadataId: guidOf(`column ${table} ${logicalName}`),
    label: textOf(body.DisplayName),
    required: body.RequiredLevel?.Value ?? 'None',
    create: true,
    update: true,
    secured: body.IsSecured ?? false,
    custom: true,
  };
}

/** The column of a lookup. */
export function lookupColumn(
  table: string,
  lookup: z.infer<typeof relationshipBody>['Lookup'],
  targets: string[],
): Column {
  return { ...plainColumn(table, lookup), type: 'Lookup', targets };
}

function typedParts(type: ColumnType, body: ColumnBody): Partial<Column> {
  const { MinValue: min, MaxValue: max } = body;
  const bounds = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  switch (type) {
    case 'String':
      return {
        maxLength: body.MaxLength ?? 100,
        // An empty format takes a number's place away again.
        ...(body.AutoNumberFormat ? { autoNumber: body.AutoNumberFormat } : {}),
      };
    case 'Memo':
      return { maxLength: body.MaxLength ?? 2000 };
    // Files have requests of their own.
    case 'File':
      return { create: false, update: false, maxKb: body.MaxSizeInKB ?? defaultMaxKb };
    case 'Integer':
      return { min: -2_147_483_648, max: 2_147_483_647, ...bounds };
    case 'Decimal':
    case 'Double':
      return { precision: body.Precision ?? 2, min: -100_000_000_000, max: 100_000_000_000, ...bounds };
    case 'Money':
      return {
        precision: body.Precision ?? 2,
        min: -922_337_203_685_477,
        max: 922_337_203_685_477,
        ...bounds,
      };
    case 'DateTime':
      return {
        dateFormat: body.Format === 'DateOnly' ? 'DateOnly' : 'DateAndTime',
        dateBehavior: behaviorOf(body),
      };
    default:
      return choiceParts(type, body);
  }
}

function behaviorOf({ DateTimeBehavior }: ColumnBody): NonNullable<Column['dateBehavior']> {
  const value = DateTimeBehavior?.Value ?? 'UserLocal';
  if (value === 'UserLocal' || value === 'DateOnly' || value === 'TimeZoneIndependent') return value;
  throw refusals.invalidArgument(`The behavior '${value}' is not valid.`);
}

/** Values that a body does not give follow the prefix of the publisher. */
const firstValue = 100_000_000;

export function optionsOf(given: readonly z.infer<typeof option>[]): Option[] {
  const options = given.map(({ Value, Label }, index) => ({
    value: Value ?? firstValue + index,
    label: textOf(Label),
  }));
  const values = options.map(({ value }) => value);
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw refusals.invalidArgument(`There are two options with the value ${twice}.`);
  return options;
}

function choiceParts(
  type: ColumnType,
  { OptionSet: set, DefaultValue, DefaultFormValue }: ColumnBody,
): Partial<Column> {
  if (type === 'Boolean') {
    const options: Option[] = [
      { value: 1, label: set?.TrueOption === undefined ? 'Yes' : textOf(set.TrueOption.Label) },
      { value: 0, label: set?.FalseOption === undefined ? 'No' : textOf(set.FalseOption.Label) },
    ];
    return { options, default: DefaultValue === true ? 1 : 0 };
  }
  if (type === 'BigInt') return {};
  if (set?.Options === undefined)
    throw refusals.invalidArgument('A choice needs its OptionSet with Options.');
  const options = optionsOf(set.Options);
  const isChosen = DefaultFormValue !== undefined && DefaultFormValue >= 0;
  return { options, ...(isChosen ? { default: DefaultFormValue } : {}) };
}
