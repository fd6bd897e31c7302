import { z } from 'zod';
import { type EntityName, entities } from '../model/entities.ts';
import { linkedEntities } from '../sync/links/find.ts';
import { type ListedLink, linkWays } from '../sync/links/list.ts';
import type { LinkChange } from '../sync/links/move.ts';

/** Links of records in --json. */

export const linkEntities = linkedEntities as [EntityName, ...EntityName[]];

const stateSchema = z.enum(['live', 'out_of_scope', 'deleted', 'merged', 'broken']);

export const linkSchema = z.strictObject({
  connection: z.string().describe('Alias; import for what files brought in.'),
  object: z.string().describe("The CRM's object, or the kind of the file."),
  crmId: z.string().describe("The CRM's id of the record, or what names the row of a file."),
  url: z.string().nullable().describe('Address of the record in the CRM; null where none can be made.'),
  entity: z.enum(linkEntities),
  recordId: z.string().describe('Our id of the record; of a broken link the one that it was.'),
  name: z.string().nullable().describe('What people call our record; null where nothing names it.'),
  state: stateSchema.describe('How the link is, as in docs/states.md.'),
  by: z
    .enum(linkWays)
    .describe(
      'own: our record was made of it. key: it carries our id. match: found to be the same. person: somebody said so. file: a file brought it in. lookup: it describes our record, and names it.',
    ),
  since: z.string().describe('When they became one.'),
  seenAt: z.string().nullable().describe('When the CRM last changed what was read; null: not read yet.'),
  mergedInto: z
    .string()
    .nullable()
    .describe("The CRM's id of the record that it was merged into; null: none."),
});
export type ShownLink = z.infer<typeof linkSchema>;

/** A link with its address in the CRM. */
export function shownLink(link: ListedLink, url: string | null): ShownLink {
  const { connection, object, crmId, ...rest } = link;
  return { connection, object, crmId, url, ...rest };
}

const sideSchema = z.strictObject({
  recordId: z.string().nullable().describe('Our id; null: none of ours.'),
  name: z.string().nullable().describe('What people call it; null where nothing names it.'),
  state: stateSchema.describe('How the link is, as in docs/states.md.'),
});

export const linkChangeSchema = z.strictObject({
  action: z.enum(['make', 'break', 'move']).describe('What was done to the link.'),
  dryRun: z.boolean().describe('Whether it was only tried, and nothing was changed.'),
  connection: z.string().describe('Alias.'),
  object: z.string().describe("The CRM's object."),
  crmId: z.string().describe("The CRM's id of the record."),
  entity: z.enum(linkEntities),
  before: sideSchema.describe('What the record of the CRM was here.'),
  after: sideSchema.describe('What it is.'),
  leaves: z.string().nullable().describe('Our id of the record that counts no longer; null: none.'),
  returns: z.string().nullable().describe('Our id of the record that counts again; null: none.'),
  follow: z
    .array(z.strictObject({ entity: z.string(), records: z.int().describe('How many of them.') }))
    .describe('Records of the CRM that point to it, and are read once more by the next sync.'),
  dropped: z.int().describe('Writes that were planned for it and are planned anew.'),
});
export type ShownLinkChange = z.infer<typeof linkChangeSchema>;

export function shownLinkChange({ link, ...change }: LinkChange, dryRun: boolean): ShownLinkChange {
  const { connection, object, crmId, entity } = link;
  const { action, before, after, leaves, returns, follow, dropped } = change;
  return {
    action,
    dryRun,
    connection,
    object,
    crmId,
    entity,
    before,
    after,
    leaves,
    returns,
    follow,
    dropped,
  };
}

/** "12 deals" and the like. */
export function plural(entity: string, count: number): string {
  const { label, plural: many } = entities[entity as EntityName];
  return `${count} ${count === 1 ? label.toLowerCase() : many}`;
}
