import type { EntityName } from '../model/entities.ts';
import { type AttributePath, entitiesOfPath, resolvePath } from '../program/attribute-path.ts';
import { regionsOfCodes } from '../program/certificates.ts';
import { linkTo, partsOfCondition } from '../program/check/condition.ts';
import { aggregateOf, measuresOf, pathsOfValue } from '../program/check/kpi.ts';
import { calendarsOfFilter, hasOfFilter, pathsOfFilter } from '../program/filter-paths.ts';
import type { Program } from '../program/load.ts';
import { rememberedWith } from '../program/remembered.ts';
import { choiceOf } from '../program/schema/choice.ts';
import { eachPaths } from '../program/schema/each.ts';
import type {
  AggregateCondition,
  Filter,
  MeasureDefinition,
  WindowDefinition,
} from '../program/schema/kpi.ts';
import { factKinds } from '../program/schema/ladder.ts';
import { methodFactKinds } from '../program/schema/method.ts';
import type { KpiDefinition, ProgramDefinition } from '../program/schema/schema.ts';
import { attributesBehind, isMeasured, measuredBehind, ranksBehind } from '../program/score-parts.ts';
import { entityOfMeasure } from './base-part.ts';
import { choosesRecords, isCounted } from './sql/latest.ts';

/** The entities whose records a KPI reads, itself or through its parts: a change of one of them dirties it. */
export const entitiesRead = rememberedWith(
  (program: ProgramDefinition, kpi: string): ReadonlySet<EntityName> => {
    if (isMeasured(program, kpi)) return entitiesMeasured(program, kpi);
    const parts = measuredBehind(program, kpi).flatMap((part) => [...entitiesMeasured(program, part)]);
    // Who is ranked among whom is up to the partners, even where no attribute of theirs decides.
    const isByPartner = attributesBehind(program, kpi).length > 0 || ranksBehind(program, [kpi]).length > 0;
    return new Set([...parts, ...(isByPartner ? (['partner'] as const) : [])]);
  },
);

function entitiesMeasured(program: ProgramDefinition, kpi: string): Set<EntityName> {
  const definition = program.kpis[kpi]!;
  const read = new Set<EntityName>();
  for (const { measure } of measuresOf(definition)) {
    for (const entity of entitiesOfMeasure(program, measure)) read.add(entity);
    for (const entity of regionPaths(program, definition, measure).flatMap(entitiesOfPath)) read.add(entity);
  }
  if (definition.rollUp === 'company') read.add('partner');
  return read;
}

/** The entities whose records a measured KPI counts, sums or compares. */
export const entitiesMeasuredBy = rememberedWith(
  (program: ProgramDefinition, kpi: string): ReadonlySet<EntityName> =>
    new Set(measuresOf(program.kpis[kpi]!).map(({ measure }) => entityOfMeasure(measure))),
);

/** The kinds of facts that a measured KPI reads; null: its conditions do not say, so it may be any. */
export const factKindsRead = rememberedWith(
  (program: ProgramDefinition, kpi: string): ReadonlySet<string> | null => {
    const read = kindsByMeasure(program.kpis[kpi]!);
    return read.some((kinds) => kinds === null) ? null : new Set(read.flatMap((kinds) => kinds!));
  },
);

/** Every kind of facts that a program names: that figures read, that is asked for or expected, or that has a limit. */
export function factKindsNamed(program: Program): string[] {
  const read = Object.values(program.kpis).flatMap(kindsByMeasure);
  const limited = Object.keys(program.freshness.factKinds ?? {});
  const kinds = [...factKinds(program), ...methodFactKinds(program), ...limited];
  return [...new Set([...kinds, ...read.flatMap((each) => each ?? [])])];
}

/** The kinds of facts that each measure of a KPI reads; null where its conditions do not say. */
function kindsByMeasure(definition: KpiDefinition): (string[] | null)[] {
  return measuresOf(definition)
    .flatMap(({ measure }) => [measure, ...lookedUpBy(measure)])
    .filter((measure) => entityOfMeasure(measure) === 'fact')
    .map(({ where }) => kindsOfAll([where ?? []].flat()));
}

/** Of conditions that all hold, one that names the kinds says enough. */
function kindsOfAll(filters: readonly Filter[]): string[] | null {
  for (const filter of filters) {
    const kinds = kindsOf(filter);
    if (kinds !== null) return kinds;
  }
  return null;
}

function kindsOf({ attribute, is, in: several, all, any: anyOf }: Filter): string[] | null {
  if (all !== undefined) return kindsOfAll(all);
  if (anyOf !== undefined) {
    const kinds = anyOf.map(kindsOf);
    return kinds.some((each) => each === null) ? null : kinds.flatMap((each) => each!);
  }
  if (attribute !== 'kind') return null;
  return several?.map(String) ?? (is === undefined ? null : [String(is)]);
}

/** The attributes that a KPI reads, such as deal.amount; without them its figures mean nothing. */
export const attributesRead = rememberedWith(
  (program: ProgramDefinition, kpi: string): ReadonlySet<string> => {
    if (isMeasured(program, kpi)) return attributesMeasured(program, kpi);
    const parts = measuredBehind(program, kpi).flatMap((part) => [...attributesMeasured(program, part)]);
    return new Set([...parts, ...attributesBehind(program, kpi).map((attribute) => `partner.${attribute}`)]);
  },
);

function attributesMeasured(program: ProgramDefinition, kpi: string): Set<string> {
  const definition = program.kpis[kpi]!;
  const read = new Set<string>(definition.rollUp === 'company' ? ['partner.parent'] : []);
  for (const { measure } of measuresOf(definition)) {
    const lookedUp = lookedUpBy(measure);
    for (const attribute of [measure, ...lookedUp].flatMap(belongingOf)) read.add(attribute);
    for (const attribute of lookedUp.flatMap(standingOf)) read.add(attribute);
    if (hasOwnHolidays(program, measure)) read.add(`partner.${program.regions?.by ?? 'country'}`);
    for (const path of [...pathsOfMeasure(program, measure), ...regionPaths(program, definition, measure)]) {
      let at = path.entity;
      for (const { attribute, to } of path.steps) {
        read.add(`${at}.${attribute}`);
        at = to;
      }
      read.add(`${at}.${path.attribute}`);
    }
  }
  return read;
}

/** What says in which region the records of a figure by region are. */
function regionPaths(
  { regions }: ProgramDefinition,
  { regional }: KpiDefinition,
  measure: MeasureDefinition,
): AttributePath[] {
  const entity = entityOfMeasure(measure);
  const attribute = regional === undefined ? undefined : regions?.records[entity];
  const path = attribute === undefined ? '' : resolvePath(entity, attribute);
  return typeof path === 'string' ? [] : [path];
}

/** Those attributes of an entity that some KPI of the program reads. */
export function attributesNeeded(
  program: ProgramDefinition,
  entity: EntityName,
  attributes: readonly string[],
): string[] {
  const read = Object.keys(program.kpis).map((kpi) => attributesRead(program, kpi));
  return attributes.filter((attribute) => read.some((each) => each.has(`${entity}.${attribute}`)));
}

/** What says whose the records are, and how much of them. */
function belongingOf(measure: MeasureDefinition): string[] {
  const entity = entityOfMeasure(measure);
  const started = readsStart(measure) ? ['partner.startedOn'] : [];
  if (entity === 'certification')
    return [
      'certification.person',
      ...(measure.belongsTo === 'holder' ? [] : ['certification.partner']),
      'person.partner',
      ...started,
    ];
  if (entity !== 'deal') {
    return [`${entity}.partner`, ...(entity === 'fact' ? ledgerOf(measure) : []), ...started];
  }
  const { roles, exceptRoles, primaryOnly, share } = measure.credit ?? {};
  return [
    'deal.credits',
    'credit.deal',
    'credit.partner',
    ...(roles === undefined && exceptRoles === undefined ? [] : ['credit.role']),
    ...(primaryOnly === true ? ['credit.isPrimary'] : []),
    ...(share === 'ignore' ? [] : ['credit.share']),
    ...started,
  ];
}

/** What says of an entry which ones take it back, and how much of it where the newest are counted while something is left. */
function ledgerOf(measure: MeasureDefinition): string[] {
  const isTakenInPart = choosesRecords(measure) && isCounted(measure);
  return ['fact.entry', 'fact.reverses', ...(isTakenInPart ? ['fact.quantity'] : [])];
}

/** What says of records that are looked up whether something of them is left on the day. */
function standingOf(measure: MeasureDefinition): string[] {
  return entityOfMeasure(measure) === 'fact' ? ['fact.quantity', 'fact.occurredOn'] : [];
}

function entitiesOfMeasure(program: ProgramDefinition, measure: MeasureDefinition): EntityName[] {
  const entity = entityOfMeasure(measure);
  return [
    ...lookedUpBy(measure).flatMap((inner) => entitiesOfMeasure(program, inner)),
    entity,
    ...(entity === 'deal' ? (['credit'] as const) : []),
    ...(entity === 'certification' ? (['person'] as const) : []),
    ...(readsStart(measure) || hasOwnHolidays(program, measure) ? (['partner'] as const) : []),
    ...pathsOfMeasure(program, measure).flatMap(entitiesOfPath),
  ];
}

/** The records of the partner that are looked up by what they have in common with those of a measure, as measures. */
function lookedUpBy(measure: MeasureDefinition): MeasureDefinition[] {
  return hasOfMeasure(measure)
    .filter(({ matching }) => matching !== undefined)
    .map((has) => ({ count: partsOfCondition(has).entity, where: has.where, window: has.window }));
}

/** The conditions on records that refer to those of a measure, or match them. */
function hasOfMeasure(measure: MeasureDefinition): AggregateCondition[] {
  return conditionsOf(measure).flatMap(hasOfFilter);
}

/** The conditions on the records of a measure, and on those of its groups. */
function conditionsOf(measure: MeasureDefinition): Filter[] {
  return [
    measure.where ?? [],
    measure.thenWhere ?? [],
    (measure.except ?? []).map(({ when }) => when),
    [measure.having ?? []].flat().map(({ where }) => where ?? []),
  ].flat(2);
}

/** Whether a window of a measure begins on the first day of the partner. */
function readsStart(measure: MeasureDefinition): boolean {
  return [measure, ...hasOfMeasure(measure), ...[measure.having ?? []].flat()].some(usesStart);
}

function usesStart({ window }: Pick<MeasureDefinition, 'window'>): boolean {
  const windows = [window ?? []].flat().flatMap((one) => one.any ?? [one]);
  return windows.some(({ sinceStart }) => sinceStart !== undefined);
}

/** Whether a measure takes its time by a calendar that has holidays of some countries or regions alone. */
function hasOwnHolidays({ calendars }: ProgramDefinition, measure: MeasureDefinition): boolean {
  const value = aggregateOf(measure)!.value;
  const filters = [
    ...conditionsOf(measure),
    ...hasOfMeasure(measure).flatMap(({ where }) => where ?? []),
  ].flatMap(calendarsOfFilter);
  const named = [...filters, ...(typeof value === 'string' ? [] : [value.calendar ?? []].flat())];
  return named.some((key) =>
    calendars[key]!.holidays.some(({ countries, regions }) => (countries ?? regions) !== undefined),
  );
}

/** Of the catalogue also what says in which region a certificate is, where some of its codes do not count everywhere. */
function pathsOfWindow(
  program: ProgramDefinition,
  { any: several = [], by, validFrom, validThrough, catalogue }: WindowDefinition,
): (string | undefined)[] {
  if (several.length > 0) return several.flatMap((window) => pathsOfWindow(program, window));
  if (catalogue === undefined) return [by, validFrom, validThrough];
  const isPlaced = regionsOfCodes(program).length > 0;
  return ['code', 'issuedOn', isPlaced ? program.regions?.records.certification : undefined];
}

/** Every path that a condition on other records reads: their reference to the record, and their own attributes. */
function pathsOfCondition(
  program: ProgramDefinition,
  condition: AggregateCondition,
  outer?: EntityName,
): AttributePath[] {
  const { entity, value } = partsOfCondition(condition);
  const paths = [
    ...(outer === undefined || condition.matching !== undefined ? [] : [linkTo(entity, outer)!]),
    ...Object.keys(condition.matching ?? {}),
    ...[condition.where ?? []].flat().flatMap(pathsOfFilter),
    ...[condition.times ?? []].flat().flatMap(({ by, dated }) => [by, dated]),
    ...[condition.window ?? []].flat().flatMap((window) => pathsOfWindow(program, window)),
    ...(value.includes('.') ? [value.slice(value.indexOf('.') + 1)] : []),
  ].filter((path) => path !== undefined);
  return paths.map((path) => resolvePath(entity, path)).filter((path) => typeof path !== 'string');
}

/** Every path that a measure reads. */
function pathsOfMeasure(program: ProgramDefinition, measure: MeasureDefinition): AttributePath[] {
  const entity = entityOfMeasure(measure);
  const windows = [measure.window ?? []].flat();
  const paths = [
    ...[measure.where ?? [], measure.thenWhere ?? []].flat(2).flatMap(pathsOfFilter),
    ...(measure.except ?? []).flatMap(({ when }) => pathsOfFilter(when)),
    ...windows.flatMap((window) => pathsOfWindow(program, window)),
    ...hasOfMeasure(measure).flatMap(({ matching }) => Object.values(matching ?? {})),
    measure.rate?.by,
    measure.newestOfEach,
    choiceOf(measure)?.by,
    ...(measure.perEach === undefined ? [] : eachPaths(measure.perEach)),
    measure.weightedBy,
    ...[measure.times ?? []].flat().flatMap(({ by, dated }) => [by, dated]),
    ...pathsOfValue(measure),
  ].filter((path) => path !== undefined);
  const found = paths.map((path) => resolvePath(entity, path));
  return [
    ...found.filter((path) => typeof path !== 'string'),
    ...hasOfMeasure(measure).flatMap((has) => pathsOfCondition(program, has, entity)),
    ...[measure.having ?? []].flat().flatMap((having) => pathsOfCondition(program, having)),
  ];
}
