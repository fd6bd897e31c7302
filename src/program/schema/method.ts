import { z } from 'zod';
import { mostDays } from './duration.ts';
import { durationSchema, keySchema, periodSchema } from './kpi.ts';
import { bySegmentSchema, thresholdSchema } from './ladder.ts';
import { helpSchema, labelSchema, nameSchema } from './text.ts';

/** The part of the program language that says how the program is run, beside figures and tiers. */

const typesSchema = z
  .array(keySchema)
  .min(1)
  .optional()
  .describe('Only for partners of these types. (Default: every partner)');

const fromSchema = z.iso
  .date('a date is written like 2026-01-31')
  .optional()
  .describe('Nothing is due for a time before this day. (Default: validFrom of the program)');

export const motivatorSchema = z.strictObject({
  label: nameSchema.describe('What moves partners, such as "Margin that pays for the work".'),
  help: nameSchema.optional().describe('How the program answers it.'),
  partnerTypes: typesSchema,
});

const byPeriod = 'one figure, or one for each period by its name, such as { 2026-Q4: 3, 2027-Q1: 5 }.';

export const goalSchema = z
  .strictObject({
    label: labelSchema,
    help: helpSchema.optional(),
    newPartners: z
      .union([z.int().positive(), z.record(z.string(), z.int().positive())])
      .meta({ title: 'whole number, or one by period' })
      .optional()
      .describe(`So many partners should start in the period: ${byPeriod}`),
    kpi: keySchema
      .optional()
      .describe('A KPI of which the figures of all partners together should reach "atLeast".'),
    atLeast: z
      .union([...thresholdSchema.options, z.record(z.string(), thresholdSchema)])
      .meta({ title: 'number or amount, or one by period' })
      .optional()
      .describe(`What the KPI should come to, over all partners: ${byPeriod}`),
    every: periodSchema
      .optional()
      .describe('The goal holds for each of these periods. (Default: the period of the program)'),
    partnerTypes: typesSchema,
    regions: z
      .array(keySchema)
      .min(1)
      .optional()
      .describe(
        'Only partners of these regions, or groups of regions, of the program. (Default: everywhere)',
      ),
    countries: z
      .array(nameSchema)
      .min(1)
      .optional()
      .describe('Only partners of these countries, as the CRMs write them. (Default: everywhere)'),
  })
  .describe('Exactly one of newPartners and kpi.');

export type Goal = z.infer<typeof goalSchema>;

const quantitySchema = z.union([z.number(), nameSchema]);

export const benefitSchema = z.strictObject({
  key: keySchema.describe('Stable name of it.'),
  label: labelSchema,
  help: helpSchema.optional(),
  tiers: z
    .union([z.array(keySchema).min(1), z.record(keySchema, quantitySchema)])
    .optional()
    .describe(
      'The tiers that give it, such as [silver, gold], or how much each of them gives, such as { silver: 2500 USD, gold: 5000 USD }. (Default: every partner has it)',
    ),
  amount: quantitySchema
    .optional()
    .describe('How much, where it is the same for all: a number, 500 USD or 15 %.'),
  partnerTypes: typesSchema,
  due: z
    .enum(['once', ...periodSchema.options])
    .optional()
    .describe(
      'once: when the tier is reached, without tiers at the start. Otherwise for each of these periods, the first one included. (Default: nothing is delivered; it holds with the tier)',
    ),
  within: durationSchema.optional().describe('After so long it is overdue. (Default: 30 days)'),
  fact: nameSchema
    .optional()
    .describe('Kind of the fact by which its delivery is recorded: tierlink fact set. (Default: the label)'),
  how: nameSchema.optional().describe('How it is delivered, in words, such as "credit note".'),
  from: fromSchema,
});

export type Benefit = z.infer<typeof benefitSchema>;

/** What is looked at: something on file, or a figure. */
const seenBy = {
  fact: nameSchema
    .optional()
    .describe('Kind of the dated fact that says that it is done: tierlink fact set.'),
  kpi: keySchema.optional().describe('Instead of a fact: the KPI that says so, with atLeast or atMost.'),
  atLeast: bySegmentSchema.optional().describe('Of a KPI: the figure to be reached.'),
  atMost: bySegmentSchema.optional().describe('Of a KPI: the figure not to be exceeded.'),
  by: z.enum(['partner', 'vendor']).default('partner').describe('Whose turn it is.'),
  within: durationSchema
    .optional()
    .describe(
      'So long after the start it is due, with tiers after the tier was reached; with every, after the period began. Only a limit (atMost) can do without, and is then to be kept from the first day on.',
    ),
};

const expectationSchema = z
  .strictObject({
    ...seenBy,
    every: periodSchema
      .optional()
      .describe('Once in each of these periods, until its end or within the time given.'),
  })
  .describe('Exactly one of fact and kpi.');

export const responsibilitySchema = z.strictObject({
  key: keySchema.describe('Stable name of it.'),
  label: nameSchema.describe('The activity, such as "Joint business plan".'),
  vendor: nameSchema.optional().describe('What the vendor does.'),
  partner: nameSchema.optional().describe('What the partner does.'),
  partnerTypes: typesSchema,
  tiers: z.array(keySchema).min(1).optional().describe('Only in these tiers. (Default: every partner)'),
  expect: z
    .union([expectationSchema, z.array(expectationSchema).min(1)])
    .optional()
    .describe('How it is seen that it was done, and when it is due. (Default: it is only said)'),
  from: fromSchema,
});

export const rampSchema = z
  .strictObject({
    days: z
      .int()
      .positive()
      .max(mostDays)
      .default(90)
      .describe('How many days the ramp of a new partner lasts.'),
    partnerTypes: typesSchema,
    from: fromSchema.describe(
      'Only for partners that start on this day or later. (Default: validFrom of the program)',
    ),
    steps: z
      .array(z.strictObject({ label: labelSchema, ...seenBy }).describe('Exactly one of fact and kpi.'))
      .min(1)
      .describe(
        'What is to be done in the ramp; each is due at its end where "within" does not say earlier.',
      ),
  })
  .describe('What is expected of new partners in their first days.');

export type Expectation = z.infer<typeof expectationSchema>;
export type Responsibility = z.infer<typeof responsibilitySchema>;
export type Ramp = z.infer<typeof rampSchema>;

/** The kinds of facts that say what was delivered or done. */
export function methodFactKinds(program: {
  benefits: readonly Benefit[];
  responsibilities: readonly Responsibility[];
  ramp?: Ramp | undefined;
}): string[] {
  const expected = program.responsibilities.flatMap(({ expect }) => [expect ?? []].flat());
  return [
    ...program.benefits.flatMap(({ due, fact, label }) => (due === undefined ? [] : [fact ?? label])),
    ...[...expected, ...(program.ramp?.steps ?? [])].flatMap(({ fact }) => fact ?? []),
  ];
}
