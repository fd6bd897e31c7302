import { type AttributeValue, type EntityName, entities } from '../../model/entities.ts';
import { fileKeyOf, filesAlias, newRecordId } from '../../model/record-id.ts';
import { nameKey } from '../../model/values.ts';
import type { Tx } from '../../store/store.ts';
import type { TransformContext } from '../mapping/transform.ts';
import type { RecordRow } from '../records/record-rows.ts';
import { plansOf, type RowContext, readCell } from './cells.ts';
import type { ImportDefinition, PartEntity } from './kinds.ts';
import type { NumberReading } from './numbers.ts';
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
  /** How the file writes numbers. */
  numbers: NumberReading;
  /** Whether texts are taken as they stand, whatever a spreadsheet may have made of them. */
  asWritten: boolean;
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
  // A cell that is wrong may be the one that names the record.
  if (key === null && errors.length === 0) fail('', `needs ${keyWords(definition)}`);
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
