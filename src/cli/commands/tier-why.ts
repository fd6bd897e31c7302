import { findPartner } from '../../app/partners.ts';
import { tiersSetByHand } from '../../app/tiers-set-by-hand.ts';
import type { Program } from '../../program/load.ts';
import { movementLabel } from '../../tier/decision-words.ts';
import { explainTier } from '../../tier/explain.ts';
import { defineCommand } from '../command.ts';
import { type Explanation, explanationSchema, shownExplanation } from '../explanation.ts';
import { textFlag } from '../flags.ts';
import { formatCount } from '../format.ts';
import { refuseUnknown } from '../known-words.ts';
import type { Screen } from '../screen.ts';
import { stateWord } from '../state-words.ts';
import { text } from './tier.messages.ts';

const shownHistory = 8;

export const tierWhy = defineCommand({
  name: 'tier why',
  summary: text.why.summary,
  args: { partner: { help: text.why.partner, required: true } },
  flags: { ladder: textFlag('LADDER', text.why.ladder) },
  examples: ['tierlink tier why "Acme Partners"', 'tierlink tier why "Acme Partners" --json'],
  result: explanationSchema,
  run: async ({ args, flags, app }) => {
    const { store, program, clock } = await app();
    const partner = await findPartner(store, args.partner);
    const ladder = ladderNamed(program, flags.ladder);
    const explained = await explainTier(store, { program, partnerId: partner.id, ladder, now: clock.now() });
    const byHand = await tiersSetByHand(store, [partner.id]);
    const result = shownExplanation(explained, byHand.get(partner.id) ?? []);
    const kpi = result.requirements.find((requirement) => requirement.kpi !== null)?.kpi;
    const next = kpi ? [text.why.nextRecords(partner.name, kpi)] : [];
    return { result, next: result.setByHand.length > 0 ? [text.why.nextDifferences, ...next] : next };
  },
  show: (result, screen) => {
    showHead(result, screen);
    showRequirements(result, screen);
    showNotCounted(result, screen);
    showBeside(result, screen);
    showHistory(result, screen);
  },
});

/** The ladder of a key or label; undefined where none was asked for. Throws USAGE. */
function ladderNamed({ ladders }: Program, wanted: string | undefined): string | undefined {
  const names = ladders.flatMap(({ key, label }) => [key, label]);
  const reason = text.why.unknownLadder;
  refuseUnknown(wanted, [...new Set(names)], { command: 'tier why', reason });
  const isMeant = (name: string) => name.toLowerCase() === wanted?.toLowerCase();
  return ladders.find(({ key, label }) => isMeant(key) || isMeant(label))?.key;
}

function showHead(result: Explanation, screen: Screen): void {
  const tier = result.tier === null ? text.why.noTier : result.tier.toUpperCase();
  const name = screen.tone('strong', result.partner.name);
  const stands = result.isEvaluated
    ? text.why.is(name, tier, result.program)
    : text.why.undecided(name, result.program);
  screen.line(`${stands}       ${text.why.asOf(result.asOf)}`);
  const parts = [
    result.windows.length === 0 ? '' : text.why.window(result.windows.join('; ')),
    result.nextReview === null ? '' : text.why.nextReview(result.nextReview),
    text.why.decision(stateWord(screen, 'decision', result.status)),
  ];
  screen.line(parts.filter((part) => part !== '').join('  '));
  for (const sentence of result.prospect) screen.line(sentence);
  for (const { connection, tier, by, at } of result.setByHand)
    screen.line(text.why.setByHand(connection, tier ?? text.why.noTier, by, screen.instant(at)));
  for (const uncertain of result.uncertain) screen.line(text.why.uncertain(uncertain));
  screen.line();
}

function showRequirements(result: Explanation, screen: Screen): void {
  const tier = result.forTier ?? '';
  if (result.outlook === 'top') screen.line(isAllMet(result) ? text.why.topMet(tier) : text.why.top(tier));
  if (result.asked === 'keep') screen.line(text.why.byKeeping(tier));
  if (result.requirements.length > 0) {
    const titles = result.outlook === 'keep' ? text.why.keepColumns(tier) : text.why.columns(tier);
    screen.table(
      titles.map((title, index) => ({ title, wrap: index === 0 || index === 5 })),
      result.requirements.map((requirement) => [
        requirement.choice === null
          ? requirement.label
          : text.why.choice(requirement.choice, requirement.label),
        requirement.needs,
        requirement.has,
        stateWord(screen, 'requirement', requirement.state),
        requirement.gap ?? requirement.reason ?? '',
        requirement.evidence,
      ]),
    );
    screen.line();
  }
  const aim = result.outlook === 'keep' ? text.why.toKeep(tier) : text.why.for(tier);
  if (result.missing !== null) screen.line(text.why.missing(result.missing));
  for (const shortfall of result.shortfalls) screen.line(text.why.shortfall(shortfall));
  if (result.enoughAlone.length > 1) screen.line(text.why.enough(aim, result.enoughAlone.join(', ')));
  else if (result.enoughAlone.length === 1) screen.line(text.why.enoughOne(aim));
}

function isAllMet({ requirements }: Explanation): boolean {
  return requirements.every(({ state, choice }) => choice !== null || state === 'met' || state === 'waived');
}

function showNotCounted({ notCounted, notCountedInAll }: Explanation, screen: Screen): void {
  if (notCounted.length === 0) return;
  screen.line(text.why.notCounted);
  screen.table(
    text.why.notCountedColumns.map((title, index) => ({ title, wrap: index === 1 || index === 3 })),
    notCounted.map((record) => [
      record.crmId ?? record.id,
      record.name ?? '',
      record.kpiLabel,
      record.why ?? '',
    ]),
  );
  const more = notCountedInAll - notCounted.length;
  if (more > 0) screen.line(text.why.more(formatCount(more)));
  screen.line();
}

/** What is held beside the tier, and what is missing for the rest. */
function showBeside({ beside }: Explanation, screen: Screen): void {
  if (beside.length === 0) return;
  screen.line(text.why.beside);
  screen.table(
    text.why.besideColumns.map((title, index) => ({ title, wrap: index === 3 })),
    beside.map(({ label, isSpecialisation, tier, since, status, summary }) => [
      label,
      tier === null ? text.why.notHeld : isSpecialisation ? text.why.held : tier,
      since ?? '-',
      `${stateWord(screen, 'decision', status)}. ${summary}`,
    ]),
  );
  screen.line();
}

function showHistory({ history, override }: Explanation, screen: Screen): void {
  screen.line(
    override === null
      ? text.why.noOverride
      : text.why.override(override.tier, override.untilOn, override.author, override.reason),
  );
  if (history.length === 0) return;
  screen.line(text.why.history);
  screen.table(
    text.why.historyColumns.map((title, index) => ({ title, wrap: index === 5 })),
    history
      .slice(0, shownHistory)
      .map((entry) => [
        entry.on,
        movementLabel(entry.movement, entry.status),
        entry.fromTier ?? '-',
        entry.toTier ?? '-',
        entry.runId ?? '-',
        entry.mergedName === null ? entry.reason : text.why.ofMerged(entry.mergedName, entry.reason),
      ]),
  );
}
