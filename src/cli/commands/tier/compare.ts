import { z } from 'zod';
import { tiersSetByHand } from '../../../app/tiers-set-by-hand.ts';
import { hasTiers } from '../../../tier/ladder-of.ts';
import { compareTiers, type TierComparison } from '../../../tier/look/compare.ts';
import { defineCommand } from '../../command.ts';
import { setByHandSchema } from '../../explanation.ts';
import { switchFlag } from '../../flags.ts';
import { formatCount, formatMany } from '../../format.ts';
import { text } from './tier.messages.ts';

const outcomes = [
  'same',
  'higher_by_rules',
  'lower_by_rules',
  'not_on_ladder',
  'none_by_hand',
  'by_rules',
] as const satisfies readonly TierComparison['outcome'][];

export const tierCompare = defineCommand({
  name: 'tier compare',
  summary: text.compare.summary,
  description: text.compare.description,
  flags: { all: switchFlag(text.compare.all) },
  examples: ['tierlink tier compare', 'tierlink tier compare --all --plain'],
  result: z.strictObject({
    /** False: the program only measures, and there is nothing to compare. */
    hasTiers: z.boolean(),
    partners: z.int(),
    outcomes: z.partialRecord(z.enum(outcomes), z.int()),
    list: z.array(
      z.strictObject({
        partnerId: z.string(),
        partner: z.string(),
        ladder: z.string(),
        byHand: z.string().nullable(),
        hand: z.enum(['kept', 'edited', 'override']).nullable(),
        byRules: z.string().nullable(),
        outcome: z.enum(outcomes),
        summary: z.string().nullable(),
        mode: z.string(),
        setByHand: setByHandSchema,
      }),
    ),
  }),
  run: async ({ flags, app }) => {
    const { store, program, connections } = await app();
    const setByHand = await tiersSetByHand(store);
    const isTiered = hasTiers(program);
    const compared = await compareTiers(store, { program, setByHand, includeSame: flags.all });
    const list = compared.list.map(({ partnerName, ...entry }) => ({
      ...entry,
      setByHand: [...entry.setByHand],
      partner: partnerName ?? entry.partnerId,
    }));
    const alias = connections[0]?.alias;
    const isShadow = list.some(({ mode }) => mode === 'shadow');
    const isEdited = list.some(({ mode, hand }) => mode === 'owned' && hand === 'edited');
    return {
      result: { hasTiers: isTiered, partners: compared.partners, outcomes: compared.outcomes, list },
      next: [
        ...(isTiered ? [] : text.compare.nextMeasures),
        ...(isTiered && compared.partners === 0 ? [text.compare.nextSync] : []),
        ...(isEdited ? [text.why.nextDifferences] : []),
        ...(alias !== undefined && isShadow ? [text.compare.next(alias)] : []),
      ],
    };
  },
  show: (result, screen) => {
    if (result.partners === 0) {
      screen.line(result.hasTiers ? text.compare.nobody : text.compare.noTiers);
      return;
    }
    if (result.list.length > 0) {
      screen.table(
        text.compare.columns.map((title, index) => ({ title, wrap: index === 6, once: index === 5 })),
        result.list.map((entry) => [
          entry.partner,
          entry.byHand ?? '-',
          entry.hand === null ? '' : text.compare.hands[entry.hand](entry.setByHand.at(-1)?.connection ?? ''),
          entry.byRules ?? '-',
          text.compare.outcomes[entry.outcome],
          entry.mode,
          entry.summary ?? '',
        ]),
      );
      screen.line();
    }
    const parts = outcomes
      .filter((outcome) => (result.outcomes[outcome] ?? 0) > 0)
      .map((outcome) => `${formatCount(result.outcomes[outcome] ?? 0)} ${text.compare.outcomes[outcome]}`);
    screen.line(text.compare.counts(formatMany(result.partners, 'partner'), parts.join(', ') || '-'));
  },
});
