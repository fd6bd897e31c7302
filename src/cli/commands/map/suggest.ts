import { z } from 'zod';
import { suggestMappings } from '../../../app/map-suggest.ts';
import { type EntityName, entities } from '../../../model/entities.ts';
import { specText } from '../../../sync/mapping/edit.ts';
import { defineCommand } from '../../command.ts';
import { choiceFlag, switchFlag } from '../../flags.ts';
import type { Screen } from '../../screen.ts';
import { text } from './map.messages.ts';

const suggestionSchema = z.strictObject({
  attribute: z.string(),
  field: z.string().describe('The CRM field that it is taken to be.'),
  kind: z
    .enum(['kept', 'shipped', 'guess'])
    .describe(
      "kept: the project's mapping has it and the CRM too. shipped: the field of the shipped mapping is there. guess: by name, label, type and values.",
    ),
  score: z.int().describe('How sure it is, 0 to 100; 100 is certain.'),
  reasons: z.array(z.string()).describe('Why this field.'),
  alternatives: z
    .array(z.string())
    .describe('Fields that are as likely; nothing is written while there are any.'),
  byHand: z.boolean().describe('The line in the file was written by hand, so it is left alone.'),
  filledPercent: z
    .int()
    .nullable()
    .describe('Share of records that fill the field; null where it was not counted.'),
  spec: z.string().describe('What the mapping says of the attribute, as YAML.'),
});
const objectSchema = z.strictObject({
  file: z.string(),
  object: z.string(),
  entity: z.string(),
  isNew: z.boolean().describe('Whether the project has no mapping of the object yet.'),
  suggestions: z.array(suggestionSchema).describe('The attributes with a field, in the order of the file.'),
  open: z
    .array(z.strictObject({ attribute: z.string(), reason: z.string().describe('Why it has no field.') }))
    .describe('Attributes for which no field was found.'),
  paste: z.array(z.string()).describe('Lines to paste under attributes.'),
  diff: z
    .array(z.string())
    .describe('What writing changes in the file: lines with "-" go, lines with "+" come.'),
  written: z.boolean().describe('Whether the file was written.'),
});
type Suggested = z.infer<typeof objectSchema>;

const args = { mapping: { help: text.suggest.asked, required: false } } as const;
const flags = {
  entity: choiceFlag('ENTITY', text.suggest.entity, Object.keys(entities) as EntityName[]),
  write: switchFlag(text.suggest.write),
  offline: switchFlag(text.suggest.offline),
};

export const mapSuggest = defineCommand({
  name: 'map suggest',
  summary: text.suggest.summary,
  description: text.suggest.description,
  args,
  flags,
  examples: [
    'tierlink map suggest partner',
    'tierlink map suggest deal --connection prod --write',
    'tierlink map suggest Deal_Registration__c --entity deal',
  ],
  result: z.strictObject({ connection: z.string(), objects: z.array(objectSchema) }),
  run: async (call) => {
    const app = await call.app();
    const connection = app.connection(call.global.connection);
    const { entity, write, offline: isOffline } = call.flags;
    const asked = call.args.mapping;
    const found = await suggestMappings({ app, connection, asked, entity, write, isOffline });
    const objects = found.map(({ suggestions, ...rest }) => ({
      ...rest,
      suggestions: suggestions.map(({ spec, isByHand, ...each }) => ({
        ...each,
        field: spec.field,
        byHand: isByHand,
        spec: specText(spec),
      })),
    }));
    const canWrite = !write && objects.some(({ diff }) => diff.length > 0);
    return {
      result: { connection: connection.alias, objects },
      next: [canWrite ? text.suggest.nextWrite(asked) : text.suggest.nextCheck],
    };
  },
  show: ({ objects }, screen) => {
    for (const each of objects) showObject(each, screen);
  },
});

function showObject(suggested: Suggested, screen: Screen): void {
  const { object, entity, file, suggestions, open, paste, diff, written } = suggested;
  screen.line(text.suggest.title(object, entity, file));
  screen.table(
    text.suggest.columns.map((title, index) => ({
      title,
      align: index === 2 ? 'right' : 'left',
      wrap: index === 3,
    })),
    suggestions.map(({ attribute, field, score, ...why }) => [
      attribute,
      text.suggest.from(field),
      String(score),
      whyText(why),
    ]),
  );
  for (const { attribute, reason } of open) screen.line(`  ${text.suggest.open(attribute, reason)}`, 6);
  showLines(text.suggest.paste, paste, screen);
  showLines(text.suggest.diff(file, written), diff, screen);
  const kept = suggestions.filter(({ kind }) => kind === 'kept').length;
  screen.line();
  screen.line(text.suggest.counts(kept, suggestions.length - kept, open.length));
  screen.line();
}

function whyText({
  reasons,
  alternatives,
  byHand,
}: Pick<Suggested['suggestions'][number], 'reasons' | 'alternatives' | 'byHand'>): string {
  return [
    ...reasons,
    ...(alternatives.length === 0 ? [] : [text.suggest.or(alternatives.join(', '))]),
    ...(byHand ? [text.suggest.byHand] : []),
  ].join('; ');
}

function showLines(title: string, lines: readonly string[], screen: Screen): void {
  if (lines.length === 0) return;
  screen.line();
  screen.line(title);
  for (const line of lines) screen.line(`  ${line}`, 4);
}
