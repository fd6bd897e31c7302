import { columnOf } from '../../model/entities.ts';
import { exact } from '../../program/exact.ts';
import type { ProgramDefinition } from '../../program/schema/schema.ts';
import type { TimesDefinition } from '../../program/schema/table.ts';
import {
  entryKeys,
  nextVersionDay,
  regionValues,
  type TableVersion,
  tableDenominator,
  versionOn,
  versionsOf,
} from '../../program/tables.ts';
import { scaledBy } from './filter.ts';
import {
  anyOf,
  daySql,
  factorSql,
  nameSql,
  type PathSql,
  pathSql,
  type RowContext,
  regionSql,
} from './sql-parts.ts';
import { noValue, type ValueSql } from './value.ts';

/** What a record is multiplied by, as a whole number of parts; null where the table has none for it. */
export interface TableSql {
  table: string;
  factor: string;
  denominator: bigint;
  /** What was looked up, as text. */
  key: string;
  isMissing: string;
  isRefused: boolean;
  isDateBlank: string;
  isUnrated: string;
  currency: string | null;
  /** The first day on which time alone brings another version; null when none does. */
  changesOn: string | null;
}

/** The lookup of each record in a table, in the version of its own date or that of the day of evaluation. */
export function tableSql(
  context: RowContext,
  { times, program, asOf }: { times: TimesDefinition; program: ProgramDefinition; asOf: string },
): TableSql {
  const table = program.tables[times.table]!;
  const denominator = tableDenominator(table);
  const attribute = pathSql(context, times.by);
  const rate = attribute.currency === null ? null : factorSql(context, attribute);
  const lookedUp = rate === null ? attribute.sql : `(${attribute.sql} * ${rate})`;
  const valueIn = (version: TableVersion | undefined) =>
    version === undefined
      ? 'null::numeric'
      : versionSql(context, version, { attribute, lookedUp, denominator });
  const day = times.dated === undefined ? null : daySql(context, times.dated);
  const inForce =
    day === null ? (versionOn(table, asOf) === undefined ? 'false' : 'true') : begunSql(context, table, day);
  const factor =
    day === null ? valueIn(versionOn(table, asOf)) : datedSql(context, versionsOf(table), { day, valueIn });
  return {
    table: times.table,
    factor,
    denominator,
    key: asWritten(attribute),
    isMissing: `(${factor} is null)`,
    isRefused: table.missing === 'refuse',
    isDateBlank: day === null ? 'false' : `(${day} is null)`,
    // Where no version is in force, nothing is looked up.
    isUnrated:
      rate === null || inForce === 'false'
        ? 'false'
        : `(${inForce} and ${attribute.sql} is not null and ${rate} is null)`,
    currency: attribute.currency,
    changesOn: day === null ? nextVersionDay(table, asOf) : null,
  };
}

/** Whether the first version had begun on the day of a record. */
function begunSql(context: RowContext, table: Parameters<typeof versionsOf>[0], day: string): string {
  const [first] = versionsOf(table);
  if (first!.from === null) return 'true';
  return `coalesce(${day} >= ${context.parameters.add(first!.from, 'date')}, false)`;
}

/** The latest version first: a record takes the first that had begun on its day. */
function datedSql(
  context: RowContext,
  versions: readonly TableVersion[],
  { day, valueIn }: { day: string; valueIn(version: TableVersion): string },
): string {
  const cases = [...versions]
    .reverse()
    .map(
      (version) => `when ${day} >= ${context.parameters.add(version.from, 'date')} then ${valueIn(version)}`,
    );
  return `(case ${cases.join(' ')} end)`;
}

function versionSql(
  context: RowContext,
  version: TableVersion,
  { attribute, lookedUp, denominator }: { attribute: PathSql; lookedUp: string; denominator: bigint },
): string {
  const { parameters, currency } = context;
  const inParts = (value: string | number) => parameters.add(wholeText(value, denominator), 'numeric');
  const other = version.otherwise === undefined ? 'null::numeric' : inParts(version.otherwise);
  if (version.bands !== undefined) {
    const scale = attribute.path.type === 'money' ? currency.denominator : 1n;
    const cases = [...version.bands]
      .reverse()
      .map(
        ({ from, value }) =>
          `when ${lookedUp} >= ${parameters.add(scaledBy(String(from), scale), 'numeric')} then ${inParts(value)}`,
      );
    return `(case ${cases.join(' ')} else ${other} end)`;
  }
  const isByRegion = version.regions !== undefined;
  const values = isByRegion ? regionValues(version, context.regions!) : entryKeys(version);
  const entries = values.map(([key, value]) => [key, wholeText(value, denominator)]);
  const key = isByRegion ? regionSql(context, attribute).region : keySql(attribute);
  const found = `(${parameters.add(JSON.stringify(Object.fromEntries(entries)), 'jsonb')} ->> ${key})`;
  return `coalesce(${found}::numeric, ${other})`;
}

/** Keys are names: case and blanks make no difference. */
export function keySql({ sql, path }: PathSql): string {
  return path.isText ? sql : nameSql(`${sql}::text`);
}

/** What is looked up as it is in the record, for people. */
export function asWritten({ sql, path, alias, written }: PathSql): string {
  if (!path.isText) return `${sql}::text`;
  return `${written ?? `${alias}.${columnOf(path.attribute)}`}::text`;
}

/** A value in parts of one, of which its own denominator is a multiple. */
function wholeText(value: string | number, denominator: bigint): string {
  const { s, n, d } = exact(value);
  return String((s * n * denominator) / d);
}

/** The value of a row times what the tables have for it; of counted records the value is one. */
export function timesTables(context: RowContext, part: ValueSql, tables: readonly TableSql[]): ValueSql {
  if (tables.length === 0) return part;
  for (const { isUnrated, currency } of tables) {
    if (currency !== null) context.unrated.push({ when: isUnrated, currency, day: null });
  }
  const one = part.value === noValue ? '1' : part.value;
  const times = (value: string) => `(${[value, ...tables.map(({ factor }) => factor)].join(' * ')})::numeric`;
  return {
    ...part,
    value: times(one),
    divisible: part.divisible && { ...part.divisible, one: times(part.divisible.one) },
    isUnrated: anyOf([part.isUnrated, ...tables.map(({ isUnrated }) => isUnrated)]),
    denominator: tables.reduce((product, { denominator }) => product * denominator, part.denominator),
  };
}

/** What tables multiply a row by, as text. */
export function timesSql(tables: readonly TableSql[]): string {
  return tables.length === 0 ? 'null::text' : `(${tables.map(({ factor }) => factor).join(' * ')})::text`;
}

/** The first table that has nothing for a row, and what was looked up there. */
export function missingSql(tables: readonly TableSql[]): string {
  if (tables.length === 0) return 'null::text[]';
  const cases = tables.map(({ isMissing, table, key }) => `when ${isMissing} then array['${table}', ${key}]`);
  return `(case ${cases.join(' ')} end)::text[]`;
}
