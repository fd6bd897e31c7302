import type { EntityName } from '../model/entities.ts';
import {
  type AttributePath,
  entitiesOfPath,
  resolveEntityPath,
  resolvePath,
} from '../program/attribute-path.ts';
import { aggregateOf, measuresOf } from '../program/check-kpi.ts';
import { pathsOfFilter } from '../program/filter-paths.ts';
import type { ProgramDefinition } from '../program/schema.ts';
import type { MeasureDefinition } from '../program/schema-kpi.ts';

/** The entities whose records a KPI reads: a change of one of them dirties it. */
export function entitiesRead(program: ProgramDefinition, kpi: string): Set<EntityName> {
  const definition = program.kpis[kpi]!;
  const read = new Set<EntityName>();
  for (const { measure } of measuresOf(definition)) {
    for (const entity of entitiesOfMeasure(measure)) read.add(entity);
  }
  if (definition.rollUp === 'company') read.add('partner');
  return read;
}

/** The attributes that a KPI reads, such as deal.amount; without them its figures mean nothing. */
export function attributesRead(program: ProgramDefinition, kpi: string): Set<string> {
  const read = new Set<string>();
  for (const { measure } of measuresOf(program.kpis[kpi]!)) {
    for (const entity of entitiesOfMeasure(measure)) read.add(`${entity}.partner`);
    for (const path of pathsOfMeasure(measure)) {
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

function entitiesOfMeasure(measure: MeasureDefinition): EntityName[] {
  const entity = entityOf(measure);
  const windows = [measure.window ?? []].flat();
  return [
    entity,
    ...(entity === 'deal' ? (['credit'] as const) : []),
    ...(entity === 'certification' ? (['person'] as const) : []),
    ...(windows.some(({ sinceStart }) => sinceStart !== undefined) ? (['partner'] as const) : []),
    ...pathsOfMeasure(measure).flatMap(entitiesOfPath),
  ];
}

function entityOf(measure: MeasureDefinition): EntityName {
  const { value } = aggregateOf(measure)!;
  return (typeof value === 'string' ? value.split('.')[0] : value.of) as EntityName;
}

/** Every path that a measure reads. */
function pathsOfMeasure(measure: MeasureDefinition): AttributePath[] {
  const { value } = aggregateOf(measure)!;
  const entity = entityOf(measure);
  const windows = [measure.window ?? []].flat();
  const paths = [
    ...[measure.where ?? []].flat().flatMap(pathsOfFilter),
    ...(measure.except ?? []).flatMap(({ when }) => pathsOfFilter(when)),
    ...windows.flatMap(({ by, validFrom, validThrough }) => [by, validFrom, validThrough]),
    ...(typeof value === 'string' ? [] : [value.daysFrom, value.hoursFrom, value.to]),
  ].filter((path) => path !== undefined);
  const found = paths.map((path) => resolvePath(entity, path));
  if (typeof value === 'string' && value.includes('.')) found.push(resolveEntityPath(value));
  return found.filter((path) => typeof path !== 'string');
}
