import { z } from 'zod';
import { findPartner } from '../../../app/partners.ts';
import { nameKey } from '../../../model/values.ts';
import type { Program } from '../../../program/load.ts';
import { factKinds } from '../../../program/schema/ladder.ts';
import { methodFactKinds } from '../../../program/schema/method.ts';
import { setFact } from '../../../sync/import/manual-facts.ts';
import { defineCommand } from '../../command.ts';
import { aboutSchema, factSchema } from '../../fact-result.ts';
import { dayFlag, textFlag } from '../../flags.ts';
import { currentActor } from '../../who.ts';
import { text } from './fact.messages.ts';

export const factSet = defineCommand({
  name: 'fact set',
  summary: text.set.summary,
  description: text.set.description,
  args: { partner: { help: text.whole, required: true }, kind: { help: text.kind, required: true } },
  flags: {
    until: dayFlag(text.set.until),
    from: dayFlag(text.set.from),
    reason: textFlag('TEXT', text.set.reason),
    author: textFlag('NAME', text.set.author),
  },
  examples: [
    'tierlink fact set "Acme Partners" business-plan --until 2027-03-31 --reason "Plan of 12 March"',
  ],
  result: z.strictObject({ partner: aboutSchema, fact: factSchema }),
  run: async ({ args, flags, app, prompt }) => {
    const { store, program, clock } = await app();
    const { id, name } = await findPartner(store, args.partner, { isWhole: true });
    const { kind } = args;
    const { until, from } = flags;
    const reason = flags.reason ?? (await prompt.ask({ flag: '--reason', label: text.set.ask }));
    const author = flags.author ?? currentActor();
    const fact = await setFact(store, {
      program,
      partnerId: id,
      kind,
      reason,
      author,
      until,
      from,
      now: clock.now(),
    });
    return { result: { partner: { id, name }, fact }, warnings: notAsked(program, kind), next: [text.next] };
  },
  show: ({ partner, fact }, screen) =>
    screen.line(text.set.done(partner.name, fact.kind, fact.occurredOn ?? '-', fact.expiresOn)),
});

/** A misspelt kind would be kept and meet nothing. */
function notAsked(program: Program, kind: string): string[] {
  const kinds = [...new Set([...factKinds(program), ...methodFactKinds(program)])];
  if (kinds.length === 0 || kinds.some((one) => nameKey(one) === nameKey(kind))) return [];
  return [text.set.notAsked(kind, kinds.join(', '))];
}
