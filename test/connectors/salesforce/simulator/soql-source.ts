import { fileURLToPath } from 'node:url';
import { createIdFactory } from '../../../../connectors/salesforce/simulator/ids.ts';
import { loadCompactFolder } from '../../../../connectors/salesforce/simulator/metadata-load.ts';
import { createSchema } from '../../../../connectors/salesforce/simulator/schema.ts';
import { runQuery } from '../../../../connectors/salesforce/simulator/soql/query.ts';
import { createTable, type Table } from '../../../../connectors/salesforce/simulator/table.ts';
import {
  ApiError,
  type Caller,
  type QuerySource,
  type Row,
} from '../../../../connectors/salesforce/simulator/types.ts';
import { createClock } from '../../../../connectors/simulation/clock.ts';

/** Monday 2026-11-23, 10:00 in UTC. */
export const NOW = Date.parse('2026-11-23T10:00:00Z');

const ACCESS = { read: true, create: true, edit: true, delete: true, viewAll: true, modifyAll: true };

/** A query source over plain rows, without the rest of the simulator, and a short way to ask it. */
export function createSource(options: { timeZone?: string; fiscalYearStartMonth?: number } = {}) {
  const clock = createClock(NOW);
  clock.freeze();
  const schema = createSchema(clock);
  const folder = fileURLToPath(
    new URL('../../../../connectors/salesforce/simulator/metadata', import.meta.url),
  );
  loadCompactFolder(schema, folder);
  const tables = new Map<string, Table>();
  const table = (name: string): Table => {
    const known = tables.get(name) ?? createTable();
    tables.set(name, known);
    return known;
  };
  const nextId = createIdFactory();
  const source: QuerySource = {
    object: schema.object,
    rows: (name) => table(name).rows.values(),
    rowById: (name, id) => table(name).get(id),
    rowsWhere: (name, field, values) => {
      const object = schema.object(name);
      const meta = object && schema.field(object, field);
      return meta ? table(name).where(meta, values) : [];
    },
    rowsModifiedSince: (name, since) => table(name).modifiedSince(since),
    now: clock.now,
    fiscalYearStartMonth: options.fiscalYearStartMonth ?? 1,
  };
  const caller: Caller = {
    userId: '005Sm0000000001AAA',
    isAdmin: true,
    timeZone: options.timeZone ?? 'UTC',
    canReadObject: () => true,
    canReadField: () => true,
    canWriteField: () => true,
    canSeeRow: () => true,
    objectAccess: () => ACCESS,
    canEditRow: () => true,
  };
  const add = (name: string, values: Row): string => {
    const object = schema.object(name);
    if (!object) throw new Error(`no object ${name}`);
    const id = typeof values.Id === 'string' ? values.Id : nextId(object.keyPrefix ?? 'a00');
    const stamps = { IsDeleted: false, CreatedDate: NOW, SystemModstamp: NOW };
    table(name).put(id, { ...stamps, ...values, Id: id });
    return id;
  };
  const run = (soql: string, as: Partial<Caller> = {}, includeDeleted = false) =>
    runQuery({ soql, source, caller: { ...caller, ...as }, apiVersion: '67.0', includeDeleted });
  return {
    schema,
    source,
    add,
    run,
    /** The records of all pages, attributes left out. */
    records: (soql: string, as: Partial<Caller> = {}) =>
      run(soql, as)
        .page(0, 1_000_000)
        .map((record) => bare(record)),
    /** Names of the matching rows, sorted. */
    names: (objectName: string, where: string) =>
      run(`SELECT Name FROM ${objectName} WHERE ${where}`)
        .page(0, 1_000_000)
        .map((record) => record.Name)
        .sort(),
    refusal: (soql: string, as: Partial<Caller> = {}) => refusalOf(() => run(soql, as)),
  };
}

export type Source = ReturnType<typeof createSource>;

function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'attributes');
  return Object.fromEntries(entries.map(([key, inner]) => [key, bare(inner)]));
}

/** The refusal that the work ends in, as code and message. */
export function refusalOf(work: () => unknown): { code: string; message: string; status: number } {
  try {
    work();
  } catch (error) {
    if (error instanceof ApiError)
      return { code: error.errorCode, message: error.message, status: error.status };
    throw error;
  }
  throw new Error('expected a refusal');
}
