import { z } from 'zod';
import {
  dayCountSchema,
  type Filter,
  filterSchema,
  keySchema,
  kpiNameSchema,
  numberSchema,
  weightSchema,
} from './kpi.ts';
import { inProgramSchema, movementSchema, tierTenureSchema } from './movement.ts';
import { type Prorated, proratedSchema } from './prorated.ts';
import type { MadeFor } from './template.ts';
import { helpSchema, labelSchema, nameSchema } from './text.ts';

/** The part of the program language that says who holds which tier. */

/** A figure to reach: a number in the KPI's unit, or an amount with its currency such as "250000 EUR". */
export const thresholdSchema = z
  .union([
    z
      .string()
      .regex(
        /^-?\d+(\.\d+)?( [A-Z]{3})?$/,
        'a threshold is a number such as 30 or 4.5, also of percent, or an amount such as "250000 EUR"',
      ),
    numberSchema,
  ])
  .meta({ title: 'number or amount' });

/**
 * One figure for everybody, or one for each track or each region of the program, such as { enterprise: 20, smb: 5 } or
 * { nordics: 20, growth: 5 }.
 */
export const bySegmentSchema = z
  .union([...thresholdSchema.options, z.record(keySchema, thresholdSchema)])
  .meta({ title: 'number or amount, or one by track or region' });

export type BySegment = z.infer<typeof bySegmentSchema>;

const otherKpiSchema = z
  .strictObject({ kpi: kpiNameSchema.describe('The KPI whose figure is the bound, in the same unit.') })
  .meta({
    id: 'otherKpi',
    description: 'The figure of another KPI of the same partner, as the bound of one.',
  });

const boundSchema = z
  .union([...bySegmentSchema.options, otherKpiSchema])
  .meta({ title: 'number or amount, one by track or region, or { kpi: another KPI }' })
  .optional();

export interface Requirement {
  id?: string | undefined;
  label?: string | undefined;
  all?: Requirement[] | undefined;
  any?: Requirement[] | undefined;
  atLeastOf?: { n: number; of: Requirement[] } | undefined;
  not?: Requirement | undefined;
  kpi?: string | undefined;
  atLeast?: BySegment | undefined;
  moreThan?: BySegment | undefined;
  atMost?: BySegment | undefined;
  lessThan?: BySegment | undefined;
  prorated?: Prorated | undefined;
  partner?: Filter | undefined;
  fact?: string | undefined;
  /** The opposite of `fact`, which only "not" makes; a file cannot say it. */
  noFact?: string | undefined;
  holds?: HeldTier | undefined;
  specialisations?: HeldSpecialisations | undefined;
  /** The opposites of the two, which only "not" makes. */
  holdsNot?: HeldTier | undefined;
  specialisationsNot?: HeldSpecialisations | undefined;
}

const heldTierSchema = z.strictObject({
  ladder: keySchema.describe('Key of another ladder, or of a specialisation.'),
  atLeast: keySchema
    .optional()
    .describe(
      'This tier of it or a higher one. (Default: its lowest tier or a higher one; a specialisation is held or not)',
    ),
  withinMonths: z
    .int()
    .min(1)
    .max(60)
    .optional()
    .describe(
      'It is enough to have held it on one day of the current month and the full months before it, so many in all. (Default: it has to be held today)',
    ),
});
export type HeldTier = z.infer<typeof heldTierSchema>;

const heldSpecialisationsSchema = z.strictObject({
  atLeast: z.int().positive().default(1).describe('How many of them have to be held.'),
  of: z
    .array(keySchema)
    .min(1)
    .optional()
    .describe(
      'Only these count. (Default: all specialisations of the program that do not say "counted: false")',
    ),
  includingOneOf: z
    .array(keySchema)
    .min(1)
    .optional()
    .describe('At least one of these has to be among them.'),
});
export type HeldSpecialisations = z.infer<typeof heldSpecialisationsSchema>;

export const requirementSchema: z.ZodType<Requirement> = z
  .strictObject({
    id: keySchema
      .optional()
      .describe(
        'Name of the requirement inside its tier, by which it is waived. (Default: its KPI, kind of fact, attribute or ladder)',
      ),
    label: labelSchema.optional(),
    all: z
      .array(z.lazy(() => requirementSchema))
      .min(1)
      .optional()
      .describe('Every one of these is met.'),
    any: z
      .array(z.lazy(() => requirementSchema))
      .min(1)
      .optional()
      .describe('At least one of these is met.'),
    atLeastOf: z
      .strictObject({
        n: z.int().positive().describe('So many of them have to be met.'),
        of: z
          .array(z.lazy(() => requirementSchema))
          .min(1)
          .describe('The requirements.'),
      })
      .optional()
      .describe('At least n of the listed ones.'),
    not: z
      .lazy(() => requirementSchema)
      .optional()
      .describe(
        'The opposite comparison: not at least 5 is less than 5. What whenEmpty says stays as it is.',
      ),
    kpi: kpiNameSchema.optional().describe('The KPI to compare, with exactly one bound.'),
    atLeast: boundSchema.describe('The bound itself is enough.'),
    moreThan: boundSchema.describe('The bound itself is not enough.'),
    atMost: boundSchema.describe('The bound itself is enough.'),
    lessThan: boundSchema.describe('The bound itself is not enough.'),
    prorated: proratedSchema.optional(),
    partner: filterSchema.optional().describe("A condition on the partner's own attributes."),
    fact: nameSchema
      .optional()
      .describe('Kind of a dated fact that has to be valid, such as an invitation or a business plan.'),
    holds: heldTierSchema
      .optional()
      .describe('A tier of another ladder, or a specialisation, that the partner has to hold.'),
    specialisations: heldSpecialisationsSchema
      .optional()
      .describe('How many specialisations the partner has to hold.'),
  })
  .meta({
    id: 'requirement',
    description: 'Exactly one of all, any, atLeastOf, not, kpi, partner, fact, holds, specialisations.',
  });

const requirementsSchema = z.union([requirementSchema, z.array(requirementSchema).min(1)]);

const tierKeys = {
  key: keySchema.describe('What is written to the CRM, unless crmValue says otherwise.'),
  label: labelSchema,
  crmValue: nameSchema.optional().describe('What the CRM calls it. (Default: the label)'),
  help: helpSchema.optional(),
  benefits: z.array(nameSchema).optional().describe('What it gives, in words for the page of the program.'),
};

const whoKeys = {
  partnerTypes: z
    .array(nameSchema)
    .min(1)
    .optional()
    .describe('Partner types on this ladder. (Default: every partner)'),
  where: filterSchema
    .optional()
    .describe(
      "A further condition on the partner's own attributes. Prospects, applicants and who is terminated are on no ladder.",
    ),
  heldBy: z
    .enum(['partner', 'company'])
    .default('partner')
    .describe(
      'company: it is decided for the company at the top of a family, and its subsidiaries have the same. partner: each earns its own.',
    ),
};

const onBestTrackSchema = z
  .boolean()
  .optional()
  .describe(
    'Its requirements are judged as if the partner were on each track; all of them have to hold on the same one. (Default: on the track of the partner)',
  );

const onBestRegionSchema = z
  .boolean()
  .optional()
  .describe(
    'Its requirements are judged region by region, by the figures and the numbers of each; all of them have to hold in the same one. (Default: by the figures of the whole)',
  );

const tierSchema = z.strictObject({
  ...tierKeys,
  minimumTenure: tierTenureSchema.optional(),
  onBestTrack: onBestTrackSchema,
  onBestRegion: onBestRegionSchema,
  requirements: requirementsSchema
    .optional()
    .describe('What has to be met; of a list, all of it. (Default: nothing, it is for everybody)'),
  keepRequirements: requirementsSchema
    .optional()
    .describe(
      'What is asked instead of a partner that holds this tier or a higher one. (Default: the requirements)',
    ),
});

export const ladderSchema = z.strictObject({
  key: keySchema.describe('Stable name of the ladder.'),
  label: labelSchema,
  ...whoKeys,
  beside: z
    .boolean()
    .default(false)
    .describe(
      'A partner is on the first ladder that fits it. On one that counts beside the others it is as well, with a tier of its own.',
    ),
  hold: z
    .enum(['highest', 'cumulative'])
    .default('highest')
    .describe(
      'highest: the highest tier whose requirements hold. cumulative: those of all tiers below as well.',
    ),
  entryTier: keySchema.optional().describe('Where a new partner starts. (Default: the lowest tier)'),
  tiers: z.array(tierSchema).min(1).describe('The lowest tier first.'),
  movement: movementSchema
    .default(movementSchema.parse({}))
    .describe('When tiers of the ladder change. (Default: what each key says)'),
});

export const specialisationSchema = z
  .strictObject({
    ...tierKeys,
    ...whoKeys,
    minimumTenure: z
      .strictObject({ inProgram: inProgramSchema })
      .optional()
      .describe('How long a partner waits before it is given it. (Default: no time)'),
    onBestTrack: onBestTrackSchema,
    onBestRegion: onBestRegionSchema,
    requirements: requirementsSchema.describe('What has to be met to be given it.'),
    keepRequirements: requirementsSchema
      .optional()
      .describe('What is asked instead of a partner that holds it. (Default: the requirements)'),
    counted: z
      .boolean()
      .optional()
      .describe(
        'false: requirements on a number of specialisations leave it out, unless they name it; for a seat, a badge and other things that are held but are no specialisation. (Default: true)',
      ),
    movement: movementSchema
      .default(movementSchema.parse({}))
      .describe('When it is given and taken; the same as of tiers. (Default: what each key says)'),
  })
  .describe('Held or not, independent of the tier; a partner holds any number of them.');

export const profileSchema = z.strictObject({
  label: labelSchema,
  help: helpSchema.optional(),
  criteria: z
    .array(
      z.strictObject({
        key: keySchema.describe('Stable name of the criterion.'),
        label: labelSchema,
        weight: weightSchema.describe('How much it counts beside the others.'),
        kpi: kpiNameSchema
          .optional()
          .describe('With "target": the share of the target that is reached, at most all of it.'),
        target: thresholdSchema.optional().describe('The figure that counts as all of it.'),
        partner: filterSchema
          .optional()
          .describe("A condition on the partner's own attributes: all or nothing."),
        grades: z
          .array(
            z.strictObject({
              when: filterSchema.describe("A condition on the partner's own attributes."),
              gives: z.int().min(0).max(100).describe('Percent of the criterion.'),
            }),
          )
          .min(1)
          .optional()
          .describe('Graded answers: the first one whose condition holds counts; none gives 0.'),
      }),
    )
    .min(1)
    .describe('What is looked at; the fit is their weighted mean.'),
});

export const freshnessSchema = z
  .strictObject({
    default: dayCountSchema.default('3 days').describe('The limit of every entity that is not named.'),
    factKinds: z
      .record(z.string().min(1), dayCountSchema)
      .optional()
      .describe('Of facts, the limit of single kinds, such as a seat that is renewed once a year.'),
  })
  .catchall(dayCountSchema.describe('The limit of one entity, by its name, such as certification.'))
  .describe('How far the inputs of an entity may lag behind before its figures are provisional.');

/** Everything that a tier asks for: to be reached, and to be kept; in any of the regions that it is judged in. */
export function requirementsOf({
  requirements,
  keepRequirements,
  inRegions,
}: Pick<TierDefinition, 'requirements' | 'keepRequirements' | 'inRegions'>): Requirement[] {
  if (inRegions !== undefined) return inRegions.flatMap(requirementsOf);
  return [requirements ?? [], keepRequirements ?? []].flat();
}

/** The kinds of facts that requirements ask for. */
export function factKinds({ ladders }: { ladders: readonly { tiers: TierDefinition[] }[] }): Set<string> {
  const kindsOf = ({ all = [], any: anyOf = [], atLeastOf, not, fact }: Requirement): string[] => {
    const inner = [...all, ...anyOf, ...(atLeastOf?.of ?? []), ...(not === undefined ? [] : [not])];
    return [...(fact === undefined ? [] : [fact]), ...inner.flatMap(kindsOf)];
  };
  return new Set(
    ladders
      .flatMap(({ tiers }) => tiers)
      .flatMap(requirementsOf)
      .flatMap(kindsOf),
  );
}

/** A ladder of the program file, or a specialisation, which is a ladder of one tier that counts beside the others. */
export type LadderDefinition = Omit<z.infer<typeof ladderSchema>, 'tiers'> & {
  tiers: TierDefinition[];
  isSpecialisation?: true;
  /** Of a specialisation, as its file says it. */
  counted?: boolean | undefined;
  /** Of a specialisation that a template makes. */
  madeFor?: MadeFor | undefined;
};
export type SpecialisationDefinition = z.infer<typeof specialisationSchema> & { madeFor?: MadeFor };
export type TierDefinition = z.infer<typeof tierSchema> & {
  /** What it asks for in each region, of a tier that is judged region by region in a program that is worked with. */
  inRegions?: RegionTier[];
};
/** A region by its key and label, and what a tier asks for there. */
export type RegionTier = Pick<
  z.infer<typeof tierSchema>,
  'key' | 'label' | 'requirements' | 'keepRequirements'
>;
export type ProfileDefinition = z.infer<typeof profileSchema>;
