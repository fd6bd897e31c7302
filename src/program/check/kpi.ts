import { type EntityName, entities } from '../../model/entities.ts';
import {
  type AttributePath,
  checkEntity,
  isMeasurable,
  resolveEntityPath,
  resolvePath,
  typePlaces,
  typeText,
} from '../attribute-path.ts';
import { exact } from '../exact.ts';
import { pathsOfFilter } from '../filter-paths.ts';
import { isChosenAmong } from '../schema/choice.ts';
import { periodTake } from '../schema/each.ts';
import type { Filter, KpiUnit, MeasureDefinition, ValueDefinition } from '../schema/kpi.ts';
import type { KpiDefinition, ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';
import { checkChoice, checkCounted } from './choice.ts';
import { checkHaving } from './condition.ts';
import { checkCurrencyOf, checkRate } from './currency.ts';
import { checkPerEach, checkWeight } from './each.ts';
import { checkFilter } from './filter.ts';
import { checkLength, checkSince, sinceOf } from './length.ts';
import { checkTimes } from './table.ts';
import { checkWindows } from './window.ts';
import { checkRoles } from './words.ts';

const aggregates = ['count', 'sum', 'distinct', 'average', 'median', 'min', 'max', 'latest'] as const;
export type Aggregate = (typeof aggregates)[number];

const forms = ['measure', 'ratio', 'every', 'difference', 'growth', 'score', 'rank'] as const;

/** What a measure counts in: an amount of money, a length of time or a plain number. */
type Kind = 'money' | 'days' | 'hours' | 'months' | 'count' | 'number';

/** What a plain number counts is for its author to say; only an amount needs a currency. */
const unitsOfKind: Readonly<Record<Kind, readonly KpiUnit[]>> = {
  money: ['money'],
  days: ['days'],
  hours: ['hours'],
  months: ['number', 'count'],
  count: ['count', 'people', 'number'],
  number: ['number', 'count', 'people', 'ratio', 'percent', 'points', 'days', 'hours'],
};

/** Reports what is wrong with a KPI: its form, its attributes, its windows, its unit. */
export function checkKpi(
  report: Report,
  kpi: KpiDefinition,
  { program, path }: { program: ProgramDefinition; path: PathKey[] },
): void {
  const used = forms.filter((form) => kpi[form] !== undefined);
  if (used.length !== 1) {
    report('PROGRAM_NOT_ONE_OF', path, `a KPI is exactly one of ${forms.join(', ')}`);
    return;
  }
  checkPerRegion(report, kpi, { program, path });
  if (typeof kpi.whenEmpty === 'object' && (kpi.ratio ?? kpi.score?.ratio) === undefined)
    report(
      'PROGRAM_MISPLACED',
      [...path, 'whenEmpty'],
      'only a ratio has cases (0/0 and n/0); say it in one word, such as fail',
    );
  if (kpi.score !== undefined || kpi.rank !== undefined) return;
  if (kpi.every !== undefined) {
    checkEvery(report, kpi, { program, path });
    return;
  }
  const parts = measuresOf(kpi).map(({ measure, at }) =>
    checkMeasure(report, measure, { program, path: [...path, ...at] }),
  );
  if (parts.includes(undefined)) return;
  if (kpi.measure !== undefined) checkCounted(report, kpi.measure, [...path, 'measure']);
  if (kpi.minimumSample !== undefined && measuresOf(kpi).some(({ measure }) => measure.latest !== undefined))
    report(
      'PROGRAM_MISPLACED',
      [...path, 'minimumSample'],
      'of latest only one record counts, so there is no sample',
    );
  checkPer(report, kpi.ratio, { program, path, isMoney: parts[1] === 'money' });
  const isPer = kpi.ratio?.per !== undefined;
  const allowed = isPer ? unitsOfKind[parts[0]!] : allowedUnits(used[0]!, parts as Kind[]);
  if (!allowed.includes(kpi.unit)) {
    const reason =
      allowed.length === 0
        ? withoutUnit(used[0]!, parts as Kind[])
        : `this figure is ${allowed.join(' or ')}, not ${kpi.unit}`;
    report('PROGRAM_WRONG_UNIT', [...path, 'unit'], reason);
  }
}

/** How much of the second measure is one unit: more than 0, and an amount only of an amount. */
function checkPer(
  report: Report,
  ratio: KpiDefinition['ratio'],
  { program, path, isMoney }: { program: ProgramDefinition; path: PathKey[]; isMoney: boolean },
): void {
  if (ratio?.per === undefined) return;
  const at = [...path, 'ratio', 'per'];
  const [number, currency] = String(ratio.per).split(' ');
  if (currency !== undefined && !isMoney)
    report('PROGRAM_WRONG_UNIT', at, `what it is divided by is not an amount in ${currency}`);
  else checkCurrencyOf(report, program, ratio.per, at);
  if (exact(number!).lte(0)) report('PROGRAM_OUT_OF_RANGE', at, 'must be more than 0');
}

/** Records are put into regions by what the program says of their entity. */
function checkPerRegion(
  report: Report,
  kpi: KpiDefinition,
  { program, path }: { program: ProgramDefinition; path: PathKey[] },
): void {
  if (kpi.perRegion === undefined) return;
  const at = [...path, 'perRegion'];
  if (program.regions === undefined) {
    report('PROGRAM_MISSING_PART', at, 'the program has no regions', ['regions']);
    return;
  }
  if (kpi.score !== undefined)
    report(
      'PROGRAM_MISPLACED',
      at,
      'a score has no records of its own; put it on its parts, and take the score overRegions',
    );
  if (kpi.rank !== undefined)
    report('PROGRAM_MISPLACED', at, 'a rank has no records of its own; rank by a figure of one region');
  const values = measuresOf(kpi).map(({ measure }) => aggregateOf(measure)?.value);
  const measured = values.flatMap((value) => (value === undefined ? [] : [entityOfValue(value)]));
  for (const entity of new Set(measured.filter(isMeasurable))) {
    if (program.regions.records[entity] === undefined)
      report(
        'PROGRAM_MISSING_PART',
        at,
        `nothing says in which region a ${entity} is; name an attribute of it in regions.records`,
        ['regions'],
      );
  }
}

/** The entity that a value is of. */
export function entityOfValue(value: ValueDefinition): string {
  return typeof value === 'string' ? value.split('.')[0]! : value.of;
}

/** What each record has to satisfy is a condition beside those that say which records are meant. */
function checkEvery(
  report: Report,
  kpi: KpiDefinition,
  { program, path }: { program: ProgramDefinition; path: PathKey[] },
): void {
  const { of, must, ...rest } = kpi.every!;
  const at = [...path, 'every'];
  const [entity, ...attribute] = of.split('.');
  const resolved = attribute.length === 0 ? undefined : resolveEntityPath(of, program.attributes);
  const wrong =
    resolved === undefined ? checkEntity(of) : typeof resolved === 'string' ? resolved : undefined;
  if (wrong !== undefined) {
    report('PROGRAM_UNKNOWN_ATTRIBUTE', [...at, 'of'], wrong);
    return;
  }
  if (resolved !== undefined) checkOfValue(report, { must, value: attribute.join('.') }, at);
  else if (rest.having !== undefined)
    report(
      'PROGRAM_INCOMPLETE',
      [...at, 'having'],
      `having is about different values; say with "of" which, such as ${of}.${firstAttribute(entity as EntityName)}`,
    );
  const counted = resolved === undefined ? { count: of } : { distinct: of };
  checkMeasure(report, { ...counted, ...rest }, { program, path: at });
  [must].flat().forEach((filter, index) => {
    const place = [...at, 'must', ...(Array.isArray(must) ? [index] : [])];
    checkFilter(report, { entity: entity as EntityName, program }, filter, place);
  });
  if (kpi.unit !== 'percent' && kpi.unit !== 'ratio')
    report('PROGRAM_WRONG_UNIT', [...path, 'unit'], `this figure is percent or ratio, not ${kpi.unit}`);
}

/** What is asked of a value has to be the same of all its records. */
function checkOfValue(
  report: Report,
  { must, value }: { must: Filter | Filter[]; value: string },
  at: PathKey[],
): void {
  const isOfValue = (filter: Filter): boolean => {
    const inner = [filter.all ?? [], filter.any ?? [], filter.not ?? []].flat();
    const matched = Object.values(filter.has?.matching ?? { of: '' });
    return (
      inner.every(isOfValue) &&
      (filter.has === undefined || matched.every((path) => path === value)) &&
      pathsOfFilter({ ...filter, all: undefined, any: undefined, not: undefined }).every(
        (path) => path === value,
      )
    );
  };
  if (![must].flat().every(isOfValue))
    report(
      'PROGRAM_NOT_OF_VALUE',
      [...at, 'must'],
      `of each ${value} something has to be asked that is the same for all its records: a condition on ${value}, or a has that matches it`,
    );
}

function firstAttribute(entity: EntityName): string {
  return Object.entries(entities[entity].attributes).find(([, { type }]) => type === 'text')![0];
}

/**
 * The measures that a KPI is made of, and where each stands in it. What every record must satisfy is a share: of those
 * that do (met) in all of them.
 */
export function measuresOf(kpi: KpiDefinition): { measure: MeasureDefinition; at: PathKey[] }[] {
  if (kpi.measure !== undefined) return [{ measure: kpi.measure, at: ['measure'] }];
  if (kpi.ratio !== undefined) {
    return [
      { measure: kpi.ratio.of, at: ['ratio', 'of'] },
      { measure: kpi.ratio.to, at: ['ratio', 'to'] },
    ];
  }
  if (kpi.every !== undefined) {
    const { of, must, ...rest } = kpi.every;
    const counted = of.includes('.') ? { distinct: of, ...rest } : { count: of, ...rest };
    // What is asked of records that are chosen must not decide which those are.
    const met = isChosenAmong(rest) ? { thenWhere: must } : { where: [rest.where ?? [], must].flat() };
    return [
      { measure: { ...counted, ...met }, at: ['every', 'met'] },
      { measure: counted, at: ['every', 'unmet'] },
    ];
  }
  const form = kpi.difference === undefined ? 'growth' : 'difference';
  const pair = kpi.difference ?? kpi.growth;
  if (pair === undefined) return [];
  return [
    { measure: pair.now, at: [form, 'now'] },
    { measure: pair.before, at: [form, 'before'] },
  ];
}

function allowedUnits(form: (typeof forms)[number], kinds: readonly Kind[]): readonly KpiUnit[] {
  const [first, second] = kinds as [Kind, Kind | undefined];
  // A number of records and one that a record holds are of one kind: certified people, out of those that a fact tells.
  const isAlike = first === second || kinds.every((kind) => kind === 'count' || kind === 'number');
  if (form === 'measure') return unitsOfKind[first];
  if (form === 'growth') return isAlike ? ['percent', 'ratio'] : [];
  if (form === 'difference') return first === second ? unitsOfKind[first] : [];
  if (first === second) return ['percent', 'ratio', 'number'];
  const plain = second === 'count' || second === 'number' ? unitsOfKind[first] : [];
  return isAlike ? [...new Set<KpiUnit>(['percent', 'ratio', ...plain])] : plain;
}

/** Why a figure of two measures is in no unit at all, and what is to be written instead. */
function withoutUnit(form: (typeof forms)[number], kinds: readonly Kind[]): string {
  const [first, second] = kinds.map((kind) => (kind === 'count' ? 'a number of records' : kind));
  if (form !== 'ratio')
    return `of ${first} and ${second} there is no ${form}; let "now" and "before" measure the same`;
  const units = unitsOfKind[kinds[0]!].join(' or ');
  return `no unit says ${first} by ${second}; say with "per" for how much of it, such as per: 1000 (unit: ${units})`;
}

/**
 * The aggregate of a measure, its entity and, for all but count, the path or value that it aggregates; of a combination of
 * several attributes the first one.
 */
export function aggregateOf(
  measure: MeasureDefinition,
): { aggregate: Aggregate; value: ValueDefinition } | undefined {
  const used = aggregates.filter((aggregate) => measure[aggregate] !== undefined);
  const value = used.length === 1 ? measure[used[0]!]! : undefined;
  if (value === undefined) return undefined;
  return { aggregate: used[0]!, value: Array.isArray(value) ? value[0]! : value };
}

/** The attributes, as seen from its records, that a measure aggregates: of distinct values there may be several. */
export function pathsOfValue(measure: MeasureDefinition): string[] {
  const { aggregate, value } = aggregateOf(measure)!;
  if (aggregate === 'count') return [];
  if (typeof value !== 'string')
    return [value.daysFrom, value.hoursFrom, sinceOf(value), value.to].filter((path) => path !== undefined);
  const all = aggregate === 'distinct' ? [measure.distinct!].flat() : [value];
  return all.map((path) => path.slice(path.indexOf('.') + 1));
}

function checkMeasure(
  report: Report,
  measure: MeasureDefinition,
  { program, path }: { program: ProgramDefinition; path: PathKey[] },
): Kind | undefined {
  const chosen = aggregateOf(measure);
  if (chosen === undefined) {
    report('PROGRAM_NOT_ONE_OF', path, `a measure is exactly one of ${aggregates.join(', ')}`);
    return undefined;
  }
  const found = checkValue(report, chosen, { program, path: [...path, chosen.aggregate] });
  if (found === undefined) return undefined;
  const { entity } = found;
  if (Array.isArray(measure.distinct)) checkCombined(report, measure.distinct, { entity, program, path });
  [measure.where ?? []].flat().forEach((filter, index) => {
    checkFilter(report, { entity, program }, filter, [
      ...path,
      'where',
      ...(Array.isArray(measure.where) ? [index] : []),
    ]);
  });
  measure.except?.forEach(({ when }, index) => {
    checkFilter(report, { entity, program }, when, [...path, 'except', index, 'when']);
  });
  checkWindows(report, { entity, program, windows: measure.window, path });
  checkNewest(report, measure, { entity, path });
  checkChoice(report, measure, { entity, program, path });
  checkHaving(report, measure, { entity, program, path });
  checkPerEach(report, measure, { entity, program, path });
  checkWeight(report, measure, { entity, program, path });
  checkRate(report, measure, { entity, program, path });
  const { isPoints } = checkTimes(report, measure, { program, entity, path });
  if (measure.belongsTo !== undefined && entity !== 'certification')
    report(
      'PROGRAM_WRONG_RECORDS',
      [...path, 'belongsTo'],
      `only a certification has a holder, not a ${entity}`,
    );
  if (measure.credit !== undefined && entity !== 'deal')
    report('PROGRAM_WRONG_RECORDS', [...path, 'credit'], `only deals are credited, not ${entity}`);
  checkRoles(report, measure.credit, [...path, 'credit']);
  if (measure.credit?.roles !== undefined && measure.credit.exceptRoles !== undefined) {
    report('PROGRAM_NOT_ONE_OF', [...path, 'credit'], 'use roles or exceptRoles, not both');
  }
  if (periodTake(measure.perEach) !== undefined) return 'count';
  // Tables may give parts of one, and so do an average and a median of whole numbers.
  const isBroken =
    measure.times !== undefined || ['average', 'median'].includes(measure.perEach?.take ?? 'sum');
  return isPoints || (isBroken && found.kind === 'count') ? 'number' : found.kind;
}

/** Without a window records of days to come would count, and nothing would say by which date one is the newest. */
function checkNewest(
  report: Report,
  { latest, newestOfEach, window }: MeasureDefinition,
  { entity, path }: { entity: EntityName; path: PathKey[] },
): void {
  if (latest !== undefined && newestOfEach !== undefined)
    report(
      'PROGRAM_MISPLACED',
      [...path, 'newestOfEach'],
      'latest is one record alone; say what the newest ones come to with sum, count, average, median, min, max or distinct',
    );
  const attribute = newestOfEach === undefined ? '' : resolvePath(entity, newestOfEach);
  if (newestOfEach !== undefined && typeof attribute === 'string')
    report('PROGRAM_UNKNOWN_ATTRIBUTE', [...path, 'newestOfEach'], attribute);
  if (latest === undefined && newestOfEach === undefined) return;
  const key = latest === undefined ? 'newestOfEach' : 'latest';
  const dated = [window ?? []].flat().filter(({ by }) => by !== undefined);
  if (dated.length !== 1)
    report(
      'PROGRAM_INCOMPLETE',
      [...path, key],
      `${key} needs one window with "by", such as window: { last: 12 months, by: occurredOn }`,
    );
}

/** All attributes of a combination are of the same records. */
function checkCombined(
  report: Report,
  paths: readonly string[],
  { entity, program, path }: Place & { entity: EntityName },
): void {
  paths.forEach((one, index) => {
    const at = [...path, 'distinct', index];
    const resolved = resolveEntityPath(one, program.attributes);
    if (paths.indexOf(one) !== index) report('PROGRAM_DUPLICATE', at, `"${one}" is there twice`);
    else if (typeof resolved !== 'string' && resolved.entity !== entity)
      report(
        'PROGRAM_WRONG_RECORDS',
        at,
        `is about the records that the first one is of: ${entity}, not ${resolved.entity}`,
      );
    // What is wrong with the first one is said already.
    else if (typeof resolved === 'string' && index > 0) report('PROGRAM_UNKNOWN_ATTRIBUTE', at, resolved);
  });
}

interface Place {
  program: ProgramDefinition;
  path: PathKey[];
}

function checkValue(
  report: Report,
  { aggregate, value }: { aggregate: Aggregate; value: ValueDefinition },
  { program, path }: Place,
): { entity: EntityName; kind: Kind } | undefined {
  if (typeof value !== 'string') return checkDuration(report, value, { program, path });
  if (aggregate === 'count') {
    const wrong = checkEntity(value);
    if (wrong !== undefined) report('PROGRAM_UNKNOWN_ENTITY', path, wrong);
    return wrong === undefined ? { entity: value as EntityName, kind: 'count' } : undefined;
  }
  const resolved = resolveEntityPath(value, program.attributes);
  if (typeof resolved === 'string') {
    report('PROGRAM_UNKNOWN_ATTRIBUTE', path, resolved);
    return undefined;
  }
  if (aggregate === 'distinct') return { entity: resolved.entity, kind: 'count' };
  return checkNumeric(report, { aggregate, resolved, value }, path);
}

function checkNumeric(
  report: Report,
  { aggregate, resolved, value }: { aggregate: Aggregate; resolved: AttributePath; value: string },
  path: PathKey[],
): { entity: EntityName; kind: Kind } | undefined {
  const { entity, type } = resolved;
  if (type === 'money') return { entity, kind: 'money' };
  if (type === 'integer' || type === 'decimal') return { entity, kind: 'number' };
  const reason = `${aggregate} needs a number or an amount; ${value} ${typeText(resolved)}`;
  report('PROGRAM_WRONG_TYPE', path, reason, ...typePlaces(resolved));
  return undefined;
}

function checkDuration(
  report: Report,
  value: Exclude<ValueDefinition, string>,
  { program, path }: Place,
): { entity: EntityName; kind: Kind } | undefined {
  const wrong = checkEntity(value.of);
  if (wrong !== undefined) {
    report('PROGRAM_UNKNOWN_ENTITY', [...path, 'of'], wrong);
    return undefined;
  }
  const entity = value.of as EntityName;
  const place = { entity, program, path };
  if (sinceOf(value) !== undefined) {
    if (!checkSince(report, value, place)) return undefined;
    return { entity, kind: value.monthsSince === undefined ? 'days' : 'months' };
  }
  if (!checkLength(report, value, place)) return undefined;
  return { entity, kind: value.daysFrom === undefined ? 'hours' : 'days' };
}
