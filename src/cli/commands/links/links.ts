import { z } from 'zod';
import { ownershipIn } from '../../../app/engine.ts';
import { linkAddress } from '../../../app/partner-links.ts';
import { findPartner } from '../../../app/partners.ts';
import { linkStates } from '../../../model/states.ts';
import { listLinks } from '../../../sync/links/list.ts';
import type { LinkState } from '../../../sync/records/links.ts';
import { defineCommand } from '../../command.ts';
import { choiceFlag, integerFlag, textFlag } from '../../flags.ts';
import { formatCount } from '../../format.ts';
import { refuseUnknownPlace } from '../../known-words.ts';
import { linkEntities, linkSchema, shownLink } from '../../link-result.ts';
import { stateWord } from '../../state-words.ts';
import { text } from './links.messages.ts';

const usualLimit = 200;

export const links = defineCommand({
  name: 'links',
  summary: text.list.summary,
  description: text.list.description,
  flags: {
    object: textFlag('OBJECT', text.object),
    entity: choiceFlag('ENTITY', text.entity, linkEntities),
    state: choiceFlag('STATE', text.list.state, Object.keys(linkStates) as LinkState[]),
    partner: textFlag('PARTNER', text.list.partner),
    limit: integerFlag('N', text.list.limit, { min: 1, max: 10_000 }),
  },
  examples: [
    'tierlink links --connection prod --object Account',
    'tierlink links --state broken',
    'tierlink links --partner "Acme Partners"',
  ],
  result: z.strictObject({
    links: z.array(linkSchema).describe('In the order of connections, objects and ids.'),
    more: z.int().describe('How many more there are.'),
  }),
  run: async ({ flags, global, app }) => {
    const opened = await app();
    const { object, entity, state, limit = usualLimit } = flags;
    const { connection } = global;
    await refuseUnknownPlace(opened, 'links', { connection, object });
    const partner =
      flags.partner === undefined
        ? undefined
        : (await findPartner(opened.store, flags.partner, { isWhole: true })).id;
    const filter = { connection, object, entity, state, partner };
    const { links: found, more } = await listLinks(opened.store, filter, {
      limit,
      ownership: ownershipIn(opened)(),
    });
    const shown = found.map((link) => shownLink(link, linkAddress(opened, link)));
    const [first] = shown;
    return {
      result: { links: shown, more },
      next: first === undefined ? [] : [text.list.nextShow(first.crmId)],
    };
  },
  show: ({ links: shown, more }, screen) => {
    if (shown.length === 0) {
      screen.line(text.list.none);
      return;
    }
    screen.table(
      text.list.columns.map((title) => ({ title, wrap: title === 'NAME' })),
      shown.map((link) => [
        link.connection,
        link.object,
        link.crmId,
        link.entity,
        link.recordId,
        link.name ?? '-',
        stateWord(screen, 'link', link.state),
        text.way(link.by),
        screen.instant(link.since),
      ]),
    );
    if (more > 0) screen.line(text.list.more(formatCount(more)));
  },
});
