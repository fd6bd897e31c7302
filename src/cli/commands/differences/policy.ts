import { z } from 'zod';
import { policyLines, writePolicy } from '../../../app/mapping-policy.ts';
import { TierlinkError } from '../../../errors.ts';
import { resolveDifferences } from '../../../sync/push/differences.ts';
import { defineCommand } from '../../command.ts';
import { choiceFlag, textFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { currentActor } from '../../who.ts';
import { text } from './differences.messages.ts';

const policies = ['crm', 'program', 'newest', 'ask'] as const;

export const differencesPolicy = defineCommand({
  name: 'differences policy',
  summary: text.policy.summary,
  description: text.policy.description,
  args: { field: { help: text.policy.field, required: true } },
  flags: {
    wins: choiceFlag('SIDE', text.policy.wins, policies),
    object: textFlag('OBJECT', text.list.object),
  },
  examples: ['tierlink differences policy phone --wins crm --object Account'],
  result: z.strictObject({
    wins: z.enum(policies).describe('Who wins from now on.'),
    lines: z
      .array(
        z.strictObject({
          file: z.string(),
          object: z.string(),
          attribute: z.string(),
          before: z.enum(policies).describe('Who won until now.'),
          connections: z.array(z.string()).describe('The connections that read the file.'),
        }),
      )
      .describe('The mapping files that say so now.'),
    resolved: z.int().describe('Open conflicts that were decided by it.'),
  }),
  run: async ({ args, flags, global, app, prompt }) => {
    const opened = await app();
    const lines = policyLines(opened, {
      field: args.field,
      object: flags.object,
      connection: global.connection,
    });
    const wins = flags.wins ?? policyOf(await prompt.ask({ flag: '--wins', label: text.policy.asks }));
    writePolicy(lines, wins);
    let resolved = 0;
    // Which of two values is newer is known when a record is read, and what is to be asked stays open.
    if (wins === 'crm' || wins === 'program')
      for (const { object, attribute, connections } of lines)
        for (const connection of connections)
          resolved += await resolveDifferences({
            store: opened.store,
            clock: opened.clock,
            actor: currentActor(),
            filter: { connection, object, attribute, kind: 'conflict' },
            take: wins === 'crm' ? 'theirs' : 'ours',
          });
    return { result: { wins, lines, resolved }, next: [text.policy.next] };
  },
  show: ({ wins, lines, resolved }, screen) => {
    for (const { file, attribute, before } of lines)
      screen.line(text.policy.written(file, attribute, before, wins));
    screen.line(text.resolve.done(formatMany(resolved, 'open conflict')));
  },
});

function policyOf(typed: string): (typeof policies)[number] {
  const found = policies.find((policy) => policy === typed);
  if (found !== undefined) return found;
  throw new TierlinkError('USAGE', { reason: `${text.policy.asks}.`, command: 'differences policy' });
}
