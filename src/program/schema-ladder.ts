import { z } from 'zod';
import { dayCountSchema, type Filter, filterSchema, keySchema, numberSchema } from './schema-kpi.ts';

/** The part of the program language that says who holds which tier, and when a tier changes. */

const name = z.string().min(1);
const dateSchema = z.iso.date('a date is written like 2026-01-31');

/** A figure to reach: a number in the KPI's unit, or an amount with its currency such as "250000 EUR". */
const thresholdSchema = z.union([
  numberSchema,
  z.string().regex(/^-?\d+(\.\d+)?( [A-Z]{3})?$/, 'a threshold is written like 30, 4.5 or "250000 EUR"'),
]);

/** One figure for everybody, or one for each track of the program, such as { enterprise: 20, smb: 5 }. */
export const byTrackSchema = z.union([...thresholdSchema.options, z.record(keySchema, thresholdSchema)]);

export type ByTrack = z.infer<typeof byTrackSchema>;

export interface Requirement {
  id?: string | undefined;
  label?: string | undefined;
  all?: Requirement[] | undefined;
  any?: Requirement[] | undefined;
  atLeastOf?: { n: number; of: Requirement[] } | undefined;
  not?: Requirement | undefined;
  kpi?: string | undefined;
  atLeast?: ByTrack | undefined;
  moreThan?: ByTrack | undefined;
  atMost?: ByTrack | undefined;
  lessThan?: ByTrack | undefined;
  partner?: Filter | undefined;
}

export const requirementSchema: z.ZodType<Requirement> = z
  .strictObject({
    id: keySchema.optional().describe('Stable name of the requirement. (Default: from its KPI)'),
    label: name.optional(),
    all: z
      .array(z.lazy(() => requirementSchema))
      .min(1)
      .optional(),
    any: z
      .array(z.lazy(() => requirementSchema))
      .min(1)
      .optional(),
    atLeastOf: z
      .strictObject({ n: z.int().positive(), of: z.array(z.lazy(() => requirementSchema)).min(1) })
      .optional()
      .describe('At least n of the listed ones.'),
    not: z
      .lazy(() => requirementSchema)
      .optional()
      .describe(
        'The opposite comparison: not at least 5 is less than 5. What whenEmpty says stays as it is.',
      ),
    kpi: keySchema.optional().describe('The KPI to compare, with exactly one bound.'),
    atLeast: byTrackSchema.optional().describe('The bound itself is enough.'),
    moreThan: byTrackSchema.optional().describe('The bound itself is not enough.'),
    atMost: byTrackSchema.optional().describe('The bound itself is enough.'),
    lessThan: byTrackSchema.optional().describe('The bound itself is not enough.'),
    partner: filterSchema.optional().describe("A condition on the partner's own attributes."),
  })
  .meta({ id: 'requirement', description: 'Exactly one of all, any, atLeastOf, not, kpi, partner.' });

const tierSchema = z.strictObject({
  key: keySchema.describe('What is written to the CRM, unless crmValue says otherwise.'),
  label: name,
  crmValue: name.optional().describe('Name of the tier in the CRM. (Default: the label)'),
  help: name.optional(),
  benefits: z.array(name).optional(),
  requirements: z.union([requirementSchema, z.array(requirementSchema).min(1)]).optional(),
});

export const movementSchema = z.strictObject({
  promote: z.enum(['immediately', 'at_review']).default('immediately'),
  demote: z.enum(['at_review', 'never']).default('at_review'),
  review: z
    .enum(['month', 'quarter', 'halfYear', 'year', 'fiscalQuarter', 'fiscalYear'])
    .default('quarter')
    .describe('Reviews are held on the first day of these.'),
  grace: z
    .union([z.strictObject({ reviews: z.int().min(0) }), z.strictObject({ days: z.int().positive() })])
    .default({ reviews: 1 })
    .describe('How long after the warning the tier stays.'),
  stepsDown: z.int().positive().default(1).describe('How many tiers a partner can lose at one review.'),
  rampDays: z
    .int()
    .min(0)
    .default(0)
    .describe('For so many days after its start a new partner is neither warned nor moved down.'),
  noLossBefore: dateSchema.optional().describe('No tier is lost before this day.'),
  floor: keySchema.optional().describe('Nobody falls below this tier.'),
  afterOverride: z
    .enum(['immediately', 'at_review'])
    .default('immediately')
    .describe('When the policy takes over after an override has ended.'),
});

export const ladderSchema = z.strictObject({
  key: keySchema,
  label: name,
  partnerTypes: z
    .array(name)
    .min(1)
    .optional()
    .describe('Partner types on this ladder. (Default: every partner)'),
  where: filterSchema.optional().describe("A further condition on the partner's own attributes."),
  hold: z
    .enum(['highest', 'cumulative'])
    .default('highest')
    .describe(
      'highest: the highest tier whose requirements hold. cumulative: those of all tiers below as well.',
    ),
  entryTier: keySchema.optional().describe('Where a new partner starts. (Default: the lowest tier)'),
  tiers: z.array(tierSchema).min(1).describe('The lowest tier first.'),
  movement: movementSchema.default(movementSchema.parse({})),
});

export const profileSchema = z.strictObject({
  label: name,
  help: name.optional(),
  criteria: z
    .array(
      z.strictObject({
        key: keySchema,
        label: name,
        weight: z.int().positive(),
        kpi: keySchema
          .optional()
          .describe('With "target": the share of the target that is reached, at most all of it.'),
        target: thresholdSchema.optional(),
        partner: filterSchema
          .optional()
          .describe("A condition on the partner's own attributes: all or nothing."),
      }),
    )
    .min(1),
});

export const freshnessSchema = z
  .strictObject({ default: dayCountSchema.default('3 days') })
  .catchall(dayCountSchema)
  .describe('How far the inputs of an entity may lag behind before its figures are provisional.');

export type LadderDefinition = z.infer<typeof ladderSchema>;
export type TierDefinition = z.infer<typeof tierSchema>;
export type MovementPolicy = z.infer<typeof movementSchema>;
export type ProfileDefinition = z.infer<typeof profileSchema>;
