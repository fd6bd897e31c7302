import { z } from 'zod';
import { goalScope } from '../app/goals.ts';
import { exact, exactSum } from '../program/exact.ts';
import type { Program } from '../program/load.ts';
import type { LadderDefinition, ProfileDefinition, TierDefinition } from '../program/schema/ladder.ts';
import type { Benefit, Expectation, Goal, Ramp, Responsibility } from '../program/schema/method.ts';
import { periodWords } from '../program/schema/movement.ts';
import { periodKinds } from '../program/schema/period.ts';
import type { RegionDefinition } from '../program/schema/region.ts';
import { labelOf } from '../tier/ladder-of.ts';
import { filterWords } from './filter-words.ts';
import { formatMany } from './format.ts';
import { kpiOutlineSchema, kpiOutlines, madeForSchema } from './kpi-outline.ts';
import { approvalLines, movementLines } from './movement-words.ts';
import { inputsOf, inputsSchema } from './program-inputs.ts';
import {
  publishedOutline,
  publishedOutlineSchema,
  rateOutlineSchema,
  rateOutlines,
  trackOutlineSchema,
  trackOutlines,
} from './program-origin.ts';
import { spelledLines, thresholdText } from './requirement-text.ts';

/** A whole program as people explain it to each other, made from its file alone. */

const help = z.string().nullable().describe('What it says, in a sentence; null for nothing.');
const partnerTypes = z
  .array(z.string())
  .describe('Labels of the partner types that it is for; empty for every partner.');
const figure = { kpi: z.string(), label: z.string(), help };
const target = z
  .string()
  .nullable()
  .describe('What a partner should reach, in words; null for what the next tier asks of it.');

const tierSchema = z.strictObject({
  tier: z.string().describe('Key of the tier.'),
  label: z.string(),
  help,
  requirements: z.array(z.string()).describe('What it asks for, a line each; empty for nothing.'),
  keepRequirements: z
    .array(z.string())
    .nullable()
    .describe('What is asked of partners that hold it, a line each; null for the same.'),
  onBestTrack: z
    .boolean()
    .describe('Whether all of it has to hold on one track, whichever the partner is on.'),
  onBestRegion: z
    .boolean()
    .describe('Whether all of it has to hold in one region, by the figures and the numbers of that.'),
  benefits: z.array(z.string()).describe('What it gives, a line each.'),
});

const ladderSchema = z.strictObject({
  ladder: z.string().describe('Key of the ladder.'),
  label: z.string(),
  partnerTypes,
  where: z.string().nullable().describe('A further condition on the partner, in words; null for none.'),
  madeFor: madeForSchema,
  isSpecialisation: z
    .boolean()
    .describe('Whether it is held or not beside the tier, instead of a ladder of tiers.'),
  hold: z
    .enum(['highest', 'cumulative'])
    .describe('Whether a tier also asks for what all tiers below it ask for.'),
  beside: z
    .boolean()
    .describe('True: partners are on it beside the ladder of their tier, as with specialisations.'),
  heldBy: z
    .enum(['partner', 'company'])
    .describe('Whether each partner earns it, or the company at the top of a family for all of them.'),
  entry: z.string().nullable().describe('Label of the tier in which new partners start; null for none.'),
  tiers: z.array(tierSchema).describe('The highest tier first.'),
  movement: z.array(z.string()).describe('When tiers change, a sentence each.'),
});

export const outlineSchema = z.strictObject({
  name: z.string().describe('Name under which results are kept.'),
  title: z.string(),
  version: z.string(),
  validFrom: z.string(),
  timeZone: z.string(),
  published: publishedOutlineSchema,
  currency: z.string().describe('ISO 4217 code of the currency of the program.'),
  rates: z.array(rateOutlineSchema).describe('What other currencies are worth; empty where there are none.'),
  rateAt: z
    .enum(['evaluation', 'windowEnd'])
    .describe(
      'Whether rates by date are those of the day of the evaluation, or of the last day of the window.',
    ),
  fiscalYearStart: z.int().describe('First month of the fiscal year.'),
  period: z.enum(periodKinds).describe('Kind of period for which figures are kept.'),
  partnerTypes: z
    .array(z.strictObject({ type: z.string().describe('Key of the type.'), label: z.string(), help }))
    .describe('The kinds of partner.'),
  successFactors: z
    .array(
      z.strictObject({
        key: z.string().describe('Key of the success factor.'),
        label: z.string(),
        help,
        kpis: z.array(z.strictObject({ ...figure, target })).describe('The KPIs that measure it.'),
      }),
    )
    .describe('What makes partners succeed, the most important first.'),
  kpis: z.array(kpiOutlineSchema).describe('How each figure is made.'),
  inputs: inputsSchema,
  regions: z
    .array(
      z.strictObject({
        region: z.string().describe('Key of the region.'),
        label: z.string(),
        help,
        has: z
          .array(z.string())
          .nullable()
          .describe('Its countries, of a group the labels of its regions; null for every other country.'),
      }),
    )
    .describe('Which countries go together.'),
  tracks: z.array(trackOutlineSchema).describe('A partner is on the first one that fits it.'),
  trackKeeping: z
    .string()
    .nullable()
    .describe('How long a track that was given is kept, as in the file; null for not at all.'),
  motivators: z
    .array(z.strictObject({ label: z.string(), help, partnerTypes }))
    .describe('What moves partners to take part, the strongest first.'),
  benefits: z
    .array(
      z.strictObject({
        key: z.string().describe('Key of the benefit.'),
        label: z.string(),
        help,
        gives: z.array(z.string()).describe('Who gets how much of it, a line each.'),
        due: z.string().nullable().describe('When it is due, in words; null for what holds with the tier.'),
        partnerTypes,
      }),
    )
    .describe('What partners get.'),
  responsibilities: z
    .array(
      z.strictObject({
        key: z.string().describe('Key of the activity.'),
        label: z.string(),
        vendor: z.string().nullable().describe('What the vendor does; null for nothing.'),
        partner: z.string().nullable().describe('What the partner does; null for nothing.'),
        partnerTypes,
        tiers: z.array(z.string()).describe('Labels of the tiers that it is for; empty for all.'),
        expects: z.array(z.string()).describe('What is expected, a line each.'),
      }),
    )
    .describe('Who does what.'),
  ramp: z
    .strictObject({
      days: z.int().describe('How many days it lasts.'),
      partnerTypes,
      steps: z.array(z.string()).describe('What is to be done in it, a line each.'),
    })
    .nullable()
    .describe('What is expected of new partners; null for nothing.'),
  goals: z
    .array(
      z.strictObject({
        label: z.string(),
        help,
        asks: z
          .array(z.string())
          .describe('What is to be reached, for one period after the other, in words.'),
        who: z
          .array(z.string())
          .describe('Labels of the types and regions, and countries, that count; empty for all.'),
      }),
    )
    .describe('What the program as a whole should reach.'),
  ladders: z.array(ladderSchema),
  approval: z.array(z.string()).describe('Which changes of tiers wait for a person, a sentence each.'),
  profile: z
    .strictObject({
      label: z.string(),
      help,
      criteria: z
        .array(
          z.strictObject({
            label: z.string(),
            weight: z.string().describe('Percent of the fit that it makes out.'),
            ideal: z.string().describe('What is ideal, in words.'),
          }),
        )
        .describe('What is looked at, as in the file.'),
    })
    .nullable()
    .describe('The ideal partner; null without one.'),
});

export type ProgramOutline = z.infer<typeof outlineSchema>;

export function outlineOf(program: Program): ProgramOutline {
  const kpi = (key: string) => {
    const { label, help: words } = program.kpis[key]!;
    return { kpi: key, label, help: words };
  };
  return {
    name: program.name,
    title: program.title,
    version: program.version,
    validFrom: program.validFrom,
    timeZone: program.timeZone,
    published: publishedOutline(program),
    currency: program.currency.code,
    rates: rateOutlines(program),
    rateAt: program.currency.rateAt,
    fiscalYearStart: program.fiscalYearStart,
    period: program.period,
    partnerTypes: program.partnerTypes.map(({ key, label, help: words }) => ({
      type: key,
      label,
      help: words ?? null,
    })),
    successFactors: program.successFactors.map((factor) => ({
      key: factor.key,
      label: factor.label,
      help: factor.help ?? null,
      kpis: factor.kpis.map((key) => {
        const wanted = factor.targets?.[key];
        return { ...kpi(key), target: wanted === undefined ? null : thresholdText(program, key, wanted) };
      }),
    })),
    kpis: kpiOutlines(program),
    inputs: inputsOf(program),
    regions: (program.regions?.list ?? []).map((region) => ({
      region: region.key,
      label: region.label,
      help: region.help ?? null,
      has: regionHas(program, region),
    })),
    tracks: trackOutlines(program),
    trackKeeping: program.trackKeeping ?? null,
    motivators: program.motivators.map((motivator) => ({
      label: motivator.label,
      help: motivator.help ?? null,
      partnerTypes: typeLabels(program, motivator.partnerTypes),
    })),
    benefits: program.benefits.map((benefit) => benefitOutline(program, benefit)),
    responsibilities: program.responsibilities.map((one) => responsibilityOutline(program, one)),
    ramp: program.ramp === undefined ? null : rampOutline(program, program.ramp),
    goals: program.goals.map((goal) => goalOutline(program, goal)),
    ladders: program.ladders.map((ladder) => ladderOutline(program, ladder)),
    approval: program.approval === undefined ? [] : approvalLines(program.approval),
    profile: program.idealProfile === undefined ? null : profileOutline(program, program.idealProfile),
  };
}

function regionHas(
  { regions }: Program,
  { countries, regions: inner = [] }: RegionDefinition,
): string[] | null {
  if (countries === 'otherwise') return null;
  return countries ?? inner.map((key) => regions!.list.find((each) => each.key === key)?.label ?? key);
}

function typeLabels({ partnerTypes: known }: Program, types: readonly string[] = []): string[] {
  return types.map((type) => known.find(({ key }) => key === type)?.label ?? type);
}

function tierName({ ladders }: Program, tier: string): string {
  return ladders.flatMap(({ tiers }) => tiers).find(({ key }) => key === tier)?.label ?? tier;
}

function benefitOutline(program: Program, benefit: Benefit): ProgramOutline['benefits'][number] {
  const { key, label, help: words, tiers, amount, due } = benefit;
  const much = (what: string, quantity: string | number | undefined) =>
    quantity === undefined ? what : `${what}: ${quantity}`;
  const each = Array.isArray(tiers)
    ? tiers.map((tier) => [tier, amount] as const)
    : Object.entries(tiers ?? {});
  return {
    key,
    label,
    help: words ?? null,
    gives:
      tiers === undefined
        ? [much('Every partner', amount)]
        : each.map(([tier, quantity]) => much(tierName(program, tier), quantity)),
    due: due === undefined ? null : due === 'once' ? 'once' : `each ${periodWords[due]}`,
    partnerTypes: typeLabels(program, benefit.partnerTypes),
  };
}

type Seen = Pick<Expectation, 'fact' | 'kpi' | 'atLeast' | 'atMost' | 'by' | 'within'>;

function seenWords(program: Program, { fact, kpi, atLeast, atMost }: Seen): string {
  if (kpi === undefined) return fact!;
  const bound = atLeast === undefined ? '<=' : '>=';
  return `${program.kpis[kpi]!.label} ${bound} ${thresholdText(program, kpi, (atLeast ?? atMost)!)}`;
}

function responsibilityOutline(
  program: Program,
  one: Responsibility,
): ProgramOutline['responsibilities'][number] {
  const expects = [one.expect ?? []].flat().map((expectation) => {
    const { by, every, within } = expectation;
    const when = [
      ...(every === undefined ? [] : [`each ${periodWords[every]}`]),
      ...(within === undefined ? [] : [`within ${within}`]),
    ];
    return `of the ${by}: ${[seenWords(program, expectation), ...when].join(', ')}`;
  });
  return {
    key: one.key,
    label: one.label,
    vendor: one.vendor ?? null,
    partner: one.partner ?? null,
    partnerTypes: typeLabels(program, one.partnerTypes),
    tiers: (one.tiers ?? []).map((tier) => tierName(program, tier)),
    expects,
  };
}

function rampOutline(program: Program, { days, partnerTypes: types, steps }: Ramp): ProgramOutline['ramp'] {
  return {
    days,
    partnerTypes: typeLabels(program, types),
    steps: steps.map((step) => {
      const { label, within = `${days} days` } = step;
      return `${label}: ${seenWords(program, step)}, within ${within}`;
    }),
  };
}

function goalOutline(program: Program, goal: Goal): ProgramOutline['goals'][number] {
  const { kpi, newPartners, atLeast, every = program.period } = goal;
  const figure = newPartners ?? atLeast!;
  const words = (one: string | number) =>
    kpi === undefined
      ? formatMany(Number(one), 'new partner')
      : `${program.kpis[kpi]!.label}, ${thresholdText(program, kpi, one)}`;
  const asks =
    typeof figure === 'object'
      ? Object.entries(figure).map(([period, one]) => `${words(one)} in ${period}`)
      : [`${words(figure)} each ${periodWords[every]}`];
  return { label: goal.label, help: goal.help ?? null, asks, who: goalScope(program, goal) };
}

function ladderOutline(program: Program, ladder: LadderDefinition): ProgramOutline['ladders'][number] {
  return {
    ladder: ladder.key,
    label: ladder.label,
    partnerTypes: typeLabels(program, ladder.partnerTypes),
    where: ladder.where === undefined ? null : filterWords(program, ladder.where),
    madeFor: ladder.madeFor ?? null,
    isSpecialisation: ladder.isSpecialisation === true,
    hold: ladder.hold,
    beside: ladder.beside,
    heldBy: ladder.heldBy,
    entry: labelOf(ladder, ladder.entryTier ?? (ladder.isSpecialisation ? null : ladder.tiers[0]!.key)),
    tiers: ladder.tiers.toReversed().map((tier) => tierOutline(program, tier)),
    movement: movementLines(ladder, program),
  };
}

function tierOutline(
  program: Program,
  tier: TierDefinition,
): ProgramOutline['ladders'][number]['tiers'][number] {
  return {
    tier: tier.key,
    label: tier.label,
    help: tier.help ?? null,
    requirements: spelledLines(program, tier.requirements),
    keepRequirements:
      tier.keepRequirements === undefined ? null : spelledLines(program, tier.keepRequirements),
    onBestTrack: tier.onBestTrack ?? false,
    onBestRegion: tier.onBestRegion ?? false,
    benefits: tier.benefits ?? [],
  };
}

function profileOutline(
  program: Program,
  profile: ProfileDefinition,
): NonNullable<ProgramOutline['profile']> {
  const total = exactSum(profile.criteria.map(({ weight }) => weight));
  return {
    label: profile.label,
    help: profile.help ?? null,
    criteria: profile.criteria.map(({ label, weight, kpi, target, partner, grades }) => ({
      label,
      weight: exact(weight).mul(100).div(total).round(1).toString(),
      ideal:
        kpi === undefined
          ? (grades?.map(({ when, gives }) => `${filterWords(program, when)}: ${gives} %`).join('; ') ??
            filterWords(program, partner!))
          : thresholdText(program, kpi, target!),
    })),
  };
}
