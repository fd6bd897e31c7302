import { pathWords } from '../kpi/attribute-words.ts';
import { entityOfMeasure } from '../kpi/base-part.ts';
import { datedEnds, eachWords, isDated } from '../kpi/need-text.ts';
import { recordName } from '../kpi/record-count.ts';
import { type MeasurableEntity, resolvePath } from '../program/attribute-path.ts';
import { type Aggregate, aggregateOf, entityOfValue } from '../program/check/kpi.ts';
import type { Program } from '../program/load.ts';
import { choiceOf } from '../program/schema/choice.ts';
import type { MeasureDefinition } from '../program/schema/kpi.ts';
import { periodWords } from '../program/schema/movement.ts';
import type { KpiDefinition } from '../program/schema/schema.ts';
import { aggregateWords, filterWords, timesWords } from './filter-words.ts';
import { entityOf, takenOf } from './record-words.ts';
import { windowWords } from './window-sentences.ts';

/** How a figure is measured from records, as people say it, made from the program file alone. */

/** What one figure is made of, and what of that counts. */
export interface SaidPart {
  says: string;
  lines: string[];
}

type Head = Aggregate;
type Details = {
  [Key in Exclude<keyof MeasureDefinition, Head>]-?: (
    program: Program,
    measure: MeasureDefinition,
  ) => string[];
};

// Typed by the keys of a measure, so that none can be added to the language and left unsaid.
const details: Details = {
  where: (program, { where }) => (where === undefined ? [] : [`Only where ${filterWords(program, where)}.`]),
  except: (program, { except }) => exceptLines(program, except),
  window: (_program, { window }) => windowLines(window),
  newestOfEach: (_program, measure) => newestLines(measure),
  largest: (program, measure) =>
    choiceLines(program, { entity: entityOfMeasure(measure), choosing: measure }),
  // Said with the largest: a measure has one of the two.
  smallest: () => [],
  thenWhere: (program, { thenWhere }) =>
    thenWhere === undefined ? [] : [`Of these only those where ${filterWords(program, thenWhere)}.`],
  having: (program, { having, perEach }) => havingLines(program, having, perEach),
  perEach: (_program, { perEach }) => eachLines(perEach),
  weightedBy: weightLines,
  times: (program, { times }) => timesWords(program, times).map(sentence),
  credit: (_program, measure) => creditLines(measure),
  belongsTo: (_program, { belongsTo }) =>
    belongsTo === 'holder' ? ['A certificate belongs to the partner for which its holder works.'] : [],
  rate: (_program, { rate }) =>
    rate === undefined ? [] : [`Amounts in other currencies at the rate of ${rateDay(rate)}.`],
  cap: (_program, { cap }) => (cap === undefined ? [] : [`At most ${cap}.`]),
};

/** One measure: what it takes, and which records count. */
export function measureWords(program: Program, measure: MeasureDefinition): SaidPart {
  const { aggregate } = aggregateOf(measure)!;
  return {
    says: takenOf(aggregate, measure[aggregate]!),
    lines: Object.values(details).flatMap((one) => one(program, measure)),
  };
}

type Every = NonNullable<KpiDefinition['every']>;

/** The share of records that satisfy something. */
export function everyWords(program: Program, every: Every): SaidPart {
  const { of, where, except, window, having, credit, must } = every;
  const entity = entityOf(of);
  const what =
    of === entity
      ? `the share of ${recordName(2, entity)} that satisfy something`
      : `${takenOf('distinct', of).replace('the number of', 'the share of')} that satisfy something`;
  return {
    says: what,
    lines: [
      `What has to hold for each: ${filterWords(program, must)}.`,
      ...(where === undefined ? [] : [`Only where ${filterWords(program, where)}.`]),
      ...exceptLines(program, except),
      ...windowLines(window),
      ...newestLines(every),
      ...choiceLines(program, { entity: entityOf(of) as MeasurableEntity, choosing: every }),
      ...havingLines(program, having),
      ...creditLines({ count: entity, credit }),
    ],
  };
}

function exceptLines(program: Program, except: MeasureDefinition['except']): string[] {
  return (except ?? []).map(({ label, when }) => `Left out as ${label}: ${filterWords(program, when)}.`);
}

function windowLines(window: MeasureDefinition['window']): string[] {
  return [window ?? []].flat().map((one) => `When: ${windowWords(one)}.`);
}

type Choosing = Pick<MeasureDefinition, 'newestOfEach' | 'largest' | 'smallest'>;

function newestLines({ newestOfEach }: Choosing): string[] {
  return newestOfEach === undefined
    ? []
    : [`Of those with the same ${pathWords(newestOfEach)} only the newest.`];
}

function choiceLines(
  { attributes }: Program,
  { entity, choosing }: { entity: MeasurableEntity; choosing: Choosing },
): string[] {
  const choice = choiceOf(choosing);
  if (choice === undefined) return [];
  const { end, by, records, ties } = choice;
  const [word, alike] = choiceWords[isDated(attributes, { entity, by }) ? datedEnds[end] : end];
  const others = ties === 'all' ? `, with all that are as ${alike} as the last of them` : '';
  return [`Of these only the ${records === 1 ? '' : `${records} `}${word} by ${pathWords(by)}${others}.`];
}

const choiceWords = {
  largest: ['largest', 'large'],
  smallest: ['smallest', 'small'],
  newest: ['newest', 'new'],
  oldest: ['oldest', 'old'],
} as const;

function havingLines(
  program: Program,
  having: MeasureDefinition['having'],
  perEach?: MeasureDefinition['perEach'],
): string[] {
  const values = perEach === undefined ? 'values' : `values of ${eachWords(perEach)}`;
  return [having ?? []]
    .flat()
    .map((one) => `Only ${values} of which ${aggregateWords(program, one, 'with that value')}.`);
}

/** How what each comes to is put together. */
const takenOfEach = {
  sum: 'all of them are added up',
  average: 'of these the average is taken',
  median: 'of these the median (the middle one) is taken',
  min: 'of these the smallest is taken',
  max: 'of these the largest is taken',
  count: 'what counts is how many of these there are',
  longestRun: 'what counts is how many of these come in a row at most',
  lastRun: 'what counts is how many of these come in a row up to the last one',
} as const;

function eachLines(perEach: MeasureDefinition['perEach']): string[] {
  if (perEach === undefined) return [];
  const { records, atMost, take, best } = perEach;
  return [
    `First for each ${eachWords(perEach)} by itself; ${takenOfEach[take]}.`,
    ...(best === undefined
      ? []
      : [`Of each only its best ${periodWords[best.period]} by ${pathWords(best.by)} counts.`]),
    ...(records === undefined ? [] : [`Of each at most ${recordLimit(records)}.`]),
    ...(atMost === undefined ? [] : [`Of each at most ${atMost} counts.`]),
  ];
}

/** Of an amount of a deal the partner's share weighs, as it does in a sum. */
function weightLines(program: Program, measure: MeasureDefinition): string[] {
  const { weightedBy, credit } = measure;
  if (weightedBy === undefined) return [];
  const entity = entityOfMeasure(measure);
  const path = resolvePath(entity, weightedBy, program.attributes);
  const isShared =
    entity === 'deal' && typeof path !== 'string' && path.type === 'money' && credit?.share !== 'ignore';
  return [
    `Each weighs as much as its ${pathWords(weightedBy)} says${isShared ? ", by the partner's share of it" : ''}.`,
  ];
}

function recordLimit(records: number): string {
  return records === 1 ? '1 record counts, the largest' : `${records} records count, the largest`;
}

function creditLines(measure: MeasureDefinition): string[] {
  const { credit } = measure;
  const { aggregate, value } = aggregateOf(measure)!;
  if (entityOfValue(value) !== 'deal') return [];
  return [
    ...(credit?.roles === undefined
      ? []
      : [`Only deals credited to the partner as ${credit.roles.join(' or ')}.`]),
    ...(credit?.exceptRoles === undefined
      ? []
      : [`Without deals in which the partner is ${credit.exceptRoles.join(' or ')}.`]),
    ...(credit?.primaryOnly ? ['Only deals that the partner leads.'] : []),
    ...(aggregate === 'sum' && credit?.share !== 'ignore' ? ["By the partner's share of each deal."] : []),
    ...(credit?.share === 'ignore' ? ["The whole of each deal, whatever the partner's share."] : []),
  ];
}

function rateDay({ by, at }: NonNullable<MeasureDefinition['rate']>): string {
  if (by !== undefined) return `its ${pathWords(by)}`;
  return at === 'windowEnd' ? 'the last day of the window' : 'the day of the evaluation';
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
