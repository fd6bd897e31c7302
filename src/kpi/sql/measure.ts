import type { MeasurableEntity } from '../../program/attribute-path.ts';
import { aggregateOf, pathsOfValue } from '../../program/check/kpi.ts';
import { currencyFactors, datedCodes } from '../../program/currency.ts';
import type { AggregateCondition, MeasureDefinition, WindowDefinition } from '../../program/schema/kpi.ts';
import type { ProgramDefinition } from '../../program/schema/schema.ts';
import { entityOfMeasure } from '../base-part.ts';
import { earliest } from '../earliest.ts';
import { nextRateDay, rateDayOf } from '../rate-day.ts';
import type { ExclusionReason } from '../types.ts';
import type { Edge } from '../windows.ts';
import { type AddedUp, halves } from './aggregate.ts';
import { type ChoiceSql, choiceSql, thenStep } from './choice.ts';
import { aggregateOfEach, type EachSql, eachSql, eachValue } from './each.ts';
import { filterSql } from './filter.ts';
import { type HasSql, hasSql, type Need } from './has.ts';
import { groupStep } from './having.ts';
import { latestStep, newestBy } from './latest.ts';
import { givenValue, ledgerStep, takenBackStep } from './ledger.ts';
import {
  allTypes,
  anyMistyped,
  firstMistypedSql,
  type MeasureTypes,
  type MistypedSql,
  measureTypes,
} from './mistyped.ts';
import { type AskedRegion, countrySql, regionStep } from './region.ts';
import type { Reason, RowsSql } from './rows.ts';
import { absentSql, sourceSql, wholeShare } from './source.ts';
import {
  anyOf,
  daySql,
  type MeasureContext,
  type Parameters,
  pathSql,
  type RowContext,
  unratedCurrencySql,
  unratedDaySql,
} from './sql-parts.ts';
import { asWritten, missingSql, type TableSql, tableSql, timesSql, timesTables } from './table.ts';
import { noValue, type ValueSql, valueSql } from './value.ts';
import { type WindowSql, windowSql } from './window.ts';

/** A measure turned into SQL: its rows, one per partner and record, and how they add up. */
export interface MeasureSql {
  entity: MeasurableEntity;
  /** How the rows that count are added up. */
  aggregate: AddedUp;
  /** Where rows are first added up for each customer or the like; the aggregate is then that of what those come to. */
  each: EachSql | null;
  windows: readonly WindowSql[];
  rows: RowsSql;
  /** What time alone will do to rows, in the order of the days that they have for it. */
  turns: readonly MeasureTurn[];
  /** What each record has to come to besides, in the order of the listed numbers. */
  needs: readonly Need[];
  /** Attributes of one's own that its records must have of their type, in the order of the listed number. */
  typed: readonly MistypedSql[];
  /** The reasons that `why` can name. */
  reasons: readonly ExclusionReason[];
  /**
   * What the aggregate's number is divided by; a median's is the sum of the two middle values. That of an average is the sum,
   * to be divided by the number of rows that count as well.
   */
  denominator: bigint;
  /** What the value of one row is divided by; null where rows have none and are counted. */
  rowDenominator: bigint | null;
  /** What the product of a row's table values is divided by. */
  timesDenominator: bigint;
  /** What the weight of one row is divided by. */
  weightDenominator: bigint;
  /** The first day on which a table has another version, whatever the rows are; null when none is to come. */
  changesOn: string | null;
  /** In the scale of the aggregate's number, for each row of an average. */
  cap: bigint | null;
}

export interface MeasureTurn {
  /** Null where the day that the statement finds is that of the change itself. */
  window: WindowDefinition | null;
  edge: Edge;
}

export interface MeasureOptions {
  program: ProgramDefinition;
  measure: MeasureDefinition;
  asOf: string;
  parameters: Parameters;
  /** Its rows are for people to read, not only to be added up. (Default: false) */
  isListed?: boolean;
  /** Figures by region that its rows are for; each row says which (figure). (Default: they are for all regions) */
  regions?: readonly AskedRegion[] | undefined;
}

export function measureSql(options: MeasureOptions): MeasureSql {
  const { program, measure, asOf, parameters } = options;
  const { aggregate, value } = aggregateOf(measure)!;
  const entity = entityOfMeasure(measure);
  const rateDay = rateDayOf(program, measure, asOf);
  const source = sourceSql(entity, { credit: measure.credit, belongsTo: measure.belongsTo, parameters });
  const joins = new Map<string, string>();
  const context: MeasureContext = {
    entity,
    root: 'r',
    isGathered: source.isGathered,
    source,
    parameters,
    timeZone: program.timeZone,
    custom: program.attributes,
    currency: currencyFactors(program),
    rateDay: () => 'null::date',
    rates: { isUsed: false },
    joins,
    homes: joins,
    unrated: [],
    certificates: program.certificates,
    regions: program.regions,
    calendars: program.calendars,
  };
  const dated = datedCodes(context.currency);
  if (dated.length > 0)
    context.rateDay = () =>
      'by' in rateDay ? daySql(context, rateDay.by) : parameters.add(rateDay.day, 'date');
  const compared: HasSql[] = [];
  const compileHas = (has: AggregateCondition): HasSql => {
    const part = hasSql(context, { has, program, asOf });
    compared.push(part);
    return part;
  };
  context.hasSql = (has) => compileHas(has).holds;
  const open: string[] = [];
  const noted = (compile: () => string): string => {
    const before = context.unrated.length;
    const sql = compile();
    if (context.unrated.length > before) open.push(`(${sql} is null)`);
    return sql;
  };
  const where = [measure.where ?? []].flat();
  const filters = where
    .filter(({ has }) => has === undefined)
    .map((filter) => noted(() => filterSql(context, filter)));
  const isOpen = open.length > 0;
  // A record that is not meant today because of what refers to it may be by time alone.
  const mayBeMeant = anyOf(
    compared.flatMap(({ turns }) => turns.map(({ column }) => `${column} is not null`)),
  );
  const needs = where.flatMap(({ has }) => (has === undefined ? [] : [compileHas(has)]));
  const isShort = anyOf(needs.map(({ holds }) => `not ${holds}`));
  // What falls short of one of them does so whatever an amount without a rate in another may be worth.
  if (needs.some(({ usesRates }) => usesRates)) open.push(`(${isShort} is null)`);
  const excepted = (measure.except ?? []).map(
    ({ label, when }) => [`except ${label}`, noted(() => filterSql(context, when))] as const,
  );
  const then = [measure.thenWhere ?? []].flat().map((filter) => noted(() => filterSql(context, filter)));
  const { regions: asked } = options;
  const isRegional = asked !== undefined;
  const tables = [measure.times ?? []].flat().map((times) => tableSql(context, { times, program, asOf }));
  const part = timesTables(
    context,
    valueSql(context, { aggregate, value, asOf, paths: pathsOfValue(measure) }),
    tables,
  );
  const weight = weightSql(context, measure, asOf);
  const choice = choiceSql(context, measure, { asOf, isRegional });
  const inner =
    tables.length > 0 && aggregate === 'count' ? 'sum' : aggregate === 'latest' ? 'max' : aggregate;
  const each = eachSql(context, measure, {
    inner,
    denominator: part.denominator,
    isWeighted: weight !== null,
    isRegional,
    program,
    asOf,
  });
  const takenBack = takenBackStep(context, { measure, part }, { isRegional });
  const steps = [
    ledgerStep(context),
    each?.placed,
    isRegional ? regionStep(context, asked) : undefined,
    takenBack,
    latestStep(context, measure, {
      isRegional,
      day: takenBack === undefined ? newestBy(measure) : 'stands_on',
    }),
    choice?.step,
    then.length === 0 ? undefined : thenStep(`(${then.join(' and ')})`),
    groupStep(context, measure, { program, asOf, isRegional, isListed: options.isListed === true }),
    each?.limit,
    each?.best,
    each?.figure,
  ].filter((step) => step !== undefined);
  const unrated = anyOf([...open, ...steps.map((step) => step.isOpen)]);
  const lookups = [...tables, ...steps.flatMap((step) => step.tables)];
  const windows = [measure.window ?? []]
    .flat()
    .map((window) => windowSql(context, { window, asOf, program }));
  const { gone, outside } = absentSql(context);
  const rateDateBlank = 'by' in rateDay ? rateDateBlankSql(context, part, dated) : 'false';
  const types = measureTypes(context, measure, {
    windows: windows.map((window) => window.dateBlank),
    tableDates: tables.map(({ isDateBlank }) => isDateBlank),
    rateDate: rateDateBlank,
    value: part.isBlank,
    weight: weight?.isBlank ?? 'false',
    choice: choice?.isBlank ?? 'false',
    each: each?.isBlank ?? 'false',
    tables: tables.map(({ isMissing }) => isMissing),
  });
  const denominator =
    each === undefined
      ? part.denominator * halves(aggregate)
      : each.denominator * halves(each.isListed ? 'sum' : aggregateOfEach(each.definition));
  const meant = filters.length === 0 ? 'true' : `(${filters.join(' and ')})`;
  // A record of which it is not known, for want of a rate, is kept for the error to name it.
  const matches = isOpen ? `(${meant} is not false)` : meant;
  const reasons = reasonsOf({
    windows,
    excepted,
    gone,
    outside,
    part,
    weight,
    choice,
    each,
    unrated,
    isShort,
    tables: lookups,
    types,
    rateDateBlank,
    share: context.source.share,
  });
  // An entry says where those that take it back are, however long ago it was.
  const saysWhere = isRegional && entity === 'fact';
  const isOthers = context.source.isOwn === 'true' ? 'false' : `not ${context.source.isOwn}`;
  const history = saysWhere ? 'false' : anyOf([isOthers, ...windows.map(({ isHistory }) => isHistory)]);
  const isFar = anyOf([
    isOthers,
    ...(mayBeMeant === 'false' ? [] : [`not ${matches}`]),
    ...windows.map((window) => window.far),
  ]);
  const days = windows.map(
    ({ begins, ends }, index) =>
      `${begins ?? 'null::date'} as begins_${index}, ${ends ?? 'null::date'} as ends_${index}`,
  );
  const ofWindows = [...windows, ...steps].flatMap(({ turns: own = [] }) => own);
  const { changesOn } = part;
  const turns = [
    ...(changesOn === null
      ? []
      : [{ window: null, edge: 'enters' as const, day: changesOn, isAhead: 'true' }]),
    ...ofWindows.map(({ window, edge, day, isAhead }) => ({ window, edge, day, isAhead })),
    ...compared.flatMap((one) =>
      one.turns.map(({ column, ...turn }) => ({ ...turn, day: column, isAhead: 'true' })),
    ),
  ];
  const numbers = needs.map(({ number }) => number);
  const listed =
    options.isListed === true
      ? [
          `${part.amount} as amount`,
          `${context.source.share} as share`,
          `array[${numbers.join(', ')}]::text[] as needs`,
          `${timesSql(tables)} as times`,
          `${writtenSql(context, measure)} as written`,
          `${firstMistypedSql(allTypes(types))} as mistyped`,
          `${countrySql(context)} as country`,
          `${part.since} as since`,
          `${outsideSql(windows, 'index')} as outside`,
          `${outsideSql(windows, 'day')} as outside_day`,
          ...windows.map(
            ({ countsThrough }, index) => `${countsThrough ?? 'null::date'} as through_${index}`,
          ),
        ]
      : [];
  const usesStart = [...windows, ...compared, ...steps].some((one) => one.usesStart === true);
  const start: [string, string][] = usesStart
    ? [['sp', `join tierlink.partner sp on sp.id = ${context.source.partner}`]]
    : [];
  // May join what it reads.
  const rateDayText = unratedDaySql(context);
  const rows: RowsSql = {
    from: context.source.from,
    isGathered: context.isGathered,
    partner: context.source.partner,
    joins: new Map([...start, ...context.joins]),
    meant: anyOf([matches, mayBeMeant]),
    history,
    value: part.value,
    valueName: takenBack === undefined ? 'value' : givenValue,
    addedUp: each === undefined ? 'value' : eachValue,
    identity: part.identity,
    weight: weight?.value ?? null,
    isFar,
    reasons,
    currency: unratedCurrencySql(context, part.currency),
    missing: missingSql(lookups),
    rateDay: rateDayText,
    turns: turns.map(({ day, isAhead }) => ({ day, isAhead })),
    more: [
      ...listed,
      ...(steps.length > 0 || options.isListed === true ? days : []),
      ...steps.flatMap((step) => step.columns),
    ],
    steps,
  };
  return {
    entity,
    aggregate: each === undefined ? inner : aggregateOfEach(each.definition),
    each: each ?? null,
    windows,
    rows,
    turns: turns.map(({ window, edge }) => ({ window, edge })),
    needs: [...needs, ...steps.flatMap((step) => step.needs)],
    typed: allTypes(types),
    reasons: [...new Set([...reasons.map(([reason]) => reason), ...steps.flatMap((step) => step.reasons)])],
    denominator,
    rowDenominator:
      tables.length === 0 && (aggregate === 'count' || aggregate === 'distinct') ? null : part.denominator,
    weightDenominator: weight?.denominator ?? 1n,
    timesDenominator: tables.reduce((product, table) => product * table.denominator, 1n),
    changesOn: earliest([
      each?.changesOn ?? null,
      ...lookups.map((table) => table.changesOn),
      context.rates.isUsed ? nextRateDay(program, rateDay, asOf) : null,
      compared.some(({ usesRates }) => usesRates)
        ? nextRateDay(program, { day: asOf, window: undefined }, asOf)
        : null,
    ]),
    cap: measure.cap === undefined ? null : BigInt(measure.cap) * denominator,
  };
}

/** The first window that a row is outside of, in the order of the reasons, and the day of the row that says so. */
function outsideSql(windows: readonly WindowSql[], what: 'index' | 'day'): string {
  const told = (index: number, days: readonly (string | null)[]) =>
    what === 'index' ? String(index) : (days.find((day) => day !== null) ?? 'null::date');
  const cases = [
    ...windows.map(({ before, begins, ends }, index) => [before, told(index, [ends, begins])] as const),
    ...windows.map(({ after, begins, ends }, index) => [after, told(index, [begins, ends])] as const),
  ].filter(([when]) => when !== 'false');
  const none = what === 'index' ? 'null::integer' : 'null::date';
  if (cases.length === 0) return none;
  return `(case ${cases.map(([when, then]) => `when ${when} then ${then}`).join(' ')} end)`;
}

/** The value that a row is one of, as the record has it, where different texts are counted. */
function writtenSql(context: RowContext, measure: MeasureDefinition): string {
  const [path, ...others] = measure.distinct === undefined ? [] : pathsOfValue(measure);
  if (path === undefined || others.length > 0) return 'null::text';
  const attribute = pathSql(context, path);
  return attribute.path.isText ? asWritten(attribute) : 'null::text';
}

/** How much each row weighs in an average; null where all weigh the same. */
function weightSql(
  context: MeasureContext,
  { weightedBy }: MeasureDefinition,
  asOf: string,
): ValueSql | null {
  if (weightedBy === undefined) return null;
  const weight = valueSql(context, { aggregate: 'sum', value: `${context.entity}.${weightedBy}`, asOf });
  if (weight.isUnrated !== 'false')
    context.unrated.push({ when: weight.isUnrated, currency: weight.currency, day: null });
  return weight;
}

/** Why a row can be left out, in the order in which a person would ask. */
function reasonsOf(parts: {
  windows: readonly WindowSql[];
  excepted: readonly (readonly [`except ${string}`, string])[];
  gone: string;
  outside: string;
  part: ValueSql;
  weight: ValueSql | null;
  choice: ChoiceSql | undefined;
  each: EachSql | undefined;
  unrated: string;
  isShort: string;
  tables: readonly TableSql[];
  types: MeasureTypes;
  rateDateBlank: string;
  share: string;
}): Reason[] {
  const { windows, gone, outside, part, weight, choice, each, unrated, isShort, tables, types } = parts;
  const missing = (isRefused: boolean) =>
    anyOf(tables.filter((table) => table.isRefused === isRefused).map(({ isMissing }) => isMissing));
  const undated = anyOf([
    ...windows.map(({ dateBlank }) => dateBlank),
    ...tables.map(({ isDateBlank }) => isDateBlank),
    parts.rateDateBlank,
  ]);
  const reasons: Reason[] = [
    ['wrong_type', anyMistyped(types.dates)],
    ['date_blank', undated],
    ['start_blank', anyOf(windows.map((window) => window.startBlank))],
    ...windows.map((window): Reason => [window.reasons.before, window.before]),
    // Before those of a window that is to come: it would seem to begin to count then.
    ...parts.excepted,
    ...windows.map((window): Reason => [window.reasons.after, window.after]),
    ...windows.flatMap(({ others }) => others),
    ['deleted', gone],
    ['out_of_scope', outside],
    ['share_unknown', parts.share === wholeShare ? 'false' : `(${parts.share} is null)`],
    ['wrong_type', anyMistyped(types.values)],
    ['value_blank', part.isBlank],
    ['ends_before_start', part.isBackwards],
    ['weight_blank', weight?.isBlank ?? 'false'],
    ['weight_negative', weight === null ? 'false' : `coalesce(${weight.value} < 0, false)`],
    ['choice_blank', choice?.isBlank ?? 'false'],
    ['each_blank', each?.isBlank ?? 'false'],
    // Whether a record comes to what it takes is not known where an amount in that has no rate.
    ...(isShort === 'false'
      ? []
      : ([
          ['rate_missing', unrated],
          ['falls_short', isShort],
        ] as const)),
    [
      'rate_missing',
      anyOf([part.isUnrated, weight?.isUnrated ?? 'false', choice?.isUnrated ?? 'false', unrated]),
    ],
    ['wrong_type', anyMistyped(types.lookups)],
    ['no_entry', missing(false)],
    ['entry_missing', missing(true)],
  ];
  return reasons.filter(([, when]) => when !== 'false');
}

/** An amount that needs the rate of a day that the record does not have; one in the program's currency needs none. */
function rateDateBlankSql(context: RowContext, part: ValueSql, dated: readonly string[]): string {
  if (dated.length === 0) return 'false';
  const isDated = (currency: string) =>
    `coalesce(${currency} = any(${context.parameters.add(dated, 'text[]')}), false)`;
  const own = part.amount === noValue ? [] : [`(${part.amount} is not null and ${isDated(part.currency)})`];
  const others = context.unrated
    .filter(({ day }) => day === null)
    .map(({ when, currency }) => `(${when} and ${isDated(currency)})`);
  const isAsked = anyOf([...own, ...others]);
  return isAsked === 'false' ? isAsked : `(${context.rateDay()} is null and ${isAsked})`;
}
