import { z } from 'zod';
import { periodKinds } from './period.ts';
import { nameSchema } from './text.ts';

/** The part of the program language that says what a measure comes to for each customer, person or the like. */

/** What is made of periods alone: in how many of them something holds. */
const periodTakes = ['count', 'longestRun', 'lastRun'] as const;
export type PeriodTake = (typeof periodTakes)[number];
const takes = ['sum', 'average', 'median', 'min', 'max', ...periodTakes] as const;

const eachPeriodSchema = z
  .strictObject({
    period: z
      .enum(periodKinds)
      .describe('Each month, quarter or year of the window, which is lastFull or previous.'),
    by: nameSchema.describe('The date that lies in the period: that of the window.'),
  })
  .meta({ id: 'eachPeriod', description: 'Each period of the window; one without records is 0 of them.' });

export const perEachSchema = z
  .strictObject({
    of: z
      .union([nameSchema, z.array(nameSchema).min(2), eachPeriodSchema])
      .describe(
        'An attribute of the record, such as customer or person; of several each combination. People are one by their e-mail address. A record that has no value for it is left out. Or each period of the window.',
      ),
    best: eachPeriodSchema
      .optional()
      .describe(
        'Of each only the period of the window counts in which it comes to the most, such as the best quarter of each customer; of several the last one. (Default: the whole window)',
      ),
    records: z
      .int()
      .positive()
      .optional()
      .describe('At most so many records of each count: those with the largest values. (Default: all)'),
    atMost: z
      .union([
        z.number().positive(),
        z
          .string()
          .regex(
            /^(?=.*[1-9])\d+(\.\d+)?$/,
            'what counts at most is a number above 0 such as 100000 or 12.5',
          ),
      ])
      .meta({ title: 'number above 0' })
      .optional()
      .describe("More of each does not count; amounts in the program's currency. (Default: no limit)"),
    take: z
      .enum(takes)
      .default('sum')
      .describe(
        'What the figures of all of them come to: the median is that of the sums of each customer, for example. Of periods: count is in how many of them having holds, longestRun in how many in a row at most, lastRun in how many in a row up to the last one of the window.',
      ),
  })
  .meta({
    id: 'perEach',
    description:
      'First the records of each customer, person or the like are added up, as the measure says; the figure is made of what they come to.',
  });

export type PerEachDefinition = z.infer<typeof perEachSchema>;

/** How many periods something holds in; undefined where figures are put together. */
export function periodTake(perEach: PerEachDefinition | undefined): PeriodTake | undefined {
  return periodTakes.find((one) => one === perEach?.take);
}

/** The attributes whose values, or combinations of them, are each taken by themselves; of periods their date. */
export function eachPaths({ of }: PerEachDefinition): string[] {
  return typeof of === 'object' && 'by' in of ? [of.by] : [of].flat();
}

/** The kind of period that is taken by itself; undefined where it is attributes. */
export function eachPeriod({
  of,
}: PerEachDefinition): z.infer<typeof eachPeriodSchema>['period'] | undefined {
  return typeof of === 'object' && 'period' in of ? of.period : undefined;
}
