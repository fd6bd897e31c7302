import type { CrmRecord, CrmValue } from '../../src/sync/connector.ts';
import { type JsonRow, valueAt } from '../shared/neutral-values.ts';
import type { Context } from './context.ts';
import type { RawObject, ResolvedField } from './describe.ts';
import { type Convert, convertOf } from './values.ts';

/** How the wanted fields of an object are selected and turned into neutral records. */
export interface FieldPlan {
  object: string;
  /** Paths to select; Id comes first. */
  select: string[];
  /** Whether rows carry a modification stamp. */
  hasStamp: boolean;
  /** Fields that were wanted but that the user cannot see: absent from every record. */
  hidden: string[];
  fromJson(row: JsonRow): CrmRecord;
  /** @param header the column names of the CSV. */
  fromCells(header: readonly string[]): (cells: readonly string[]) => CrmRecord;
}

/** What the platform says about a row, as it stands there. */
interface SystemValues {
  id: unknown;
  at: unknown;
  made: unknown;
  by: unknown;
}

interface Column {
  wanted: string;
  path: string;
  steps: string[];
  convert: Convert;
}

/** Compound values have no single form, files are addresses: neither can be read as a value. */
const UNREADABLE = new Set(['address', 'location', 'base64', 'complexvalue', 'anyType', 'junctionIdList']);

/** Resolves wanted fields against what the user sees. Throws CRM_OBJECT_MISSING. */
export async function planFields(
  context: Context,
  object: string,
  wanted: readonly string[],
): Promise<FieldPlan> {
  const raw = await context.metadata.object(object);
  const columns: Column[] = [];
  const hidden: string[] = [];
  for (const field of wanted) {
    const found = await context.metadata.resolve(object, field);
    if (found === undefined || UNREADABLE.has(found.field.type)) hidden.push(field);
    else columns.push(columnOf(field, found));
  }
  return { hidden, ...planOf(raw, columns) };
}

function columnOf(wanted: string, found: ResolvedField): Column {
  return { wanted, path: found.path, steps: found.path.split('.'), convert: convertOf(found.type) };
}

function planOf(raw: RawObject, columns: Column[]): Omit<FieldPlan, 'hidden'> {
  const has = (field: string): boolean => raw.fields.some((each) => each.name === field);
  const hasStamp = has('SystemModstamp');
  const stampField = hasStamp
    ? 'SystemModstamp'
    : has('LastModifiedDate')
      ? 'LastModifiedDate'
      : 'CreatedDate';
  const system = ['Id', stampField, 'CreatedDate', 'LastModifiedById'].filter(has);
  const stamp = convertOf('instant');
  const record = (told: SystemValues, fields: CrmRecord['fields']): CrmRecord => {
    const made = stamp(told.made);
    return {
      id: String(told.id),
      modifiedAt: String(stamp(told.at) ?? '1970-01-01T00:00:00.000Z'),
      createdAt: typeof made === 'string' ? made : null,
      modifiedBy: typeof told.by === 'string' && told.by !== '' ? told.by : null,
      fields,
    };
  };
  return {
    object: raw.name,
    hasStamp,
    select: [...new Set([...system, ...columns.map((column) => column.path)])],
    fromJson: (row) => {
      const fields: Record<string, CrmValue> = {};
      for (const { wanted, steps, convert } of columns) fields[wanted] = convert(valueAt(row, steps));
      const told = { id: row.Id, at: row[stampField], made: row.CreatedDate, by: row.LastModifiedById };
      return record(told, fields);
    },
    fromCells: (header) => {
      const places = new Map(header.map((column, index) => [column.toLowerCase(), index]));
      const place = (path: string): number => places.get(path.toLowerCase()) ?? -1;
      const [id, at, made, by] = [
        place('Id'),
        place(stampField),
        place('CreatedDate'),
        place('LastModifiedById'),
      ];
      const cells = columns.map(({ wanted, path, convert }) => ({ wanted, index: place(path), convert }));
      return (line) => {
        const fields: Record<string, CrmValue> = {};
        for (const { wanted, index, convert } of cells) fields[wanted] = convert(line[index]);
        return record({ id: line[id], at: line[at], made: line[made], by: line[by] }, fields);
      };
    },
  };
}
