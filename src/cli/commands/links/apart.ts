import { z } from 'zod';
import { engineOf } from '../../../app/engine.ts';
import { TierlinkError } from '../../../errors.ts';
import { setApart } from '../../../sync/links/changes.ts';
import { findRecord } from '../../../sync/links/find.ts';
import { defineCommand } from '../../command.ts';
import { choiceFlag, switchFlag, textFlag } from '../../flags.ts';
import { linkEntities } from '../../link-result.ts';
import { currentActor } from '../../who.ts';
import { text } from './links.messages.ts';

export const linksApart = defineCommand({
  name: 'links apart',
  summary: text.apart.summary,
  description: text.apart.description,
  args: { one: { help: text.record, required: true }, other: { help: text.record, required: true } },
  flags: {
    entity: choiceFlag('ENTITY', text.entity, linkEntities),
    takeBack: switchFlag(text.apart.takeBack),
    reason: textFlag('TEXT', text.reason),
  },
  examples: [
    'tierlink links apart "Acme Partners" "Acme Services" --reason "Two companies of one group"',
    'tierlink links apart DEAL-0042 006B7 --reason "Another order of the same customer"',
  ],
  result: z.strictObject({
    entity: z.enum(linkEntities),
    one: z.string().describe('Our id of the one.'),
    other: z.string().describe('Our id of the other.'),
    apart: z.boolean().describe('Whether they are kept apart from now on.'),
  }),
  run: async ({ args, flags, global, app, prompt }) => {
    const opened = await app();
    const { entity: asked, takeBack } = flags;
    const filter = { entity: asked };
    const one = await findRecord(opened.store, args.one, filter);
    const other = await findRecord(opened.store, args.other, { ...filter, connection: global.connection });
    if (one.entity !== other.entity)
      throw new TierlinkError('LINK_NOT_TWO', {
        one: args.one,
        other: args.other,
        reason: `one is a ${one.entity}, the other a ${other.entity}`,
      });
    const reason = flags.reason ?? (await prompt.ask({ flag: '--reason', label: text.askReason }));
    const records = [one.recordId, other.recordId] as const;
    const { entity } = one;
    await setApart(engineOf(opened, { actor: currentActor() }), { entity, records, reason, takeBack });
    const result = {
      entity: entity as (typeof linkEntities)[number],
      one: records[0],
      other: records[1],
      apart: !takeBack,
    };
    return { result, next: [text.next] };
  },
  show: ({ one, other, apart }, screen) =>
    screen.line(apart ? text.apart.done(one, other) : text.apart.undone(one, other)),
});
