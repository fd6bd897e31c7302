import { z } from 'zod';
import { approvalSchema } from './schema-approval.ts';
import { keySchema, kpiSchema } from './schema-kpi.ts';
import { freshnessSchema, ladderSchema, profileSchema } from './schema-ladder.ts';

/**
 * A program file: partner types, success factors, KPIs, ladders and movement as data. Unknown keys are errors.
 * programs/program.schema.json is generated from here and named in line 1 of every program file.
 */

const name = z.string().min(1);

const rateSchema = z.union([
  z.number().positive(),
  z.string().regex(/^\d+(\.\d+)?$|^\d+\/[1-9]\d*$/, 'a rate is written like 1.08, "0.0068" or "20/23"'),
]);

export const programSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, 'a program name is small letters, digits and hyphens')
    .describe('Stable name; results are kept under it.'),
  title: name.describe('The name as people know it.'),
  version: z.coerce.string().min(1).describe('Version of the rules.'),
  validFrom: z.iso
    .date('a date is written like 2026-01-31')
    .describe('First day on which this version holds.'),
  timeZone: name.describe('Where a day begins and ends, such as Europe/Stockholm.'),
  fiscalYearStart: z.int().min(1).max(12).default(1).describe('First month of the fiscal year.'),
  period: z
    .enum(['month', 'quarter', 'year', 'fiscalQuarter', 'fiscalYear'])
    .default('quarter')
    .describe('KPI figures are kept once per partner and period.'),
  currency: z.strictObject({
    code: z.string().regex(/^[A-Z]{3}$/, 'a currency is its code of three letters'),
    rates: z
      .record(z.string().regex(/^[A-Z]{3}$/), rateSchema)
      .default({})
      .describe("What one unit of another currency is worth in the program's currency."),
  }),
  freshness: freshnessSchema.default({ default: '3 days' }),
  partnerTypes: z
    .array(z.strictObject({ key: name, label: name, help: name.optional() }))
    .min(1)
    .describe('The kinds of partner, as the mapping delivers them.'),
  successFactors: z
    .array(
      z.strictObject({ key: keySchema, label: name, help: name.optional(), kpis: z.array(keySchema).min(1) }),
    )
    .default([])
    .describe('What makes partners succeed, the most important first, and the KPIs that measure it.'),
  kpis: z.record(keySchema, kpiSchema),
  ladders: z.array(ladderSchema).default([]).describe('Tiers. Without a ladder the program only measures.'),
  approval: approvalSchema.optional(),
  idealProfile: profileSchema
    .optional()
    .describe('What an ideal partner looks like; gives a fit of 0 to 100.'),
});

export type ProgramDefinition = z.infer<typeof programSchema>;
