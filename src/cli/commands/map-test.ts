import { z } from 'zod';
import { type TestedAttribute, type TestedMapping, testRecord } from '../../app/map-test.ts';
import { defineCommand } from '../command.ts';
import { textFlag } from '../flags.ts';
import { formatValue } from '../format.ts';
import { text } from './map.messages.ts';

const resultSchema = z.strictObject({
  connection: z.string(),
  object: z.string(),
  crmId: z.string(),
  url: z.string(),
  modifiedAt: z.string(),
  mappings: z.array(
    z.strictObject({
      mapping: z.string(),
      entity: z.string(),
      recordId: z.string().nullable(),
      state: z.string(),
      attributes: z.array(
        z.strictObject({
          attribute: z.string(),
          field: z.string(),
          direction: z.string(),
          /** False: the user cannot read the field. */
          readable: z.boolean(),
          theirs: z.unknown(),
          becomes: z.unknown(),
          ours: z.unknown(),
          problem: z.string().nullable(),
        }),
      ),
    }),
  ),
});

export const mapTest = defineCommand({
  name: 'map test',
  summary: text.test.summary,
  args: { record: { help: text.test.record, required: true } },
  flags: { object: textFlag('OBJECT', text.test.object) },
  examples: [
    'tierlink map test 001Qy000004TzVfIAK',
    'tierlink map test "Acme Partners"',
    'tierlink map test 001Qy000004TzVfIAK --object Account',
  ],
  result: resultSchema,
  run: async ({ args, flags, global, app }) => {
    const opened = await app();
    const connection = opened.connection(global.connection);
    const tested = await testRecord(opened, connection, { record: args.record, object: flags.object });
    return {
      result: { ...tested, mappings: tested.mappings.map(shownMapping) },
      next: [text.test.next(tested.object)],
    };
  },
  show: (result, screen) => {
    screen.line(text.test.title(result.object, result.crmId));
    screen.line(result.url);
    for (const mapping of result.mappings) {
      screen.line();
      screen.line(
        text.test.as(mapping.entity, mapping.mapping, text.test.states[mapping.state] ?? mapping.state),
      );
      screen.line();
      screen.table(
        text.test.columns.map((title, index) => ({ title, wrap: index > 2 })),
        mapping.attributes.map((each) => [
          each.attribute,
          each.field,
          each.direction,
          each.readable ? formatValue(each.theirs) : text.test.unreadable,
          each.problem === null ? formatValue(each.becomes) : text.test.invalid(each.problem),
          formatValue(each.ours),
        ]),
      );
    }
  },
});

function shownMapping(tested: TestedMapping) {
  const { mapping, entity, recordId, linkState } = tested;
  return {
    mapping,
    entity,
    recordId,
    state: linkState ?? 'none',
    attributes: tested.attributes.map(shownAttribute),
  };
}

function shownAttribute({ attribute, field, direction, theirs, becomes, ours }: TestedAttribute) {
  return {
    attribute,
    field,
    direction,
    readable: theirs !== undefined,
    theirs: theirs ?? null,
    becomes: becomesText(direction, becomes),
    ours: ours ?? null,
    problem: becomes.kind === 'invalid' ? becomes.reason : null,
  };
}

/** What the program owns is not read, whatever stands in the CRM. */
function becomesText(direction: string, becomes: TestedAttribute['becomes']): unknown {
  if (direction === 'out') return text.test.notOurs;
  if (becomes.kind === 'reference') return text.test.reference(becomes.crmId);
  return becomes.kind === 'value' ? becomes.value : null;
}
