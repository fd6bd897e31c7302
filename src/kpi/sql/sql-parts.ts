import { TierlinkError } from '../../errors.ts';
import { columnOf, type EntityName, entities } from '../../model/entities.ts';
import { type AttributePath, isCustom, resolvePath } from '../../program/attribute-path.ts';
import { type CurrencyFactors, datedCodes } from '../../program/currency.ts';
import type { CustomTypes } from '../../program/custom-attributes.ts';
import { otherRegion, regionsByCountry } from '../../program/regions.ts';
import type { CalendarDefinition } from '../../program/schema/calendar.ts';
import type { CertificatesDefinition } from '../../program/schema/certificate.ts';
import type { AggregateCondition } from '../../program/schema/kpi.ts';
import type { RegionsDefinition } from '../../program/schema/region.ts';
import { Gathered, type WorkedOut } from '../gathered.ts';
import { typedSql } from './typed.ts';

/** The partners that a statement is for: the placeholder of their ids, and whether they have the records of those below. */
export interface AskedPartners {
  partners: string;
  rollUp: 'partner' | 'company';
}

/** Collects the parameters of one statement, and the records that its parts share. */
export class Parameters {
  readonly values: unknown[] = [];
  readonly gathered = new Gathered();
  readonly #seen = new Map<string, string>();
  #asked: AskedPartners | undefined;

  /** Says for which partners the statement is; there is one such question in it. */
  askFor(partners: readonly string[], rollUp: AskedPartners['rollUp']): void {
    this.#asked = { partners: this.add([...partners], 'text[]'), rollUp };
  }

  /** The partners that the statement is for. */
  get asked(): AskedPartners {
    if (this.#asked === undefined)
      throw new TierlinkError('INTERNAL', { reason: 'no partners are asked for' });
    return this.#asked;
  }

  /** The placeholder of a value, with its type; equal values share one. */
  add(value: unknown, type: string): string {
    const key = `${type} ${JSON.stringify(value)}`;
    const known = this.#seen.get(key);
    if (known !== undefined) return known;
    this.values.push(value);
    const placeholder = `$${this.values.length}::${type}`;
    this.#seen.set(key, placeholder);
    return placeholder;
  }

  /**
   * A statement with the parameters that it uses, numbered anew: parts that came to nothing leave some behind, of which the
   * database could not tell the type.
   */
  usedBy(statement: string): { sql: string; parameters: unknown[] } {
    const used: string[] = [];
    const sql = statement.replace(/\$(\d+)(?=::)/g, (_placeholder, number: string) => {
      if (!used.includes(number)) used.push(number);
      return `$${used.indexOf(number) + 1}`;
    });
    return { sql, parameters: used.map((number) => this.values[Number(number) - 1]) };
  }
}

/** Where the records of an entity come from, and whose they are, in SQL. */
export interface SourceSql {
  /** FROM clause that yields each record once for each partner that has it. */
  from: string;
  /** The partner that a record counts for. */
  partner: string;
  /** How much of it is the partner's, in percent; null where that is not known. */
  share: string;
  /** Whether it is the partner's at all: true or false. */
  isOwn: string;
  /** Whether they are records gathered for the statement (ADR 0044), without any that was merged into another one. */
  isGathered: boolean;
}

/** What the expressions of one measure share: parameters, joins to referred records, amounts that need a rate. */
export interface RowContext {
  entity: EntityName;
  /** Alias of the record that attributes are read from. */
  root: string;
  /** Whether that is one of the records gathered for the statement. */
  isGathered: boolean;
  parameters: Parameters;
  timeZone: string;
  /** What attributes of one's own are read as. */
  custom: CustomTypes;
  currency: CurrencyFactors;
  /** SQL of the day whose rates hold, where some are by date. */
  rateDay(): string;
  /** Whether any amount is converted. */
  rates: { isUsed: boolean };
  /** Join clauses by alias, in the order of use. */
  joins: Map<string, string>;
  /** Amounts that conditions look at: when one has no rate, in which currency it is, and the day; null for that of rateDay. */
  unrated: { when: string; currency: string; day: string | null }[];
  /** The catalogue, where the program has one. */
  certificates?: CertificatesDefinition | undefined;
  /** Its regions, where it has some. */
  regions?: RegionsDefinition | undefined;
  /** Its business calendars. */
  calendars: Readonly<Record<string, CalendarDefinition>>;
  /** Whose the records are; missing where these are partners. */
  source?: SourceSql;
  /** Where what is known of these partners is joined: once for all records, also for conditions on what refers to them. */
  homes?: Map<string, string>;
  /** Turns a condition on records that refer to the record into SQL; missing where the program check lets none stand. */
  hasSql?: (has: AggregateCondition) => string;
}

/** What the expressions of a measure share, about the records that it measures. */
export interface MeasureContext extends RowContext {
  source: SourceSql;
}

/** An attribute as SQL. */
export interface PathSql {
  sql: string;
  /** For money: the column of its currency. */
  currency: string | null;
  path: AttributePath;
  /** Alias of the table that holds it. */
  alias: string;
  /** Of an attribute of one's own: its value as a text, whatever it is read as. */
  written?: string;
}

export function pathSql(context: RowContext, text: string): PathSql {
  const path = resolvePath(context.entity, text, context.custom);
  if (typeof path === 'string') throw new TierlinkError('INTERNAL', { reason: path });
  let alias = context.root;
  for (const { attribute, to } of path.steps) {
    alias = joinTo(context, { from: alias, attribute, to });
  }
  if (isCustom(path)) return customSql(context, { path, alias });
  const name = columnOf(path.attribute);
  const column = columnSql(context, alias, name);
  if (path.isText) {
    const sql = workedOut(context, alias, (record) => nameSql(`${record}.${name}`));
    return { sql, currency: null, path, alias };
  }
  const currency = path.type === 'money' ? columnSql(context, alias, `${name}_currency`) : null;
  return { sql: column, currency, path, alias };
}

/** A column of the record that has an alias; of records that are gathered (ADR 0044) each must be named by this. */
export function columnSql(context: RowContext, alias: string, column: string): string {
  if (alias === context.root) context.parameters.gathered.read(context.entity, column);
  return `${alias}.${column}`;
}

/** Something made of columns of a record: of a gathered one, what was made of them as it was gathered. */
function workedOut({ parameters, ...context }: RowContext, alias: string, sql: WorkedOut): string {
  return context.isGathered && alias === context.root
    ? `${alias}.${parameters.gathered.workOut(context.entity, sql)}`
    : sql(alias);
}

/** An amount without a currency of its own is in the program's. */
function customSql(context: RowContext, { path, alias }: Pick<PathSql, 'path' | 'alias'>): PathSql {
  const { parameters, currency } = context;
  const key = parameters.add(path.attribute.slice('extra.'.length), 'text');
  const extra = columnSql(context, alias, 'extra');
  const plain = `(${extra} ->> ${key})`;
  if (path.type !== 'money')
    return {
      sql: path.isText ? nameSql(plain) : typedSql(plain, path.type),
      currency: null,
      path,
      alias,
      written: plain,
    };
  const written = `coalesce(${extra} -> ${key} ->> 'amount', ${plain})`;
  const sql = typedSql(written, path.type);
  const code = parameters.add(currency.code, 'text');
  return {
    sql,
    currency: `coalesce(${extra} -> ${key} ->> 'currency', ${code})`,
    path,
    alias,
    written,
  };
}

/**
 * What JavaScript takes for a blank, one by one: what the database takes for one goes by its locale, and a no-break space, which
 * people paste from pages, is none there. The index of kinds of facts has the same words.
 */
const blanks = '[\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]+';

/** A name or another text in the form in which it is compared, as nameKey has it. */
export function nameSql(sql: string): string {
  return `lower(btrim(regexp_replace(${sql}, '${blanks}', ' ', 'g')))`;
}

/** The same, with nothing but blanks as none. */
export function textSql(sql: string): string {
  return `nullif(${nameSql(sql)}, '')`;
}

/** An attribute as SQL in which a text of nothing but blanks is none, as one that is not there. */
export function filledSql({ sql, path }: PathSql): string {
  return path.isText ? `nullif(${sql}, '')` : sql;
}

/** What tells a value from others: 1.0 and 1.00 are one number, and 100 USD and 100 EUR are two amounts. */
export function sameSql(attribute: PathSql): string {
  const { sql, currency, path } = attribute;
  if (path.type === 'decimal') return `trim_scale(${sql})::text`;
  if (path.type !== 'money') return `${filledSql(attribute)}::text`;
  return `(trim_scale(${sql})::text || ' ' || coalesce(${currency}, ''))`;
}

/** No region: that of a blank country, and of one that no region has. */
export const nowhere = '';

/** The region of a country, and whether it is blank. */
export function regionSql(context: RowContext, country: PathSql): { region: string; isBlank: string } {
  const regions = context.regions!;
  const name = country.path.isText ? country.sql : nameSql(country.sql);
  const isBlank = `(coalesce(${name}, '') = '')`;
  const named = JSON.stringify(Object.fromEntries(regionsByCountry(regions)));
  const found = `${context.parameters.add(named, 'jsonb')} ->> ${name}`;
  const other = context.parameters.add(otherRegion(regions) ?? nowhere, 'text');
  return {
    region: `(case when ${isBlank} then '${nowhere}' else coalesce(${found}, ${other}) end)`,
    isBlank,
  };
}

/** Joins the record that a reference points to, once, and returns its alias. */
export function joinTo(
  context: RowContext,
  { from, attribute, to }: { from: string; attribute: string; to: EntityName },
): string {
  const alias = `${from}_${columnOf(attribute)}`;
  const table = entities[to].table;
  context.joins.set(
    alias,
    `left join tierlink.${table} ${alias} on ${alias}.id = ${columnSql(context, from, columnOf(attribute))}`,
  );
  return alias;
}

/** A date or instant as a day of the program's time zone. */
export function daySql(context: RowContext, text: string): string {
  const attribute = pathSql(context, text);
  return attribute.path.type === 'date' ? attribute.sql : dayOfInstant(context, attribute);
}

/** The day of the program's time zone that an instant falls on. */
export function dayOfInstant(context: RowContext, { sql, path, alias }: PathSql): string {
  const zone = context.parameters.add(context.timeZone, 'text');
  const dayOf = (instant: string) => `(${instant} at time zone ${zone})::date`;
  if (isCustom(path)) return dayOf(sql);
  return workedOut(context, alias, (record) => dayOf(`${record}.${columnOf(path.attribute)}`));
}

/** The factor that turns an amount into whole parts of the program's currency; null when there is no rate on the day. */
export function factorSql(context: RowContext, { currency, path, alias }: PathSql): string {
  context.rates.isUsed = true;
  if (isCustom(path) || datedCodes(context.currency).length > 0) return factorOfCode(context, currency!);
  const column = `${columnOf(path.attribute)}_currency`;
  return workedOut(context, alias, (record) => factorOfCode(context, `${record}.${column}`));
}

function factorOfCode(context: RowContext, currencySql: string): string {
  const { parameters, currency, rateDay } = context;
  const factorOf = (versions: CurrencyFactors['factors'][number]['versions']) => {
    const [first] = versions;
    if (first?.from === null) return parameters.add(first.factor, 'numeric');
    const cases = [...versions]
      .reverse()
      .map(
        ({ from, factor }) =>
          `when ${rateDay()} >= ${parameters.add(from, 'date')} then ${parameters.add(factor, 'numeric')}`,
      );
    return `(case ${cases.join(' ')} end)`;
  };
  const cases = currency.factors.map(
    ({ code, versions }) => `when ${parameters.add(code, 'text')} then ${factorOf(versions)}`,
  );
  return `(case ${currencySql} ${cases.join(' ')} end)`;
}

/** Conditions, each true or false, of which at least one holds. */
export function anyOf(conditions: readonly string[]): string {
  const real = conditions.filter((condition) => condition !== 'false');
  return real.length === 0 ? 'false' : `(${real.join(' or ')})`;
}

/** The currency of the amount that has no rate; where each has one, that of the value. */
export function unratedCurrencySql({ unrated }: RowContext, currency = 'null::text'): string {
  if (unrated.length === 0) return currency;
  const cases = unrated.map((one) => `when ${one.when} then ${one.currency}`);
  return `(case ${cases.join(' ')} else ${currency} end)`;
}

/** The day on which the amount of unratedCurrencySql has no rate. */
export function unratedDaySql({ unrated, rateDay }: RowContext): string {
  if (unrated.every(({ day }) => day === null)) return rateDay();
  const cases = unrated.map(({ when, day }) => `when ${when} then ${day ?? rateDay()}`);
  return `(case ${cases.join(' ')} else ${rateDay()} end)`;
}
