import { z } from 'zod';
import { findPartner } from '../../../app/partners.ts';
import { tierLabel } from '../../../app/standings.ts';
import { dayOf } from '../../../program/civil-date.ts';
import { listExceptions } from '../../../tier/exceptions.ts';
import { defineCommand } from '../../command.ts';
import { switchFlag, textFlag } from '../../flags.ts';
import { text } from './exceptions.messages.ts';

export const exceptionsList = defineCommand({
  name: 'exceptions list',
  summary: text.list.summary,
  flags: { partner: textFlag('PARTNER', text.list.partner), all: switchFlag(text.list.all) },
  examples: ['tierlink exceptions list', 'tierlink exceptions list --partner "Acme Partners" --all'],
  result: z.strictObject({
    exceptions: z.array(
      z.strictObject({
        kind: z.enum(['override', 'waiver']),
        id: z.string(),
        partnerId: z.string(),
        partner: z.string(),
        tier: z.string(),
        requirement: z.string().nullable(),
        label: z.string().nullable().describe('What is waived, as people call it; null for an override.'),
        isAsked: z
          .boolean()
          .nullable()
          .describe(
            'Whether its tier still asks for that requirement; false: the waiver waives nothing. Null for an override.',
          ),
        fromOn: z.string(),
        untilOn: z.string(),
        endedOn: z.string().nullable(),
        endedReason: z.string().nullable(),
        author: z.string(),
        reason: z.string(),
      }),
    ),
  }),
  run: async ({ flags, app }) => {
    const { store, program, clock } = await app();
    const partner = flags.partner === undefined ? null : (await findPartner(store, flags.partner)).id;
    const today = dayOf(clock.now(), program.timeZone);
    const found = await listExceptions(store, { program, partner, since: flags.all ? null : today });
    const exceptions = found.map((each) => ({ ...each, tier: tierLabel(program, each.tier) ?? each.tier }));
    const idle = exceptions.filter(({ isAsked, endedOn, untilOn }) => {
      return isAsked === false && endedOn === null && untilOn >= today;
    });
    const warnings = idle.map((each) => text.list.idle(each.partner, each.label!, each.tier));
    return { result: { exceptions }, warnings };
  },
  show: ({ exceptions }, screen) => {
    if (exceptions.length === 0) {
      screen.line(text.list.none);
      return;
    }
    screen.table(
      text.list.columns.map((title, index) => ({ title, wrap: index === 0 || index === 6 })),
      exceptions.map((each) => [
        each.partner,
        each.kind,
        each.label === null ? each.tier : text.list.of(each.label, each.tier),
        each.fromOn,
        each.endedOn === null ? each.untilOn : text.list.ended(each.endedOn),
        each.author,
        each.endedReason === null ? each.reason : text.list.reasons(each.reason, each.endedReason),
      ]),
    );
  },
});
