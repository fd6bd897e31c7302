import { createHash } from 'node:crypto';
import { z } from 'zod';
import { entities } from '../model/entities.ts';

/** What a plan is made of. A plan file is input from outside: whatever is read from one has passed these schemas. */

/** Whose value stays. skip: neither side is changed, and the next plan asks again. */
export const choices = ['ours', 'theirs', 'skip'] as const;
export type Choice = (typeof choices)[number];

const entityName = z.enum(Object.keys(entities) as [keyof typeof entities, ...(keyof typeof entities)[]]);
const money = z.strictObject({ amount: z.string(), currency: z.string() });
const value = z
  .union([z.string(), z.number(), z.boolean(), z.null(), money, z.array(z.string())])
  .describe(
    'In the form of the program: decimals and dates as text, money with its currency, null for blank.',
  );

const recordParts = {
  key: z.string().describe('Names the item in this plan.'),
  connection: z.string(),
  object: z.string().describe("The CRM's object."),
  entity: entityName,
  recordId: z.string().describe('Our id of the record.'),
  crmId: z.string().nullable().describe("The CRM's id of the record; null where it is to be created."),
  url: z.string().nullable().describe('Address of the record in the CRM; null where none can be made.'),
  name: z.string().nullable().describe('What people call the record; null where nothing names it.'),
  partners: z.array(z.string()).describe('Our ids of the partners that the record belongs to.'),
};

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a day such as 2026-12-31');
const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'an instant');

const overrideSchema = z
  .strictObject({ reason: z.string().trim().min(1), until: day })
  .describe('Why, and until which day, a tier that people set in the CRM stays.');

const changeSchema = z.strictObject({
  attribute: z.string(),
  label: z.string().describe("The field's name in the CRM."),
  before: value.describe('What the CRM holds now.'),
  after: value.describe('What it would hold.'),
  moment: z.boolean().describe('Whether the value is the moment of writing, and so is another one then.'),
  choice: z.enum(choices),
  override: overrideSchema.optional(),
});
export type PlannedChange = z.infer<typeof changeSchema>;

const tierMove = z
  .strictObject({
    ladder: z.string().describe('Label of the ladder.'),
    from: z.string().nullable().describe('Label of the tier before; null for none.'),
    to: z.string().nullable().describe('Label of the tier after; null for none.'),
    direction: z.enum(['up', 'down', 'other']),
    summary: z.string().describe('The reason in one sentence.'),
  })
  .describe('The decision about the tier that the write carries.');

const writeSchema = z.strictObject({
  kind: z.enum(['create', 'update']),
  ...recordParts,
  seenAt: z
    .string()
    .nullable()
    .describe("The CRM's own stamp of the record when it was compared; null where it is to be created."),
  decisionId: z.string().nullable(),
  tier: tierMove.nullable(),
  after: z
    .array(
      z.strictObject({
        key: z.string().describe('Names the item in this plan.'),
        name: z.string().nullable().describe('What people call the record; null where nothing names it.'),
      }),
    )
    .describe('Items of this plan that are created first, because the record belongs to them.'),
  changes: z.array(changeSchema).min(1),
});
export type PlannedWrite = z.infer<typeof writeSchema>;

const differenceSchema = z.strictObject({
  kind: z
    .enum(['conflict', 'drift'])
    .describe('conflict: both sides changed it. drift: people changed what the program owns.'),
  ...recordParts,
  crmId: z.string(),
  seenAt: z.string().nullable(),
  attribute: z.string(),
  label: z.string().describe("The field's name in the CRM."),
  agreed: value.describe('What both sides last agreed on.'),
  ours: value,
  theirs: value,
  theirUser: z.string().nullable().describe("Who changed it in the CRM, by the CRM's id."),
  theirUserName: z.string().nullable().describe('How the CRM calls that user; null where it is not known.'),
  theirAt: z.string().nullable().describe('When, ISO instant.'),
  choice: z.enum(choices),
  override: overrideSchema.optional(),
});
export type PlannedDifference = z.infer<typeof differenceSchema>;

const moveSchema = z.strictObject({
  kind: z.enum(['tier_up', 'tier_down', 'tier']),
  key: z.string(),
  partnerId: z.string(),
  partner: z.string().nullable(),
  partners: z.array(z.string()),
  ladder: z.string().describe('Label of the ladder.'),
  from: z.string().nullable().describe('Label of the tier before; null for none.'),
  to: z.string().nullable().describe('Label of the tier after; null for none.'),
  movement: z.string(),
  summary: z.string(),
  waits: z.boolean().describe("Whether the program's own rules make it wait for an approval."),
});
export type PlannedMove = z.infer<typeof moveSchema>;

const linkSchema = z.strictObject({
  kind: z
    .enum(['link', 'unlink'])
    .describe('link: a record of the CRM comes in. unlink: it is gone there, merged, or out of scope.'),
  ...recordParts,
  crmId: z.string(),
  state: z.string().describe('State of the link afterwards.'),
});
export type PlannedLink = z.infer<typeof linkSchema>;

const mergeSchema = z.strictObject({
  kind: z.literal('merge'),
  key: z.string(),
  entity: z.string(),
  connection: z.string().nullable().describe('null: the two are in different connections.'),
  object: z.string().nullable(),
  records: z.array(
    z.strictObject({
      recordId: z.string(),
      name: z.string().nullable(),
      crmIds: z.array(z.string()).describe("The CRM's ids of the records that it is."),
    }),
  ),
  partners: z.array(z.string()),
  why: z.string(),
});
export type PlannedMerge = z.infer<typeof mergeSchema>;

const invalidSchema = z.strictObject({
  kind: z.literal('invalid'),
  ...recordParts,
  recordId: z.string(),
  field: z.string(),
  code: z.string(),
  message: z.string(),
  owner: z.string().describe('Whose job the fix is.'),
});
export type PlannedInvalid = z.infer<typeof invalidSchema>;

const leftSchema = z.strictObject({
  kind: z.literal('left'),
  ...recordParts,
  attribute: z.string().nullable().describe('null: the record as a whole.'),
  label: z.string().nullable().describe("The field's name in the CRM."),
  wrote: value.describe('What the run wrote.'),
  holds: value.describe('What the CRM holds now.'),
  theirUser: z.string().nullable().describe("Who changed it in the CRM since, by the CRM's id."),
  theirUserName: z.string().nullable().describe('How the CRM calls that user; null where it is not known.'),
  theirAt: z.string().nullable().describe('When, ISO instant.'),
  why: z.string().describe('Why it is not put back.'),
});
export type PlannedLeft = z.infer<typeof leftSchema>;

export const planItemSchema = z.discriminatedUnion('kind', [
  writeSchema,
  differenceSchema,
  moveSchema,
  linkSchema,
  mergeSchema,
  invalidSchema,
  leftSchema,
]);
export type PlanItem = z.infer<typeof planItemSchema>;
export type PlanItemKind = PlanItem['kind'];

export function isWrite(item: PlanItem): item is PlannedWrite {
  return item.kind === 'create' || item.kind === 'update';
}

export function isDifference(item: PlanItem): item is PlannedDifference {
  return item.kind === 'conflict' || item.kind === 'drift';
}

export function isMove(item: PlanItem): item is PlannedMove {
  return item.kind === 'tier_up' || item.kind === 'tier_down' || item.kind === 'tier';
}

/**
 * What names an item, the same in every plan that has it. A letter that no number has comes first: a spreadsheet would write
 * 123456789012 and 12e456789012 in its own way, and the table that comes back would be about nothing.
 */
export function itemKey(...parts: readonly (string | null)[]): string {
  return `k${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)}`;
}

const connectionSchema = z.strictObject({
  alias: z.string(),
  crm: z.string(),
  orgId: z.string().describe("The CRM's id of the org."),
  orgName: z.string().nullable().describe('Name of the org; null where it is not known.'),
  orgKind: z.string().nullable(),
  writeBack: z
    .boolean()
    .describe('Whether write-back is on: then the next sync writes what no plan has written by then.'),
  mappings: z.string().describe('Identifies the mappings that the plan was made with.'),
  compared: z.int().describe('Records of the CRM that were read and compared.'),
  unchanged: z.int().describe('Of those, how many already agreed.'),
  calls: z.int().describe('About how many API calls the writes take.'),
  loads: z
    .array(z.strictObject({ object: z.string(), entity: entityName, records: z.int() }))
    .describe('What was never read to its end before: all records of it come in, and are not items.'),
});
export type PlannedConnection = z.infer<typeof connectionSchema>;

export const planHeadSchema = z.strictObject({
  tierlinkPlan: z.literal(1).describe('Version of the format.'),
  id: z.string().describe('Names the plan, by its contents without the choices.'),
  kind: z
    .enum(['sync', 'undo', 'fix'])
    .describe(
      'sync: what differs. undo: puts back what a run wrote. fix: writes corrected values to the CRM.',
    ),
  undoes: z.string().nullable().describe('The run whose writes it puts back; null for none.'),
  madeAt: instant.describe('ISO instant.'),
  madeBy: z.string().describe('Who made it.'),
  validUntil: instant.describe('ISO instant from which it is refused.'),
  run: z.string().describe('The run that compared both sides.'),
  program: z.strictObject({
    name: z.string(),
    version: z.string(),
    hash: z.string().describe('Identifies the program file.'),
  }),
  connections: z.array(connectionSchema).min(1),
  filter: z
    .strictObject({
      connection: z.string().nullable(),
      object: z.string().nullable(),
      partner: z.string().nullable().describe('Our id of the partner.'),
      kind: z.string().nullable(),
      cause: z.string().nullable().describe('What the last verification found the records with.'),
    })
    .describe('What it was limited to; null for no limit.'),
  partners: z
    .array(z.strictObject({ id: z.string(), name: z.string().nullable() }))
    .describe('The partners that items belong to, by name.'),
  items: z.int(),
});
export type PlanHead = z.infer<typeof planHeadSchema>;

export interface Plan {
  head: PlanHead;
  items: PlanItem[];
}
