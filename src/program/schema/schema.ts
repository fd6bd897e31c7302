import { z } from 'zod';
import { customAttributesSchema } from '../custom-attributes.ts';
import { approvalSchema } from './approval.ts';
import { calendarSchema } from './calendar.ts';
import { certificatesSchema } from './certificate.ts';
import { durationWords, keepingPattern } from './duration.ts';
import { whenEmptySchema } from './empty.ts';
import {
  dayCountSchema,
  everySchema,
  keySchema,
  measureSchema,
  notNegativeSchema,
  unitSchema,
} from './kpi.ts';
import {
  bySegmentSchema,
  freshnessSchema,
  ladderSchema,
  profileSchema,
  specialisationSchema,
  thresholdSchema,
} from './ladder.ts';
import { benefitSchema, goalSchema, motivatorSchema, rampSchema, responsibilitySchema } from './method.ts';
import { publishedSchema } from './published.ts';
import { rankSchema } from './rank.ts';
import { regionsSchema } from './region.ts';
import { scoreSchema, trackSchema } from './score.ts';
import { tableSchema } from './table.ts';
import { type MadeFor, templatesSchema } from './template.ts';
import { helpSchema, labelSchema, nameSchema } from './text.ts';

/**
 * A program file: partner types, success factors, KPIs, ladders and movement as data. Unknown keys are errors.
 * programs/program.schema.json is generated from here and named in line 1 of every program file.
 */

const rateSchema = z
  .union([
    z.number().positive(),
    z.string().regex(/^(?![0.]+(\/|$))\d+(\.\d+|\/[1-9]\d*)?$/, {
      error: ({ input }) =>
        /^-|^[0.]+(\/|$)/.test(String(input))
          ? 'a rate is more than 0'
          : 'a rate is written like 1.08, "0.0068" or "20/23"',
    }),
  ])
  .meta({ title: 'number such as 1.08 or "20/23"' });

const kpiSchema = z.strictObject({
  label: labelSchema,
  short: nameSchema
    .optional()
    .describe(
      'How sentences name it, where the label is too long for them. (Default: the label, as it is written)',
    ),
  help: nameSchema.describe('What it says, in one or two sentences that a partner understands.'),
  unit: unitSchema.describe('What the figure is; thresholds are in it, percent as 30, not 0.3.'),
  measure: measureSchema.optional(),
  ratio: z
    .strictObject({
      of: measureSchema,
      to: measureSchema,
      per: thresholdSchema
        .optional()
        .describe(
          'How much of the second is one unit, such as 1000000 for "per million of bookings". (Default: 1)',
        ),
    })
    .optional()
    .describe('The first divided by the second.'),
  every: everySchema.optional(),
  difference: z
    .strictObject({ now: measureSchema, before: measureSchema })
    .optional()
    .describe('now minus before.'),
  growth: z
    .strictObject({
      now: measureSchema,
      before: measureSchema,
      minimumBase: notNegativeSchema
        .optional()
        .describe('Below it there is no growth figure. (Default: none from zero or less)'),
    })
    .optional()
    .describe('(now - before) / before. There is none where before is zero or less.'),
  score: scoreSchema.optional(),
  rank: rankSchema.optional(),
  whenEmpty: whenEmptySchema,
  minimumSample: z
    .int()
    .positive()
    .optional()
    .describe(
      'With fewer records there is no figure yet. Of a ratio those of "to" are counted, of a growth or a difference those of "now".',
    ),
  rollUp: z
    .enum(['partner', 'company'])
    .default('partner')
    .describe('company: with all subsidiaries, each record once.'),
  round: z
    .strictObject({
      digits: z.int().min(0).max(9).describe('How many digits behind the point stay.'),
      direction: z
        .enum(['nearest', 'up', 'down'])
        .default('nearest')
        .describe('nearest: a half is rounded away from zero. up, down: to the next higher or lower figure.'),
    })
    .optional()
    .describe('Rounds the figure itself. (Default: exact)'),
  better: z
    .enum(['higher', 'lower'])
    .default('higher')
    .describe('Which figures are the good ones; lower for waiting times and complaints.'),
  perRegion: z
    .literal(true)
    .optional()
    .describe(
      'Also for each region and group of the program, from the records of that region alone (regions.records): certifiedPeople.nordics.',
    ),
  freshness: dayCountSchema
    .optional()
    .describe('How far its inputs may lag behind. (Default: as in freshness)'),
});

const datedRatesSchema = z
  .array(
    z.strictObject({
      from: z.iso.date('a date is written like 2026-01-31').describe('First day of the rate.'),
      rate: rateSchema.describe('From that day on; text keeps it exact.'),
    }),
  )
  .min(1)
  .describe('The earliest first. An amount of an earlier day has no rate.');

const currencyCodeSchema = z
  .string()
  .regex(/^[A-Z]{3}$/, 'a currency is its code of three letters')
  .meta({ title: 'currency code' });

export const programSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, 'a program name is small letters, digits and hyphens')
    .describe('Stable name; results are kept under it.'),
  title: nameSchema.describe('The name as people know it.'),
  version: z
    .union([z.string().min(1), z.number()])
    .transform(String)
    .describe('Version of the rules.')
    .meta({ title: 'text or number' }),
  validFrom: z.iso
    .date('a date is written like 2026-01-31')
    .describe('First day on which this version holds.'),
  published: publishedSchema.optional(),
  timeZone: nameSchema.describe('Where a day begins and ends, such as Europe/Stockholm.'),
  fiscalYearStart: z.int().min(1).max(12).default(1).describe('First month of the fiscal year.'),
  period: z
    .enum(['month', 'quarter', 'year', 'fiscalQuarter', 'fiscalYear'])
    .default('quarter')
    .describe('KPI figures are kept once per partner and period.'),
  currency: z
    .strictObject({
      code: currencyCodeSchema.describe('The currency in which amounts are shown and compared.'),
      rates: z
        .record(currencyCodeSchema, z.union([rateSchema, datedRatesSchema]))
        .default({})
        .describe(
          "What one unit of another currency is worth in the program's currency: one rate, or rates with the first day of each.",
        ),
      rateAt: z
        .enum(['evaluation', 'windowEnd'])
        .default('evaluation')
        .describe(
          'Which day counts for rates by date, where a measure does not say so. windowEnd: the last day of the window of the measure; without one that ends, the day of the evaluation.',
        ),
    })
    .describe('The currency of the program, and what others are worth in it.'),
  freshness: freshnessSchema.default({ default: '3 days' }),
  partnerTypes: z
    .array(
      z.strictObject({
        key: nameSchema.describe('The word that the mapping delivers.'),
        label: labelSchema,
        help: helpSchema.optional(),
      }),
    )
    .min(1)
    .describe('The kinds of partner, as the mapping delivers them.'),
  successFactors: z
    .array(
      z.strictObject({
        key: keySchema.describe('By which commands name it.'),
        label: labelSchema,
        help: helpSchema.optional(),
        kpis: z.array(keySchema).min(1).describe('The KPIs that measure it.'),
        targets: z
          .record(keySchema, bySegmentSchema)
          .optional()
          .describe('What a partner should reach of a KPI. (Default: what the next tier asks of it)'),
      }),
    )
    .default([])
    .describe('What makes partners succeed, the most important first, and the KPIs that measure it.'),
  motivators: z
    .array(motivatorSchema)
    .default([])
    .describe('What moves partners to take part, the strongest first.'),
  benefits: z
    .array(benefitSchema)
    .default([])
    .describe('What partners get, by tier or all of them, and when each is due.'),
  responsibilities: z
    .array(responsibilitySchema)
    .default([])
    .describe('Who does what, vendor and partner, and what is expected when.'),
  ramp: rampSchema.optional(),
  goals: z
    .array(goalSchema)
    .default([])
    .describe('What the program as a whole should reach, such as new partners by type and country.'),
  tracks: z
    .array(trackSchema)
    .default([])
    .describe(
      'Kinds of partner that are measured by different numbers. A partner is on the first track whose condition holds; the last one has none and takes everybody else.',
    ),
  trackKeeping: z
    .string()
    .regex(keepingPattern, {
      error: (issue) =>
        durationWords(
          issue,
          'a track is kept to the end of a period such as fiscalYear, or for a time such as "12 months"',
        ),
    })
    .optional()
    .describe(
      'How long a partner keeps a track that it was given: to the end of a period such as fiscalYear, or for a time such as 12 months. (Default: not at all, the track is that of today)',
    ),
  attributes: customAttributesSchema,
  regions: regionsSchema.optional(),
  certificates: certificatesSchema.optional(),
  tables: z
    .record(keySchema, tableSchema)
    .default({})
    .describe('Rate cards, points and multipliers that measures look up.'),
  calendars: z
    .record(keySchema, calendarSchema)
    .default({})
    .describe('Business calendars, by the key that lengths of time name them by.'),
  forEach: templatesSchema,
  kpis: z
    .record(keySchema, kpiSchema)
    .describe(
      'The figures of a partner, by the key that other parts of the program use. (Default: those that forEach makes; one of the two has to be there)',
    ),
  ladders: z.array(ladderSchema).default([]).describe('Tiers. Without a ladder the program only measures.'),
  specialisations: z
    .array(specialisationSchema)
    .default([])
    .describe('What a partner can be given beside its tier, each by requirements of its own.'),
  approval: approvalSchema.optional(),
  idealProfile: profileSchema
    .optional()
    .describe('What an ideal partner looks like; gives a fit of 0 to 100.'),
});

/** A program as it stands in its file. */
export type WrittenProgram = z.infer<typeof programSchema>;

export type KpiDefinition = WrittenProgram['kpis'][string] & {
  /** Of a figure by region: the KPI that it is a part of, and the region or group. */
  regional?: { of: string; region: string };
  /** Of one that a template makes. */
  madeFor?: MadeFor;
};

/** A program with all its KPIs, those by region as well. */
export type ProgramDefinition = Omit<WrittenProgram, 'kpis'> & { kpis: Record<string, KpiDefinition> };
