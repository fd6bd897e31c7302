import { z } from 'zod';
import { filterSchema, kpiNameSchema } from './kpi.ts';
import { nameSchema } from './text.ts';

/** The part of the program language that compares a figure of a partner with the same figure of other partners. */

export const rankSchema = z
  .strictObject({
    of: kpiNameSchema.describe(
      'The KPI that partners are compared by; its "better" says which end is the first.',
    ),
    among: z
      .union([filterSchema, z.array(filterSchema).min(1)])
      .optional()
      .describe(
        'Only partners of whose own attributes this holds; the others have no rank. (Default: everybody in the program; prospects, applicants and who is terminated never have one)',
      ),
    within: z
      .union([nameSchema, z.array(nameSchema).min(1)])
      .optional()
      .describe(
        'Attributes of the partner, such as country: it is compared with those that have the same. Without a value it has no rank.',
      ),
    as: z
      .enum(['position', 'topShare', 'percentile', 'share', 'ofAverage'])
      .describe(
        'position: 1 for the first. topShare: position / partners x 100; the top 10 % have at most 10. percentile: of 100 others, before how many it stands. share: its figure / the sum of all figures x 100. ofAverage: its figure / their average x 100.',
      ),
    ties: z
      .enum(['best', 'middle', 'worst'])
      .optional()
      .describe(
        'The position of partners with the same figure: the first, the middle or the last of those that they take up together. (Default: best)',
      ),
    minimum: z
      .int()
      .min(2)
      .optional()
      .describe('With fewer partners that have a figure there is no rank yet. (Default: one is enough)'),
  })
  .meta({
    id: 'rank',
    description: 'Where a partner stands by a KPI among the partners of its group.',
  });

export type RankDefinition = z.infer<typeof rankSchema>;
