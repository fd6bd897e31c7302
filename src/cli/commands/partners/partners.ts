import { z } from 'zod';
import { listPartners, type PartnerRow } from '../../../app/partners.ts';
import { partnersInRegion } from '../../../app/partners-in-region.ts';
import { headlineKpi, readStandings, type Standing } from '../../../app/standings.ts';
import type { App } from '../../../app.ts';
import { decisionStates } from '../../../model/states.ts';
import { dayOf } from '../../../program/civil-date.ts';
import { lifeCycle, outsideReason } from '../../../program/outside.ts';
import { hasTiers } from '../../../tier/ladder-of.ts';
import { profileFit } from '../../../tier/method/profile.ts';
import { defineCommand } from '../../command.ts';
import { formatFigure } from '../../figure.ts';
import { choiceFlag, textFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { knownType, refuseUnknown, refuseUnknownPlace } from '../../known-words.ts';
import { requirementCounts } from '../../requirement-counts.ts';
import type { Screen } from '../../screen.ts';
import { stateWord } from '../../state-words.ts';
import { text } from './partners.messages.ts';

export const partnerSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  types: z.array(z.string()),
  region: z.string().nullable(),
  country: z.string().nullable(),
  tier: z.string().nullable(),
  beside: z
    .array(z.string())
    .describe(
      'Labels of specialisations, and of tiers of ladders beside the one of its tier, that it holds.',
    ),
  tierSince: z.string().nullable(),
  tierMode: z.string().nullable(),
  status: z.string().nullable(),
  computedTier: z.string().nullable(),
  crmTier: z.string().nullable(),
  nextReview: z.string().nullable(),
  summary: z.string().nullable(),
  frozen: z.string().nullable(),
  company: z
    .string()
    .nullable()
    .describe('Name of the company whose tier it has, or which has to be decided first; null for its own.'),
  against: z.string().nullable(),
  requirements: z.strictObject({ met: z.int(), not_met: z.int(), pending: z.int(), waived: z.int() }),
  headline: z.string(),
  /** Fit with the program's ideal partner, 0 to 100; null where the program has no profile or nothing is measured yet. */
  fit: z.string().nullable(),
  stage: z
    .string()
    .nullable()
    .describe('State of its life cycle, such as prospect or active; null where the CRM has none.'),
  criteria: z
    .array(
      z.strictObject({
        label: z.string(),
        score: z.string().nullable().describe('Percent of the criterion; null while nothing is measured.'),
        has: z.string(),
        ideal: z.string().describe('What is ideal, in words.'),
      }),
    )
    .describe('What the fit is made of; empty without a profile.'),
  asOf: z.string(),
});
type Partner = z.infer<typeof partnerSchema>;

export const partners = defineCommand({
  name: 'partners',
  summary: text.summary,
  flags: {
    type: textFlag('TYPE', text.type),
    region: textFlag('REGION', text.region),
    tier: textFlag('TIER', text.tier),
    status: textFlag('STATUS', text.status),
    stage: textFlag('STAGE', text.stage),
    by: choiceFlag('ORDER', text.by, ['name', 'fit'] as const),
  },
  examples: [
    'tierlink partners',
    'tierlink partners --tier Gold',
    'tierlink partners --by fit --stage prospect',
    'tierlink partners --connection prod',
    'tierlink partners --status at_risk --json',
  ],
  result: z.strictObject({
    program: z.string(),
    headline: z.string(),
    order: z.enum(['name', 'fit']).describe('In which order the partners are.'),
    /** Label of the program's ideal partner. */
    profile: z.string().nullable(),
    partners: z.array(partnerSchema),
  }),
  run: async ({ flags, global, app }) => {
    const opened = await app();
    const { connection } = global;
    await refuseUnknownPlace(opened, 'partners', { connection });
    refuseUnknown(flags.status, Object.keys(decisionStates), {
      command: 'partners',
      reason: text.badStatus,
    });
    const type = await knownType(opened, 'partners', flags.type);
    const rows = await listPartners(opened.store, { type, connection });
    const { store, program } = opened;
    const { region } = flags;
    const all = await readPartners(
      opened,
      region === undefined ? rows : await partnersInRegion(store, program, { rows, region }),
    );
    const tiers = tiersMeant(opened, flags.tier);
    if (tiers.length === 0)
      refuseUnknown(flags.tier, tierLabels(opened, all), { command: 'partners', reason: text.badTier });
    refuseUnknown(flags.stage, stagesOf(rows), { command: 'partners', reason: text.badStage });
    const listed = all.filter(
      (partner) =>
        (flags.tier === undefined || holds(partner, [flags.tier, ...tiers])) &&
        (flags.status === undefined || partner.status === flags.status.toLowerCase()) &&
        (flags.stage === undefined || partner.stage?.toLowerCase() === flags.stage.toLowerCase()),
    );
    const isTiered = hasTiers(opened.program);
    const order = flags.by ?? (isTiered ? 'name' : 'fit');
    const partners = order === 'fit' ? byFit(listed) : listed;
    const [first] = partners;
    const nextOf = isTiered && first?.tier !== null ? text.nextWhy : text.nextKpis;
    return {
      result: {
        program: opened.program.title,
        headline: headlineLabel(opened),
        order,
        profile: opened.program.idealProfile?.label ?? null,
        partners,
      },
      warnings: flags.by === 'fit' && opened.program.idealProfile === undefined ? [text.noProfile] : [],
      next: [first === undefined ? text.nextSync : nextOf(first.name)],
    };
  },
  show: ({ headline, profile, order, partners: listed }, screen) => {
    if (listed.length === 0) {
      screen.line(text.none);
      return;
    }
    const hasTiers = listed.some(({ tier }) => tier !== null);
    const hasBeside = listed.some(({ beside }) => beside.length > 0);
    const shown = { headline, profile: profile === null ? null : order, hasTiers, hasBeside };
    const columns = columnsOf(shown, screen);
    screen.table(
      columns.map(({ title, align }) => ({
        title,
        align,
        wrap: title === text.titles.requirements || title === text.titles.weakest,
        once: title === text.titles.asOf,
      })),
      listed.map((partner) => columns.map(({ cell }) => cell(partner))),
    );
    screen.line();
    const outside = listed.filter((partner) => isOutside(partner)).length;
    const count = formatMany(listed.length, 'partner');
    screen.line(outside === 0 ? text.count(count) : text.countOutside(count, outside));
  },
});

/** Every state of the life cycle that the program model knows, and those that partners have. */
function stagesOf(rows: readonly PartnerRow[]): string[] {
  return [...new Set([...rows.flatMap(({ status }) => status ?? []), ...lifeCycle])];
}

/** Whether one of these is the tier of the partner, or what it holds beside that. */
function holds({ tier, beside }: Partner, labels: readonly string[]): boolean {
  const isMeant = (held: string) => labels.some((label) => held.toLowerCase() === label.toLowerCase());
  return [tier, ...beside].some((each) => each !== null && isMeant(each));
}

/** The labels of the tiers that have a word as their key, on whichever ladder. */
function tiersMeant({ program }: App, word: string | undefined): string[] {
  const tiers = program.ladders.flatMap((ladder) => ladder.tiers);
  return tiers.filter(({ key }) => key.toLowerCase() === word?.toLowerCase()).map(({ label }) => label);
}

/** Those of the program, and those that partners still hold from a program before it. */
function tierLabels({ program }: App, partners: readonly Partner[]): string[] {
  const asked = program.ladders.flatMap(({ tiers }) => tiers.map(({ label }) => label));
  const held = partners.flatMap(({ tier }) => (tier === null ? [] : [tier]));
  return [...new Set([...asked, ...held])];
}

interface PartnerColumn {
  title: string;
  align: 'left' | 'right';
  cell(partner: Partner): string;
}

/** A program without tiers shows how well partners fit instead. */
function columnsOf(
  {
    headline,
    profile,
    hasTiers,
    hasBeside,
  }: { headline: string; profile: 'name' | 'fit' | null; hasTiers: boolean; hasBeside: boolean },
  screen: Screen,
): PartnerColumn[] {
  const { titles } = text;
  const left = (title: string, cell: PartnerColumn['cell']): PartnerColumn => ({
    title,
    align: 'left',
    cell,
  });
  const right = (title: string, cell: PartnerColumn['cell']): PartnerColumn => ({
    title,
    align: 'right',
    cell,
  });
  const status = (partner: Partner) =>
    partner.status === null ? stageWord(partner) : stateWord(screen, 'decision', partner.status);
  return [
    left(titles.partner, ({ name }) => name),
    ...(hasTiers ? [left(titles.tier, ({ tier }) => tier ?? '-'), left(titles.status, status)] : []),
    right(headline.toUpperCase(), (partner) => partner.headline),
    ...(profile === null ? [] : [right(titles.fit, ({ fit }) => fit ?? '-')]),
    ...(profile === 'fit'
      ? [left(titles.stage, ({ stage }) => stage ?? ''), left(titles.weakest, weakest)]
      : []),
    ...(hasTiers ? [left(titles.next, nextTier), left(titles.requirements, requirementCounts)] : []),
    ...(hasBeside ? [left(titles.beside, ({ beside }) => beside.join(', '))] : []),
    left(titles.asOf, ({ asOf }) => asOf),
  ];
}

function isOutside({ stage }: Partner): boolean {
  return outsideReason({ status: stage }) !== null;
}

/** What stands for the status of a tier of who has none: why, where the life cycle says it. */
function stageWord(partner: Partner): string {
  return isOutside(partner) ? partner.stage! : '-';
}

/** The tier that the requirements are those of. Of one that is at risk it is its own. */
function nextTier({ against, tier }: Partner): string {
  if (against === null) return '-';
  return against === tier ? text.keep(against) : against;
}

/** Where the fit is lost: the criteria that are not fully met, the worst first. */
function weakest({ criteria }: Partner): string {
  return criteria
    .filter(({ score }) => score !== null && Number(score) < 100)
    .toSorted((one, other) => Number(one.score) - Number(other.score))
    .map(({ label, has, ideal }) => text.short(label, has, ideal))
    .join('; ');
}

/** The best fit first; unknown last. */
function byFit(partners: Partner[]): Partner[] {
  return partners.toSorted((one, other) => Number(other.fit ?? -1) - Number(one.fit ?? -1));
}

function headlineLabel({ program }: App): string {
  const kpi = headlineKpi(program);
  return kpi === undefined ? '' : program.kpis[kpi]!.label;
}

/** Partners with their standings, in the order given. */
export async function readPartners(app: App, rows: readonly PartnerRow[]): Promise<Partner[]> {
  const { store, program, clock } = app;
  const now = clock.now();
  const asOf = dayOf(now, program.timeZone);
  const ids = rows.map(({ id }) => id);
  const standings = await readStandings(store, { program, partners: ids, now, asOf });
  const profile = await profileFit(store, { program, partners: ids, now });
  const fits = new Map(profile.map((one) => [one.partnerId, one]));
  return rows.flatMap((row) => {
    const standing = standings.get(row.id);
    const found = fits.get(row.id);
    const criteria = (found?.criteria ?? []).map(({ label, score, has, ideal }) => ({
      label,
      score,
      has,
      ideal,
    }));
    const fit = found?.fit ?? null;
    return standing === undefined ? [] : [{ ...partnerOf(row, standing, asOf), fit, criteria }];
  });
}

function partnerOf(row: PartnerRow, standing: Standing, asOf: string): Omit<Partner, 'fit' | 'criteria'> {
  const { requirements, headline } = standing;
  return {
    id: row.id,
    name: row.name,
    types: row.types,
    region: row.region,
    country: row.country,
    stage: row.status,
    tier: standing.tier,
    beside: standing.beside.flatMap(({ label }) => label ?? []),
    tierSince: standing.since,
    tierMode: standing.mode,
    status: standing.status,
    computedTier: standing.computedTier,
    crmTier: row.crmTier,
    nextReview: standing.nextReview,
    summary: standing.summary,
    frozen: standing.frozen,
    company: standing.company,
    against: standing.against,
    requirements: { ...requirements },
    headline: headline === null ? '-' : headline.state === 'error' ? text.noFigure : formatFigure(headline),
    asOf,
  };
}
