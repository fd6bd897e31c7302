import { z } from 'zod';
import { findPartner } from '../../../app/partners.ts';
import { listFacts } from '../../../sync/import/manual-facts.ts';
import { defineCommand } from '../../command.ts';
import { aboutSchema, factSchema } from '../../fact-result.ts';
import { text } from './fact.messages.ts';

export const factList = defineCommand({
  name: 'fact list',
  summary: text.list.summary,
  args: { partner: { help: text.partner, required: true } },
  examples: ['tierlink fact list "Acme Partners"'],
  result: z.strictObject({ partner: aboutSchema, facts: z.array(factSchema) }),
  run: async ({ args, app }) => {
    const { store, program, clock } = await app();
    const { id, name } = await findPartner(store, args.partner);
    const facts = await listFacts(store, { program, partnerId: id, now: clock.now() });
    return { result: { partner: { id, name }, facts } };
  },
  show: ({ facts }, screen) => {
    if (facts.length === 0) {
      screen.line(text.list.none);
      return;
    }
    screen.table(
      text.list.columns.map((title, index) => ({ title, wrap: index === 5 })),
      facts.map(({ kind, occurredOn, expiresOn, isValid, author, reason }) => [
        kind,
        occurredOn ?? '-',
        expiresOn ?? '-',
        isValid ? text.list.valid : text.list.invalid,
        author ?? '',
        reason ?? '',
      ]),
    );
  },
});
