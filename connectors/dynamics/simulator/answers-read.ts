import { z } from 'zod';
import { SimulatorInputError } from '../../../src/sync/connector-manifest.ts';
import { readJsonFiles } from '../../simulation/json-files.ts';
import { type ColumnAnswer, columnAnswer } from './answers-column.ts';

const tableAnswer = z.looseObject({
  LogicalName: z.string().min(1),
  SchemaName: z.string().nullish(),
  EntitySetName: z.string().nullish(),
  MetadataId: z.string().nullish(),
  ObjectTypeCode: z.number().nullish(),
  OwnershipType: z.string().nullish(),
  PrimaryIdAttribute: z.string().nullish(),
  PrimaryNameAttribute: z.string().nullish(),
  ChangeTrackingEnabled: z.boolean().nullish(),
  IsOptimisticConcurrencyEnabled: z.boolean().nullish(),
  IsCustomEntity: z.boolean().nullish(),
  IsActivity: z.boolean().nullish(),
  DisplayName: columnAnswer.shape.DisplayName,
  DisplayCollectionName: columnAnswer.shape.DisplayName,
});
export type TableAnswer = z.infer<typeof tableAnswer>;

const keyAnswer = z.looseObject({
  SchemaName: z.string().min(1),
  LogicalName: z.string().nullish(),
  MetadataId: z.string().nullish(),
  KeyAttributes: z.array(z.string()),
  EntityKeyIndexStatus: z.enum(['Pending', 'InProgress', 'Active', 'Failed']).nullish(),
});
export type KeyAnswer = z.infer<typeof keyAnswer>;

const relationshipAnswer = z.looseObject({
  SchemaName: z.string().min(1),
  MetadataId: z.string().nullish(),
  ReferencedEntity: z.string(),
  ReferencingEntity: z.string(),
  ReferencingAttribute: z.string(),
  ReferencingEntityNavigationPropertyName: z.string().nullish(),
  ReferencedEntityNavigationPropertyName: z.string().nullish(),
  CascadeConfiguration: z.looseObject({ Delete: z.string().nullish() }).nullish(),
  IsCustomRelationship: z.boolean().nullish(),
});
export type RelationshipAnswer = z.infer<typeof relationshipAnswer>;

/** What the files tell of one table; the answer for the table itself may be missing. */
export interface ToldTable {
  name: string;
  file: string;
  answer: TableAnswer | undefined;
  columns: Map<string, ColumnAnswer>;
  keys: KeyAnswer[];
}

export interface ToldMetadata {
  tables: Map<string, ToldTable>;
  relationships: RelationshipAnswer[];
}

interface Place {
  file: string;
  /** The table whose parts these are, where the answer names it. */
  table: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Parts that an answer for a table may hold. */
const parts = ['Attributes', 'Keys', 'ManyToOneRelationships', 'OneToManyRelationships'] as const;

/**
 * Reads answers of the metadata API: those for tables (`EntityDefinitions?$expand=Attributes,Keys,ManyToOneRelationships`),
 * and lists of columns with their choices (`EntityDefinitions(LogicalName='account')/Attributes/
 * Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$expand=OptionSet,GlobalOptionSet`), in any order. Several answers for
 * one column complete each other.
 * @throws SimulatorInputError that names the file
 */
export function readAnswers(path: string): ToldMetadata {
  const told: ToldMetadata = { tables: new Map(), relationships: [] };
  for (const { file, content } of readJsonFiles(path)) {
    if (take(told, content, { file, table: undefined }) === 0)
      throw new SimulatorInputError(`${file}: holds no answer of EntityDefinitions`);
  }
  return told;
}

/** Answers how many answers it found. */
function take(told: ToldMetadata, value: unknown, place: Place): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + take(told, each, place), 0);
  if (!isObject(value)) return 0;
  if (!Array.isArray(value.value)) return takeOne(told, value, place) ? 1 : 0;
  return take(told, value.value, { ...place, table: tableInContext(value) ?? place.table });
}

/** `…/$metadata#EntityDefinitions('account')/Attributes/…` */
function tableInContext(value: Json): string | undefined {
  return /#EntityDefinitions\('(\w+)'\)/.exec(String(value['@odata.context'] ?? ''))?.[1];
}

/** False for what is no answer that is understood here. */
function takeOne(told: ToldMetadata, value: Json, place: Place): boolean {
  if ('KeyAttributes' in value) {
    toldOf(told, value, place)?.keys.push(read(keyAnswer, value, place));
  } else if ('ReferencingAttribute' in value) {
    told.relationships.push(read(relationshipAnswer, value, place));
  } else if ('EntityLogicalName' in value || 'AttributeType' in value || 'OptionSet' in value) {
    takeColumn(told, value, place);
  } else if ('LogicalName' in value) {
    takeTable(told, value, place);
  } else return false;
  return true;
}

function takeColumn(told: ToldMetadata, value: Json, place: Place): void {
  const table = toldOf(told, value, place);
  if (table === undefined)
    throw new SimulatorInputError(
      `${place.file}: the column ${String(value.LogicalName)} does not say of which table it is (EntityLogicalName)`,
    );
  const column = read(columnAnswer, value, place);
  const known = table.columns.get(column.LogicalName);
  table.columns.set(column.LogicalName, known === undefined ? column : { ...known, ...withoutNull(column) });
}

/** What a later answer leaves out does not take away what an earlier one told. */
function withoutNull(column: ColumnAnswer): ColumnAnswer {
  return Object.fromEntries(
    Object.entries(column).filter(([, value]) => value !== null && value !== undefined),
  ) as ColumnAnswer;
}

function takeTable(told: ToldMetadata, value: Json, { file }: Place): void {
  const answer = read(tableAnswer, value, { file, table: undefined });
  const place = { file, table: answer.LogicalName };
  const table = toldOf(told, {}, place)!;
  table.answer = answer;
  for (const part of parts) take(told, value[part] ?? [], place);
}

function toldOf(told: ToldMetadata, value: Json, { file, table }: Place): ToldTable | undefined {
  const name = typeof value.EntityLogicalName === 'string' ? value.EntityLogicalName : table;
  if (name === undefined) return undefined;
  const known = told.tables.get(name);
  if (known !== undefined) return known;
  const made: ToldTable = { name, file, answer: undefined, columns: new Map(), keys: [] };
  told.tables.set(name, made);
  return made;
}

function read<T>(shape: z.ZodType<T>, value: Json, { file, table }: Place): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = [table, String(value.LogicalName ?? value.SchemaName ?? '')].filter(Boolean).join('.');
  throw new SimulatorInputError(`${file}: ${name}: ${issue?.path.join('.')}: ${issue?.message}`);
}
