import { z } from 'zod';
import { readMethod } from '../../../app/method.ts';
import { stateReasonText } from '../../../kpi/state-reason.ts';
import { type BenefitState, benefitStates, stateLabel } from '../../../model/states.ts';
import { lateFacts } from '../../../tier/explain/fact-evidence.ts';
import { moneyIn } from '../../../tier/method/benefit-cost.ts';
import { benefitsOf } from '../../../tier/method/benefits.ts';
import { defineCommand } from '../../command.ts';
import { formatMoney } from '../../figure.ts';
import { switchFlag } from '../../flags.ts';
import type { Tone } from '../../screen.ts';
import { text } from './benefits.messages.ts';
import { text as partnersText } from './partners.messages.ts';

const benefitSchema = z.strictObject({
  partner: z.strictObject({ id: z.string(), name: z.string() }),
  key: z.string().describe('Key of the benefit.'),
  label: z.string(),
  amount: z.string().nullable().describe('How much, as the program says it; null where it says nothing.'),
  tier: z.string().nullable().describe('Label of the tier that gives it; null where every partner has it.'),
  due: z
    .string()
    .nullable()
    .describe('once, or the kind of period for which it is due again; null for a standing one.'),
  how: z.string().nullable().describe('How it is delivered, in words; null where the program does not say.'),
  fact: z
    .string()
    .nullable()
    .describe('Kind of the fact by which a delivery is recorded; null for a standing one.'),
  times: z.int().describe('How often it was due so far; at most, where the first day is not known.'),
  delivered: z.int().describe('How many deliveries were recorded.'),
  lastOn: z.string().nullable().describe('Day of the last delivery; null for none.'),
  dueOn: z.string().nullable().describe('Day since which the oldest open one is due; null for none.'),
  dueBy: z.string().nullable().describe('Last day before that is overdue; null for none.'),
  state: z
    .enum(Object.keys(benefitStates) as BenefitState[])
    .describe(
      'standing: it holds with the tier, and nothing is delivered. unknown: it would be overdue, but what says so is late or missing.',
    ),
  reason: z.string().nullable().describe('Why it is not known.'),
});

const tones: Readonly<Record<BenefitState, Tone>> = {
  standing: 'soft',
  delivered: 'good',
  due: 'wait',
  overdue: 'bad',
  unknown: 'wait',
};

export const partnersBenefits = defineCommand({
  name: 'partners benefits',
  summary: text.summary,
  description: text.description,
  args: { partner: { help: text.partner, required: false } },
  flags: { all: switchFlag(text.all) },
  examples: ['tierlink partners benefits', 'tierlink partners benefits "Acme Partners"'],
  result: z.strictObject({
    program: z.string(),
    asOf: z.string(),
    asked: z.string().nullable().describe('Name of the partner that was asked for; null for all.'),
    hasBenefits: z.boolean().describe('Whether the program has benefits.'),
    benefits: z.array(benefitSchema).describe('The benefits; of all partners the oldest that is due first.'),
  }),
  run: async ({ args, flags, app }) => {
    const opened = await app();
    const { asOf, partners, apart } = await readMethod(opened, args.partner);
    const lines = partners.flatMap(({ id, name, inputs }) =>
      benefitsOf(inputs).map((line) => ({ partner: { id, name }, ...line })),
    );
    const isWhole = args.partner !== undefined || flags.all;
    const open = lines.filter(({ dueOn }) => dueOn !== null);
    const benefits = isWhole ? lines : open.toSorted((one, other) => (one.dueBy! < other.dueBy! ? -1 : 1));
    const late = (fact: string) => partners[0] && lateFacts(partners[0].inputs.facts, fact);
    const reason = benefits.flatMap(({ fact }) => (fact === null ? [] : (late(fact) ?? [])))[0] ?? null;
    const first = benefits.find(({ dueOn }) => dueOn !== null);
    return {
      result: {
        program: opened.program.title,
        asOf,
        asked: args.partner === undefined ? null : (partners[0]?.name ?? apart?.name ?? null),
        hasBenefits: opened.program.benefits.length > 0,
        benefits,
      },
      warnings: [
        ...(apart === null ? [] : [partnersText.apart(apart.name, apart.reason)]),
        ...(reason === null ? [] : [text.late(stateReasonText(reason))]),
      ],
      next: first === undefined ? [] : [text.next(first.partner.name, first.fact!)],
    };
  },
  show: ({ hasBenefits, asOf, asked, benefits }, screen) => {
    if (!hasBenefits || benefits.length === 0) {
      screen.line(hasBenefits ? text.nothing : text.none);
      return;
    }
    screen.line(text.title(asked, asOf));
    screen.line();
    screen.table(
      text.columns.map((title, index) => ({
        title,
        differing: index === 0 && asked !== null,
        wrap: index < 3 || index === 5,
      })),
      benefits.map((line) => [
        line.partner.name,
        line.label,
        amountText(line),
        line.times === 0 ? '' : text.of(line.delivered, line.times),
        line.lastOn ?? '',
        screen.tone(tones[line.state], stateText(line)),
      ]),
    );
  },
});

/** Money as everywhere; what is said in other words, such as 15 %, as the program says it. */
function amountText({ amount, tier }: z.infer<typeof benefitSchema>): string {
  const money = moneyIn(amount);
  const words = money === null ? amount : formatMoney(money);
  return tier === null ? (words ?? '') : text.given(words, tier);
}

function stateText({ state, dueBy, reason }: z.infer<typeof benefitSchema>): string {
  const label = stateLabel('benefit', state);
  if (reason !== null) return text.because(label, reason);
  return dueBy === null ? label : text.until[state === 'overdue' ? 'overdue' : 'due'](label, dueBy);
}
