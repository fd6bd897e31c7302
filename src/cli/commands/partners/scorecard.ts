import { z } from 'zod';
import { findPartner, listPartners, type PartnerRow } from '../../../app/partners.ts';
import { byWeakness, readScorecards, type Scorecard } from '../../../app/scorecard.ts';
import { dayOf } from '../../../program/civil-date.ts';
import { keyNamed } from '../../../program/names.ts';
import { outsideError } from '../../../tier/load.ts';
import { defineCommand } from '../../command.ts';
import { requirementLabel } from '../../earned.ts';
import { textFlag } from '../../flags.ts';
import { knownType, refuseUnknown } from '../../known-words.ts';
import type { Screen } from '../../screen.ts';
import { stateWord } from '../../state-words.ts';
import { text } from './scorecard.messages.ts';

const states = ['met', 'not_met', 'pending', 'waived'] as const;
const reached = z
  .string()
  .nullable()
  .describe('Percent of the target that is reached, at most 100; null where that is not known.');

const kpiSchema = z.strictObject({
  kpi: z.string(),
  label: z.string(),
  has: z.string(),
  target: z.string().nullable().describe('What it should be, in words; null where nothing says so.'),
  targetOf: z
    .string()
    .nullable()
    .describe('Label of the tier that asks for it; null where the program says it of the factor itself.'),
  choice: z
    .string()
    .nullable()
    .describe(
      '"one of 3" where the tier asks for some of several requirements; null where it asks for this one.',
    ),
  counts: z.boolean().describe('Whether the factor counts it; not where enough of the others are met.'),
  state: z.enum(states).nullable().describe('How the figure stands to its target; null without one.'),
  reason: z.string().nullable(),
  reached,
  kpiState: z.string().describe('State of the figure, one of those in docs/states.md.'),
});

const factorSchema = z.strictObject({
  key: z.string().describe('Key of the success factor.'),
  label: z.string(),
  reached: reached.describe(
    'The mean of what is reached of its targets, in percent; null where nothing can be said.',
  ),
  state: z.enum(states).nullable().describe('The worst of its KPIs; null without a target.'),
  kpis: z.array(kpiSchema).describe('The KPIs that measure it.'),
});
type Factor = z.infer<typeof factorSchema>;

const resultSchema = z.strictObject({
  program: z.string(),
  asOf: z.string(),
  factor: z
    .string()
    .nullable()
    .describe('Key of the success factor by which partners are ordered; null for one partner.'),
  partners: z
    .array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        tier: z.string().nullable(),
        factors: z.array(factorSchema).describe('Success factors, the most important first.'),
      }),
    )
    .describe('The partner, or the partners of whom least is reached in the factor first.'),
});
type Result = z.infer<typeof resultSchema>;

export const partnersScorecard = defineCommand({
  name: 'partners scorecard',
  summary: text.summary,
  description: text.description,
  args: { partner: { help: text.partner, required: false } },
  flags: { factor: textFlag('KEY', text.factor), type: textFlag('TYPE', text.type) },
  examples: [
    'tierlink partners scorecard "Acme Partners"',
    'tierlink partners scorecard --factor skills',
    'tierlink partners scorecard --type reseller --json',
  ],
  result: resultSchema,
  run: async ({ args, flags, app }) => {
    const opened = await app();
    const { store, program, clock } = opened;
    const keys = program.successFactors.map(({ key }) => key);
    const factor = flags.factor === undefined ? undefined : keyNamed(program.successFactors, flags.factor);
    if (factor === undefined)
      refuseUnknown(flags.factor, keys, { command: 'partners scorecard', reason: text.badFactor });
    const isOne = args.partner !== undefined;
    const rows = isOne
      ? [await findPartner(store, args.partner!)]
      : await listPartners(store, { type: await knownType(opened, 'partners scorecard', flags.type) });
    const now = clock.now();
    const asOf = dayOf(now, program.timeZone);
    const partners = rows.map(({ id }) => id);
    const cards = await readScorecards(store, { program, partners, now, asOf, takingPart: !isOne });
    if (isOne && cards.length === 0) throw await outsideError(store, partners[0]!);
    const leading = factor ?? keys[0];
    const ordered =
      isOne || leading === undefined ? inOrderOf(rows, cards) : byWeakness(inOrderOf(rows, cards), leading);
    const names = new Map(rows.map(({ id, name }) => [id, name]));
    const shown = ordered.map(({ partnerId, tier, factors }) => ({
      id: partnerId,
      name: names.get(partnerId)!,
      tier,
      factors: factors.filter(({ key }) => factor === undefined || key === factor),
    }));
    return {
      result: { program: program.title, asOf, factor: isOne ? null : (leading ?? null), partners: shown },
      next: nextOf(shown, isOne),
    };
  },
  show: (result, screen) => {
    const [first] = result.partners;
    if (first === undefined) screen.line(text.none);
    else if (first.factors.length === 0) screen.line(text.noFactors);
    else if (result.factor === null) showOne(result, screen);
    else showList(result, result.factor, screen);
  },
});

/** By name, as partners are listed. */
function inOrderOf(rows: readonly PartnerRow[], cards: readonly Scorecard[]): Scorecard[] {
  const byPartner = new Map(cards.map((card) => [card.partnerId, card]));
  return rows.flatMap(({ id }) => byPartner.get(id) ?? []);
}

function nextOf([first]: Result['partners'], isOne: boolean): string[] {
  if (first === undefined) return [text.nextSync];
  if (!isOne) return [text.nextOne(first.name)];
  const open = first.factors
    .flatMap(({ kpis }) => kpis)
    .find(({ state, counts }) => counts && state === 'not_met');
  return open === undefined ? [] : [text.nextKpi(first.name, open.kpi)];
}

function showOne({ program, asOf, partners: [partner] }: Result, screen: Screen): void {
  screen.line(text.title(partner!.name, program, asOf));
  partner!.factors.forEach((factor, index) => {
    screen.line();
    screen.line(screen.tone('strong', text.factorLine(index + 1, factor.label)));
    screen.table(
      text.columns.map((title, column) => ({
        title,
        align: column === 1 || column === 4 ? 'right' : 'left',
      })),
      factor.kpis.map((kpi) => [
        kpi.label,
        kpi.has,
        kpi.target ?? '',
        kpi.target === null ? '' : sourceOf(kpi),
        percent(kpi.reached),
        stateOf(kpi, screen),
        kpi.kpiState === 'current' ? '' : stateWord(screen, 'kpi', kpi.kpiState),
      ]),
    );
  });
}

function sourceOf({ targetOf, choice }: Factor['kpis'][number]): string {
  return requirementLabel({ label: targetOf ?? text.ofFactor, choice });
}

function stateOf({ state, counts }: Factor['kpis'][number], screen: Screen): string {
  if (!counts) return text.enough;
  return state === null ? '' : stateWord(screen, 'requirement', state);
}

/** One factor with its KPIs, or how much is reached of each. */
function showList({ asOf, partners }: Result, leading: string, screen: Screen): void {
  const factors = partners[0]!.factors;
  const label = factors.find(({ key }) => key === leading)!.label;
  screen.line(text.listTitle(label, asOf));
  screen.line();
  const columns = factors.length === 1 ? oneFactor(factors[0]!, screen) : factors.map(manyFactors);
  screen.table(
    [
      { title: text.partnerColumn },
      { title: text.tierColumn },
      ...columns.map(({ title }) => ({ title, align: 'right' as const })),
    ],
    partners.map((partner) => [
      partner.name,
      partner.tier ?? '',
      ...columns.map(({ cell }) => cell(partner.factors)),
    ]),
  );
  if (factors.length === 1) return;
  screen.line();
  for (const { key, label: words } of factors) screen.line(text.legend(key.toUpperCase(), words));
}

interface ListColumn {
  title: string;
  cell(factors: readonly Factor[]): string;
}

function manyFactors({ key }: Factor, index: number): ListColumn {
  return { title: key.toUpperCase(), cell: (factors) => percent(factors[index]!.reached) || '-' };
}

function oneFactor({ kpis }: Factor, screen: Screen): ListColumn[] {
  const state = ([factor]: readonly Factor[]) =>
    factor!.state === null ? '' : stateWord(screen, 'requirement', factor!.state);
  return [
    { title: text.reachedColumn, cell: ([factor]) => percent(factor!.reached) || '-' },
    { title: text.stateColumn, cell: state },
    ...kpis.map(({ label }, index) => ({
      title: label.toUpperCase(),
      cell: ([factor]: readonly Factor[]) => {
        const { has, target } = factor!.kpis[index]!;
        return target === null ? has : text.beside(has, target);
      },
    })),
  ];
}

function percent(share: string | null): string {
  return share === null ? '' : text.share(share);
}
