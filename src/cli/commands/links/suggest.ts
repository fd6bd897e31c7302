import { z } from 'zod';
import { filesAlias } from '../../../model/record-id.ts';
import { type Suggestion, suggestionKinds, suggestLinks } from '../../../sync/links/suggest.ts';
import { defineCommand } from '../../command.ts';
import { choiceFlag, integerFlag } from '../../flags.ts';
import { formatCount } from '../../format.ts';
import { refuseUnknownPlace } from '../../known-words.ts';
import { linkEntities } from '../../link-result.ts';
import { text } from './links.messages.ts';

const usualLimit = 50;

const sideSchema = z.strictObject({
  recordId: z.string().describe('Our id.'),
  name: z.string().nullable().describe('What people call it; null where nothing names it.'),
  links: z
    .array(
      z.strictObject({
        connection: z.string().describe('Alias; import for what files brought in.'),
        object: z.string().describe("The CRM's object, or the kind of the file."),
        crmId: z.string().describe("The CRM's id of the record, or what names the row of a file."),
        state: z
          .enum(['live', 'out_of_scope', 'deleted', 'merged', 'broken'])
          .describe('How the link is, as in docs/states.md.'),
      }),
    )
    .describe('What it is linked to, or was.'),
});

export const linksSuggest = defineCommand({
  name: 'links suggest',
  summary: text.suggest.summary,
  description: text.suggest.description,
  flags: {
    entity: choiceFlag('ENTITY', text.entity, ['partner', 'customer', 'person', 'deal', 'lead'] as const),
    kind: choiceFlag('KIND', text.suggest.kind, suggestionKinds),
    score: integerFlag('N', text.suggest.score, { min: 0, max: 100 }),
    limit: integerFlag('N', text.suggest.limit, { min: 1, max: 10_000 }),
  },
  examples: [
    'tierlink links suggest',
    'tierlink links suggest --kind registration',
    'tierlink links suggest --entity person --score 80',
  ],
  result: z.strictObject({
    suggestions: z
      .array(
        z.strictObject({
          kind: z
            .enum(suggestionKinds)
            .describe(
              'duplicate: two records of a CRM. lost: one ended and may be there anew. file: what a file brought in may be in a CRM. registration: what is to be created may be there.',
            ),
          entity: z.enum(linkEntities),
          score: z.int().describe('How likely they are the same, 0 to 100.'),
          reasons: z.array(z.string()).describe('What speaks for it, the weightiest first.'),
          against: z.array(z.string()).describe('What speaks against it.'),
          one: sideSchema.describe('The one that stays if they are the same.'),
          other: sideSchema.describe('The other one.'),
        }),
      )
      .describe('The likeliest first.'),
    more: z.int().describe('How many more there are.'),
  }),
  run: async ({ flags, global, app }) => {
    const opened = await app();
    const { connection } = global;
    await refuseUnknownPlace(opened, 'links suggest', { connection });
    const { entity, kind, score: atLeast, limit = usualLimit } = flags;
    const { connections } = opened;
    const found = await suggestLinks(opened.store, { connections, connection, entity, kind, atLeast });
    const suggestions = found.slice(0, limit).map((each) => ({
      ...each,
      entity: each.entity as (typeof linkEntities)[number],
    }));
    return {
      result: { suggestions, more: found.length - suggestions.length },
      next: found[0] === undefined ? [] : nextSteps(found[0]),
    };
  },
  show: ({ suggestions, more }, screen) => {
    if (suggestions.length === 0) {
      screen.line(text.suggest.none);
      return;
    }
    screen.table(
      text.suggest.columns.map((title, index) => ({
        title,
        align: index === 0 ? 'right' : 'left',
        wrap: index > 2,
      })),
      suggestions.map(({ score, kind, entity, one, other, reasons, against }) => [
        String(score),
        text.kind(kind),
        entity,
        sideText(one),
        sideText(other),
        reasons.join('; '),
        against.length === 0 ? '-' : against.join('; '),
      ]),
    );
    if (more > 0) screen.line(text.suggest.more(formatCount(more)));
  },
});

function sideText({ recordId, name, links }: Suggestion['one']): string {
  const ids = links.filter(({ state }) => state !== 'merged').map(({ crmId }) => crmId);
  return [name ?? recordId, ...ids].join(' ');
}

/** Of two records of a CRM the one linked later goes to the other; of what ended, what is there now goes to it. */
function nextSteps({ one, other }: Suggestion): string[] {
  const there = other.links.find(({ connection, state }) => connection !== filesAlias && state === 'live');
  const move = there === undefined ? [] : [text.suggest.nextMove(there.crmId, one.recordId)];
  return [...move, text.suggest.nextApart(one.recordId, other.recordId)];
}
