import { stateLabel } from '../model/states.ts';
import type { Enough } from '../tier/explain/enough.ts';
import type { ExplainedRequirement, TierExplanation } from '../tier/explain/explain.ts';
import { hasWithoutAuthor } from '../tier/explain/fact-evidence.ts';
import { notComplete, reasonForPartner } from '../tier/explain/missing-words.ts';
import { requirementLabel } from './earned.ts';
import { formatCount } from './format.ts';
import type { Block } from './page.ts';
import { text } from './partner-page.messages.ts';

/**
 * The explanation of a tier as the partner may read it. Left out is what is said among colleagues: who granted an exception
 * and why, what waits for an approval, ids of records and runs, and how far which CRM was read.
 */
export function partnerPage(explained: TierExplanation, instant: (iso: string) => string): Block[] {
  const tier = explained.tier ?? (explained.isEvaluated ? text.noTier : text.noTierYet);
  return [
    { heading: text.title(explained.partnerName ?? explained.partnerId, tier), level: 1 },
    { text: basisOf(explained, instant) },
    ...trackBlocks(explained),
    ...explained.prospectForPartner.map((sentence) => ({ text: sentence })),
    ...requirementBlocks(explained),
    ...enoughBlocks(explained),
    ...measureBlocks(explained),
    ...notCountedBlocks(explained),
    ...besideBlocks(explained),
    ...historyBlocks(explained),
  ];
}

function basisOf(
  { program, asOf, evidence, state }: TierExplanation,
  instant: (iso: string) => string,
): string {
  const sentences = [
    text.basis(program.title, program.version, asOf),
    evidence.inputsCompleteTo === null ? '' : text.complete(instant(evidence.inputsCompleteTo)),
    state.nextReview === null || state.nextReview <= asOf ? '' : text.nextReview(state.nextReview),
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

function trackBlocks({ track, asOf }: TierExplanation): Block[] {
  if (track === null) return [];
  const { label, since, until } = track;
  if (since === null || until === null) return [{ text: text.trackToday(label) }];
  return [{ text: until <= asOf ? text.trackOver(label, since, until) : text.track(label, since, until) }];
}

function requirementBlocks(explained: TierExplanation): Block[] {
  const { forTier, outlook, asked, judgedOn, judgedIn, requirements, missing } = explained;
  const tier = forTier ?? '';
  const isKeeping = outlook === 'keep' || asked === 'keep';
  const held = explained.ladder.isSpecialisation ? text.isHeld(tier) : text.highest(tier);
  const topText = missing === null ? text.topMet(held) : text.top(held);
  const top: Block[] = outlook === 'top' ? [{ text: topText }] : [];
  if (requirements.length === 0) return top;
  return [
    { heading: isKeeping ? text.keeping(tier) : text.asks(tier), level: 2 },
    ...top,
    ...(judgedOn === null ? [] : [{ text: text.judgedOn(judgedOn) }]),
    ...(judgedIn === null ? [] : [{ text: text.judgedIn(judgedIn) }]),
    { columns: text.columns, rows: requirements.map(requirementRow) },
  ];
}

function requirementRow(requirement: ExplainedRequirement): string[] {
  const { needs, state, gapText, recordsText } = requirement;
  return [
    requirementLabel(requirement),
    needs,
    hasWithoutAuthor(requirement),
    stateLabel('requirement', state),
    gapText ?? reasonWords(requirement),
    recordsText,
  ];
}

function reasonWords(requirement: ExplainedRequirement): string {
  const { waiver } = requirement;
  return waiver === null ? (reasonForPartner(requirement) ?? '') : text.waived(waiver.untilOn);
}

function enoughBlocks({ outlook, forTier, enoughAlone, missingForPartner }: TierExplanation): Block[] {
  if (forTier === null || (outlook === 'top' && missingForPartner === null)) return [];
  const heading =
    outlook === 'keep' || outlook === 'top' ? text.enoughToKeepTitle(forTier) : text.enoughTitle(forTier);
  return [{ heading, level: 2 }, ...enoughWords({ forTier, enoughAlone, missing: missingForPartner })];
}

function enoughWords(of: {
  forTier: string;
  enoughAlone: readonly Enough[];
  missing: string | null;
}): Block[] {
  if (of.missing === null) return [{ text: text.ready(of.forTier) }];
  if (of.enoughAlone.length === 0) return [{ text: text.together(of.missing) }];
  return [
    { text: of.enoughAlone.length === 1 ? text.enoughOne : text.enough },
    { items: of.enoughAlone.map(enoughItem) },
  ];
}

function enoughItem({ text: words, through }: Enough): string | { text: string; items: string[] } {
  if (through.length === 0) return words;
  return { text: `${words}; ${text.through}`, items: through.map((part) => part.text) };
}

function measureBlocks({ requirements, windows }: TierExplanation): Block[] {
  const first = requirements.filter(
    ({ kpi }, index) => kpi !== null && requirements.findIndex((one) => one.kpi === kpi) === index,
  );
  if (first.length === 0) return [];
  const items = first.map(({ label, help, parts, isCertain }) => {
    const words = text.help(label, help ?? '');
    if (parts.length === 0) return words;
    return { text: words, items: parts.map((part) => partWords(part, isCertain)) };
  });
  const period: Block[] = windows.length === 0 ? [] : [{ text: text.windows(windows.join('; ')) }];
  return [{ heading: text.measured, level: 2 }, { items }, ...period];
}

function partWords(
  { label, figure, points, counts, note }: ExplainedRequirement['parts'][number],
  isCertain: boolean,
): string {
  if (!counts && note !== null) return text.partWithout(label, isCertain ? note : notComplete);
  return text.parts(label, figure, points);
}

function notCountedBlocks({ notCounted, notCountedInAll }: TierExplanation): Block[] {
  if (notCounted.length === 0) return [];
  const more = notCountedInAll - notCounted.length;
  return [
    { heading: text.notCounted, level: 2 },
    {
      columns: text.notCountedColumns,
      rows: notCounted.map(({ name, date, kpiLabel, why }) => [
        name ?? '-',
        date ?? '-',
        kpiLabel,
        why ?? '',
      ]),
    },
    ...(more > 0 ? [{ text: text.more(formatCount(more)) }] : []),
  ];
}

function besideBlocks({ beside }: TierExplanation): Block[] {
  if (beside.length === 0) return [];
  const rows = beside.map(({ label, isSpecialisation, tier, since, summary }) => [
    label,
    tier === null ? text.notHeld : isSpecialisation ? text.held : tier,
    since ?? '-',
    summary,
  ]);
  return [
    { heading: text.beside, level: 2 },
    { columns: text.besideColumns, rows },
  ];
}

/** Only what changed the tier; warnings and changes of what is missing are of no use later on. */
function historyBlocks({ history }: TierExplanation): Block[] {
  const changes = history.filter(
    ({ fromTier, toTier, mergedName }) => fromTier !== toTier && mergedName === null,
  );
  if (changes.length === 0) return [];
  return [
    { heading: text.history, level: 2 },
    {
      columns: text.historyColumns,
      rows: changes.map(({ on, toTier, fromTier, rulesReason }) => [
        on,
        toTier ?? text.noTier,
        fromTier ?? '-',
        rulesReason,
      ]),
    },
  ];
}
