import { suggestion } from '../../model/closest.ts';
import type { AttributeValue } from '../../model/entities.ts';
import { isTextType } from '../../program/attribute-path.ts';
import { customValue, notOfTypeText } from '../../program/custom-attributes.ts';
import { type AttributePlan, planAttribute } from '../mapping/plan.ts';
import { attributeMappingSchema, type Transform } from '../mapping/schema.ts';
import { readAttribute } from '../mapping/transform.ts';
import { dayHint } from './days.ts';
import type { ImportColumn } from './kinds.ts';
import { type NumberReading, numberHint, plainNumber } from './numbers.ts';
import type { ImportRow } from './parse.ts';
import type { ReferenceIndex } from './references.ts';
import type { RowsContext } from './rows.ts';
import { spoiledReason } from './spoiled.ts';

export type Plans = ReadonlyMap<string, AttributePlan>;

/** How the columns are read that hold values of their own. */
export function plansOf({ definition, partnerTypes, tiers }: RowsContext): Plans {
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

export type RowContext = RowsContext & { references: ReferenceIndex; plans: Plans };

type CellContext = RowContext & {
  values: Record<string, AttributeValue>;
  fail(column: string, reason: string): void;
};

/** Reads a cell into the value of its attribute, or says what is wrong with it. */
export function readCell(row: ImportRow, column: ImportColumn, by: CellContext): void {
  const { name, attribute } = column;
  const cell = row.cells[name];
  if (cell === undefined) return;
  const plan = by.plans.get(name);
  const problem = cellProblem(cell, column, { asWritten: by.asWritten, isText: isText(column, plan) });
  if (problem !== undefined) {
    by.fail(name, problem);
    return;
  }
  if (attribute === 'partner') {
    by.values.partner = cell === '' ? null : partnerOf(cell, by);
    return;
  }
  if (attribute === null || plan === undefined) return;
  const read = contentOf(cell, { column, plan, numbers: by.numbers });
  if ('problem' in read) {
    by.fail(name, read.problem);
    return;
  }
  // A column that the file does not have is blank, as to a CRM a field is that it has.
  const fields: Record<string, string> = {};
  for (const field of plan.fields) fields[field] = isCurrencyOdd(field, row) ? '' : (row.cells[field] ?? '');
  fields[name] = read.content;
  const reading = readAttribute(plan, fields, by.context);
  const isOfType =
    column.type === undefined ||
    (reading.kind === 'value' && customValue(column.type, reading.value) !== undefined);
  if (reading.kind === 'value' && isOfType) by.values[attribute] = reading.value;
  else if (reading.kind === 'value') by.fail(name, `"${cell}" ${notOfTypeText(plan.type)}`);
  else if (reading.kind === 'invalid')
    by.fail(name, choiceProblem(cell, plan) ?? `${reading.reason}${hintFor(cell, plan, by)}`);
}

/** Whether a column holds texts or ids, whatever they are: what looks spoilt in another one is. */
function isText({ name }: ImportColumn, plan: AttributePlan | undefined): boolean {
  if (name === 'email' || name === 'currency') return false;
  return plan === undefined || (isTextType(plan.type) && plan.transform.kind !== 'values');
}

/** Why a cell is of no use, whatever its column holds. */
function cellProblem(
  cell: string,
  { name, required }: ImportColumn,
  { asWritten, isText: mayBeMeant }: { asWritten: boolean; isText: boolean },
): string | undefined {
  if (cell === '') return required ? 'is blank' : undefined;
  const spoiled = asWritten && mayBeMeant ? undefined : spoiledReason(cell);
  if (spoiled !== undefined)
    return mayBeMeant ? `${spoiled}; where it is meant so, --as-written takes it` : spoiled;
  if (name === 'email' && !/^[^\s@]+@[^\s@]+$/.test(cell)) return `"${cell}" is not an e-mail address`;
  return name === 'currency' && !currencyCode.test(cell)
    ? `"${cell}" is not the code of a currency, such as EUR`
    : undefined;
}

const currencyCode = /^[a-z]{3}$/i;

/** The currency is told of its own column then, and not of each amount. */
function isCurrencyOdd(field: string, { cells }: ImportRow): boolean {
  return field === 'currency' && !currencyCode.test(cells.currency ?? '');
}

/** What stands in the cell, as values are written elsewhere. */
function contentOf(
  cell: string,
  { column, plan, numbers }: { column: ImportColumn; plan: AttributePlan; numbers: NumberReading },
): { content: string } | { problem: string } {
  if (!isNumeric(plan)) return { content: inKnownSpelling(plan, cell) };
  if (column.isPercent !== true) return plainNumber(cell, numbers);
  // Thousands are no percentages.
  const mark = numbers.mark === 'supposed' ? ({ mark: 'point', isSaid: false } as const) : numbers;
  const percent = plainNumber(cell.replace(/\s*%$/, ''), mark);
  const isOutside = 'content' in percent && (Number(percent.content) < 0 || Number(percent.content) > 100);
  return isOutside ? { problem: `"${cell}" is not between 0 and 100` } : percent;
}

function isNumeric({ type }: AttributePlan): boolean {
  return type === 'decimal' || type === 'money' || type === 'integer';
}

function hintFor(cell: string, { type }: AttributePlan, { numbers }: CellContext): string {
  if (type === 'date' || type === 'instant') return dayHint(cell, type);
  const isNumber = type === 'decimal' || type === 'money' || (type === 'integer' && /\d{3}$/.test(cell));
  return isNumber ? numberHint(cell, numbers) : '';
}

/** Upper and lower case are the same where the words are known. */
function inKnownSpelling(
  { transform, type }: Pick<AttributePlan, 'transform' | 'type'>,
  cell: string,
): string {
  if (transform.kind !== 'values') return cell;
  const known = new Map(Object.keys(transform.map).map((word) => [word.toLowerCase(), word]));
  const parts = type === 'list' ? cell.split(';') : [cell];
  return parts.map((part) => known.get(part.trim().toLowerCase()) ?? part).join(';');
}

/** Why a cell is none of the words that are known; undefined where any will do. */
function choiceProblem(cell: string, { transform, type }: AttributePlan): string | undefined {
  if (transform.kind !== 'values') return undefined;
  const known = Object.keys(transform.map);
  const parts = type === 'list' ? cell.split(';').map((part) => part.trim()) : [cell];
  const odd = parts.find(
    (part) => part !== '' && !known.includes(inKnownSpelling({ transform, type }, part)),
  );
  if (odd === undefined) return undefined;
  const hint =
    type === 'list' && odd.includes(',') ? '; several have semicolons between them' : suggestion(odd, known);
  return `"${odd}" is none of ${known.join(', ')}${hint}`;
}

function partnerOf(word: string, by: CellContext): string | null {
  const match = by.references.partner(word);
  if ('id' in match) return match.id;
  by.fail('partner', match.problem);
  return null;
}
