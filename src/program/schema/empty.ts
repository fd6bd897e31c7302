import { z } from 'zod';

/** The part of the program language that says what it means that there is nothing to measure. */

const emptyWordSchema = z.enum(['pending', 'fail', 'pass', 'zero', 'one']);

export type EmptyWord = z.infer<typeof emptyWordSchema>;

const pending = emptyWordSchema.default('pending');

export const whenEmptySchema = z
  .union([
    emptyWordSchema,
    z
      .strictObject({
        zeroOverZero: pending.describe('Neither of the two: 0/0, also where there are no records.'),
        overZero: pending.describe(
          'Something, and nothing that it is divided by: n/0, or something below 0, such as leads that were won without any that were given.',
        ),
        tooFew: pending.describe('Fewer records than minimumSample.'),
      })
      .describe('Of a ratio: the same by case.'),
  ])
  .default('pending')
  .describe(
    'What it means that there is nothing to measure (0/0, no records, no base to grow from, sample too small, a part of a score without a figure, a partner that is not ranked). pending: neither raises nor lowers a tier. fail, pass: no requirement on it is met, or every one, also inside "not". zero, one: that figure is compared.',
  );
