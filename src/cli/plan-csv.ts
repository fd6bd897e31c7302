import { TierlinkError } from '../errors.ts';
import {
  type ChoiceField,
  choiceFields,
  type Decision,
  type TierOverride,
  whyNotChosen,
} from '../plan/choices.ts';
import {
  type Choice,
  choices,
  isDifference,
  isMove,
  isWrite,
  type Plan,
  type PlanItem,
} from '../plan/item.ts';
import { type CsvRecord, parseCsv } from '../sync/import/csv-read.ts';
import { errorLine, type RowError } from '../sync/import/import.ts';
import { text } from './commands/plan/plan.messages.ts';
import { csvText } from './csv.ts';
import { formatMany, formatValue } from './format.ts';
import { afterWords, movementOf, whoChanged } from './plan-value.ts';
import { isSameCell } from './same-cell.ts';

/** A plan as a table for a spreadsheet, and the choices that come back in it. */

const columns = [
  'connection',
  'kind',
  'object',
  'record',
  'CRM id',
  'name',
  'partner',
  'field',
  'before',
  'after',
  'who changed it',
  'when',
  'tier movement',
  'why',
  'CHOICE',
  'key',
] as const;
type Column = (typeof columns)[number];
type Cells = Partial<Record<Column, string>>;

interface PlanRow {
  cells: Record<Column, string>;
  /** What is chosen of; null where there is nothing to choose. */
  of: ChoiceField | null;
}

/** One row for each field that would change or has to be decided, and for each other item. */
export function planCsv(plan: Plan): string {
  const rows = rowsOf(plan).map(({ cells }) => columns.map((column) => cells[column]));
  return csvText([columns, ...rows]);
}

function rowsOf(plan: Plan): PlanRow[] {
  const names = new Map(plan.head.partners.map(({ id, name }) => [id, name ?? id]));
  const fields = new Map<string, ChoiceField[]>();
  for (const of of choiceFields(plan)) fields.set(of.item.key, [...(fields.get(of.item.key) ?? []), of]);
  return plan.items.flatMap((item): PlanRow[] => {
    const common = {
      ...placeCells(item),
      partner: item.partners.map((id) => names.get(id) ?? id).join('; '),
    };
    const own = fields.get(item.key) ?? [];
    if (own.length === 0)
      return [{ cells: filled({ ...common, ...otherCells(item), key: item.key }), of: null }];
    return own.map((of) => ({ cells: filled({ ...common, ...fieldCells(of), key: keyOf(of) }), of }));
  });
}

function keyOf({ item, field }: ChoiceField): string {
  return `${item.key}.${field.attribute}`;
}

function filled(cells: Cells): PlanRow['cells'] {
  return Object.fromEntries(columns.map((column) => [column, cells[column] ?? ''])) as PlanRow['cells'];
}

function placeCells(item: PlanItem): Cells {
  const { kind } = item;
  if (isMove(item)) return { kind, record: item.partnerId, name: item.partner ?? '' };
  if (item.kind === 'merge') {
    const ids = item.records.flatMap(({ crmIds }) => crmIds);
    return {
      connection: item.connection ?? '',
      kind,
      object: item.object ?? '',
      record: item.records.map(({ recordId }) => recordId).join('; '),
      'CRM id': ids.join('; '),
      name: item.records.map(({ name, recordId }) => name ?? recordId).join('; '),
    };
  }
  const { connection, object, recordId, crmId, name } = item;
  return { connection, kind, object, record: recordId, 'CRM id': crmId ?? '', name: name ?? '' };
}

function fieldCells({ item, field }: ChoiceField): Cells {
  const common = { field: field.label, CHOICE: field.choice };
  if (isDifference(item)) {
    const { theirs, ours, theirAt } = item;
    const who = { 'who changed it': whoChanged(item) ?? '', when: theirAt ?? '' };
    return { ...common, before: cellOf(theirs), after: cellOf(ours), ...who };
  }
  if (!('moment' in field)) return common;
  const tier = item.tier === null ? '' : `${movementOf(item.tier)} (${item.tier.direction})`;
  const after = field.moment ? text.atWriting : cellOf(field.after);
  return {
    ...common,
    before: cellOf(field.before),
    after,
    'tier movement': tier,
    why: [afterWords(item), item.tier?.summary ?? ''].filter((words) => words !== '').join('; '),
  };
}

function otherCells(item: PlanItem): Cells {
  if (isMove(item)) return { 'tier movement': `${item.ladder}: ${movementOf(item)}`, why: item.summary };
  if (item.kind === 'merge') return { why: item.why };
  if (item.kind === 'invalid')
    return { field: item.field, why: `${item.message} (${item.code}; ${item.owner})` };
  if (item.kind === 'left')
    return {
      field: item.label ?? item.attribute ?? '',
      before: cellOf(item.holds),
      'who changed it': whoChanged(item) ?? '',
      when: item.theirAt ?? '',
      why:
        item.attribute === null
          ? item.why
          : `${item.why}; ${text.wroteAndHolds(formatValue(item.wrote), formatValue(item.holds))}`,
    };
  return isWrite(item) || isDifference(item) ? {} : { after: item.state };
}

function cellOf(value: unknown): string {
  return value === null ? '' : formatValue(value);
}

/**
 * What a table that was edited says of the choices of a plan, by field; rows that are not there any more stay as they are.
 * Throws PLAN_ROWS with every error by line: cells other than CHOICE that were changed, keys that the plan does not have,
 * words that are no choice, and what cannot be chosen.
 */
export function choicesFrom(
  plan: Plan,
  table: { text: string; file: string; planFile: string; override: TierOverride | undefined },
): Map<ChoiceField['field'], Decision> {
  const [header, ...records] = parseCsv(table.file, table.text);
  const titles = (header?.cells ?? []).map((title) => columns.find((each) => isSameText(each, title)));
  const errors = headerErrors(header, titles);
  const found = new Map<ChoiceField['field'], Decision>();
  const known = new Map<string, PlanRow[]>();
  for (const row of rowsOf(plan)) known.set(row.cells.key, [...(known.get(row.cells.key) ?? []), row]);
  const seen = new Set<string>();
  for (const record of errors.length > 0 ? [] : records) {
    const read = readRow(record, titles, { known, seen });
    if ('errors' in read) {
      errors.push(...read.errors);
      continue;
    }
    const { of, choice } = read;
    if (of === null) continue;
    const decision = { choice, override: of.field.override ?? table.override };
    const reason = whyNotChosen(plan, of, decision);
    if (reason === null) found.set(of.field, decision);
    else errors.push({ line: record.line, column: 'CHOICE', value: choice, reason });
  }
  if (errors.length > 0) throw rowsError(errors, table);
  return found;
}

function headerErrors(header: CsvRecord | undefined, titles: readonly (Column | undefined)[]): RowError[] {
  const error = (value: string, reason: string) => ({ line: 1, column: '', value, reason });
  const unknown = (header?.cells ?? []).flatMap((title, index) =>
    titles[index] === undefined ? [error(title, text.csv.unknownColumn(title, columns.join(', ')))] : [],
  );
  const repeated = titles.filter((title, index) => title !== undefined && titles.indexOf(title) !== index);
  return [
    ...unknown,
    ...repeated.map((title) => error(title!, text.csv.repeatedColumn(title!))),
    ...(['CHOICE', 'key'] as const)
      .filter((title) => !titles.includes(title))
      .map((title) => error('', text.csv.lacksColumn(title))),
  ];
}

function readRow(
  { line, cells }: CsvRecord,
  titles: readonly (Column | undefined)[],
  { known, seen }: { known: ReadonlyMap<string, readonly PlanRow[]>; seen: Set<string> },
): { of: ChoiceField | null; choice: Choice } | { errors: RowError[] } {
  const fail = (column: string, value: string, reason: string) => ({
    errors: [{ line, column, value, reason }],
  });
  if (cells.length !== titles.length) return fail('', '', text.csv.otherLength(cells.length, titles.length));
  const given = Object.fromEntries(titles.map((title, index) => [title!, cells[index]!.trim()])) as Cells;
  const key = given.key!;
  const rows = known.get(key) ?? [];
  const editedIn = (row: PlanRow) =>
    titles.filter((title) => title !== 'CHOICE' && !isSameCell(row.cells[title!], given[title!]!));
  // What nothing is chosen of may have one key twice: a tier that was decided and one that waits, of one partner.
  const row = rows.find((each) => editedIn(each).length === 0) ?? rows[0];
  if (row === undefined) return fail('key', key, text.csv.unknownKey(key));
  if (row.of !== null && seen.has(key)) return fail('key', key, text.csv.repeatedKey(key));
  seen.add(key);
  const edited = editedIn(row);
  if (edited.length > 0)
    return {
      errors: edited.map((title) => ({
        line,
        column: title!,
        value: given[title!]!,
        reason: text.csv.edited(row.cells[title!]),
      })),
    };
  const word = given.CHOICE!.toLowerCase();
  if (row.of === null && word !== '') return fail('CHOICE', word, text.csv.nothingToChoose);
  const choice = choices.find((each) => each === word);
  if (row.of !== null && choice === undefined) return fail('CHOICE', word, text.csv.badWord(word));
  return { of: row.of, choice: choice ?? 'skip' };
}

function isSameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.trim().toLowerCase();
}

/** How many errors the message tells; the data has them all. */
const toldErrors = 20;

function rowsError(
  errors: RowError[],
  { file, planFile }: { file: string; planFile: string },
): TierlinkError {
  const lines = errors.slice(0, toldErrors).map(errorLine);
  const more = errors.length - lines.length;
  const told = [...lines, ...(more > 0 ? [text.csv.more(more)] : [])].join('\n');
  const rows = formatMany(new Set(errors.map(({ line }) => line)).size, 'row');
  return new TierlinkError('PLAN_ROWS', { file, plan: planFile, rows, told, errors });
}
