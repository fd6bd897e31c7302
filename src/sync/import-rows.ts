import { suggestion } from '../model/closest.ts';
import type { AttributeValue } from '../model/entities.ts';
import { newRecordId } from '../model/record-id.ts';
import { nameKey } from '../model/values.ts';
import type { ImportColumn, ImportDefinition } from './import-kinds.ts';
import type { ImportRow, RowError } from './import-parse.ts';
import { emailKey, importedPersonId, type ReferenceIndex } from './import-references.ts';
import { planAttribute } from './mapping-plan.ts';
import { attributeMappingSchema } from './mapping-schema.ts';
import { readAttribute, type TransformContext } from './transform.ts';

/** A row that is sound: the record that it means and the values that it gives. */
export interface ImportRecord {
  line: number;
  key: string;
  id: string;
  values: Record<string, AttributeValue>;
  /** The holder, where the row names somebody who is not known yet. */
  newPerson?: { id: string; values: Record<string, AttributeValue> };
}

export interface ReadRows {
  records: ImportRecord[];
  errors: RowError[];
  /** Rows that say exactly what an earlier row said. */
  repeated: number;
}

/** Turns rows into records. A row with anything wrong in it gives errors and no record. */
export function readRows(
  rows: readonly ImportRow[],
  by: { definition: ImportDefinition; references: ReferenceIndex; context: TransformContext },
): ReadRows {
  const read: ReadRows = { records: [], errors: [], repeated: 0 };
  const seen = new Map<string, { line: number; text: string }>();
  for (const row of rows) {
    const key = keyOf(row, by.definition);
    const text = JSON.stringify(Object.entries(row.cells).sort());
    const earlier = seen.get(key);
    if (earlier?.text === text) read.repeated += 1;
    else if (earlier !== undefined) {
      const reason = `the same record as in line ${earlier.line}, with other contents`;
      read.errors.push({ line: row.line, column: '', value: '', reason });
    } else if (readRow(row, { ...by, key, read })) seen.set(key, { line: row.line, text });
  }
  return read;
}

/** Names the record of a row, so that importing the row again finds the same record. */
function keyOf(row: ImportRow, definition: ImportDefinition): string {
  const own = row.cells.id ?? '';
  if (own !== '') return `id:${own}`;
  return definition.naturalKey.map((name) => nameKey(row.cells[name] ?? '')).join('|');
}

interface RowContext {
  definition: ImportDefinition;
  references: ReferenceIndex;
  context: TransformContext;
  key: string;
  read: ReadRows;
}

/** Whether the row became a record. */
function readRow(row: ImportRow, by: RowContext): boolean {
  const { definition, key, read } = by;
  const errors: RowError[] = [];
  const values: Record<string, AttributeValue> = {};
  const fail = (column: string, reason: string) =>
    errors.push({ line: row.line, column, value: row.cells[column] ?? '', reason });
  const isKeyless = (row.cells.id ?? '') === '' && key.replaceAll('|', '') === '';
  if (isKeyless) fail('', `needs an id, or one of ${definition.naturalKey.join(', ')}`);
  for (const column of definition.columns) readCell(row, column, { ...by, values, fail });
  if (definition.kind === 'people') refuseCrmPerson(row, by, fail);
  const newPerson = definition.kind === 'certifications' ? holderOf(row, by, { values, fail }) : undefined;
  if (
    definition.kind === 'leads' &&
    row.cells.is_converted === undefined &&
    row.cells.converted_on !== undefined
  ) {
    values.isConverted = values.convertedOn !== null && values.convertedOn !== undefined;
  }
  if (errors.length > 0) {
    read.errors.push(...errors);
    return false;
  }
  const id =
    definition.kind === 'people'
      ? importedPersonId(row.cells.email!)
      : newRecordId(definition.entity, 'import', definition.kind, key);
  read.records.push({ line: row.line, key, id, values, ...(newPerson === undefined ? {} : { newPerson }) });
  return true;
}

type CellContext = RowContext & {
  values: Record<string, AttributeValue>;
  fail(column: string, reason: string): void;
};

function readCell(row: ImportRow, column: ImportColumn, by: CellContext): void {
  const cell = row.cells[column.name];
  if (cell === undefined) return;
  if (cell === '' && column.required) {
    by.fail(column.name, 'is blank');
    return;
  }
  if (column.name === 'email' && cell !== '' && !/^[^\s@]+@[^\s@]+$/.test(cell)) {
    by.fail('email', `"${cell}" is not an e-mail address`);
    return;
  }
  if (column.attribute === null || column.attribute === 'person') return;
  if (column.attribute === 'partner') {
    by.values.partner = cell === '' ? null : partnerOf(cell, by);
    return;
  }
  const spec = attributeMappingSchema.parse({
    field: column.name,
    direction: 'in',
    ...(column.transform === undefined ? {} : { transform: column.transform }),
  });
  const plan = planAttribute(by.definition.entity, column.attribute, spec);
  // A column that the file does not have is blank, as to a CRM a field is that it has.
  const blanks = Object.fromEntries(plan.fields.map((field) => [field, '']));
  const own = column.transform?.kind === 'values' ? { [column.name]: cell.toLowerCase() } : {};
  const fields = { ...blanks, ...row.cells, ...own };
  const reading = readAttribute(plan, fields, by.context);
  if (reading.kind === 'value') by.values[column.attribute] = reading.value;
  else if (reading.kind === 'invalid') by.fail(column.name, `${reading.reason}${choiceHint(column, cell)}`);
}

function choiceHint(column: ImportColumn, cell: string): string {
  if (column.transform?.kind !== 'values') return '';
  const known = Object.keys(column.transform.map);
  return ` (${known.join(', ')})${suggestion(cell, known)}`;
}

function partnerOf(word: string, by: CellContext): string | null {
  const match = by.references.partner(word);
  if ('id' in match) return match.id;
  by.fail('partner', match.problem);
  return null;
}

/** What a CRM says about a person is not overwritten by a file. */
function refuseCrmPerson(row: ImportRow, by: RowContext, fail: CellContext['fail']): void {
  const email = emailKey(row.cells.email ?? '');
  const known = by.references.person(email);
  if (known === undefined || known === importedPersonId(email)) return;
  fail('email', `"${email}" comes from a CRM; change the person there`);
}

/** The holder by address. Somebody not known yet becomes a person of the partner that the row names. */
function holderOf(
  row: ImportRow,
  by: RowContext,
  into: { values: Record<string, AttributeValue>; fail(column: string, reason: string): void },
): ImportRecord['newPerson'] {
  const { values, fail } = into;
  const email = emailKey(row.cells.email ?? '');
  if (email === '') return undefined;
  const known = by.references.person(email);
  values.person = known ?? importedPersonId(email);
  if (known !== undefined) return undefined;
  if (typeof values.partner !== 'string') {
    const isNamed = (row.cells.partner ?? '') !== '';
    if (!isNamed)
      fail('email', 'nobody with this address is known; name the partner, and the person is added');
    return undefined;
  }
  const name = row.cells.holder ?? '';
  return {
    id: importedPersonId(email),
    values: { email, partner: values.partner, ...(name === '' ? {} : { name }) },
  };
}
