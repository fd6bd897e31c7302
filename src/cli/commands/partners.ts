import { z } from 'zod';
import { listPartners, type PartnerRow } from '../../app/partners.ts';
import { headlineKpi, readStandings, type Standing } from '../../app/standings.ts';
import type { App } from '../../app.ts';
import { dayOf } from '../../program/civil-date.ts';
import { defineCommand } from '../command.ts';
import { formatFigure } from '../figure.ts';
import { textFlag } from '../flags.ts';
import { formatMany } from '../format.ts';
import { requirementCounts } from '../requirement-counts.ts';
import { stateWord } from '../state-words.ts';
import { text } from './partners.messages.ts';

const partnerSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  types: z.array(z.string()),
  region: z.string().nullable(),
  country: z.string().nullable(),
  tier: z.string().nullable(),
  tierSince: z.string().nullable(),
  tierMode: z.string().nullable(),
  status: z.string().nullable(),
  computedTier: z.string().nullable(),
  crmTier: z.string().nullable(),
  nextReview: z.string().nullable(),
  summary: z.string().nullable(),
  frozen: z.string().nullable(),
  against: z.string().nullable(),
  requirements: z.strictObject({ met: z.int(), not_met: z.int(), pending: z.int(), waived: z.int() }),
  headline: z.string(),
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
  },
  examples: [
    'tierlink partners',
    'tierlink partners --tier Gold',
    'tierlink partners --status at_risk --json',
  ],
  result: z.strictObject({ program: z.string(), headline: z.string(), partners: z.array(partnerSchema) }),
  run: async ({ flags, app }) => {
    const opened = await app();
    const all = await readPartners(opened, await listPartners(opened.store, flags));
    const listed = all.filter(
      (partner) =>
        (flags.tier === undefined || partner.tier?.toLowerCase() === flags.tier.toLowerCase()) &&
        (flags.status === undefined || partner.status === flags.status),
    );
    const [first] = listed;
    return {
      result: { program: opened.program.title, headline: headlineLabel(opened), partners: listed },
      next: [first === undefined ? text.nextSync : text.nextWhy(first.name)],
    };
  },
  show: ({ headline, partners: listed }, screen) => {
    if (listed.length === 0) {
      screen.line(text.none);
      return;
    }
    screen.table(
      text.columns(headline).map((title, index) => ({ title, align: index === 3 ? 'right' : 'left' })),
      listed.map((partner) => [
        partner.name,
        partner.tier ?? '-',
        partner.status === null ? '-' : stateWord(screen, 'decision', partner.status),
        partner.headline,
        partner.against ?? '-',
        requirementCounts(partner),
        partner.asOf,
      ]),
    );
    screen.line();
    screen.line(text.count(formatMany(listed.length, 'partner')));
  },
});

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
  return rows.flatMap((row) => {
    const standing = standings.get(row.id);
    return standing === undefined ? [] : [partnerOf(row, standing, asOf)];
  });
}

function partnerOf(row: PartnerRow, standing: Standing, asOf: string): Partner {
  const { requirements, headline } = standing;
  return {
    id: row.id,
    name: row.name,
    types: row.types,
    region: row.region,
    country: row.country,
    tier: standing.tier,
    tierSince: standing.since,
    tierMode: standing.mode,
    status: standing.status,
    computedTier: standing.computedTier,
    crmTier: row.crmTier,
    nextReview: standing.nextReview,
    summary: standing.summary,
    frozen: standing.frozen,
    against: standing.against,
    requirements: { ...requirements },
    headline: headline === null ? '-' : formatFigure(headline),
    asOf,
  };
}
