import { z } from 'zod';
import { keySchema } from './kpi.ts';
import { labelSchema, nameSchema } from './text.ts';

/** The part of the program language that says the same of several things, such as products, once. */

const wordSchema = z
  .union([z.string().min(1), z.number(), z.boolean()])
  .meta({ title: 'text, number, true or false' });

/** A part is checked once it is written out, for each value. */
const partOf = (title: string) => z.record(z.string(), z.unknown()).meta({ title });

export const templateSchema = z.strictObject({
  each: nameSchema.describe('What the values are, in a word, such as product; sentences name it so.'),
  values: z
    .array(
      z
        .strictObject({
          key: keySchema.describe('Short name, from which the names of KPIs and specialisations are made.'),
          label: labelSchema,
        })
        .catchall(
          wordSchema.describe(
            'A word of its own, which the parts name as <word>. The text <word> itself is written <<word>>.',
          ),
        ),
    )
    .min(1)
    .describe(
      'For each of these the parts are made, with its words in the place of <key>, <label> and its others.',
    ),
  kpis: z
    .record(z.string().min(1), partOf('KPI'))
    .default({})
    .describe('KPIs as in kpis, made for each value. The name contains <key>, such as <key>People.'),
  specialisations: z
    .array(partOf('specialisation'))
    .default([])
    .describe('Specialisations as in specialisations, made for each value. The key contains <key>.'),
});

export const templatesSchema = z
  .array(templateSchema)
  .default([])
  .describe('KPIs and specialisations that are the same for each of several values but for a few words.');

export type Template = z.infer<typeof templateSchema>;

/** By which template, which part of it and for which value something is made. */
export interface MadeFor {
  /** What the values are, such as product. */
  each: string;
  /** The label of the value. */
  value: string;
  /** Number of the template, and of the part in it: what is the same for each value. */
  part: string;
}
