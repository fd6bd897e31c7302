import { z } from 'zod';
import { byName, findPartner } from '../../../app/partners.ts';
import { TierlinkError } from '../../../errors.ts';
import { dayOf } from '../../../program/civil-date.ts';
import type { Program } from '../../../program/load.ts';
import { isTieredBeside } from '../../../tier/ladder-of.ts';
import { type AsOfResult, evaluateAsOf, type PartnerAsOf } from '../../../tier/look/as-of.ts';
import type { Evidence } from '../../../tier/types.ts';
import { defineCommand } from '../../command.ts';
import {
  earnedRequirementSchema,
  recordChangeSchema,
  requirementRows,
  shownRequirements,
  showRecordChanges,
  tierLabelIn,
} from '../../earned.ts';
import { dayFlag, switchFlag, textFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { ladderNamed } from '../../ladder-named.ts';
import type { Screen } from '../../screen.ts';
import { stateWord } from '../../state-words.ts';
import { text } from './evaluate.messages.ts';

const partnerSchema = z.strictObject({
  partner: z.strictObject({ id: z.string(), name: z.string() }),
  ladder: z.string().nullable().describe('Key of the ladder; null when none fitted.'),
  ladderLabel: z.string().nullable().describe('The ladder as people call it; null when none fitted.'),
  tier: z
    .string()
    .nullable()
    .describe('Label of the tier that the figures gave as known then; null for none.'),
  today: z
    .string()
    .nullable()
    .describe(
      'Label of the tier that the records of today give for that day; null for none, or not asked for.',
    ),
  inForce: z
    .strictObject({
      decisionId: z.string(),
      on: z.string().describe('Day of the decision.'),
      tier: z.string().nullable().describe('Label of the tier that it gave.'),
      status: z.string(),
      summary: z.string(),
      agrees: z
        .boolean()
        .nullable()
        .describe(
          'Whether it comes out the same again as known then; null where it cannot be told or was not asked.',
        ),
      differences: z.array(z.string()).describe('What it differs in, or why it cannot be told.'),
    })
    .nullable()
    .describe(
      'The decision that was in force; null when none had been made, or the partner was on no ladder any more.',
    ),
  left: z
    .strictObject({
      ladder: z.string().describe('Key of the ladder.'),
      ladderLabel: z.string().describe('The ladder as people call it.'),
      at: z.string().describe('Instant at which it left.'),
      tier: z.string().nullable().describe('Label of the tier that it held there; null for none.'),
      decisionId: z.string().describe('The last decision there.'),
    })
    .nullable()
    .describe('The ladder that the partner had left by then; null while it was on one.'),
  forTier: z.string().nullable().describe('Label of the tier that the requirements belong to.'),
  requirements: z
    .array(earnedRequirementSchema)
    .describe('What the next tier asks for; of the highest, its own.'),
  differences: z
    .array(
      z.strictObject({
        kpi: z.string(),
        label: z.string(),
        known: z.string().describe('The figure as known then.'),
        today: z.string().describe('The figure with the records of today.'),
        records: z.array(recordChangeSchema).describe('The records that make the difference.'),
      }),
    )
    .describe('Figures that are others with the records of today.'),
  otherAnswers: z
    .array(
      z.strictObject({
        tier: z.string().describe('Label of the lowest tier that asks for it.'),
        id: z.string().describe('Id of the requirement inside its tier.'),
        label: z.string().describe('What is asked for.'),
        kpi: z.string().nullable().describe('Key of the KPI; null for what is no figure.'),
        needs: z.string().describe('What is asked for, in words.'),
        known: z.string().describe('What the partner had as known then, in words.'),
        today: z.string().describe('What it had by the records of today, in words.'),
      }),
    )
    .describe('Requirements that are answered in another way with the records of today.'),
});
type ShownPartner = z.infer<typeof partnerSchema>;

const resultSchema = z.strictObject({
  asOf: z.string(),
  knownAt: z.string().describe('Instant of which it is.'),
  program: z.string(),
  programVersion: z.string(),
  isVersionKnown: z
    .boolean()
    .describe('False: no version had been loaded by then, and those of today are used.'),
  notAvailable: z
    .string()
    .nullable()
    .describe(
      'Why it is not available what was known then; null when it is. All of it is reconstructed then.',
    ),
  history: z
    .array(z.strictObject({ connection: z.string(), since: z.string().nullable() }))
    .describe('Since when records of each connection are known; null where none were read.'),
  all: z.boolean().describe('Whether every partner was asked for.'),
  partners: z.array(partnerSchema),
});
type Result = z.infer<typeof resultSchema>;

export const tierEvaluate = defineCommand({
  name: 'tier evaluate',
  summary: text.summary,
  description: text.description,
  args: { partner: { help: text.partner, required: false } },
  flags: {
    all: switchFlag(text.all),
    asOf: dayFlag(text.asOf),
    ladder: textFlag('LADDER', text.ladder),
    withTodaysData: switchFlag(text.withToday),
  },
  examples: [
    'tierlink tier evaluate "Acme Partners" --as-of 2026-06-30 --with-todays-data',
    'tierlink tier evaluate --all --as-of 2026-06-30',
    'tierlink tier evaluate --all --as-of 2026-06-30 --ladder Distribution',
  ],
  result: resultSchema,
  run: async ({ args, flags, app }) => {
    const usage = (reason: string) => new TierlinkError('USAGE', { reason, command: 'tier evaluate' });
    if (args.partner === undefined && !flags.all) throw usage(text.needsPartner);
    if (args.partner !== undefined && flags.all) throw usage(text.notBoth);
    const { store, program, clock } = await app();
    const now = clock.now();
    const today = dayOf(now, program.timeZone);
    const day = flags.asOf ?? today;
    if (day > today) throw usage(text.ahead(day));
    const partner = args.partner === undefined ? undefined : await findPartner(store, args.partner);
    const ladder = ladderNamed(program, flags.ladder, 'tier evaluate');
    const request = { program, day, now, withToday: flags.withTodaysData };
    const found = await evaluateAsOf(store, {
      ...request,
      ...(partner === undefined ? {} : { partners: [partner.id] }),
      ...(ladder === undefined ? {} : { ladder }),
    });
    const result = resultOf(found, flags.all);
    // Who is only on ladders beside the one of a tier has nothing in the list.
    const isSomebodyLeft = ladder === undefined && result.partners.some((one) => one.ladder === null);
    const beside = isSomebodyLeft ? found.program.ladders.filter(isTieredBeside) : [];
    const isMore =
      partner !== undefined && !flags.withTodaysData && result.notAvailable === null && day < today;
    return {
      result,
      next: [
        ...beside.map(({ label }) => text.nextLadder(label, { partner: partner?.name, day })),
        ...(isMore ? [text.nextToday(partner.name, day)] : []),
        ...(partner === undefined ? [] : [text.nextWhy(partner.name)]),
      ],
    };
  },
  show: (result, screen) => {
    showHead(result, screen);
    if (result.all) showList(result, screen);
    else for (const partner of result.partners) showPartner(result, partner, screen);
  },
});

function resultOf(found: AsOfResult, all: boolean): Result {
  return {
    asOf: found.day,
    knownAt: found.knownAt,
    program: found.program.title,
    programVersion: found.program.version,
    isVersionKnown: found.isVersionKnown,
    notAvailable: found.availability.isKnown ? null : found.availability.reason,
    history: found.history.connections,
    all,
    partners: found.partners
      .map((one) => shownPartner(found.program, one))
      .sort((left, right) => byName(left.partner, right.partner)),
  };
}

function shownPartner(program: Program, found: PartnerAsOf): ShownPartner {
  const { known, today, decision, left, check } = found;
  const evidence = known ?? today;
  const next = nextTier(evidence);
  return {
    partner: { id: found.partnerId, name: found.name ?? found.partnerId },
    ladder: evidence?.ladder ?? null,
    ladderLabel: evidence && ladderLabelOf(program, evidence.ladder),
    tier: tierLabelIn(known, known?.computedTier ?? null),
    today: tierLabelIn(today, today?.computedTier ?? null),
    inForce: decision && {
      decisionId: decision.id,
      on: decision.effectiveOn,
      tier: tierLabelIn(decision.evidence, decision.tier),
      status: decision.status,
      summary: decision.summary,
      agrees: check?.agrees ?? null,
      differences: check?.differences ?? [],
    },
    left: left && {
      ladder: left.decision.ladder,
      ladderLabel: ladderLabelOf(program, left.decision.ladder),
      at: left.at,
      tier: tierLabelIn(left.decision.evidence, left.decision.tier),
      decisionId: left.decision.id,
    },
    forTier: next?.label ?? null,
    requirements: next === undefined ? [] : shownRequirements(next),
    differences: found.differences,
    otherAnswers: found.flipped.map(({ tier, id, label, kpi, before, after }) => ({
      tier,
      id,
      label,
      kpi,
      needs: after.needs,
      known: before.has,
      today: after.has,
    })),
  };
}

/** The key of one that these rules do not have any more. */
function ladderLabelOf({ ladders }: Pick<Program, 'ladders'>, key: string): string {
  return ladders.find((ladder) => ladder.key === key)?.label ?? key;
}

/** The tier above the one that is earned, or the highest one. */
function nextTier(evidence: Evidence | null): Evidence['tiers'][number] | undefined {
  const rank = evidence?.tiers.findIndex(({ tier }) => tier === evidence.computedTier) ?? -1;
  return evidence?.tiers[rank + 1] ?? evidence?.tiers.at(-1);
}

function showHead(result: Result, screen: Screen): void {
  const head = result.notAvailable === null ? text.head : text.headToday;
  screen.line(head(result.asOf, result.programVersion));
  if (!result.isVersionKnown) screen.line(text.versionUnknown);
  if (result.notAvailable !== null) screen.line(text.reconstructed(result.notAvailable));
  for (const { connection, since } of result.history) {
    if (since !== null && since > result.knownAt) screen.line(text.since(connection, screen.instant(since)));
  }
  screen.line();
}

function showPartner({ notAvailable }: Result, one: ShownPartner, screen: Screen): void {
  const known = one.ladder === null ? text.noLadder : (one.tier ?? text.none);
  const tier = notAvailable === null ? known : text.notAvailable;
  const today = one.today === null ? '' : text.today(one.today);
  screen.line(`${text.stands(screen.tone('strong', one.partner.name), tier)}${today}.`);
  showDecision(one, screen);
  if (one.requirements.length > 0) {
    screen.line();
    const titles = text.columns(one.forTier ?? '');
    const columns = titles.map((title, index) => ({ title, wrap: index === 0 || index === 4 }));
    screen.table(columns, requirementRows(screen, one.requirements));
  }
  if (one.differences.length + one.otherAnswers.length > 0) screen.line();
  showDifferences(one, screen);
}

/** The figures that make the difference, with their records, and what is asked for beside figures. */
function showDifferences({ differences, otherAnswers }: ShownPartner, screen: Screen): void {
  for (const { label, known, today, records } of differences) {
    screen.line(text.difference(label, known, today));
    showRecordChanges(screen, records, text.changes);
  }
  for (const { kpi, label, known, today } of otherAnswers) {
    if (!differences.some((one) => one.kpi === kpi)) screen.line(text.difference(label, known, today));
  }
}

function showDecision({ inForce, left }: ShownPartner, screen: Screen): void {
  if (left !== null) {
    const { ladderLabel, at, tier, decisionId } = left;
    screen.line(text.left(ladderLabel, screen.instant(at), tier ?? text.none, decisionId));
  }
  if (inForce === null) {
    if (left === null) screen.line(text.noDecision);
    return;
  }
  const { tier, status, on, decisionId, agrees, differences } = inForce;
  const word = stateWord(screen, 'decision', status);
  screen.line(text.inForce(tier ?? text.none, word, on, decisionId));
  if (agrees === true) screen.line(text.agrees);
  else if (agrees === false) screen.line(screen.tone('bad', text.disagrees(differences.join('; '))));
  else if (differences.length > 0) screen.line(text.notChecked(differences.join('; ')));
}

function showList({ partners, notAvailable }: Result, screen: Screen): void {
  screen.table(
    text.listColumns.map((title) => ({ title })),
    partners.map(({ partner, ladderLabel, tier, today, inForce }) => [
      partner.name,
      ladderLabel ?? '-',
      notAvailable === null ? (tier ?? '-') : text.notAvailable,
      today ?? '',
      inForce?.tier ?? '-',
      inForce?.on ?? '-',
      inForce === null ? '' : text.agreement[agreementOf(inForce)],
    ]),
  );
  screen.line();
  if (partners.some(({ inForce }) => inForce !== null && agreementOf(inForce) === 'notChecked'))
    screen.line(text.othersNotChecked);
  const compared = partners.filter(({ today }) => today !== null);
  const differ = compared.filter(({ tier, today }) => today !== tier).length;
  const count = formatMany(partners.length, 'partner');
  if (notAvailable !== null) {
    screen.line(compared.length > 0 ? text.notCompared(count) : `${count}.`);
    return;
  }
  screen.line(compared.length === 0 ? `${count}.` : text.counts(count, formatMany(differ, 'other tier')));
  showReasons(partners, screen);
}

/** Why tiers are others with the records of today, and in what decisions do not come out the same again. */
function showReasons(partners: readonly ShownPartner[], screen: Screen): void {
  for (const one of partners) {
    const isOther = one.today !== null && one.today !== one.tier;
    const differs = one.inForce?.agrees === false ? one.inForce.differences : [];
    if (!isOther && differs.length === 0) continue;
    screen.line();
    screen.line(screen.tone('strong', one.partner.name));
    if (isOther) showDifferences(one, screen);
    if (differs.length > 0) screen.line(screen.tone('bad', text.disagrees(differs.join('; '))));
  }
}

/** Of all partners, where nothing is laid beside it, only decisions of the day itself are worked out again. */
function agreementOf({
  agrees,
  differences,
}: NonNullable<ShownPartner['inForce']>): keyof typeof text.agreement {
  if (agrees !== null) return agrees ? 'yes' : 'no';
  return differences.length > 0 ? 'cannot' : 'notChecked';
}
