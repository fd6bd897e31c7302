import { z } from 'zod';
import { type TestedAttribute, type TestedMapping, testRecord } from '../../../app/map-test.ts';
import { defineCommand } from '../../command.ts';
import { textFlag } from '../../flags.ts';
import { formatValue } from '../../format.ts';
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
          /** What the program has to write; null where it has nothing to say, or where the field is only read. */
          writes: z.unknown(),
          waits: z.enum(['tiers_not_owned', 'write_back_off']).nullable(),
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
          each.field === '' ? '-' : each.field,
          each.direction,
          each.readable ? formatValue(each.theirs) : text.test.unreadable,
          becomesText(each),
          formatValue(each.direction === 'out' ? each.writes : each.ours),
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

function shownAttribute(tested: TestedAttribute) {
  const { attribute, field, direction, theirs, becomes, ours, writes, waits } = tested;
  const isRead = direction !== 'out';
  return {
    attribute,
    field,
    direction,
    readable: theirs !== undefined,
    theirs: theirs ?? null,
    becomes: isRead ? readValue(becomes) : null,
    ours: ours ?? null,
    writes: writes ?? null,
    waits,
    problem: isRead && becomes.kind === 'invalid' ? becomes.reason : null,
  };
}

type Shown = Pick<ReturnType<typeof shownAttribute>, 'direction' | 'becomes' | 'problem' | 'waits'>;

function readValue(becomes: TestedAttribute['becomes']): unknown {
  if (becomes.kind === 'reference') return text.test.reference(becomes.crmId);
  return becomes.kind === 'value' ? becomes.value : null;
}

/** What the program owns is not read, whatever stands in the CRM: there it says who writes it, and from when on. */
function becomesText({ direction, becomes, problem, waits }: Shown): string {
  if (problem !== null) return text.test.invalid(problem);
  if (direction !== 'out') return formatValue(becomes);
  return waits === null ? text.test.written : text.test.writtenOnce[waits];
}
