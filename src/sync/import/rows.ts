import { suggestion } from '../../model/closest.ts';
import { type AttributeValue, type EntityName, entities } from '../../model/entities.ts';
import { fileKeyOf, filesAlias, newRecordId } from '../../model/record-id.ts';
import { nameKey } from '../../model/values.ts';
import { customValue, notOfTypeText } from '../../program/custom-attributes.ts';
import type { Tx } from '../../store/store.ts';
import { type AttributePlan, planAttribute } from '../mapping/plan.ts';
import { attributeMappingSchema, type Transform } from '../mapping/schema.ts';
import { readAttribute, type TransformContext } from '../mapping/transform.ts';
import type { RecordRow } from '../records/record-rows.ts';
import type { ImportColumn, ImportDefinition, PartEntity } from './kinds.ts';
import type { ImportRow, RowError } from './parse.ts';
import type { ReferenceIndex } from './references.ts';

/** A record that a row names and nobody knows yet. */
export interface BroughtRecord {
  entity: EntityName;
  /** Object of its link. */
  object: string;
  key: string;
  id: string;
  values: Record<string, AttributeValue>;
}

/** A credit that is to be kept as a record of a file says it, because it is not so yet. */
export interface CreditChange {
  id: string;
  key: string;
  values: Record<string, AttributeValue>;
  /** As it is stored. (Default: it is a new one) */
  before?: RecordRow | undefined;
  /** The deal names its partner no longer. */
  isEnded: boolean;
}

/** A row that is sound: the record that it means and the values that it gives. */
export interface ImportRecord extends ImportRow {
  key: string;
  id: string;
  values: Record<string, AttributeValue>;
  /** Values of columns that belong to another record: to the credit that a row of a deal gives, and to its customer. */
  parts: Readonly<Record<PartEntity, Record<string, AttributeValue>>>;
  brings: BroughtRecord[];
  credits: CreditChange[];
  /** How many rows say it. */
  rows: number;
}

/** A row that is being read, for what a kind adds to its columns. */
export interface RowReading {
  record: ImportRecord;
  references: ReferenceIndex;
  fail(column: string, reason: string): void;
}

/** What a kind of import does beside reading its columns. */
export interface ImportRules {
  /** Names the record of a row that has no id of its own. (Default: by the natural key) */
  keyOf?(values: Readonly<Record<string, AttributeValue>>): string | null;
  /** Adds what follows from a row as a whole. */
  complete?(row: RowReading): void;
  /** Equal for rows that name the same record in different ways; undefined where its key tells it apart. */
  placeOf?(record: ImportRecord): string | undefined;
  /**
   * Looks at the staged records together, and at what is known: which of them stay, under which ids, what they bring along,
   * and what is wrong with the others.
   */
  settle?(tx: Tx): Promise<void>;
  /** The records to keep, page by page. (Default: those that stay, in the order of the file) */
  pages?(tx: Tx): AsyncGenerator<ImportRecord[]>;
  /** Tells of rows among those that were just kept that count for nothing until another record comes. */
  waiting?(tx: Tx): Promise<void>;
}

/** By what rows are read. */
export interface RowsContext {
  definition: ImportDefinition;
  rules: ImportRules;
  context: TransformContext;
  /** Keys of the program's partner types. */
  partnerTypes: readonly string[];
  /** What its tiers are called. */
  tiers: readonly string[];
}

/** What is wrong with a row, in the words of its own cell. */
export function errorIn(row: ImportRow, column: string, reason: string): RowError {
  return { line: row.line, column, value: row.cells[column] ?? '', reason };
}

/** A row that was read. */
export interface Reading {
  record: ImportRecord;
  /** What is wrong with it; nothing for a sound one. */
  errors: RowError[];
  /** Equal for rows that mean the same. */
  rowKey: string;
}

/** Reads rows, given what they refer to. */
export function rowReader(by: RowsContext): (row: ImportRow, references: ReferenceIndex) => Reading {
  const plans = plansOf(by);
  return (row, references) => {
    const reading = readRow(row, { ...by, references, plans });
    const rowKey = JSON.stringify([reading.record.key, ...rowKeyOf(row, by.definition)]);
    return { ...reading, rowKey };
  };
}

/** Rows of one file have the same columns. */
export function hasSameCells(one: ImportRow, other: ImportRow): boolean {
  return Object.entries(one.cells).every(([name, cell]) => other.cells[name] === cell);
}

function rowKeyOf(row: ImportRow, { rowKey = [] }: ImportDefinition): string[] {
  return rowKey.map((name) => nameKey(row.cells[name] ?? ''));
}

type Plans = ReadonlyMap<string, AttributePlan>;

/** How the columns are read that hold values of their own. */
function plansOf({ definition, partnerTypes, tiers }: RowsContext): Plans {
  const ofProgram: Readonly<Record<string, Transform>> = {
    types: typesTransform(partnerTypes),
    tier: onlyThese(tiers) ?? { kind: 'plain' },
  };
  const plans = new Map<string, AttributePlan>();
  for (const column of definition.columns) {
    const { name, attribute, type } = column;
    if (attribute === null || isReference(column)) continue;
    const transform = ofProgram[name] ?? column.transform;
    const spec = attributeMappingSchema.parse({
      field: name,
      direction: 'in',
      ...(transform === undefined ? {} : { transform }),
      ...(type === undefined ? {} : { type }),
    });
    plans.set(name, planAttribute(column.entity ?? definition.entity, attribute, spec));
  }
  return plans;
}

/** A type that the program does not have would put a partner on no ladder, without a word. */
function typesTransform(keys: readonly string[]): Transform {
  return onlyThese(keys) ?? { kind: 'list', separator: ';' };
}

/** Refuses every other word; undefined where none are known. Upper and lower case are the same. */
function onlyThese(words: readonly string[]): Transform | undefined {
  if (words.length === 0) return undefined;
  const unlike = new Map([...words].reverse().map((word) => [word.toLowerCase(), word]));
  const map = Object.fromEntries([...unlike.values()].reverse().map((word) => [word, word]));
  return { kind: 'values', map, others: 'reject' };
}

/** Columns that name other records are not values. */
function isReference({ attribute }: ImportColumn): boolean {
  return ['partner', 'person', 'parent', 'customer'].includes(attribute ?? '');
}

type RowContext = RowsContext & { references: ReferenceIndex; plans: Plans };

function readRow(row: ImportRow, by: RowContext): Omit<Reading, 'rowKey'> {
  const { definition, rules, references } = by;
  const errors: RowError[] = [];
  const fail = (column: string, reason: string) => void errors.push(errorIn(row, column, reason));
  const values: Record<string, AttributeValue> = {};
  const parts: ImportRecord['parts'] = { credit: {}, customer: {} };
  for (const column of definition.columns)
    readCell(row, column, {
      ...by,
      values: column.entity === undefined ? values : parts[column.entity],
      fail,
    });
  const key = keyOf(row, by, values);
  if (key === null) fail('', `needs ${keyWords(definition)}`);
  const id = newRecordId(definition.entity, filesAlias, definition.kind, key ?? '');
  const own = { key: key ?? `line:${row.line}`, id, values, parts };
  const record: ImportRecord = { ...row, ...own, brings: [], credits: [], rows: 1 };
  rules.complete?.({ record, references, fail });
  return { record, errors };
}

/** Names the record of a row, so that importing the row again finds the same record; null when nothing names it. */
function keyOf(
  row: ImportRow,
  { definition, rules }: RowsContext,
  values: Readonly<Record<string, AttributeValue>>,
): string | null {
  const own = row.cells.id ?? '';
  if (own !== '') return fileKeyOf(own);
  if (rules.keyOf !== undefined) return rules.keyOf(values);
  return naturalKeyOf({ cells: row.cells, values }, definition);
}

/**
 * The key by its words of a row without an id; null when it has none of them. An instant is the same however it is written;
 * a day that stands for one stays that day, whatever the time zone of the program is by then.
 */
export function naturalKeyOf(
  { cells, values }: Pick<ImportRecord, 'cells' | 'values'>,
  { entity, columns, naturalKey }: ImportDefinition,
): string | null {
  const parts = naturalKey.map((name) => {
    const cell = cells[name] ?? '';
    const attribute = columns.find((column) => column.name === name)?.attribute ?? '';
    const isInstant =
      entities[entity].attributes[attribute]?.type === 'instant' && !/^\d{4}-\d{2}-\d{2}$/.test(cell);
    return nameKey(isInstant ? ((values[attribute] as string | null | undefined) ?? cell) : cell);
  });
  return parts.every((part) => part === '') ? null : parts.join('|');
}

function keyWords({ columns, naturalKey }: ImportDefinition): string {
  if (naturalKey.length === 0) return 'an id';
  const names = naturalKey.join(', ');
  return columns.some(({ name }) => name === 'id') ? `an id, or one of ${names}` : names;
}

type CellContext = RowContext & {
  values: Record<string, AttributeValue>;
  fail(column: string, reason: string): void;
};

function readCell(row: ImportRow, column: ImportColumn, by: CellContext): void {
  const { name, attribute } = column;
  const cell = row.cells[name];
  if (cell === undefined) return;
  if (cell === '' && column.required) {
    by.fail(name, 'is blank');
    return;
  }
  if (name === 'email' && cell !== '' && !/^[^\s@]+@[^\s@]+$/.test(cell)) {
    by.fail('email', `"${cell}" is not an e-mail address`);
    return;
  }
  if (attribute === 'partner') {
    by.values.partner = cell === '' ? null : partnerOf(cell, by);
    return;
  }
  const plan = by.plans.get(name);
  if (attribute === null || plan === undefined) return;
  // A column that the file does not have is blank, as to a CRM a field is that it has.
  const fields: Record<string, string> = {};
  for (const field of plan.fields) fields[field] = row.cells[field] ?? '';
  fields[name] = inKnownSpelling(plan, cell);
  const reading = readAttribute(plan, fields, by.context);
  const isOfType =
    column.type === undefined ||
    (reading.kind === 'value' && customValue(column.type, reading.value) !== undefined);
  if (reading.kind === 'value' && isOfType) by.values[attribute] = reading.value;
  else if (reading.kind === 'value') by.fail(name, `"${cell}" ${notOfTypeText(plan.type)}`);
  else if (reading.kind === 'invalid') by.fail(name, `${reading.reason}${choiceHint(plan, cell)}`);
}

/** Upper and lower case are the same where the words are known. */
function inKnownSpelling({ transform, type }: AttributePlan, cell: string): string {
  if (transform.kind !== 'values') return cell;
  const known = new Map(Object.keys(transform.map).map((word) => [word.toLowerCase(), word]));
  const parts = type === 'list' ? cell.split(';') : [cell];
  return parts.map((part) => known.get(part.trim().toLowerCase()) ?? part).join(';');
}

function choiceHint({ transform }: AttributePlan, cell: string): string {
  if (transform.kind !== 'values') return '';
  const known = Object.keys(transform.map);
  return ` (${known.join(', ')})${suggestion(cell, known)}`;
}

function partnerOf(word: string, by: CellContext): string | null {
  const match = by.references.partner(word);
  if ('id' in match) return match.id;
  by.fail('partner', match.problem);
  return null;
}
