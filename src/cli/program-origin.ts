import { z } from 'zod';
import { ratesOf } from '../program/currency.ts';
import { exactText } from '../program/exact.ts';
import type { Program } from '../program/load.ts';
import { spelledLines } from './requirement-text.ts';

/** What a program rests on: where its rules come from, its tracks, and what other currencies are worth. */

export const publishedOutlineSchema = z
  .strictObject({
    sources: z
      .array(
        z.strictObject({
          url: z.string().describe('Where it is to be read.'),
          about: z.string().nullable().describe('What was taken from it, in words; null for the rules.'),
        }),
      )
      .describe('What the rules were taken from.'),
    readOn: z.string().describe('The day on which the sources were read.'),
    unknown: z.array(z.string()).describe('What the sources do not say, and what holds instead.'),
    errata: z.array(z.string()).describe('Where the sources contradict themselves, and what holds.'),
  })
  .nullable()
  .describe('Where the rules come from; null for a program that nobody else published.');

export const trackOutlineSchema = z
  .strictObject({
    track: z.string().describe('Key of the track.'),
    label: z.string(),
    help: z.string().nullable().describe('What it says, in a sentence; null for nothing.'),
    when: z.string().nullable().describe('Who is on it, in words; null for everybody else.'),
  })
  .describe('A kind of partner that is measured by its own numbers.');

export const rateOutlineSchema = z.strictObject({
  currency: z.string().describe('ISO 4217 code of the other currency.'),
  from: z.string().nullable().describe('First day of the rate; null where it always holds.'),
  rate: z.string().describe('What one unit is worth in the currency of the program.'),
});

export function publishedOutline({ published }: Program): z.infer<typeof publishedOutlineSchema> {
  if (published === undefined) return null;
  const { sources, readOn, unknown = [], errata = [] } = published;
  return { sources: sources.map(({ url, about = null }) => ({ url, about })), readOn, unknown, errata };
}

/** In their order: a partner is on the first one that fits. */
export function trackOutlines(program: Program): z.infer<typeof trackOutlineSchema>[] {
  return program.tracks.map(({ key, label, help = null, when }) => ({
    track: key,
    label,
    help,
    when: when === undefined ? null : spelledLines(program, when).join(', '),
  }));
}

/** By currency, the earliest first. */
export function rateOutlines(program: Program): z.infer<typeof rateOutlineSchema>[] {
  return Object.keys(program.currency.rates)
    .sort()
    .flatMap((currency) =>
      ratesOf(program, currency).map(({ from, rate }) => ({ currency, from, rate: exactText(rate) })),
    );
}
