import { z } from 'zod';
import type { Direction } from './approval.ts';
import { mostDays } from './duration.ts';
import { durationSchema, keySchema } from './kpi.ts';

/** The part of the program language that says when a tier changes. */

const dateSchema = z.iso.date('a date is written like 2026-01-31');

const reviewPeriodSchema = z.enum([
  'day',
  'month',
  'quarter',
  'halfYear',
  'year',
  'fiscalQuarter',
  'fiscalYear',
]);

const yearDaySchema = z
  .string()
  .regex(/^\d{2}-\d{2}$/, 'a day of the year is written like 01-31, the month first')
  .meta({ title: 'day of the year such as 01-31' });

const reviewKeys = {
  every: reviewPeriodSchema.optional().describe('On the first day of these, or on the day given.'),
  day: z
    .int()
    .min(1)
    .max(31)
    .optional()
    .describe('Day of the (first) month of each period. A shorter month ends with its last day.'),
  on: z
    .array(yearDaySchema)
    .min(1)
    .optional()
    .describe('Days of each year, such as 01-01 and 07-01, instead of "every".'),
  onAnniversaryOf: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A date of the partner, such as startedOn, from which on its reviews are counted, or tierSince for the day on which it has reached its tier: each partner has its own. (Default: all partners are reviewed on the same days)',
    ),
  inForceAfter: durationSchema
    .optional()
    .describe('What is decided at a review takes effect so much later. (Default: at once)'),
  cancel: z
    .enum(['recovered', 'never'])
    .optional()
    .describe(
      'Until it takes effect, a change is withdrawn when the figures no longer give it, or never. (Default: recovered)',
    ),
};

/** Instead of a date of the partner: the day on which it has reached its tier. */
export const tierSince = 'tierSince';

const ownReviewSchema = z.union([
  reviewPeriodSchema,
  z.strictObject(reviewKeys).describe('Exactly one of every and on.'),
]);

const reviewSchema = z
  .union([
    reviewPeriodSchema,
    z
      .strictObject({
        ...reviewKeys,
        promotions: ownReviewSchema
          .optional()
          .describe(
            'Reviews at which tiers are won, where they are other ones than those at which tiers are lost.',
          ),
        demotions: ownReviewSchema
          .optional()
          .describe('Reviews at which tiers are lost; warnings and grace go by them.'),
      })
      .describe('Exactly one of every, on, and promotions together with demotions.'),
  ])
  .default('quarter')
  .describe('Reviews are held on the first day of these periods, or on the days given.');

export const inProgramSchema = durationSchema.describe(
  'So long the partner is in the program, from its startedOn on.',
);

/** What a tier asks for in time, beside its requirements. */
export const tierTenureSchema = z
  .strictObject({
    inProgram: inProgramSchema.optional(),
    inTierBelow: durationSchema
      .optional()
      .describe('So long it holds the tier below, without a break up to the rise.'),
  })
  .describe(
    'How long a partner waits before it rises to this tier, or through it. (Default: what minimumTenure in movement says)',
  );

export const movementSchema = z.strictObject({
  promote: z
    .enum(['immediately', 'at_review'])
    .default('immediately')
    .describe('When a tier is won: on the day on which the figures give it, or at the next review.'),
  demote: z
    .enum(['at_review', 'immediately', 'never'])
    .default('at_review')
    .describe('immediately: on the day on which the figures fall short, or when the days of grace are over.'),
  review: reviewSchema,
  grace: z
    .union([
      z.strictObject({
        reviews: z.int().min(0).max(1200).describe('So many reviews after the one that warned.'),
      }),
      z.strictObject({
        days: z
          .int()
          .positive()
          .max(mostDays)
          .describe(
            'Instead: so many days after the warning; where reviews take tiers, until the first review after them.',
          ),
      }),
    ])
    .optional()
    .describe(
      'How long after the warning the tier stays. (Default: one review; none with demote: immediately)',
    ),
  stepsDown: z.int().positive().default(1).describe('How many tiers a partner can lose at one review.'),
  stepsUp: z
    .int()
    .positive()
    .optional()
    .describe(
      'How many tiers a partner can rise at once; more follow from the next review on. (Default: as many as are earned)',
    ),
  minimumTenure: durationSchema
    .optional()
    .describe(
      'So long a tier is held before the next rise, to every tier that does not say it itself. (Default: no time)',
    ),
  lock: z
    .strictObject({
      for: durationSchema.optional().describe('So long a tier that was reached is kept.'),
      until: yearDaySchema
        .optional()
        .describe(
          'It is kept until this day of the year; beside "for", until the first such day after that time.',
        ),
    })
    .optional()
    .describe('How long a tier that was reached is kept whatever the figures say. (Default: not at all)'),
  rampDays: z
    .int()
    .min(0)
    .max(mostDays)
    .default(0)
    .describe('For so many days after its start a new partner is neither warned nor moved down.'),
  noLossBefore: dateSchema.optional().describe('No tier is lost before this day.'),
  floor: keySchema
    .optional()
    .describe('Nobody falls below this tier, and who is below it loses nothing; it is given to nobody.'),
  afterOverride: z
    .enum(['immediately', 'at_review'])
    .default('immediately')
    .describe('When the policy takes over after an override has ended.'),
});

export type MovementPolicy = z.infer<typeof movementSchema>;
export type ReviewPeriod = z.infer<typeof reviewPeriodSchema>;

/** How sentences name a kind of period. */
export const periodWords: Readonly<Record<ReviewPeriod, string>> = {
  day: 'day',
  month: 'month',
  quarter: 'quarter',
  halfYear: 'half year',
  year: 'year',
  fiscalQuarter: 'fiscal quarter',
  fiscalYear: 'fiscal year',
};

/** The grace of a policy, said or not. */
export function graceOf({ grace, demote }: MovementPolicy): { reviews: number } | { days: number } {
  return grace ?? { reviews: demote === 'immediately' ? 0 : 1 };
}

/** A review calendar with everything said: the periods and the day in them, or days of the year. */
export type ReviewCalendar = (
  | {
      every: ReviewPeriod;
      day: number;
      on?: undefined;
      /** A date of the partner from which on the periods are counted; null where they are those of the calendar. */
      onAnniversaryOf: string | null;
    }
  | { on: readonly string[]; every?: undefined; onAnniversaryOf?: undefined }
) & { inForceAfter: string | null; cancel: 'recovered' | 'never' };

type Reviews = MovementPolicy['review'];

/** The reviews of one direction as they are written; the same of both where a program does not tell them apart. */
function reviewsOf(review: Reviews, direction: Direction): Reviews {
  if (typeof review === 'string') return review;
  return (direction === 'up' ? review.promotions : review.demotions) ?? review;
}

/** What reviews are counted from, of either direction: the same of both; null where they are those of the calendar. */
export function countedFrom(policy: Pick<MovementPolicy, 'review'>): string | null {
  const both = (['down', 'up'] as const).map((direction) => calendarOf(policy, direction).onAnniversaryOf);
  return both.find((one) => one !== undefined && one !== null) ?? null;
}

/** The date of a partner on whose anniversaries it is reviewed; null where nothing of its own says when. */
export function anniversaryAttribute(policy: Pick<MovementPolicy, 'review'>): string | null {
  const counted = countedFrom(policy);
  return counted === tierSince ? null : counted;
}

/** Whether tiers are won at other reviews than they are lost at. */
export function isApart({ review }: Pick<MovementPolicy, 'review'>): boolean {
  return typeof review !== 'string' && review.promotions !== undefined;
}

/** The calendar of one direction in its full form, whichever way it is written. */
export function calendarOf({ review }: Pick<MovementPolicy, 'review'>, direction: Direction): ReviewCalendar {
  const own = reviewsOf(review, direction);
  const { every, day, on, onAnniversaryOf, inForceAfter, cancel }: Exclude<Reviews, string> =
    typeof own === 'string' ? { every: own } : own;
  const lag = { inForceAfter: inForceAfter ?? null, cancel: cancel ?? 'recovered' };
  if (on !== undefined) return { on, ...lag };
  return { every: every ?? 'quarter', day: day ?? 1, onAnniversaryOf: onAnniversaryOf ?? null, ...lag };
}
