import { z } from 'zod';
import { readMethod } from '../../../app/method.ts';
import { type ExpectationState, expectationStates, stateLabel } from '../../../model/states.ts';
import { expectationsOf } from '../../../tier/method/expectations.ts';
import { defineCommand } from '../../command.ts';
import { choiceFlag, switchFlag } from '../../flags.ts';
import type { Tone } from '../../screen.ts';
import { text } from './expectations.messages.ts';
import { text as partnersText } from './partners.messages.ts';

const expectationSchema = z.strictObject({
  partner: z.strictObject({ id: z.string(), name: z.string() }),
  label: z.string(),
  kind: z
    .enum(['ramp', 'responsibility'])
    .describe('ramp: a step of the first days. responsibility: an activity of the program.'),
  by: z.enum(['partner', 'vendor']).describe('Whose turn it is.'),
  needs: z.string().describe('What says that it is done, in words.'),
  has: z.string().describe('What there is of it, in words.'),
  dueBy: z
    .string()
    .nullable()
    .describe('Last day before it is overdue; null for a limit, which is to be kept on every day.'),
  state: z
    .enum(Object.keys(expectationStates) as ExpectationState[])
    .describe('unknown: what would say so is late, partial or missing.'),
  reason: z.string().nullable().describe('Why the state, or what was missed, is not known.'),
  missed: z
    .int()
    .nullable()
    .describe(
      'Of what is expected again and again: periods that are over without it; null where that is not known.',
    ),
});

const tones: Readonly<Record<ExpectationState, Tone>> = {
  done: 'good',
  due: 'wait',
  overdue: 'bad',
  unknown: 'wait',
};

export const partnersExpectations = defineCommand({
  name: 'partners expectations',
  summary: text.summary,
  description: text.description,
  args: { partner: { help: text.partner, required: false } },
  flags: {
    overdue: switchFlag(text.overdue),
    by: choiceFlag('SIDE', text.by, ['partner', 'vendor'] as const),
    all: switchFlag(text.all),
  },
  examples: [
    'tierlink partners expectations',
    'tierlink partners expectations "Acme Partners"',
    'tierlink partners expectations --overdue --by vendor',
  ],
  result: z.strictObject({
    program: z.string(),
    asOf: z.string(),
    asked: z.string().nullable().describe('Name of the partner that was asked for; null for all.'),
    hasExpectations: z.boolean().describe('Whether the program expects anything.'),
    expectations: z.array(expectationSchema).describe('What is expected; of all partners the oldest first.'),
  }),
  run: async ({ args, flags, app }) => {
    const opened = await app();
    const { program } = opened;
    const { asOf, partners, apart } = await readMethod(opened, args.partner);
    const isWhole = args.partner !== undefined || flags.all;
    const lines = partners
      .flatMap(({ id, name, inputs }) =>
        expectationsOf(inputs).map((line) => ({ partner: { id, name }, ...line })),
      )
      .filter(({ state }) => (flags.overdue ? state === 'overdue' : isWhole || state !== 'done'))
      .filter(({ by }) => flags.by === undefined || by === flags.by);
    const expectations =
      args.partner === undefined
        ? lines.toSorted((one, other) => ((one.dueBy ?? asOf) < (other.dueBy ?? asOf) ? -1 : 1))
        : lines;
    const hasExpectations =
      program.ramp !== undefined || program.responsibilities.some(({ expect }) => expect !== undefined);
    const asked = args.partner === undefined ? null : (partners[0]?.name ?? apart?.name ?? null);
    const [first] = expectations;
    const isList = args.partner === undefined && first !== undefined;
    return {
      result: { program: program.title, asOf, asked, hasExpectations, expectations },
      warnings: apart === null ? [] : [partnersText.apart(apart.name, apart.reason)],
      next: isList ? [text.next(first.partner.name)] : [],
    };
  },
  show: ({ hasExpectations, asOf, asked, expectations }, screen) => {
    if (!hasExpectations || expectations.length === 0) {
      screen.line(hasExpectations ? text.nothing : text.none);
      return;
    }
    screen.line(text.title(asked, asOf));
    screen.line();
    screen.table(
      text.columns.map((title, index) => ({
        title,
        differing: index === 0 && asked !== null,
        wrap: index !== 2 && index < 6,
        align: index === 6 ? 'right' : 'left',
        beside: index === 2 || index === 5,
      })),
      expectations.map((line) => [
        line.partner.name,
        line.kind === 'ramp' ? text.ramp(line.label) : line.label,
        line.by,
        line.needs,
        line.has,
        screen.tone(tones[line.state], stateText(line)),
        line.missed === 0 ? '' : (line.missed?.toString() ?? text.missedUnknown),
      ]),
    );
  },
});

/** A limit is kept or not, any day; all else is done, or due by some day. */
function stateText({ state, dueBy, reason }: z.infer<typeof expectationSchema>): string {
  const label = stateLabel('expectation', state);
  const words = dueBy === null ? stateLabel('limit', state) : text.states[state](label, dueBy);
  return state === 'unknown' && reason !== null ? text.because(words, reason) : words;
}
