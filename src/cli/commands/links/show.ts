import { z } from 'zod';
import { ownershipIn } from '../../../app/engine.ts';
import { linkAddress } from '../../../app/partner-links.ts';
import { findRecord } from '../../../sync/links/find.ts';
import { listLinks } from '../../../sync/links/list.ts';
import { keptApart } from '../../../sync/records/apart.ts';
import { recordNames } from '../../../sync/records/record-names.ts';
import { defineCommand } from '../../command.ts';
import { choiceFlag, textFlag } from '../../flags.ts';
import { linkEntities, linkSchema, shownLink } from '../../link-result.ts';
import { stateWord } from '../../state-words.ts';
import { text } from './links.messages.ts';

/** Links of one record that are told: more than any record has. */
const mostLinks = 1000;

export const linksShow = defineCommand({
  name: 'links show',
  summary: text.show.summary,
  args: { record: { help: text.record, required: true } },
  flags: {
    object: textFlag('OBJECT', text.object),
    entity: choiceFlag('ENTITY', text.entity, linkEntities),
  },
  examples: ['tierlink links show "Acme Partners"', 'tierlink links show 001A1'],
  result: z.strictObject({
    entity: z.enum(linkEntities),
    recordId: z.string().describe('Our id of the record.'),
    name: z.string().nullable().describe('What people call it; null where nothing names it.'),
    links: z.array(linkSchema).describe('What it is linked to, or was.'),
    apart: z
      .array(
        z.strictObject({
          recordId: z.string().describe('Our id of the other record.'),
          name: z.string().nullable().describe('What people call it; null where nothing names it.'),
          crmId: z
            .string()
            .nullable()
            .describe("The CRM's id of the record that went from one to the other; null: none did."),
          since: z.string().describe('Since when.'),
          by: z.string().describe('Who keeps them apart.'),
          reason: z.string().nullable().describe('Why; null where nobody said.'),
        }),
      )
      .describe('Records that a person keeps apart from it.'),
  }),
  run: async ({ args, flags, global, app }) => {
    const opened = await app();
    const { store } = opened;
    const filter = { connection: global.connection, object: flags.object, entity: flags.entity };
    const { entity, recordId } = await findRecord(store, args.record, filter);
    const { links } = await listLinks(
      store,
      { entity, recordIds: [recordId] },
      { limit: mostLinks, ownership: ownershipIn(opened)() },
    );
    const apart = await keptApart(store, entity, [recordId]);
    const names = await recordNames(store, entity, [recordId, ...apart.map(({ from }) => from)]);
    const result = {
      entity: entity as (typeof linkEntities)[number],
      recordId,
      name: names.get(recordId) ?? null,
      links: links.map((link) => shownLink(link, linkAddress(opened, link))),
      apart: apart.map(({ from, went, since, by, reason }) => ({
        recordId: from,
        name: names.get(from) ?? null,
        crmId: went?.crmId ?? null,
        since,
        by,
        reason,
      })),
    };
    return { result };
  },
  show: ({ recordId, name, links, apart }, screen) => {
    screen.line(name === null ? recordId : `${name} (${recordId})`);
    screen.line();
    if (links.length === 0) screen.line(text.show.nothing);
    else {
      screen.line(screen.tone('strong', text.show.linked));
      screen.table(
        text.show.columns.map((title) => ({ title })),
        links.map((link) => [
          link.connection,
          link.object,
          link.crmId,
          stateWord(screen, 'link', link.state),
          text.way(link.by),
          screen.instant(link.since),
          link.url ?? '-',
        ]),
      );
    }
    if (apart.length === 0) return;
    screen.line();
    screen.line(screen.tone('strong', text.show.apart));
    screen.table(
      text.show.apartColumns.map((title) => ({ title })),
      apart.map((each) => [
        each.recordId,
        each.name ?? '-',
        each.by,
        screen.instant(each.since),
        each.reason ?? '-',
      ]),
    );
  },
});
