import { resolve } from 'node:path';
import { z } from 'zod';
import { loadProgram } from '../../../program/load.ts';
import { backtest } from '../../../tier/look/backtest.ts';
import { benefitsWithoutMoney } from '../../../tier/method/benefit-cost.ts';
import { defineCommand } from '../../command.ts';
import { formatMoney } from '../../figure.ts';
import { integerFlag } from '../../flags.ts';
import { formatCount, formatMany } from '../../format.ts';
import type { Screen } from '../../screen.ts';
import { text } from './backtest.messages.ts';

const ladderSchema = z.strictObject({
  ladder: z.string(),
  tiers: z
    .array(
      z.strictObject({
        tier: z.string().nullable().describe('Key of the tier; null for none.'),
        label: z.string().nullable().describe('Label of the tier; null for none.'),
        held: z.int().describe('Partners that would have held it, by the movement of the ladder.'),
        earned: z.int().describe('Partners that would have earned it, by the figures alone.'),
      }),
    )
    .describe('The tiers, the highest first.'),
  up: z.int().describe('Partners that would have gone up since the review before.'),
  down: z.int().describe('Partners that would have gone down since the review before.'),
  joined: z.int().describe('Partners that were not on the ladder at the review before.'),
  left: z.int().describe('Partners that are not on the ladder any more.'),
  inForce: z
    .strictObject({
      partners: z.int().describe('Partners that had a tier in force then.'),
      higher: z.int().describe('Those that would have held a higher one.'),
      lower: z.int().describe('Those that would have held a lower one.'),
    })
    .describe('Beside the tiers that were in force right before the review.'),
});
const moneySchema = z
  .array(
    z.strictObject({
      amount: z.string().describe('Exact, as a decimal.'),
      currency: z.string(),
    }),
  )
  .describe('By currency.');
const resultSchema = z.strictObject({
  file: z.string(),
  program: z.string(),
  version: z.string().describe('Version of the rules.'),
  labels: z.record(z.string(), z.string()).describe('Labels of the ladders, by key.'),
  reviews: z
    .array(
      z.strictObject({
        asOf: z.string().describe('Day of the review.'),
        reconstructed: z
          .string()
          .nullable()
          .describe('Why the records of today stand for what was known then; null when that is available.'),
        ladders: z
          .array(ladderSchema)
          .describe('What would have been on each ladder that has a review on that day.'),
        cost: z
          .strictObject({
            from: z.string().describe('First day.'),
            until: z.string().describe('The day of the next review, not included.'),
            due: moneySchema.describe('What falls due in that time, by currency.'),
            standing: moneySchema.describe(
              'What holds with the tiers and is not delivered, such as a credit line, by currency.',
            ),
          })
          .describe('What the benefits come to that the partners have until the next review.'),
      }),
    )
    .describe('The reviews, the oldest first.'),
  hasBenefits: z.boolean().describe('Whether the program has any benefits.'),
  withoutMoney: z
    .array(z.string())
    .describe('Labels of the benefits that say no amount of money, which the cost leaves out.'),
});
type Result = z.infer<typeof resultSchema>;

export const programBacktest = defineCommand({
  name: 'program backtest',
  summary: text.summary,
  description: text.description,
  args: { file: { help: text.file, required: false } },
  flags: { quarters: integerFlag('N', text.quarters, { min: 1, max: 40 }) },
  examples: ['tierlink program backtest programs/next-year.yaml --quarters 8'],
  result: resultSchema,
  run: async ({ args, flags, app, project }) => {
    const file = args.file === undefined ? resolve(project().folder, project().program) : resolve(args.file);
    const program = loadProgram(file);
    const { store, clock } = await app();
    const reviews = await backtest(store, { program, quarters: flags.quarters ?? 8, now: clock.now() });
    const labels = Object.fromEntries(program.ladders.map(({ key, label }) => [key, label]));
    return {
      result: {
        file,
        program: program.title,
        version: program.version,
        labels,
        reviews,
        hasBenefits: program.benefits.length > 0,
        withoutMoney: benefitsWithoutMoney(program),
      },
      next: args.file === undefined ? [] : [text.next(project().program, args.file)],
    };
  },
  show: (result, screen) => {
    const ladders = Object.entries(result.labels);
    if (ladders.length === 0) {
      screen.line(text.noTiers);
      return;
    }
    for (const [key, label] of ladders) showLadder(result, { key, label }, screen);
    for (const [reason, days] of reasonsOf(result)) screen.line(text.why(days.join(', '), reason));
    showCost(result, screen);
  },
});

function showLadder(
  { reviews }: Result,
  { key, label }: { key: string; label: string },
  screen: Screen,
): void {
  const rows = reviews.flatMap((review) => {
    const ladder = review.ladders.find((one) => one.ladder === key);
    return ladder === undefined ? [] : [{ review, ladder }];
  });
  const tiers = rows[0]?.ladder.tiers ?? [];
  const titles = [
    ...text.columns,
    ...tiers.map((tier) => tier.label?.toUpperCase() ?? text.noTier),
    ...text.moves,
  ];
  screen.line(text.ladder(label));
  screen.line();
  screen.table(
    titles.map((title, index) => ({
      title,
      align: index > 1 && index < titles.length - 1 ? 'right' : 'left',
    })),
    rows.map(({ review, ladder }) => [
      review.asOf,
      review.reconstructed === null ? text.known : text.reconstructed,
      ...ladder.tiers.map(({ held }) => formatCount(held)),
      ...[ladder.up, ladder.down, ladder.joined, ladder.left].map(formatCount),
      text.inForce(ladder.inForce.higher, ladder.inForce.lower, ladder.inForce.partners),
    ]),
  );
  const later = rows.slice(1);
  const moves = later.reduce((sum, { ladder }) => sum + ladder.up + ladder.down, 0);
  screen.line();
  screen.line(text.churn(formatMany(moves, 'move'), formatMany(later.length, 'review')));
  screen.line();
}

function showCost({ reviews, hasBenefits, withoutMoney }: Result, screen: Screen): void {
  const costs = reviews.map(({ cost }) => cost);
  const isKnown = costs.some(({ due, standing }) => due.length + standing.length > 0);
  if (isKnown) {
    screen.line();
    screen.line(text.cost);
    screen.line();
    screen.table(
      text.costColumns.map((title, index) => ({ title, align: index > 1 ? 'right' : 'left' })),
      costs.map(({ from, until, due, standing }) => [from, until, moneyWords(due), moneyWords(standing)]),
    );
    screen.line();
  }
  if (!hasBenefits) screen.line(text.noBenefits);
  else if (withoutMoney.length > 0) screen.line(text.withoutMoney(withoutMoney.join(', ')));
  else if (!isKnown) screen.line(text.noCost);
}

function moneyWords(amounts: Result['reviews'][number]['cost']['due']): string {
  return amounts.map(formatMoney).join(', ') || '-';
}

function reasonsOf({ reviews }: Result): Map<string, string[]> {
  const reasons = new Map<string, string[]>();
  for (const { asOf, reconstructed } of reviews) {
    if (reconstructed !== null) reasons.set(reconstructed, [...(reasons.get(reconstructed) ?? []), asOf]);
  }
  return reasons;
}
