import { closest } from '../../model/closest.ts';
import type { Program } from '../../program/load.ts';
import type { KpiUnit } from '../../program/schema/kpi.ts';
import type { Finding } from './finding.ts';
import { type MappingSource, pathText, placeOf } from './mapping.ts';
import type { ObjectMapping } from './schema.ts';

type Measured = Pick<Program, 'kpis' | 'idealProfile'>;

const prefix = 'kpi.';
const fit = 'fit';

/**
 * Compares what a program measures with what the mappings write of it into the CRM. Neither more nor less is a failure, so
 * both are notes; only a name that looks misspelt is a warning. Says nothing where no mapping writes KPIs.
 */
export function checkKpis(
  mappings: readonly ObjectMapping[],
  program: Measured,
  sources: readonly MappingSource[],
): Finding[] {
  const periods = mappings.filter(({ entity }) => entity === 'kpiPeriod');
  const [first] = periods;
  if (first === undefined) return [];
  const at: Place = ({ file }, path) => {
    const source = sources.find((each) => each.file === file);
    return { file, ...(source === undefined ? {} : placeOf(source, path)), path: pathText(path) };
  };
  const measured = measuredBy(program);
  const written = new Set(periods.flatMap(({ attributes }) => Object.keys(attributes)));
  const lacking = measured.filter((attribute) => !written.has(attribute));
  const strange = periods.map((mapping) => strangersOf(mapping, { measured, lacking }));
  const meant = strange.flatMap(({ near }) => near.map(({ right }) => right));
  const unwritten = lacking.filter((attribute) => !meant.includes(attribute));
  return [
    ...strange.flatMap(({ mapping, near }) => near.map((pair) => misspelt(mapping, pair, at))),
    ...strange.flatMap(({ mapping, idle }) => (idle.length === 0 ? [] : [notMeasured(mapping, idle, at)])),
    ...(unwritten.length === 0 ? [] : [notWritten(first, { unwritten, program }, at)]),
  ];
}

type Place = (
  mapping: ObjectMapping,
  path: readonly PropertyKey[],
) => Pick<Finding, 'file' | 'line' | 'column' | 'path'>;

interface Strangers {
  mapping: ObjectMapping;
  near: { wrong: string; right: string }[];
  idle: string[];
}

/** Figures that a mapping writes and the program does not have: misspelt, or of another program. */
function strangersOf(
  mapping: ObjectMapping,
  { measured, lacking }: { measured: readonly string[]; lacking: readonly string[] },
): Strangers {
  const unknown = Object.keys(mapping.attributes).filter(
    (attribute) => (attribute === fit || attribute.startsWith(prefix)) && !measured.includes(attribute),
  );
  const near = unknown.flatMap((attribute) => nearest(attribute, lacking));
  const idle = unknown.filter((attribute) => near.every(({ wrong }) => wrong !== attribute));
  return { mapping, near, idle };
}

function measuredBy({ kpis, idealProfile }: Measured): string[] {
  return [...Object.keys(kpis).map((key) => prefix + key), ...(idealProfile === undefined ? [] : [fit])];
}

/** More mistakes than these are another name: soldRevenue is not a misspelt sourcedRevenue. */
const mostMistakes = 2;

/** A KPI that some mapping writes already cannot be the one that was meant. */
function nearest(wrong: string, lacking: readonly string[]): { wrong: string; right: string }[] {
  if (wrong === fit) return [];
  const names = lacking.filter((attribute) => attribute !== fit).map(nameOf);
  const near = closest(nameOf(wrong), names, Math.min(mostMistakes, Math.ceil(nameOf(wrong).length / 3)));
  return near === undefined ? [] : [{ wrong, right: prefix + near }];
}

function nameOf(attribute: string): string {
  return attribute.startsWith(prefix) ? attribute.slice(prefix.length) : attribute;
}

function misspelt(mapping: ObjectMapping, { wrong, right }: Strangers['near'][number], at: Place): Finding {
  return {
    level: 'warn',
    code: 'KPI_UNKNOWN',
    ...at(mapping, ['attributes', wrong]),
    message: `the program has no KPI "${nameOf(wrong)}" (did you mean ${nameOf(right)}?); its field stays empty`,
    fix: `Write ${right}, if that is meant.`,
  };
}

function notMeasured(mapping: ObjectMapping, idle: readonly string[], at: Place): Finding {
  return {
    level: 'note',
    code: 'KPI_UNKNOWN',
    ...at(mapping, ['attributes']),
    message: `not in the program, so their fields stay empty: ${idle.map(nameOf).join(', ')}`,
    fix: 'None is needed; lines of what you will never measure can be removed.',
  };
}

function notWritten(
  mapping: ObjectMapping,
  { unwritten, program }: { unwritten: readonly string[]; program: Measured },
  at: Place,
): Finding {
  return {
    level: 'note',
    code: 'KPI_NOT_WRITTEN',
    ...at(mapping, ['attributes']),
    message: `in the program, but not written into the CRM: ${unwritten.map(nameOf).join(', ')}`,
    fix: 'To report on them in the CRM, add these lines under attributes and deploy what `tierlink install source` generates.',
    paste: unwritten.map((attribute) => lineFor(mapping, attribute, program)),
  };
}

/** Digits in all and behind the point, and what the label says beside the name. */
const forms: Readonly<Record<KpiUnit, { precision: number; scale: number; unit: string }>> = {
  money: { precision: 18, scale: 2, unit: '' },
  count: { precision: 9, scale: 0, unit: '' },
  people: { precision: 9, scale: 0, unit: '' },
  percent: { precision: 11, scale: 2, unit: ' (%)' },
  ratio: { precision: 11, scale: 3, unit: '' },
  days: { precision: 7, scale: 1, unit: ' (Days)' },
  hours: { precision: 9, scale: 1, unit: ' (Hours)' },
  number: { precision: 18, scale: 3, unit: '' },
  points: { precision: 11, scale: 2, unit: ' (Points)' },
};

/** The line of the mapping that writes a figure, with the field to install for it. */
function lineFor(mapping: ObjectMapping, attribute: string, { kpis }: Measured): string {
  const kpi = kpis[nameOf(attribute)];
  const isFit = attribute === fit;
  const { precision, scale, unit } = isFit
    ? { precision: 4, scale: 1, unit: ' (0 to 100)' }
    : forms[kpi!.unit];
  const name = isFit ? 'Fit' : kpi!.label;
  const label = quoted(name + unit);
  const field = fieldLike(mapping, attribute);
  return `${attribute}: { field: ${field}, direction: out, install: { type: number, label: ${label}, precision: ${precision}, scale: ${scale} } }`;
}

function quoted(label: string): string {
  return /^[A-Za-z][\w ()%-]*$/.test(label) ? label : JSON.stringify(label);
}

type Style = (words: readonly string[]) => string;
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const styles: readonly Style[] = [
  (words) => words.map(capital).join('_'),
  (words) => words.map(capital).join(''),
  (words) => words.join('_'),
  (words) => words.join(''),
];

/** A field named as those of the mapping are: with their beginning, their end and their way to join words. */
function fieldLike({ attributes }: ObjectMapping, attribute: string): string {
  const examples = Object.entries(attributes)
    .map(([each, { field }]) => ({ words: wordsOf(each), field }))
    .sort((left, right) => right.words.length - left.words.length);
  for (const { words, field } of examples) {
    for (const style of styles) {
      const at = field.indexOf(style(words));
      if (at < 0) continue;
      return field.slice(0, at) + style(wordsOf(attribute)) + field.slice(at + style(words).length);
    }
  }
  return styles[0]!(wordsOf(attribute));
}

function wordsOf(attribute: string): string[] {
  return nameOf(attribute)
    .split(/(?=[A-Z])/)
    .map((word) => word.toLowerCase());
}
