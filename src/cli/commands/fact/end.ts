import { z } from 'zod';
import { findPartner } from '../../../app/partners.ts';
import { endFact } from '../../../sync/import/manual-facts.ts';
import { defineCommand } from '../../command.ts';
import { aboutSchema, factSchema } from '../../fact-result.ts';
import { textFlag } from '../../flags.ts';
import { currentActor } from '../../who.ts';
import { text } from './fact.messages.ts';

export const factEnd = defineCommand({
  name: 'fact end',
  summary: text.end.summary,
  args: { partner: { help: text.whole, required: true }, kind: { help: text.kind, required: true } },
  flags: { reason: textFlag('TEXT', text.set.reason) },
  examples: ['tierlink fact end "Acme Partners" business-plan --reason "Withdrawn"'],
  result: z.strictObject({ partner: aboutSchema, kind: z.string(), ended: z.array(factSchema) }),
  run: async ({ args, flags, app, prompt }) => {
    const { store, program, clock } = await app();
    const { id, name } = await findPartner(store, args.partner, { isWhole: true });
    const reason = flags.reason ?? (await prompt.ask({ flag: '--reason', label: text.set.ask }));
    const request = {
      program,
      partnerId: id,
      kind: args.kind,
      reason,
      actor: currentActor(),
      now: clock.now(),
    };
    const ended = await endFact(store, request);
    return { result: { partner: { id, name }, kind: args.kind, ended }, next: [text.next] };
  },
  show: ({ partner, kind }, screen) => screen.line(text.end.done(partner.name, kind)),
});
