import { z } from 'zod';
import { keySchema } from './schema-kpi.ts';

/** The part of the program language that says how the program is run, beside figures and tiers. */

const name = z.string().min(1);

const typesSchema = z
  .array(keySchema)
  .min(1)
  .optional()
  .describe('Only for partners of these types. (Default: every partner)');

export const motivatorSchema = z.strictObject({
  label: name.describe('What moves partners, such as "Margin that pays for the work".'),
  help: name.optional().describe('How the program answers it.'),
  partnerTypes: typesSchema,
});

export type Motivator = z.infer<typeof motivatorSchema>;
