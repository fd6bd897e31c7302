import { z } from 'zod';
import { choiceSchema } from './choice.ts';
import { durationPattern, durationWords } from './duration.ts';
import { perEachSchema } from './each.ts';
import { periodKinds } from './period.ts';
import { type TimesDefinition, timesSchema } from './table.ts';
import { nameSchema } from './text.ts';

/** The part of the program language that says how a figure is measured. */

export const keySchema = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]*$/, 'a key is letters and digits and starts with a small letter')
  .meta({ title: 'key' });

/** The name of a KPI, or of its figure for one region. */
export const kpiNameSchema = z
  .string()
  .regex(
    /^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)?$/,
    'a KPI is named by its key, or by its key and a region, like certifiedPeople.nordics',
  )
  .meta({ title: 'KPI' });

export const durationSchema = z
  .string()
  .regex(durationPattern, { error: durationWords })
  .meta({ title: 'time such as 12 months' });

export const dayCountSchema = z
  .string()
  .regex(/^[1-9]\d{0,3} days?$/, 'a limit is written in days, like "7 days"')
  .meta({ title: 'time such as 7 days' });

export const periodSchema = z.enum(periodKinds);

/** A number as people write it; kept as text so that nothing is rounded. */
export const numberSchema = z
  .union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/, 'a number is written like 250000 or 4.5')])
  .meta({ title: 'number' });

export const notNegativeSchema = z
  .union([
    z.number().nonnegative(),
    z.string().regex(/^\d+(\.\d+)?$/, 'a number that is not below 0 is written like 250000 or 4.5'),
  ])
  .meta({ title: 'number that is not below 0' });

export const weightSchema = z
  .union([
    z.number().positive(),
    z.string().regex(/^(?=.*[1-9])\d+(\.\d+)?$/, 'a weight is a number above 0 such as 2 or 12.5'),
  ])
  .meta({ title: 'number above 0' });

const scalarSchema = z
  .union([z.string(), z.number(), z.boolean()])
  .meta({ title: 'text, number, true or false' });

export interface Filter {
  all?: Filter[] | undefined;
  any?: Filter[] | undefined;
  not?: Filter | undefined;
  has?: AggregateCondition | undefined;
  codes?: string[] | undefined;
  attribute?: string | undefined;
  daysFrom?: string | undefined;
  hoursFrom?: string | undefined;
  to?: string | undefined;
  calendar?: string | undefined;
  is?: string | number | boolean | undefined;
  isNot?: string | number | boolean | undefined;
  in?: (string | number | boolean)[] | undefined;
  notIn?: (string | number | boolean)[] | undefined;
  inRegion?: string | string[] | undefined;
  atLeast?: string | number | undefined;
  moreThan?: string | number | undefined;
  atMost?: string | number | undefined;
  lessThan?: string | number | undefined;
  elapsed?: string | undefined;
  blank?: boolean | undefined;
}

/** A condition on an aggregate of records: of those that refer to a record, or of a group of records. */
export interface AggregateCondition {
  count?: string | undefined;
  sum?: string | undefined;
  distinct?: string | undefined;
  average?: string | undefined;
  median?: string | undefined;
  min?: string | undefined;
  max?: string | undefined;
  matching?: Record<string, string> | undefined;
  where?: Filter | Filter[] | undefined;
  times?: TimesDefinition | TimesDefinition[] | undefined;
  window?: WindowDefinition | WindowDefinition[] | undefined;
  atLeast?: string | number | undefined;
  moreThan?: string | number | undefined;
  atMost?: string | number | undefined;
  lessThan?: string | number | undefined;
}

const bound = z
  .union([z.number(), z.string().min(1)])
  .meta({ title: 'number, date or text' })
  .optional();

export const filterSchema: z.ZodType<Filter> = z
  .strictObject({
    all: z
      .array(z.lazy(() => filterSchema))
      .min(1)
      .optional()
      .describe('Every one of these holds.'),
    any: z
      .array(z.lazy(() => filterSchema))
      .min(1)
      .optional()
      .describe('At least one of these holds.'),
    not: z
      .lazy(() => filterSchema)
      .optional()
      .describe('This does not hold.'),
    has: z
      .lazy(() => aggregateConditionSchema)
      .optional()
      .describe(
        'Records that refer to this one, such as the certifications of a person, or others of the partner that match it, come to so much.',
      ),
    codes: z
      .array(nameSchema)
      .min(1)
      .optional()
      .describe(
        'Of a certification: its code is one of these, or one that the catalogue says these replaced.',
      ),
    attribute: nameSchema
      .optional()
      .describe('Attribute of the record; a dot reads through a reference, as in customer.country.'),
    daysFrom: nameSchema
      .optional()
      .describe('With "to": the number of days between two dates of the record.'),
    hoursFrom: nameSchema
      .optional()
      .describe('With "to": the number of hours between two instants of the record.'),
    to: nameSchema.optional().describe('With "daysFrom" or "hoursFrom": the later of the two.'),
    calendar: keySchema
      .optional()
      .describe(
        'With "daysFrom" or "hoursFrom": the business calendar whose days or hours count. (Default: all do)',
      ),
    is: scalarSchema
      .optional()
      .describe(
        "Is this; of several values, such as a partner's types, one of them is. Of texts, upper and lower case and blanks make no difference; partner types are spelt as the program has them.",
      ),
    isNot: scalarSchema.optional().describe('Has a value, and another one.'),
    in: z.array(scalarSchema).min(1).optional().describe('Is one of these.'),
    notIn: z.array(scalarSchema).min(1).optional().describe('Has a value, and none of these.'),
    inRegion: z
      .union([keySchema, z.array(keySchema).min(1)])
      .optional()
      .describe('Is a country of this region or group of the program, or of one of these.'),
    atLeast: bound.describe('The bound itself counts.'),
    moreThan: bound.describe('The bound itself does not count.'),
    atMost: bound.describe('The bound itself counts.'),
    lessThan: bound.describe('The bound itself does not count.'),
    elapsed: durationSchema
      .optional()
      .describe(
        'Only in the requirements of tiers and specialisations: a date of the partner that is at least so long ago, such as 6 months.',
      ),
    blank: z.boolean().optional().describe('true: has no value. false: has one.'),
  })
  .meta({
    id: 'filter',
    description: 'A condition on a record. A comparison with a blank value does not hold.',
  });

const windowKeys = {
  last: durationSchema
    .optional()
    .describe('The days before the day of the evaluation, which itself does not count.'),
  lastFull: durationSchema.optional().describe('The last whole months, quarters or years.'),
  current: periodSchema.optional().describe('From the first day of the running period to the day before.'),
  previous: periodSchema.optional().describe('The period before the running one.'),
  next: durationSchema.optional().describe('The day of the evaluation and the days after it.'),
  elapsed: durationSchema.optional().describe('Records whose date is at least so long ago.'),
  sinceStart: z
    .union([durationSchema, z.literal(true)])
    .optional()
    .describe(
      "A length of time: so long from the partner's first day in the program. true: everything since that day.",
    ),
  ago: durationSchema
    .optional()
    .describe(
      'Moves the window back, for example to the same months of last year; with validFrom or validThrough, to what was valid on the day so long ago.',
    ),
  ahead: durationSchema
    .optional()
    .describe(
      'With validFrom or validThrough: what is valid on the day so long after that of the evaluation, such as certificates that have 90 days left.',
    ),
  by: nameSchema.optional().describe('The date that must lie in the window.'),
  validFrom: nameSchema
    .optional()
    .describe('First day on which the record is valid; blank is valid from ever.'),
  catalogue: z
    .literal(true)
    .optional()
    .describe('Of certifications: as long as the catalogue of the program lets the code count.'),
  validThrough: nameSchema.optional().describe('Last day on which the record is valid; blank has no end.'),
};

const oneWindowSchema = z.strictObject(windowKeys).meta({ id: 'oneWindow' });

const windowSchema = z
  .strictObject({
    ...windowKeys,
    any: z
      .array(oneWindowSchema)
      .min(2)
      .optional()
      .describe('A record counts, once, where it is in at least one of these windows.'),
  })
  .meta({ id: 'window', description: 'When a record counts. The first day counts, the end day does not.' });

const whereSchema = z
  .union([filterSchema, z.array(filterSchema).min(1)])
  .optional()
  .describe('Only records of which this holds; of a list, all of it.');

const whenSchema = z
  .union([windowSchema, z.array(windowSchema).min(1)])
  .optional()
  .describe('When a record counts; of a list, all of it. (Default: always)');

const aggregateConditionSchema: z.ZodType<AggregateCondition> = z
  .strictObject({
    count: nameSchema.optional().describe('Number of records of an entity, such as certification.'),
    sum: nameSchema.optional().describe('Of an attribute, such as fact.quantity.'),
    distinct: nameSchema.optional().describe('Number of different values, such as certification.code.'),
    average: nameSchema
      .optional()
      .describe('Of the values of an attribute, exactly, such as case.satisfaction.'),
    median: nameSchema
      .optional()
      .describe('The middle value of an attribute; of an even number the mean of the two middle ones.'),
    min: nameSchema.optional().describe('The smallest value of an attribute.'),
    max: nameSchema.optional().describe('The largest value of an attribute.'),
    matching: z
      .record(nameSchema, nameSchema)
      .optional()
      .describe(
        "Only in has: records of the same partner in which these attributes are the same as in this record, such as { code: dimension } for certifications whose code is the fact's dimension. (Default: records that refer to this one)",
      ),
    where: whereSchema,
    times: z
      .union([timesSchema, z.array(timesSchema).min(1)])
      .optional()
      .describe(
        'Only in having, with sum, count or average: each record is multiplied by its value in these tables.',
      ),
    window: z
      .union([windowSchema, z.array(windowSchema).min(1)])
      .optional()
      .describe(
        'When a record counts; of a list, all of it. In having this is a part of the window of the measure, such as the last of its two months. (Default: always)',
      ),
    atLeast: bound.describe('The bound itself counts.'),
    moreThan: bound.describe('The bound itself does not count.'),
    atMost: bound.describe('The bound itself counts.'),
    lessThan: bound.describe('The bound itself does not count.'),
  })
  .meta({
    id: 'aggregateCondition',
    description:
      "An aggregate of records compared with a number; amounts in the program's currency. Exactly one of count, sum, distinct, average, median, min, max.",
  });

const creditSchema = z
  .strictObject({
    roles: z
      .array(nameSchema)
      .min(1)
      .optional()
      .describe('Only credits in these roles. (Default: every role)'),
    exceptRoles: z
      .array(nameSchema)
      .min(1)
      .optional()
      .describe('Only deals in which the partner has none of these roles.'),
    primaryOnly: z.boolean().default(false).describe('Only the partner that leads the deal.'),
    share: z
      .enum(['apply', 'ignore'])
      .default('apply')
      .describe(
        "apply: sums count the partner's share of the deal; without a share the deal does not count. ignore: the whole deal, even without a share.",
      ),
  })
  .meta({
    id: 'credit',
    description: "Which of a deal's credits count. One deal counts once for one partner.",
  });

const labelSchema = z
  .string()
  .regex(/^[a-z][a-z ]*$/, 'a reason is a few small letters, such as revoked')
  .describe('The reason in a word or two, such as revoked.');

const durationOfSchema = z.strictObject({
  of: nameSchema.describe('The entity.'),
  daysFrom: nameSchema.optional().describe('The earlier date or instant; the result is in days.'),
  hoursFrom: nameSchema.optional().describe('Instead: the result is in hours; both have to be instants.'),
  monthsSince: nameSchema
    .optional()
    .describe(
      'Instead, without "to": the whole months from this date to the day of the evaluation. A month is full on the same day of the month, or on the last day of a month that is too short.',
    ),
  daysSince: nameSchema
    .optional()
    .describe('Instead, without "to": the days from this date to the day of the evaluation.'),
  to: nameSchema.optional().describe('With "daysFrom" or "hoursFrom": the later of the two.'),
  calendar: keySchema
    .optional()
    .describe(
      'With "daysFrom" or "hoursFrom": the business calendar of the program whose days or hours count. (Default: all do)',
    ),
});

const valueSchema = z.union([nameSchema, durationOfSchema]).meta({
  id: 'value',
  description: 'entity.attribute, such as deal.amount, or the time between two dates, or since one.',
});

const exceptSchema = z
  .array(z.strictObject({ label: labelSchema, when: filterSchema }))
  .min(1)
  .optional()
  .describe('Records that would count but for this; they are listed as left out, with the label as reason.');

/** Which records are chosen among those of a measure. */
const chosenKeys = {
  newestOfEach: nameSchema
    .optional()
    .describe(
      'Of the records with the same value of this attribute, such as dimension, only the newest counts, by the date of the window. Of several of one day the largest.',
    ),
  largest: choiceSchema
    .optional()
    .describe(
      'Only the records with the largest values of an attribute count, such as the three largest deals.',
    ),
  smallest: choiceSchema
    .optional()
    .describe('Instead: only those with the smallest values, such as the three shortest cases.'),
};

export const measureSchema = z
  .strictObject({
    count: nameSchema.optional().describe('Number of records of an entity, such as deal.'),
    sum: valueSchema.optional(),
    distinct: z
      .union([nameSchema, z.array(nameSchema).min(2)])
      .optional()
      .describe(
        'Number of different values, such as certification.person; of several attributes the different combinations, such as [deal.customer, deal.type]. People are one by their e-mail address.',
      ),
    having: z
      .union([aggregateConditionSchema, z.array(aggregateConditionSchema).min(1)])
      .optional()
      .describe(
        'With distinct or perEach: only values whose records come to so much, such as tenants with a usage of at least 300.',
      ),
    average: valueSchema.optional().describe('Of the records that have a value, exactly.'),
    median: valueSchema.optional(),
    min: valueSchema.optional(),
    max: valueSchema.optional(),
    latest: valueSchema
      .optional()
      .describe(
        'The value of the newest record, by the date of its window, such as a score that another system computes. Of several of one day the largest.',
      ),
    ...chosenKeys,
    thenWhere: z
      .union([filterSchema, z.array(filterSchema).min(1)])
      .optional()
      .describe(
        'With largest, smallest, newestOfEach or latest: of the records that these choose, only those of which this holds. (where says among which records is chosen.)',
      ),
    perEach: perEachSchema.optional(),
    weightedBy: nameSchema
      .optional()
      .describe(
        'With average: how much each record weighs, such as customer.extra.seats; a record without a weight, or with one below zero, is left out. (Default: all weigh the same)',
      ),
    times: z
      .union([timesSchema, z.array(timesSchema).min(1)])
      .optional()
      .describe('With sum, count or average: each record is multiplied by its value in these tables.'),
    where: whereSchema,
    except: exceptSchema,
    window: whenSchema,
    rate: z
      .strictObject({
        by: nameSchema.optional().describe('A date of the record, such as closeOn: its own rate.'),
        at: z
          .enum(['evaluation', 'windowEnd'])
          .optional()
          .describe('Instead: the day of the evaluation, or the last day of the window.'),
      })
      .optional()
      .describe('The day whose rates amounts are converted at. (Default: as in currency.rateAt)'),
    credit: creditSchema.optional(),
    belongsTo: z
      .enum(['named', 'holder'])
      .optional()
      .describe(
        "Of certifications. named: they belong to the partner that the CRM names; without one, to that of the holder. holder: always to the holder's, so that they follow a holder who changes company. (Default: named)",
      ),
    cap: z.int().positive().optional().describe('The result is at most this.'),
  })
  .meta({
    id: 'measure',
    description:
      'One figure from records. Exactly one of count, sum, distinct, average, median, min, max, latest.',
  });

export const unitSchema = z.enum([
  'money',
  'count',
  'people',
  'percent',
  'ratio',
  'days',
  'hours',
  'number',
  'points',
]);

export const everySchema = z
  .strictObject({
    of: nameSchema.describe(
      'The entity, such as case, for each record; or an attribute of one, such as fact.dimension, for each of its different values.',
    ),
    where: whereSchema,
    except: exceptSchema,
    having: z
      .union([aggregateConditionSchema, z.array(aggregateConditionSchema).min(1)])
      .optional()
      .describe('Of an attribute: only values whose records come to so much.'),
    ...chosenKeys,
    window: whenSchema,
    credit: creditSchema.optional(),
    must: z
      .union([filterSchema, z.array(filterSchema).min(1)])
      .describe(
        'What each of the records, or of the values, has to satisfy; of those alone that are chosen.',
      ),
  })
  .describe('The share of records that satisfy something; a tier that asks for 100 percent asks for all.');

export type MeasureDefinition = z.infer<typeof measureSchema>;
export type ValueDefinition = z.infer<typeof valueSchema>;
export type WindowDefinition = z.infer<typeof windowSchema>;
export type CreditDefinition = z.infer<typeof creditSchema>;
export type KpiUnit = z.infer<typeof unitSchema>;
export type PeriodKind = z.infer<typeof periodSchema>;
