import { z } from 'zod';
import { keySchema, kpiNameSchema, weightSchema } from './kpi.ts';
import { type BySegment, bySegmentSchema, requirementSchema } from './ladder.ts';
import { helpSchema, labelSchema, nameSchema } from './text.ts';

/**
 * The part of the program language that composes a figure from other figures of the same partner: points, their sums,
 * steps and choices. Everything is exact; nothing is rounded but where the KPI says so.
 */

const linearSchema = z
  .strictObject({
    of: kpiNameSchema.describe('The KPI that is scored.'),
    full: bySegmentSchema.describe('From this figure on there are all the points.'),
    points: bySegmentSchema.describe('All the points. Half of "full" gives half of them.'),
  })
  .describe('Points in proportion to a KPI, up to a limit: points x figure / full, never below 0.');

const eachSchema = z
  .strictObject({
    of: kpiNameSchema.describe('The KPI that is scored.'),
    points: bySegmentSchema.describe('Points for each unit.'),
    per: bySegmentSchema
      .default(1)
      .describe('How much is one unit, such as 100 for "per 100 USD". (Default: 1)'),
    whole: z
      .boolean()
      .default(false)
      .describe('Only whole units give points. (Default: a part of a unit gives a part of the points)'),
    cap: bySegmentSchema.optional().describe('At most so many points in all.'),
  })
  .describe('Points for each unit of a KPI; 0 where the KPI is below 0.');

const bandSchema = z.strictObject({
  from: bySegmentSchema.optional().describe('The band begins here; the bound itself is in it.'),
  above: bySegmentSchema.optional().describe('The band begins behind this; the bound itself is not in it.'),
  points: bySegmentSchema.describe('The points of a figure in the band.'),
});

const bandsSchema = z
  .strictObject({
    of: kpiNameSchema.describe('The KPI that is scored.'),
    table: z.array(bandSchema).min(1).describe('The lowest band first. Below it there are 0 points.'),
  })
  .describe('Points from a table of bands.');

const weightedSchema = z
  .strictObject({
    of: z
      .array(
        z.strictObject({
          kpi: kpiNameSchema.describe('A KPI that counts.'),
          weight: weightSchema.describe('How much it counts beside the others.'),
          full: bySegmentSchema
            .optional()
            .describe(
              'The figure that counts as all of it. (Default: the most points that the KPI can have)',
            ),
        }),
      )
      .min(1)
      .describe('What is weighed.'),
    to: z.int().positive().default(100).describe('What a partner gets that has all of everything.'),
  })
  .describe('The weighted mean of what is reached of each KPI, from 0 to "to".');

const stepSchema = z.strictObject({
  label: nameSchema.optional().describe("How the step is called. (Default: its KPI's label)"),
  points: z
    .union([z.number(), kpiNameSchema, z.record(keySchema, z.number())])
    .describe('The KPI that has the points, or a number of them.'),
  most: bySegmentSchema.optional().describe('The step gives at most so many points.'),
  needs: requirementSchema.optional().describe('Without it neither this step nor a later one counts.'),
});

const choiceSchema = z.strictObject({
  when: requirementSchema.optional().describe('When it is chosen.'),
  use: z.union([z.number(), kpiNameSchema]).optional().describe('The KPI whose figure it is, or a number.'),
  otherwise: z
    .union([z.number(), kpiNameSchema])
    .optional()
    .describe('The same for everybody for whom no condition holds.'),
});

const partsSchema = z.array(kpiNameSchema).min(1);

/** A KPI, or a number in its place. */
const operandOptions = [kpiNameSchema, ...bySegmentSchema.options] as const;
export type Operand = string | BySegment;

const differenceSchema = z
  .strictObject({
    of: kpiNameSchema.describe('The KPI that something is taken from.'),
    less: z
      .union([...operandOptions, partsSchema])
      .meta({ title: 'KPI, list of KPIs, or number or amount, also by track or region' })
      .describe(
        'What is taken from it: a KPI, several of them, or a number in its unit, such as 100000 of revenue for what is above that.',
      ),
  })
  .describe('One KPI less another one, less several or less a number; it may be below 0.');

const ratioSchema = z
  .strictObject({
    of: kpiNameSchema.describe('The KPI that is divided.'),
    to: z
      .union(operandOptions)
      .meta({ title: 'KPI, or number or amount, also by track or region' })
      .describe('What it is divided by: a KPI, or a number in the unit of the one that is divided.'),
    per: bySegmentSchema
      .optional()
      .describe(
        'How much of the other KPI is one unit, such as 1000000 for "per million of bookings". (Default: 1)',
      ),
  })
  .describe(
    'One KPI divided by another one, or by a number. There is no figure where that by which it is divided is 0.',
  );

const productSchema = z
  .strictObject({
    of: kpiNameSchema.describe('The KPI that is multiplied, whose unit the figure has.'),
    by: z
      .union(operandOptions)
      .meta({ title: 'KPI, or number, also by track or region' })
      .describe(
        'How many times it counts: a number such as 1.5, or a KPI that is a plain number, points or a share. Of a percentage 20 is a fifth.',
      ),
  })
  .describe('One KPI as many times as a number or another KPI says.');

const overRegionsSchema = z
  .strictObject({
    of: keySchema.describe('The KPI that is looked at in each region, as if the partner were there alone.'),
    take: z
      .enum(['best', 'worst', 'sum', 'count', 'concentration'])
      .describe(
        'best, worst, sum: of its figures. count: the number of regions in which it reaches a bound. concentration: the squares of the shares that the regions have, added up, from all in one region (1, or 100 percent) down.',
      ),
    among: z
      .array(keySchema)
      .min(1)
      .optional()
      .describe('Only these regions, or those of these groups. (Default: all)'),
    atLeast: bySegmentSchema.optional().describe('With count: the bound itself is enough.'),
    moreThan: bySegmentSchema.optional().describe('With count: the bound itself is not enough.'),
    atMost: bySegmentSchema.optional().describe('With count: the bound itself is enough.'),
    lessThan: bySegmentSchema.optional().describe('With count: the bound itself is not enough.'),
  })
  .describe('A KPI in each region of the program, and what is taken of that.');

export const scoreSchema = z
  .strictObject({
    linear: linearSchema.optional(),
    each: eachSchema.optional(),
    bands: bandsSchema.optional(),
    sum: partsSchema.optional().describe('These KPIs added up.'),
    difference: differenceSchema.optional(),
    ratio: ratioSchema.optional(),
    product: productSchema.optional(),
    weighted: weightedSchema.optional(),
    best: partsSchema.optional().describe('The highest of these KPIs.'),
    worst: partsSchema.optional().describe('The lowest of these KPIs.'),
    steps: z
      .array(stepSchema)
      .min(1)
      .optional()
      .describe(
        'Points step by step: a step counts only while its condition and those of all earlier ones hold.',
      ),
    choose: z
      .array(choiceSchema)
      .min(2)
      .optional()
      .describe('The first one whose condition holds; the last one is "otherwise".'),
    byTrack: z
      .record(keySchema, kpiNameSchema)
      .optional()
      .describe('The KPI of the track that the partner is on: one for each track of the program.'),
    bestTrack: z
      .strictObject({
        of: kpiNameSchema.describe('The KPI that is worked out on each track.'),
        among: z.array(keySchema).min(2).optional().describe('Only these tracks. (Default: all)'),
      })
      .optional()
      .describe('A KPI as if the partner were on each track, of which the highest is kept.'),
    overRegions: overRegionsSchema.optional(),
  })
  .meta({
    id: 'score',
    description:
      'A figure made of other KPIs of the partner. Exactly one of linear, each, bands, sum, difference, ratio, product, weighted, best, worst, steps, choose, byTrack, bestTrack, overRegions.',
  });

export const trackSchema = z.strictObject({
  key: keySchema.describe('By which numbers are given for the track.'),
  label: labelSchema,
  help: helpSchema.optional(),
  when: requirementSchema.optional().describe('Who is on it; the last track has no condition.'),
});

export type ScoreDefinition = z.infer<typeof scoreSchema>;
