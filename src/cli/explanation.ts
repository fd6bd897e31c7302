import { z } from 'zod';
import type { TierExplanation } from '../tier/explain/explain.ts';
import { scorePartSchema, shownParts } from './score-part.ts';

/** Tiers that people set in the CRM instead of the program's; nothing overwrites them. */
export const setByHandSchema = z.array(
  z.strictObject({
    connection: z.string(),
    tier: z.string().nullable(),
    by: z.string().nullable(),
    byName: z.string().nullable(),
    at: z.string().nullable(),
  }),
);

const rational = z.strictObject({ numerator: z.string(), denominator: z.string() }).nullable();

const enoughFields = {
  kpi: z.string().nullable().describe('The KPI that would change; null for a fact or an attribute.'),
  figure: rational.describe('The figure that would be enough, exactly; null where none is asked for.'),
  by: rational.describe('How far that is from the present figure, exactly; null where there is none.'),
  direction: z.enum(['more', 'less']).nullable().describe('Which way the figure would have to go.'),
  text: z.string().describe('The same for people, such as "Certified people: 1 more, to 4".'),
};

/** The explanation of a tier in --json. */
export const explanationSchema = z.strictObject({
  partner: z.strictObject({ id: z.string(), name: z.string() }),
  program: z.string(),
  programVersion: z.string(),
  ladder: z.string(),
  isSpecialisation: z.boolean().describe('Whether the ladder is a specialisation, which is held or not.'),
  asOf: z.string(),
  tier: z.string().nullable(),
  computedTier: z.string().nullable(),
  since: z.string().nullable(),
  status: z.string(),
  mode: z.string(),
  isEvaluated: z.boolean(),
  nextReview: z.string().nullable(),
  rampUntil: z.string().nullable(),
  belowSince: z.string().nullable(),
  graceUntil: z.string().nullable(),
  lockedUntil: z.string().nullable(),
  /** A change that was decided and does not hold yet; tier is its label, null for none. */
  pending: z
    .strictObject({ tier: z.string().nullable(), decidedOn: z.string(), inForceOn: z.string() })
    .nullable(),
  frozen: z.string().nullable(),
  decision: z.string().nullable(),
  inputsCompleteTo: z.string().nullable(),
  prospect: z.array(z.string()),
  uncertain: z.array(z.string()),
  track: z
    .strictObject({
      label: z.string(),
      since: z.string().nullable().describe('The day on which it was given; null where tracks are not kept.'),
      until: z
        .string()
        .nullable()
        .describe('First day on which it may change; null where tracks are not kept.'),
    })
    .nullable()
    .describe(
      'The track that the partner is on; null where it is on none, or no number of the program differs by it.',
    ),
  windows: z.array(z.string()),
  outlook: z.enum(['next', 'keep', 'top', 'ready', 'company']),
  forTier: z.string().nullable(),
  /** Whether the requirements are those to reach the tier or its own ones to keep it. */
  asked: z.enum(['reach', 'keep']),
  judgedOn: z
    .string()
    .nullable()
    .describe(
      'Label of the track on which the tier is judged, where that is the best one; null where it is the own one.',
    ),
  judgedIn: z
    .string()
    .nullable()
    .describe(
      'Label of the region by whose figures the tier is judged, where that is the best one; null where it is the whole.',
    ),
  requirements: z.array(
    z.strictObject({
      id: z.string(),
      label: z.string(),
      kpi: z.string().nullable(),
      needs: z.string(),
      has: z.string(),
      gap: z.string().nullable(),
      state: z.string(),
      help: z
        .string()
        .nullable()
        .describe('What its KPI says, in the words of the program; null for no KPI.'),
      unit: z.string().nullable().describe('Unit of the KPI; null for no KPI.'),
      currency: z.string().nullable(),
      value: rational.describe('The figure, exactly; null where there is none.'),
      bound: z.string().nullable().describe('atLeast, moreThan, atMost or lessThan; null for no KPI.'),
      threshold: rational.describe('What the figure is compared with, exactly; null for no KPI.'),
      thresholdKpi: z
        .string()
        .nullable()
        .describe('The KPI whose figure the threshold is; null for a number, and for no KPI.'),
      gapExact: rational.describe(
        'How far the figure is from the threshold, exactly; null where it is met or unknown.',
      ),
      reason: z.string().nullable(),
      minimumSample: z
        .int()
        .nullable()
        .describe(
          'Number of records with which there is a figure; null where it is not for too few of them.',
        ),
      waiver: z
        .strictObject({ id: z.string(), reason: z.string(), author: z.string(), untilOn: z.string() })
        .nullable()
        .describe('The waiver by which it counts as met; null where there is none.'),
      counted: z.int(),
      excluded: z.int(),
      excludedBy: z.record(z.string(), z.int()).describe('Number of records that were left out, by reason.'),
      isCertain: z.boolean(),
      evidence: z.string(),
      ofTier: z
        .string()
        .nullable()
        .describe(
          'Label of a lower tier that asks for it, on a cumulative ladder; null where it is the tier itself.',
        ),
      choice: z.string().nullable(),
      parts: z
        .array(scorePartSchema)
        .describe('Of a composed KPI what it is made of; empty for anything else.'),
    }),
  ),
  missing: z.string().nullable(),
  shortfalls: z
    .array(z.string())
    .describe('For each composed KPI that is too low a sentence: what its parts could still bring.'),
  enoughAlone: z.array(
    z.strictObject({
      requirement: z.string().describe('Id of the requirement.'),
      label: z.string(),
      ...enoughFields,
      through: z
        .array(z.strictObject({ label: z.string(), ...enoughFields }))
        .describe('Of a composed KPI: the figures behind it of which one alone would be enough.'),
    }),
  ),
  notCountedInAll: z.int(),
  notCounted: z.array(
    z.strictObject({
      kpi: z.string(),
      kpiLabel: z.string(),
      entity: z.string(),
      id: z.string(),
      crmId: z.string().nullable(),
      name: z.string().nullable(),
      date: z.string().nullable(),
      reason: z.string().nullable().describe('Code of why it was left out, such as falls_short.'),
      why: z.string().nullable(),
    }),
  ),
  override: z
    .strictObject({
      id: z.string(),
      tier: z.string(),
      reason: z.string(),
      author: z.string(),
      fromOn: z.string(),
      untilOn: z.string(),
    })
    .nullable(),
  beside: z
    .array(
      z.strictObject({
        ladder: z.string(),
        label: z.string(),
        isSpecialisation: z.boolean(),
        tier: z.string().nullable(),
        since: z.string().nullable(),
        status: z.string(),
        summary: z.string(),
      }),
    )
    .describe('Where the partner stands on its other ladders, specialisations included.'),
  setByHand: setByHandSchema,
  page: z
    .string()
    .nullable()
    .describe('The page for the partner in the form that --format asks for; null without it.'),
  history: z.array(
    z.strictObject({
      decisionId: z.string(),
      /** The name of the partner that it was made for, where that was merged into this one. */
      mergedName: z.string().nullable(),
      on: z.string(),
      movement: z.string(),
      fromTier: z.string().nullable(),
      toTier: z.string().nullable(),
      status: z.string(),
      summary: z.string(),
      reason: z.string(),
      mode: z.string(),
      runId: z.string().nullable(),
    }),
  ),
});
export type Explanation = z.infer<typeof explanationSchema>;

export function shownExplanation(
  explained: TierExplanation,
  { setByHand, page }: Pick<Explanation, 'setByHand' | 'page'>,
): Explanation {
  const { state, override } = explained;
  return {
    setByHand,
    page,
    partner: { id: explained.partnerId, name: explained.partnerName ?? explained.partnerId },
    program: explained.program.title,
    programVersion: explained.program.version,
    ladder: explained.ladder.label,
    isSpecialisation: explained.ladder.isSpecialisation,
    asOf: explained.asOf,
    tier: explained.tier,
    computedTier: explained.computedTier,
    since: state.since,
    status: state.status,
    mode: state.mode,
    isEvaluated: explained.isEvaluated,
    nextReview: state.nextReview,
    rampUntil: state.rampUntil,
    belowSince: state.belowSince,
    graceUntil: state.graceUntil,
    lockedUntil: state.lockedUntil,
    pending: state.pending && {
      ...state.pending,
      tier: state.pending.tier === null ? null : labelIn(explained, state.pending.tier),
    },
    frozen: explained.frozenReason,
    decision: state.decisionId,
    inputsCompleteTo: explained.evidence.inputsCompleteTo,
    prospect: explained.prospect,
    uncertain: explained.uncertain,
    track: explained.track,
    windows: explained.windows,
    outlook: explained.outlook,
    forTier: explained.forTier,
    asked: explained.asked,
    judgedOn: explained.judgedOn,
    judgedIn: explained.judgedIn,
    requirements: explained.requirements.map((requirement) => ({
      id: requirement.id,
      label: requirement.label,
      kpi: requirement.kpi,
      needs: requirement.needs,
      has: requirement.has,
      gap: requirement.gapText,
      state: requirement.state,
      help: requirement.help,
      unit: requirement.unit,
      currency: requirement.currency,
      value: requirement.value,
      bound: requirement.bound,
      threshold: requirement.threshold,
      thresholdKpi: requirement.thresholdKpi ?? null,
      gapExact: requirement.gap,
      reason: requirement.reason,
      minimumSample: requirement.minimumSample ?? null,
      waiver: requirement.waiver,
      counted: requirement.counted,
      excluded: requirement.excluded,
      excludedBy: Object.fromEntries(
        Object.entries(requirement.excludedBy).map(([reason, count]) => [reason, count ?? 0]),
      ),
      isCertain: requirement.isCertain,
      evidence: requirement.recordsText,
      ofTier: requirement.ofTier,
      choice: requirement.choice,
      parts: shownParts(requirement.parts),
    })),
    missing: explained.missing,
    shortfalls: explained.shortfalls,
    enoughAlone: explained.enoughAlone,
    notCountedInAll: explained.notCountedInAll,
    notCounted: explained.notCounted.map(({ kpi, kpiLabel, entity, id, crmId, name, date, reason, why }) => ({
      kpi,
      kpiLabel,
      entity,
      id,
      crmId,
      name,
      date,
      reason,
      why,
    })),
    override: override && {
      id: override.id,
      tier: labelIn(explained, override.tier),
      reason: override.reason,
      author: override.author,
      fromOn: override.fromOn,
      untilOn: override.untilOn,
    },
    beside: explained.beside,
    history: explained.history.map(({ partnerId: _partner, rulesReason: _rules, ...entry }) => entry),
  };
}

function labelIn({ evidence }: TierExplanation, key: string): string {
  return evidence.tiers.find(({ tier }) => tier === key)?.label ?? key;
}
