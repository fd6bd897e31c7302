import { z } from 'zod';
import { keySchema } from './kpi.ts';
import { helpSchema, labelSchema, nameSchema } from './text.ts';

/** Business calendars of a program: when a desk is open, and on which days it is not. */

export const weekdays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
export type Weekday = (typeof weekdays)[number];

const clockSchema = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time of the day is written like 08:30, and its end is 24:00')
  .meta({ title: 'time of the day such as 08:30' });

const openSchema = z.strictObject({
  days: z.array(z.enum(weekdays)).min(1).describe('The days of the week, such as [monday, tuesday].'),
  from: clockSchema.default('00:00').describe('When it opens, on the clock of the time zone.'),
  to: clockSchema.default('24:00').describe('When it closes.'),
});

const holidaysSchema = z.strictObject({
  on: z
    .array(z.iso.date('a date is written like 2026-12-25'))
    .min(1)
    .describe('The days, each with its year.'),
  countries: z
    .array(nameSchema)
    .min(1)
    .optional()
    .describe(
      "Only for partners of these countries, as the CRMs write them, by the attribute that says in which region a partner is. (Default: for everybody's)",
    ),
  regions: z
    .array(keySchema)
    .min(1)
    .optional()
    .describe('Instead: only for partners of these regions or groups of the program.'),
});

export const calendarSchema = z
  .strictObject({
    label: labelSchema.optional(),
    help: helpSchema.optional(),
    timeZone: nameSchema.describe('Whose clock and whose days these are, such as Europe/Stockholm.'),
    open: z
      .array(openSchema)
      .min(1)
      .default([
        { days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], from: '00:00', to: '24:00' },
      ])
      .describe(
        'When it is open; a day may be there several times, with a break between. (Default: Monday to Friday, the whole day)',
      ),
    holidays: z
      .array(holidaysSchema)
      .default([])
      .describe(
        'Days on which it is closed. A list is taken to be whole to the end of the last year that it has a day of.',
      ),
  })
  .meta({
    id: 'calendar',
    description: 'The hours and days that count where time is measured by a business calendar.',
  });

export type CalendarDefinition = z.infer<typeof calendarSchema>;
export type HolidaysDefinition = CalendarDefinition['holidays'][number];
