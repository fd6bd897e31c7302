import { z } from 'zod';
import { byName, findPartner } from '../../../app/partners.ts';
import type { App } from '../../../app.ts';
import { TierlinkError } from '../../../errors.ts';
import { figureWords } from '../../../tier/explain/wording.ts';
import { labelOf } from '../../../tier/ladder-of.ts';
import { type CloseReview, reviewClose } from '../../../tier/look/adjustments.ts';
import { type ClosedPartner, listCloses, namedPeriod } from '../../../tier/look/period-close.ts';
import type { KpiInput } from '../../../tier/types.ts';
import { defineCommand } from '../../command.ts';
import { recordChangeSchema, showRecordChanges, tierLabelIn } from '../../earned.ts';
import { textFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { periodCloseSchema, shownClose } from '../../period-close.ts';
import type { Screen } from '../../screen.ts';
import { text } from './period.messages.ts';

const partnerSchema = z.strictObject({ id: z.string(), name: z.string() });

const reviewSchema = z.strictObject({
  isIntact: z.boolean().describe('Whether what is kept is what was signed off.'),
  partners: z
    .array(
      z.strictObject({
        partner: partnerSchema,
        ladder: z.string().nullable().describe('Key of the ladder; null for none.'),
        tier: z.string().nullable().describe('Label of the tier that was in force; null for none.'),
        earned: z.string().nullable().describe('Label of the tier that the figures gave; null for none.'),
        decisionId: z.string().nullable().describe('Id of the decision that was in force; null for none.'),
        figures: z
          .array(
            z.strictObject({
              kpi: z.string().describe('Key of the KPI.'),
              label: z.string().describe('Label of the KPI.'),
              figure: z.string().describe('The figure in words; a dash where there is none.'),
            }),
          )
          .describe('The figures, in the order of the program.'),
        beside: z
          .array(
            z.strictObject({
              ladder: z.string().describe('Key of the ladder.'),
              label: z.string().describe('Label of the ladder.'),
              tier: z.string().nullable().describe('Label of the tier that was in force; null for none.'),
              earned: z
                .string()
                .nullable()
                .describe('Label of the tier that the figures gave; null for none.'),
              decisionId: z
                .string()
                .nullable()
                .describe('Id of the decision that was in force; null for none.'),
            }),
          )
          .describe('Where it stood on ladders beside the one of its tier, specialisations included.'),
      }),
    )
    .describe('What was signed off.'),
  adjustments: z
    .array(
      z.strictObject({
        partner: partnerSchema,
        kpi: z.string(),
        label: z.string(),
        closed: z.string().describe('The figure that was signed off.'),
        today: z.string().describe('The figure with the records of today.'),
        records: z
          .array(recordChangeSchema)
          .nullable()
          .describe(
            'The records that make the difference; null where that is not known any more, or for too many.',
          ),
      }),
    )
    .nullable()
    .describe('Figures that later edits would change; null where the version of the rules is not kept.'),
  tiers: z
    .array(
      z.strictObject({
        partner: partnerSchema,
        ladder: z.string().nullable().describe('Key of the ladder; null for none.'),
        beside: z
          .string()
          .nullable()
          .describe('Label of a ladder that counts beside the one of its tier; null for that one.'),
        closed: z.string().nullable().describe('Label of the tier that the figures gave; null for none.'),
        today: z
          .string()
          .nullable()
          .describe('Label of the tier that the figures of today give; null for none.'),
      }),
    )
    .describe('Partners that would have earned another tier.'),
});
type Review = z.infer<typeof reviewSchema>;
type ShownFigure = Review['partners'][number]['figures'][number];

const resultSchema = z.strictObject({
  closes: z.array(periodCloseSchema).describe('The sign-offs, the latest first.'),
  review: reviewSchema.nullable().describe('What the latest one holds; null when they are only listed.'),
});

export const periodShow = defineCommand({
  name: 'period show',
  summary: text.show.summary,
  args: { period: { help: text.show.period, required: false } },
  flags: { partner: textFlag('NAME', text.show.partner) },
  examples: ['tierlink period show', 'tierlink period show 2026-Q3 --partner "Acme Partners"'],
  result: resultSchema,
  run: async ({ args, flags, app }) => {
    const opened = await app();
    const { store, program } = opened;
    if (args.period === undefined) {
      const closes = await listCloses(store, program);
      const next = closes.length === 0 ? [text.show.next] : [text.close.next(closes[0]!.period)];
      return { result: { closes: closes.map(shownClose), review: null }, next };
    }
    const { period } = namedPeriod(program, args.period);
    const closes = await listCloses(store, program, period);
    const [latest] = closes;
    if (latest === undefined) throw new TierlinkError('PERIOD_NOT_CLOSED', { period });
    const review = await reviewClose(store, { program, close: latest, now: opened.clock.now() });
    const only = flags.partner === undefined ? undefined : (await findPartner(store, flags.partner)).id;
    const shown = shownReview(opened, review, only);
    return {
      result: { closes: closes.map(shownClose), review: shown },
      next: nextOf(shown, { period, endsOn: latest.endsOn, isOne: only !== undefined }),
    };
  },
  show: ({ closes, review }, screen) => {
    if (review !== null) {
      showReview(closes[0]!, review, screen);
      return;
    }
    if (closes.length === 0) {
      screen.line(text.show.none);
      return;
    }
    screen.table(
      text.show.columns.map((title, index) => ({ title, wrap: index > 3 })),
      closes.map((close) => [
        close.period,
        screen.instant(close.closedAt),
        close.closedBy,
        close.programVersion,
        close.reopenedAt === null
          ? stateOf(close)
          : text.show.reopened(close.reopenedBy ?? '', close.reopenedReason ?? ''),
        close.note ?? '',
      ]),
    );
  },
});

function stateOf({ reconstructed }: z.infer<typeof periodCloseSchema>): string {
  return reconstructed === null ? text.show.closed : text.show.closedReconstructed;
}

function shownReview({ program }: App, review: CloseReview, only: string | undefined): Review {
  const isAsked = ({ partnerId }: { partnerId: string }) => only === undefined || partnerId === only;
  const named = ({ partnerId, name }: { partnerId: string; name: string | null }) => ({
    id: partnerId,
    name: name ?? partnerId,
  });
  return {
    isIntact: review.isIntact,
    partners: review.partners
      .filter(isAsked)
      .map((one) => ({ partner: named(one), ...shownPartner(program, one) }))
      .sort((left, right) => byName(left.partner, right.partner)),
    adjustments:
      review.adjustments?.filter(isAsked).map(({ partnerId, name, kpi, label, closed, today, records }) => ({
        partner: named({ partnerId, name }),
        kpi,
        label: program.kpis[kpi]?.label ?? label,
        closed,
        today,
        records,
      })) ?? null,
    tiers: review.tiers
      .filter(isAsked)
      .map(({ partnerId, name, ...tier }) => ({ partner: named({ partnerId, name }), ...tier })),
  };
}

/** The figures of one partner, first of one that is adjusted, or what the records of today make of that period. */
function nextOf(
  { partners, adjustments, tiers }: Review,
  { period, endsOn, isOne }: { period: string; endsOn: string; isOne: boolean },
): string[] {
  const adjusted = adjustments?.[0]?.partner.id ?? tiers[0]?.partner.id;
  const first = partners.find(({ partner }) => partner.id === adjusted) ?? partners[0];
  if (first === undefined) return [];
  const { name } = first.partner;
  return [isOne ? text.show.nextThen(name, endsOn) : text.show.nextPartner(period, name)];
}

function shownPartner(
  program: App['program'],
  { ladder, tier, decisionId, figures, evidence, beside }: ClosedPartner,
) {
  const own = program.ladders.find(({ key }) => key === ladder);
  return {
    ladder,
    tier: evidence?.ladder === ladder || own === undefined ? tierLabelIn(evidence, tier) : labelOf(own, tier),
    earned: tierLabelIn(evidence, evidence?.computedTier ?? null),
    decisionId,
    figures: shownFigures(program, figures),
    beside: beside.map((one) => ({
      ladder: one.ladder,
      label: one.label,
      tier: tierLabelIn(one.evidence, one.tier),
      earned: tierLabelIn(one.evidence, one.evidence.computedTier),
      decisionId: one.decisionId,
    })),
  };
}

/** In the order of the program; what it does not have any more comes last, by its key. */
function shownFigures({ kpis }: App['program'], figures: readonly KpiInput[]): ShownFigure[] {
  const order = Object.keys(kpis);
  const place = ({ kpi }: KpiInput) => (order.includes(kpi) ? order.indexOf(kpi) : order.length);
  return figures
    .toSorted((left, right) => place(left) - place(right))
    .map((figure) => ({
      kpi: figure.kpi,
      label: kpis[figure.kpi]?.label ?? figure.kpi,
      figure: figureWords(figure, figure),
    }));
}

function showReview(close: z.infer<typeof periodCloseSchema>, review: Review, screen: Screen): void {
  const words = text.show;
  screen.line(words.head(close.period, close.closedBy, screen.instant(close.closedAt), close.programVersion));
  if (close.reopenedAt !== null)
    screen.line(words.reopenedLine(close.reopenedBy ?? '', close.reopenedReason ?? ''));
  if (close.reconstructed !== null) screen.line(screen.tone('wait', text.reconstructed(close.reconstructed)));
  screen.line(review.isIntact ? words.hash(close.hash) : screen.tone('bad', words.broken(close.hash)));
  if (close.note !== null) screen.line(words.note(close.note));
  screen.line();
  const hasBeside = review.partners.some(({ beside }) => beside.length > 0);
  const titles = [...words.partnerColumns, ...(hasBeside ? [words.beside] : [])];
  screen.table(
    titles.map((title) => ({ title })),
    review.partners.map(({ partner, ladder, tier, earned, decisionId, beside }) => {
      const held = beside.flatMap((one) => one.tier ?? []).join(', ');
      const none = ladder !== null && decisionId === null ? words.undecided : '-';
      return [partner.name, tier ?? none, earned ?? '-', ...(hasBeside ? [held] : [])];
    }),
  );
  screen.line();
  showFigures(review, screen);
  showAdjustments(review, screen);
}

/** Of one partner; of all of them it would be a page each. */
function showFigures({ partners }: Review, screen: Screen): void {
  const [only, ...others] = partners;
  if (only === undefined || others.length > 0 || only.figures.length === 0) return;
  screen.table(
    text.show.figureColumns.map((title) => ({ title, wrap: true })),
    only.figures.map(({ label, figure }) => [label, figure]),
  );
  screen.line();
}

function showAdjustments({ adjustments, tiers, partners }: Review, screen: Screen): void {
  const words = text.show;
  if (adjustments === null || adjustments.length + tiers.length === 0) {
    screen.line(adjustments === null ? words.noVersion : words.noAdjustments);
    return;
  }
  screen.line(words.adjustments(formatMany(adjustments.length, 'adjustment')));
  for (const { partner, label, closed, today, records } of adjustments) {
    screen.line(`  ${words.adjustment(partner.name, label, closed, today)}`, 4);
    showRecordChanges(screen, records ?? [], words.changes);
  }
  for (const { partner, beside, closed, today } of tiers) {
    const about = beside === null ? partner.name : words.onLadder(partner.name, beside);
    const isDecided = decidedOn(partners, partner.id, beside);
    const line = words.tier(about, closed ?? words.noTier, today ?? words.noTier);
    screen.line(`  ${line}${isDecided ? words.stays : ''}`, 4);
  }
}

/** Whether somebody had decided the tier, or what was held on a ladder beside it, when the period was signed off. */
function decidedOn(partners: Review['partners'], id: string, beside: string | null): boolean {
  const found = partners.find(({ partner }) => partner.id === id);
  const on = beside === null ? found : found?.beside.find(({ label }) => label === beside);
  return (on?.decisionId ?? null) !== null;
}
