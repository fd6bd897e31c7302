import { z } from 'zod';
import { aggregateOf } from '../program/check/kpi.ts';
import type { Program } from '../program/load.ts';
import { writtenKpis } from '../program/regional-kpis.ts';
import type { EmptyWord } from '../program/schema/empty.ts';
import { unitSchema } from '../program/schema/kpi.ts';
import type { KpiDefinition } from '../program/schema/schema.ts';
import { kpisRead } from '../program/score-parts.ts';
import { rankWords, scoreWords } from './composed-words.ts';
import { withSeparators } from './figure.ts';
import { thresholdWords } from './filter-words.ts';
import { formatMany } from './format.ts';
import { everyWords, measureWords, type SaidPart } from './measure-words.ts';

/** How each figure of a program is made, for somebody who does not read its file. */

export const madeForSchema = z
  .strictObject({
    each: z.string().describe('What its values are, such as product.'),
    value: z.string().describe('Label of the value that it is made for.'),
    part: z.string().describe('The same for what is made alike for the other values.'),
  })
  .nullable()
  .describe('By which template it is made; null for what stands in the file itself.');

export const kpiOutlineSchema = z.strictObject({
  kpi: z.string(),
  label: z.string(),
  help: z.string().nullable().describe('What it says, in a sentence; null for nothing.'),
  unit: unitSchema.describe('What the figure is.'),
  parts: z
    .array(
      z.strictObject({
        part: z
          .string()
          .nullable()
          .describe('What the part is to the figure, such as "divided by"; null where there is one.'),
        says: z.string().describe('What is taken, in words.'),
        lines: z.array(z.string()).describe('What counts of it, and how, a sentence each.'),
      }),
    )
    .describe('What the figure is made of, in words.'),
  rules: z
    .array(z.string())
    .describe('What else holds for it, such as that there is nothing to measure, a sentence each.'),
  madeFor: madeForSchema,
  uses: z.array(z.string()).describe('Keys of the KPIs that it is made of; empty for one that is measured.'),
  definition: z
    .record(z.string(), z.unknown())
    .describe('The same as in the program file, with what holds where the file says nothing.'),
});

export type KpiOutline = z.infer<typeof kpiOutlineSchema>;
type Part = KpiOutline['parts'][number];

/** The KPIs as the file has them; figures by region are said with the KPI that they belong to. */
export function kpiOutlines(program: Program): KpiOutline[] {
  return writtenKpis(program).map(([kpi, definition]) => {
    const { label, help, unit, madeFor = null, ...rest } = definition;
    return {
      kpi,
      label,
      help,
      unit,
      parts: partsOf(program, kpi, definition),
      rules: Object.values(rules).flatMap((rule) => rule(definition, program) ?? []),
      madeFor,
      uses: kpisRead(program, definition),
      definition: rest,
    };
  });
}

type FormKey = 'measure' | 'ratio' | 'every' | 'difference' | 'growth' | 'score' | 'rank';

function partsOf(program: Program, kpi: string, definition: KpiDefinition): Part[] {
  const { measure, ratio, every, difference, growth, score, rank } = definition;
  const two = (words: readonly [string, string], one: SaidPart, other: SaidPart): Part[] => [
    { part: words[0], ...one },
    { part: words[1], ...other },
  ];
  if (ratio !== undefined)
    return two(
      ['Of', ratio.per === undefined ? 'Divided by' : `For each ${withSeparators(String(ratio.per))} of`],
      measureWords(program, ratio.of),
      measureWords(program, ratio.to),
    );
  const change = difference ?? growth;
  if (change !== undefined)
    return two(
      growth === undefined ? ['Of', 'Less'] : ['Growth of', 'Against'],
      measureWords(program, change.now),
      measureWords(program, change.before),
    );
  const only =
    measure !== undefined
      ? measureWords(program, measure)
      : every !== undefined
        ? everyWords(program, every)
        : score !== undefined
          ? scoreWords({ program, kpi }, score)
          : rankWords(program, rank!);
  return [{ part: null, ...only }];
}

type Rule = (definition: KpiDefinition, program: Program) => string[] | null;
type Rules = {
  [Key in Exclude<
    keyof KpiDefinition,
    FormKey | 'label' | 'short' | 'help' | 'unit' | 'regional' | 'madeFor'
  >]-?: Rule;
} & { growth: Rule };

// Typed by the keys of a KPI, so that none can be added to the language and left unsaid.
const rules: Rules = {
  growth: ({ growth }, program) =>
    growth === undefined
      ? null
      : [
          growth.minimumBase === undefined
            ? 'There is no figure where there is nothing to grow from.'
            : `There is no figure where what it grows from is below ${thresholdWords(program, { ...aggregateOf(growth.now)!, times: growth.now.times, threshold: String(growth.minimumBase) })}.`,
        ],
  minimumSample: ({ minimumSample, ratio }) =>
    minimumSample === undefined
      ? null
      : [
          `With fewer than ${minimumSample} records${ratio === undefined ? '' : ' to divide by'} there is no figure.`,
        ],
  whenEmpty: emptyLines,
  rollUp: ({ rollUp }) =>
    rollUp === 'company' ? ['With all subsidiaries of the company, each record once.'] : null,
  round: ({ round }) =>
    round === undefined
      ? null
      : [
          `Rounded to ${formatMany(round.digits, 'digit')} behind the point, ${roundingWords[round.direction]}.`,
        ],
  better: ({ better }) => (better === 'lower' ? ['The lower, the better.'] : null),
  perRegion: ({ perRegion }) => (perRegion === undefined ? null : ['Also for each region by itself.']),
  freshness: ({ freshness }) =>
    freshness === undefined
      ? null
      : [`Its data may lag behind by ${freshness}; then it is provisional, and costs nobody a tier.`],
};

const roundingWords = {
  nearest: 'a half away from zero',
  up: 'always up',
  down: 'always down',
} as const;

const emptyWords: Readonly<Record<EmptyWord, string>> = {
  pending: 'it neither raises nor lowers a tier',
  fail: 'no requirement on it is met',
  pass: 'every requirement on it is met',
  zero: 'it counts as 0',
  one: 'it counts as 1, or 100 %',
};

/** What the language does by itself is said once, of all figures. */
function emptyLines({ whenEmpty }: KpiDefinition): string[] | null {
  if (whenEmpty === 'pending') return null;
  if (typeof whenEmpty === 'string') return [`Without a figure: ${emptyWords[whenEmpty]}.`];
  return [
    `With nothing, and nothing to divide it by (0/0): ${emptyWords[whenEmpty.zeroOverZero]}.`,
    `With something, and nothing to divide it by: ${emptyWords[whenEmpty.overZero]}.`,
    `With too few records: ${emptyWords[whenEmpty.tooFew]}.`,
  ];
}
