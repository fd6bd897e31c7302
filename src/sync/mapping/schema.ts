import { z } from 'zod';
import { type EntityName, entities } from '../../model/entities.ts';

/**
 * A mapping file: one CRM object into one entity, as data. Unknown keys are errors. mappings/mapping.schema.json is
 * generated from here and named in line 1 of every file.
 */

const name = z.string().min(1);
/** API names end up in queries and in the names of generated files, so nothing else passes for one. */
const apiName = z.string().regex(/^[A-Za-z_]\w*$/, 'an API name is made of letters, digits and underscores');
const apiPath = z
  .string()
  .regex(
    /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/,
    'an API name is made of letters, digits and underscores, a path of API names with dots between them',
  );

/** The closed list of ways to turn a CRM value into ours and back. The default follows from the attribute's type. */
export const transformSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('plain').describe('As it is, in the form of the type.') }),
  z.strictObject({
    kind: z.literal('values'),
    map: z
      .record(z.string(), z.string())
      .describe(
        'CRM value: our value. A value that is not listed is invalid unless "others" says otherwise.',
      ),
    others: z.enum(['keep', 'blank', 'reject']).default('reject'),
  }),
  z.strictObject({
    kind: z.literal('money'),
    currencyField: apiPath
      .optional()
      .describe('Field that holds the currency code; a path reads it through a lookup.'),
    currency: z
      .string()
      .length(3)
      .optional()
      .describe('Currency when there is no field. (Default: the currency of the org)'),
  }),
  z.strictObject({
    kind: z.literal('dateOfInstant'),
    timeZone: name
      .optional()
      .describe('Zone in which the instant becomes a day. (Default: the zone of the program)'),
  }),
  z.strictObject({
    kind: z.literal('list'),
    separator: z.string().min(1).default(';').describe('What stands between the values.'),
  }),
  z.strictObject({
    kind: z.literal('reference'),
    entity: z
      .enum(Object.keys(entities) as [EntityName, ...EntityName[]])
      .optional()
      .describe('Entity of the record pointed to. (Default: as the attribute says)'),
    object: apiName.optional().describe('CRM object, where a field can point to several.'),
  }),
  z.strictObject({
    kind: z.literal('named'),
    object: apiName.describe('Object of the records that the lookup points to.'),
    field: apiName.default('Name').describe('Field of theirs that holds our value.'),
    where: z
      .record(apiPath, z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).min(1))
      .optional()
      .describe('Which of them are meant, where several bear the same name: field and values.'),
  }),
  z.strictObject({
    kind: z.literal('equals'),
    value: z.union([z.string(), z.boolean(), z.number()]).describe('True when the field holds this value.'),
  }),
]);

/** What to generate when the field does not exist in the CRM yet (`tierlink install source`). */
export const installFieldSchema = z.strictObject({
  type: z.enum([
    'text',
    'longText',
    'checkbox',
    'number',
    'money',
    'percent',
    'date',
    'dateTime',
    'picklist',
    'lookup',
  ]),
  label: name.optional(),
  length: z.int().positive().optional(),
  precision: z.int().positive().optional(),
  scale: z.int().min(0).optional(),
  values: z
    .union([z.array(name), z.literal('tiers')])
    .optional()
    .describe('Picklist values; "tiers" takes them from the program.'),
  to: apiName.optional().describe('Object that a lookup points to.'),
});

export const attributeMappingSchema = z.strictObject({
  field: apiPath.describe('API name of the CRM field. A path such as Account.Name reads through a lookup.'),
  otherwise: apiPath
    .optional()
    .describe(
      'Field that is read where the first one is blank, such as an estimate while there is no actual value; only for in.',
    ),
  direction: z
    .enum(['in', 'out', 'both'])
    .describe('in: the CRM owns it. out: the program owns it. both: either side may change it.'),
  policy: z
    .enum(['crm', 'program', 'newest', 'ask'])
    .optional()
    .describe('Who wins when both sides changed it; only for both. (Default: ask)'),
  required: z
    .boolean()
    .default(false)
    .describe('Without a value the record is invalid (in) or held (reference).'),
  onBlank: z
    .enum(['keep', 'clear', 'reject'])
    .default('clear')
    .describe('What a blank in the CRM does to our value.'),
  onCreate: z
    .strictObject({
      field: apiName.describe('The field that gets it: "field" or "otherwise".'),
      currency: apiName
        .optional()
        .describe(
          'Object of the currencies, for amounts whose "currencyField" is read through a lookup: the lookup is written too.',
        ),
    })
    .optional()
    .describe(
      'Writes our value with a record that we create, never after: from then on it is only read. Only for in, with "create".',
    ),
  transform: transformSchema.optional(),
  type: z
    .enum(['text', 'choice', 'boolean', 'integer', 'decimal', 'money', 'date', 'instant', 'list'])
    .optional()
    .describe('Type of a custom attribute (extra.<name>).'),
  label: z.string().optional(),
  help: z.string().optional(),
  example: z.string().optional(),
  install: installFieldSchema.optional(),
});

const percentage = z
  .string()
  .regex(/^\d{1,3}(\.\d+)?$/, 'must be a percentage in quotes, such as "50" or "33.3"');

/** One partner that a deal credits, named by a lookup field of the deal itself. */
export const creditMappingSchema = z.strictObject({
  field: apiPath.describe('Lookup field that names the partner.'),
  role: name.default('sourced'),
  share: percentage.default('100').describe('Share of the value in percent.'),
  isPrimary: z.boolean().default(true),
  onCreate: z
    .boolean()
    .optional()
    .describe(
      'Whether a deal that we create names the partner that has this role here. (Default: no; with "create" only)',
    ),
});

export const objectMappingSchema = z.strictObject({
  object: apiName.describe('API name of the CRM object.'),
  entity: z
    .enum(Object.keys(entities) as [EntityName, ...EntityName[]])
    .describe('What its records are in the program.'),
  label: z.string().optional(),
  of: apiPath
    .optional()
    .describe(
      'Lookup to the record that these ones describe, where another mapping brings that in. They add no records; what the program says is written to them.',
    ),
  scope: z
    .strictObject({
      recordTypes: z
        .array(name)
        .min(1)
        .optional()
        .describe('Developer names of the record types that take part.'),
      where: z
        .record(apiPath, z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).min(1))
        .optional()
        .describe('Field: values of which one must hold.'),
      filter: name.optional().describe("A condition in the CRM's own query language."),
    })
    .default({})
    .describe('Which records take part. (Default: all)'),
  key: apiName
    .optional()
    .describe('External id field or alternate key that holds our id. Needed where we create records.'),
  manners: z
    .strictObject({
      assignmentRules: z.boolean().default(false),
      allowDuplicates: z.boolean().default(false),
    })
    .default({ assignmentRules: false, allowDuplicates: false })
    .describe('What our writes may set off in the CRM.'),
  create: z
    .boolean()
    .default(false)
    .describe('Whether records of ours that the CRM does not have are created there.'),
  attributes: z
    .record(z.string(), attributeMappingSchema)
    .describe('Our attribute: the CRM field. extra.<name> adds an attribute of your own.'),
  defaults: z
    .strictObject({
      role: name.optional(),
      share: percentage.optional(),
      isPrimary: z.boolean().optional(),
    })
    .optional()
    .describe(
      'What a credit is where no field says it: none is mapped, or it is blank. Only for mappings of credits.',
    ),
  credits: z
    .array(creditMappingSchema)
    .optional()
    .describe('Partners that a deal credits through its own lookup fields.'),
  attribution: z
    .enum(['all', 'primary', 'split'])
    .optional()
    .describe('Which credits count: all in full, the primary one, or each by its share.'),
  optional: z
    .boolean()
    .default(false)
    .describe('Leave the mapping out in silence when the CRM does not have the object.'),
});

export type Transform = z.infer<typeof transformSchema>;
export type InstallField = z.infer<typeof installFieldSchema>;
export type AttributeMapping = z.infer<typeof attributeMappingSchema>;
export type CreditMapping = z.infer<typeof creditMappingSchema>;
/** A mapping as loaded: the file's contents with its defaults, and where it came from. */
export type ObjectMapping = z.infer<typeof objectMappingSchema> & { file: string; name: string };
