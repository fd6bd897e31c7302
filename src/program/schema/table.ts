import { z } from 'zod';
import { helpSchema, labelSchema, nameSchema } from './text.ts';

/** Tables of a program: rate cards, points and multipliers, by a key or by bands of a number, in dated versions. */

const valueSchema = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d+(\.\d+)?$|^-?\d+\/[1-9]\d*$/, 'a value of a table is written like 5, "0.011" or "1/3"'),
  ])
  .meta({ title: 'number such as 5, "0.011" or "1/3"', description: 'A number; text keeps it exact.' });

const contents = {
  entries: z.record(nameSchema, valueSchema).optional().describe('Values by key, such as a product.'),
  regions: z
    .record(nameSchema, valueSchema)
    .optional()
    .describe('Values by region or group of regions; what is looked up is a country.'),
  bands: z
    .array(
      z.strictObject({
        from: z
          .union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/, 'a band begins at a number')])
          .describe('Where the band begins; the number itself belongs to it.')
          .meta({ title: 'number' }),
        value: valueSchema,
      }),
    )
    .min(1)
    .optional()
    .describe('Values by size, the smallest band first. Each begins at its number, which belongs to it.'),
  otherwise: valueSchema
    .optional()
    .describe('For every other key, a blank one too, and for what lies below the first band.'),
};

export const tableSchema = z
  .strictObject({
    label: labelSchema.optional(),
    help: helpSchema.optional(),
    gives: z
      .enum(['factor', 'points'])
      .default('factor')
      .describe(
        'factor: what is multiplied stays what it is, such as money. points: it becomes a plain number.',
      ),
    missing: z
      .enum(['leaveOut', 'refuse'])
      .default('leaveOut')
      .describe(
        'A record that the table has no value for. leaveOut: it does not count, and is named. refuse: there is no figure until it has one.',
      ),
    ...contents,
    versions: z
      .array(
        z.strictObject({
          from: z.iso.date('a date is written like 2026-01-31').describe('First day of the version.'),
          ...contents,
        }),
      )
      .min(1)
      .optional()
      .describe('Instead of one content: contents with their first days, the earliest first.'),
  })
  .meta({ id: 'table', description: 'Values that measures multiply by: a rate card, points, multipliers.' });

export const timesSchema = z
  .strictObject({
    table: nameSchema.describe('A table of the program.'),
    by: nameSchema.describe('The attribute that is looked up, such as dimension or customer.country.'),
    dated: nameSchema
      .optional()
      .describe(
        'The date of the record on which the version must be in force. (Default: that of the day of evaluation)',
      ),
  })
  .meta({ id: 'times', description: 'Multiplies each record by its value in a table.' });

export type TableDefinition = z.infer<typeof tableSchema>;
export type TableContents = Pick<TableDefinition, 'entries' | 'regions' | 'bands' | 'otherwise'>;
export type TimesDefinition = z.infer<typeof timesSchema>;
