import { z } from 'zod';
import { durationSchema, keySchema } from './kpi.ts';
import { labelSchema, nameSchema } from './text.ts';

/** The catalogue of certificates: what a certificate is worth depends on it as well as on its holder. */
const day = z.iso.date('a date is written like 2026-01-31');

const codeSchema = z.strictObject({
  label: labelSchema.optional(),
  retiredOn: day
    .optional()
    .describe('The day of retirement. What was earned before it goes on counting for a while.'),
  countsFor: durationSchema
    .optional()
    .describe('How long after its retirement it counts, such as 12 months.'),
  countsThrough: day.optional().describe('Instead: the last day on which it counts.'),
  replacedBy: nameSchema
    .optional()
    .describe('The code that took its place: while it counts, it counts where that one is asked for.'),
  line: nameSchema.optional().describe('The product line of which it certifies a version.'),
  version: nameSchema.optional().describe('That version.'),
  regions: z
    .array(keySchema)
    .min(1)
    .optional()
    .describe('It counts in these regions or groups of the program only. (Default: everywhere)'),
});

const lineSchema = z.strictObject({
  counting: z.int().positive().describe('So many of the last versions count.'),
  versions: z
    .array(
      z.strictObject({
        version: nameSchema.describe('The version.'),
        from: day.describe('The day of its release.'),
      }),
    )
    .min(1)
    .describe('The earliest first.'),
});

export const certificatesSchema = z
  .strictObject({
    lines: z
      .record(nameSchema, lineSchema)
      .default({})
      .describe('Product lines of which certificates are for a version.'),
    codes: z
      .record(nameSchema, codeSchema)
      .describe('Certificates by code; upper and lower case and blanks make no difference.'),
    unlisted: z
      .enum(['count', 'leaveOut'])
      .default('count')
      .describe('Certificates with another code. leaveOut: they do not count, and are named.'),
  })
  .meta({ id: 'certificates', description: 'The catalogue of certificates.' });

export type CertificatesDefinition = z.infer<typeof certificatesSchema>;
export type CertificateCode = z.infer<typeof codeSchema>;
