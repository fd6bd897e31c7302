import { z } from 'zod';
import { nameSchema } from './text.ts';

/** The part of the program language that says where rules come from that somebody else published. */

const sourceSchema = z.strictObject({
  url: z
    .url('a source is written like https://example.com/partner-program')
    .describe('Where it is to be read.'),
  about: nameSchema
    .optional()
    .describe('What was taken from it, or as of which day it was read. (Default: the rules)'),
});

export const publishedSchema = z
  .strictObject({
    sources: z.array(sourceSchema).min(1).describe('The pages and documents that the rules were taken from.'),
    readOn: z.iso
      .date('a date is written like 2026-01-31')
      .describe('The day on which they were read for this file; what they said later is not in it.'),
    unknown: z
      .array(nameSchema)
      .min(1)
      .optional()
      .describe(
        'What the sources do not say, or say without its numbers, and what holds here instead. (Default: they say everything)',
      ),
    errata: z
      .array(nameSchema)
      .min(1)
      .optional()
      .describe('Where the sources contradict themselves, and what holds here. (Default: nowhere)'),
  })
  .describe('Where the rules come from, of a program that somebody else published.');

export type PublishedDefinition = z.infer<typeof publishedSchema>;
