import { type AttributePath, isCustom, resolvePath } from '../../program/attribute-path.ts';
import { pathsOfValue } from '../../program/check/kpi.ts';
import { choiceOf } from '../../program/schema/choice.ts';
import { eachPaths } from '../../program/schema/each.ts';
import type { MeasureDefinition, WindowDefinition } from '../../program/schema/kpi.ts';
import { anyOf, pathSql, type RowContext } from './sql-parts.ts';

/** An attribute of one's own that a record must have of its type: when it is not, its name, its type and how it is written. */
export interface MistypedSql {
  when: string;
  path: AttributePath;
  text: string;
  written: string;
}

/** Those of some paths that are attributes of one's own with a type; the others have none that could be wrong. */
function mistypedOf(context: RowContext, texts: readonly (string | undefined)[]): MistypedSql[] {
  return [...new Set(texts)].flatMap((text) => {
    const path = text === undefined ? '' : resolvePath(context.entity, text, context.custom);
    if (typeof path === 'string' || !isCustom(path) || path.type === 'text') return [];
    const { sql, written } = pathSql(context, text!);
    return [
      {
        when: `(nullif(btrim(${written}), '') is not null and ${sql} is null)`,
        path,
        text: text!,
        written: written!,
      },
    ];
  });
}

/** What of the dates, the values and the lookups of a measure can be of another type than the program reads it as. */
export interface MeasureTypes {
  dates: readonly MistypedSql[];
  values: readonly MistypedSql[];
  lookups: readonly MistypedSql[];
}

/** When what a measure reads of a record stands in the way of it, in the order of its windows and of its tables. */
export interface Obstacles {
  windows: readonly string[];
  tableDates: readonly string[];
  rateDate: string;
  value: string;
  weight: string;
  choice: string;
  each: string;
  tables: readonly string[];
}

/** An attribute is only to blame where a record is left out for want of it: another one beside it may do. */
export function measureTypes(
  context: RowContext,
  measure: MeasureDefinition,
  obstacles: Obstacles,
): MeasureTypes {
  const windows = [measure.window ?? []].flat();
  const times = [measure.times ?? []].flat();
  const own = pathsOfValue(measure);
  const blamed = (texts: readonly (string | undefined)[], when: string) =>
    when === 'false'
      ? []
      : mistypedOf(context, texts).map((one) => ({ ...one, when: `(${when} and ${one.when})` }));
  return {
    dates: [
      ...windows.flatMap((window, index) => blamed(datesOf(window), obstacles.windows[index]!)),
      ...times.flatMap(({ dated }, index) => blamed([dated], obstacles.tableDates[index]!)),
      ...blamed([measure.rate?.by], obstacles.rateDate),
    ],
    values: [
      ...blamed(own, obstacles.value),
      ...blamed([measure.weightedBy], obstacles.weight),
      ...blamed([choiceOf(measure)?.by], obstacles.choice),
      ...blamed(measure.perEach === undefined ? [] : eachPaths(measure.perEach), obstacles.each),
    ],
    lookups: times.flatMap(({ by }, index) => blamed([by], obstacles.tables[index]!)),
  };
}

export function allTypes({ dates, values, lookups }: MeasureTypes): MistypedSql[] {
  return [...dates, ...values, ...lookups];
}

function datesOf(window: WindowDefinition): (string | undefined)[] {
  return (window.any ?? [window]).flatMap(({ by, validFrom, validThrough }) => [by, validFrom, validThrough]);
}

export function anyMistyped(all: readonly MistypedSql[]): string {
  return anyOf(all.map(({ when }) => when));
}

/**
 * The first attribute of a record that stands in the way by not being of its type: its place in the list of `all`, and what is
 * written there; for lists.
 */
export function firstMistypedSql(all: readonly MistypedSql[]): string {
  if (all.length === 0) return 'null::text[]';
  const cases = all.map(({ when, written }, index) => `when ${when} then array['${index}', ${written}]`);
  return `(case ${cases.join(' ')} end)::text[]`;
}

/** Of a window of validity: a first or last day that is no date, which must not be taken for an open one. */
export function mistypedDays(context: RowContext, { validFrom, validThrough }: WindowDefinition): string {
  return anyMistyped(mistypedOf(context, [validFrom, validThrough]));
}
