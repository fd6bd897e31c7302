import { z } from 'zod';
import { keySchema } from './kpi.ts';
import { helpSchema, labelSchema, nameSchema } from './text.ts';

/** Regions of a program: the countries that go together, and groups of regions such as growth markets. */

const regionSchema = z.strictObject({
  key: keySchema.describe('By which numbers are given for the region.'),
  label: labelSchema,
  help: helpSchema.optional(),
  countries: z
    .union([z.array(nameSchema).min(1), z.literal('otherwise')])
    .optional()
    .describe(
      'How the CRMs write its countries, such as [Sweden, SE]; upper and lower case and blanks make no difference. otherwise: every country that no other region names; a blank one is none.',
    ),
  regions: z
    .array(keySchema)
    .min(1)
    .optional()
    .describe('Instead of countries: the regions of a group, such as growth markets.'),
});

export const regionsSchema = z
  .strictObject({
    by: nameSchema
      .default('country')
      .describe("The partner's own attribute that says in which region it is. (Default: country)"),
    records: z
      .record(nameSchema, nameSchema)
      .default({})
      .describe(
        'Which attribute of a record says in which region it is, by entity: { deal: customer.country, certification: person.partner.country }.',
      ),
    list: z
      .array(regionSchema)
      .min(1)
      .describe('Regions of countries, each country in one of them, and groups of regions.'),
  })
  .meta({ id: 'regions', description: 'Countries that are measured by the same numbers.' });

export type RegionsDefinition = z.infer<typeof regionsSchema>;
export type RegionDefinition = z.infer<typeof regionSchema>;
