import { z } from 'zod';
import { keySchema, periodSchema } from './schema-kpi.ts';
import { thresholdSchema } from './schema-ladder.ts';

/** The part of the program language that says how the program is run, beside figures and tiers. */

const name = z.string().min(1);

const typesSchema = z
  .array(keySchema)
  .min(1)
  .optional()
  .describe('Only for partners of these types. (Default: every partner)');

export const motivatorSchema = z.strictObject({
  label: name.describe('What moves partners, such as "Margin that pays for the work".'),
  help: name.optional().describe('How the program answers it.'),
  partnerTypes: typesSchema,
});

export type Motivator = z.infer<typeof motivatorSchema>;

const byPeriod = 'one figure, or one for each period by its name, such as { 2026-Q4: 3, 2027-Q1: 5 }.';

export const goalSchema = z
  .strictObject({
    label: name,
    help: name.optional(),
    newPartners: z
      .union([z.int().positive(), z.record(z.string(), z.int().positive())])
      .optional()
      .describe(`So many partners should start in the period: ${byPeriod}`),
    kpi: keySchema
      .optional()
      .describe('A KPI of which the figures of all partners together should reach "atLeast".'),
    atLeast: z
      .union([...thresholdSchema.options, z.record(z.string(), thresholdSchema)])
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
      .array(name)
      .min(1)
      .optional()
      .describe('Only partners of these countries, as the CRMs write them. (Default: everywhere)'),
  })
  .describe('Exactly one of newPartners and kpi.');

export type Goal = z.infer<typeof goalSchema>;
