import { z } from 'zod';

/** The part of the program language that asks new partners for a part of a threshold. */

const overSchema = z
  .string()
  .regex(
    /^(quarter|halfYear|year|fiscalQuarter|fiscalYear|[1-9]\d? (month|quarter|year)s?)$/,
    'new partners are asked for a part over a period such as year or fiscalYear, or over a time such as "12 months"',
  )
  .meta({ title: 'period such as year, or time such as 12 months' });

export const proratedSchema = z
  .strictObject({
    over: overSchema.describe(
      'A period of the calendar, such as year: in the one in which a partner starts, the months from its first to the end. A time, such as 12 months: the months since its first day. The month of the first day counts whole.',
    ),
    by: z
      .string()
      .min(1)
      .default('startedOn')
      .describe('A date of the partner that is its first day. While it is blank, the whole is asked.'),
  })
  .describe(
    'With a KPI that is an amount or a number: new partners are asked for a part of the bound, in proportion to their months. (Default: everybody is asked for the whole)',
  );

export type Prorated = z.infer<typeof proratedSchema>;
