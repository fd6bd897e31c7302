import { z } from 'zod';
import { guidOf } from './ids.ts';
import type { Column, ColumnType, Option } from './types.ts';

/**
 * Columns as the metadata API answers them.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api
 */

const labelAnswer = z
  .looseObject({
    UserLocalizedLabel: z.looseObject({ Label: z.string() }).nullish(),
    LocalizedLabels: z.array(z.looseObject({ Label: z.string() })).nullish(),
  })
  .nullish();

const optionAnswer = z.looseObject({
  Value: z.number().int(),
  Label: labelAnswer,
  State: z.number().int().nullish(),
});

const choiceAnswer = z
  .looseObject({
    Name: z.string().nullish(),
    Options: z.array(optionAnswer).nullish(),
    TrueOption: optionAnswer.nullish(),
    FalseOption: optionAnswer.nullish(),
  })
  .nullish();

const valued = z.looseObject({ Value: z.string().nullish() }).nullish();

/** What is read of a column's answer; more may be in it. */
export const columnAnswer = z.looseObject({
  LogicalName: z.string().min(1),
  SchemaName: z.string().nullish(),
  MetadataId: z.string().nullish(),
  AttributeType: z.string().nullish(),
  AttributeTypeName: valued,
  AttributeOf: z.string().nullish(),
  CalculationOf: z.string().nullish(),
  DisplayName: labelAnswer,
  RequiredLevel: valued,
  IsValidForCreate: z.boolean().nullish(),
  IsValidForUpdate: z.boolean().nullish(),
  IsSecured: z.boolean().nullish(),
  IsCustomAttribute: z.boolean().nullish(),
  MaxLength: z.number().nullish(),
  Precision: z.number().nullish(),
  MinValue: z.number().nullish(),
  MaxValue: z.number().nullish(),
  AutoNumberFormat: z.string().nullish(),
  Format: z.string().nullish(),
  DateTimeBehavior: valued,
  Targets: z.array(z.string()).nullish(),
  DefaultFormValue: z.number().nullish(),
  DefaultValue: z.boolean().nullish(),
  OptionSet: choiceAnswer,
  GlobalOptionSet: choiceAnswer,
});
export type ColumnAnswer = z.infer<typeof columnAnswer>;

const readable: ReadonlySet<string> = new Set<ColumnType>([
  'Uniqueidentifier',
  'String',
  'Memo',
  'Integer',
  'BigInt',
  'Decimal',
  'Double',
  'Money',
  'Boolean',
  'Picklist',
  'State',
  'Status',
  'DateTime',
  'Lookup',
  'Customer',
  'Owner',
  'EntityName',
]);

/** The type of a column that rows hold a value of; undefined for parts of other columns, images, lists of parties, ... */
function typeOf(answer: ColumnAnswer): ColumnType | undefined {
  if (answer.AttributeTypeName?.Value === 'MultiSelectPicklistType') return 'MultiSelectPicklist';
  if (answer.AttributeTypeName?.Value === 'FileType') return 'File';
  const isAmount = answer.AttributeType === 'Money';
  if ((answer.AttributeOf ?? null) !== null && !isAmount) return undefined;
  const type = answer.AttributeType ?? '';
  return readable.has(type) ? (type as ColumnType) : undefined;
}

export function labelIn(answer: z.infer<typeof labelAnswer>): string | undefined {
  return answer?.UserLocalizedLabel?.Label ?? answer?.LocalizedLabels?.[0]?.Label;
}

/** What the column is like that an answer tells of, `known` being the one that it replaces. */
export function columnIn(table: string, answer: ColumnAnswer, known: Column | undefined): Column | undefined {
  const type = typeOf(answer);
  if (type === undefined) return undefined;
  const logicalName = answer.LogicalName;
  const schemaName = answer.SchemaName ?? known?.schemaName ?? logicalName;
  const label = labelIn(answer.DisplayName) ?? known?.label ?? schemaName;
  return {
    logicalName,
    schemaName,
    metadataId: answer.MetadataId?.toLowerCase() ?? guidOf(`column ${table} ${logicalName}`),
    type,
    label,
    required: levelOf(answer) ?? known?.required ?? 'None',
    create: answer.IsValidForCreate ?? known?.create ?? true,
    update: answer.IsValidForUpdate ?? known?.update ?? true,
    secured: answer.IsSecured ?? known?.secured ?? false,
    custom: answer.IsCustomAttribute ?? known?.custom ?? logicalName.includes('_'),
    ...sizes(answer, type),
    ...choices(answer, type, known),
    ...dates(answer, type, known),
    ...(answer.Targets != null ? { targets: answer.Targets } : {}),
    ...(answer.AutoNumberFormat ? { autoNumber: answer.AutoNumberFormat } : {}),
    ...baseOf(answer, type, known),
  };
}

function levelOf({ RequiredLevel }: ColumnAnswer): Column['required'] | undefined {
  const value = RequiredLevel?.Value;
  const levels = ['None', 'SystemRequired', 'ApplicationRequired', 'Recommended'] as const;
  return levels.find((each) => each === value);
}

function sizes(answer: ColumnAnswer, type: ColumnType): Partial<Column> {
  const isText = type === 'String' || type === 'Memo';
  return {
    ...(isText && answer.MaxLength != null ? { maxLength: answer.MaxLength } : {}),
    ...(answer.Precision != null ? { precision: answer.Precision } : {}),
    ...(answer.MinValue != null ? { min: answer.MinValue } : {}),
    ...(answer.MaxValue != null ? { max: answer.MaxValue } : {}),
  };
}

/** A column whose choices nobody told keeps those that it had, or takes any number. */
function choices(answer: ColumnAnswer, type: ColumnType, known: Column | undefined): Partial<Column> {
  const shared = answer.GlobalOptionSet ?? null;
  const set = answer.OptionSet ?? shared;
  const options = set === null ? known?.options : optionsIn(set);
  if (options === undefined) return {};
  const given = type === 'Boolean' ? Number(answer.DefaultValue === true) : answer.DefaultFormValue;
  const name = shared?.Name ?? known?.globalChoice;
  return {
    options,
    ...(given != null && given >= 0 ? { default: given } : {}),
    ...(name != null ? { globalChoice: name } : {}),
  };
}

function optionsIn(set: NonNullable<z.infer<typeof choiceAnswer>>): Option[] | undefined {
  const all = set.Options ?? [set.TrueOption ?? null, set.FalseOption ?? null];
  const told = all.filter((each) => each !== null);
  if (told.length === 0) return undefined;
  return told.map(({ Value, Label, State }) => ({
    value: Value,
    label: labelIn(Label) ?? String(Value),
    ...(State != null ? { state: State } : {}),
  }));
}

function dates(answer: ColumnAnswer, type: ColumnType, known: Column | undefined): Partial<Column> {
  if (type !== 'DateTime') return {};
  const behaviors = ['UserLocal', 'DateOnly', 'TimeZoneIndependent'] as const;
  const told = behaviors.find((each) => each === answer.DateTimeBehavior?.Value);
  const isDay = answer.Format == null ? known?.dateFormat === 'DateOnly' : answer.Format === 'DateOnly';
  return {
    dateFormat: isDay ? 'DateOnly' : 'DateAndTime',
    dateBehavior: told ?? known?.dateBehavior ?? 'UserLocal',
  };
}

function baseOf(
  { CalculationOf: of }: ColumnAnswer,
  type: ColumnType,
  known: Column | undefined,
): Partial<Column> {
  if (type !== 'Money') return {};
  const amount = of ?? known?.baseOf;
  return amount == null || amount === '' ? {} : { baseOf: amount };
}
