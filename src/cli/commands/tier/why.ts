import { findPartner } from '../../../app/partners.ts';
import { tiersSetByHand } from '../../../app/tiers-set-by-hand.ts';
import { knownId } from '../../../model/record-id.ts';
import { movementLabel } from '../../../tier/explain/decision-words.ts';
import { explainTier } from '../../../tier/explain/explain.ts';
import { grouped } from '../../../tier/load.ts';
import { defineCommand } from '../../command.ts';
import { requirementLabel } from '../../earned.ts';
import { type Explanation, explanationSchema, shownExplanation } from '../../explanation.ts';
import { choiceFlag, textFlag } from '../../flags.ts';
import { formatCount } from '../../format.ts';
import { ladderNamed } from '../../ladder-named.ts';
import { pageFormats, printPage } from '../../page.ts';
import { partnerPage } from '../../partner-page.ts';
import { formatInstant, type Screen } from '../../screen.ts';
import { stateWord } from '../../state-words.ts';
import { text } from './tier.messages.ts';

const shownHistory = 8;

export const tierWhy = defineCommand({
  name: 'tier why',
  summary: text.why.summary,
  args: { partner: { help: text.why.partner, required: true } },
  flags: {
    ladder: textFlag('LADDER', text.why.ladder),
    format: choiceFlag('format', text.why.format, pageFormats),
  },
  examples: [
    'tierlink tier why "Acme Partners"',
    'tierlink tier why "Acme Partners" --format html > acme.html',
    'tierlink tier why "Acme Partners" --json',
  ],
  result: explanationSchema,
  run: async ({ args, flags, app, zone }) => {
    const { store, program, clock } = await app();
    const partner = await findPartner(store, args.partner);
    const ladder = ladderNamed(program, flags.ladder, 'tier why');
    const explained = await explainTier(store, { program, partnerId: partner.id, ladder, now: clock.now() });
    const byHand = await tiersSetByHand(store, [partner.id]);
    const setByHand = byHand.get(partner.id) ?? [];
    const instant = (iso: string) => formatInstant(iso, zone());
    const page = flags.format === undefined ? null : printPage(partnerPage(explained, instant), flags.format);
    const result = shownExplanation(explained, { setByHand, page });
    if (page !== null) return { result };
    const kpi = result.requirements.find((requirement) => requirement.kpi !== null)?.kpi;
    const next = kpi ? [text.why.nextRecords(partner.name, kpi)] : [];
    return { result, next: result.setByHand.length > 0 ? [text.why.nextDifferences, ...next] : next };
  },
  show: (result, screen) => {
    if (result.page !== null) return screen.text(result.page);
    showHead(result, screen);
    showRequirements(result, screen);
    showNotCounted(result, screen);
    showBeside(result, screen);
    showBasis(result, screen);
    showHistory(result, screen);
  },
});

function showHead(result: Explanation, screen: Screen): void {
  screen.line(`${standsText(result, screen)}       ${text.why.asOf(result.asOf)}`);
  const parts = [
    result.windows.length === 0 ? '' : text.why.window(result.windows.join('; ')),
    result.nextReview === null ? '' : reviewText(result.asOf, result.nextReview),
    text.why.decision(decisionWord(screen, result)),
  ];
  screen.line(parts.filter((part) => part !== '').join('  '));
  if (result.track !== null) screen.line(trackText(result.asOf, result.track));
  for (const sentence of result.prospect) screen.line(sentence);
  for (const { connection, tier, by, byName, at } of result.setByHand)
    screen.line(text.why.setByHand(connection, tier ?? text.why.noTier, byName ?? by, screen.instant(at)));
  for (const uncertain of result.uncertain) screen.line(text.why.uncertain(uncertain));
  screen.line();
}

function standsText(
  { partner, isEvaluated, tier, isSpecialisation, ladder, program }: Explanation,
  screen: Screen,
): string {
  const name = screen.tone('strong', partner.name);
  if (!isEvaluated) return text.why.undecided(name, program);
  if (tier !== null) return text.why.is(name, tier.toUpperCase(), program);
  return isSpecialisation
    ? text.why.holdsNot(name, ladder, program)
    : text.why.is(name, text.why.noTier, program);
}

/** Who was given its tier today does not keep it yet: the decision is called what the history calls it. */
function decisionWord(screen: Screen, result: Explanation): string {
  if (!result.isEvaluated) return text.why.noDecision;
  const made = result.history.find(({ decisionId }) => decisionId === result.decision);
  const isNew = made !== undefined && made.on === result.asOf && made.fromTier !== made.toTier;
  return isNew && result.status === 'keeps'
    ? movementLabel(made.movement, made.status, made.toTier)
    : standingWord(screen, result);
}

/** Who holds nothing keeps nothing. */
function standingWord(screen: Screen, { tier, status }: Pick<Explanation, 'tier' | 'status'>): string {
  return tier === null && status === 'keeps' ? text.why.nothingHeld : stateWord(screen, 'decision', status);
}

function trackText(asOf: string, { label, since, until }: NonNullable<Explanation['track']>): string {
  if (since === null || until === null) return text.why.trackToday(label);
  return until <= asOf ? text.why.trackOver(label, since, until) : text.why.track(label, since, until);
}

/** A review stays due while a person is asked about what it brings, and while inputs are not complete. */
function reviewText(asOf: string, day: string): string {
  return day <= asOf ? text.why.reviewDue(day) : text.why.nextReview(day);
}

function showRequirements(result: Explanation, screen: Screen): void {
  const tier = result.forTier ?? '';
  if (result.asked === 'keep') screen.line(text.why.byKeeping(tier));
  if (result.judgedOn !== null) screen.line(text.why.judgedOn(result.judgedOn));
  if (result.judgedIn !== null) screen.line(text.why.judgedIn(result.judgedIn));
  if (result.outlook === 'ready') screen.line(text.why.ready(tier));
  if (result.outlook === 'top') screen.line(topText(result, tier));
  if (result.requirements.length > 0) {
    const titles = result.outlook === 'keep' ? text.why.keepColumns(tier) : text.why.columns(tier);
    screen.table(
      titles.map((title, index) => ({ title, wrap: index === 0 || index === 5 })),
      result.requirements.map((requirement) => [
        requirementLabel(requirement),
        requirement.needs,
        requirement.has,
        stateWord(screen, 'requirement', requirement.state),
        requirement.gap ?? requirement.reason ?? '',
        requirement.evidence,
      ]),
    );
    screen.line();
  }
  if (result.missing !== null) screen.line(text.why.missing(result.missing));
  for (const shortfall of result.shortfalls) screen.line(text.why.shortfall(shortfall));
  showEnough(result, screen);
}

function showEnough({ enoughAlone, missing, outlook, forTier }: Explanation, screen: Screen): void {
  if (missing === null) return;
  const tier = forTier ?? '';
  const aim = outlook === 'keep' || outlook === 'top' ? text.why.toKeep(tier) : text.why.for(tier);
  if (enoughAlone.length !== 1) {
    screen.line(enoughAlone.length === 0 ? text.why.enoughNone(aim) : text.why.enough(aim));
  }
  for (const { text: words, through } of enoughAlone) {
    screen.line(enoughAlone.length === 1 ? text.why.enoughOne(aim, words) : text.why.enoughItem(words), 4);
    if (through.length > 0) screen.line(text.why.through(through.map((part) => part.text).join('; ')), 6);
  }
}

function topText({ requirements, missing, isSpecialisation }: Explanation, tier: string): string {
  const top = isSpecialisation ? text.why.isHeld(tier) : text.why.highest(tier);
  if (requirements.every(({ state }) => state === 'met' || state === 'waived')) return text.why.topMet(top);
  return missing === null ? text.why.topMetSo(top) : text.why.top(top);
}

function showNotCounted({ notCounted, notCountedInAll }: Explanation, screen: Screen): void {
  if (notCounted.length === 0) return;
  screen.line(text.why.notCounted);
  screen.table(
    text.why.notCountedColumns.map((title, index) => ({ title, wrap: index === 1 || index === 3 })),
    [...grouped(notCounted, lineOf)].map(([, records]) => [
      records.map(knownId).join(', '),
      [...new Set(records.map(({ name }) => name ?? ''))].join('; '),
      records[0]!.kpiLabel,
      records[0]!.why ?? '',
    ]),
  );
  const more = notCountedInAll - notCounted.length;
  if (more > 0) screen.line(text.why.more(formatCount(more)));
  screen.line();
}

/** Records that fall short together, as those of one value do, are one line. */
function lineOf({ id, reason, kpiLabel, why }: Explanation['notCounted'][number]): string {
  return reason === 'falls_short' ? `${kpiLabel}: ${why}` : id + kpiLabel;
}

function showBasis({ programVersion, inputsCompleteTo }: Explanation, screen: Screen): void {
  const complete = inputsCompleteTo === null ? [] : [text.why.complete(screen.instant(inputsCompleteTo))];
  screen.line([text.why.rules(programVersion), ...complete].join('  '));
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
      isSpecialisation && tier !== null && status === 'keeps'
        ? standingWord(screen, { tier, status })
        : `${standingWord(screen, { tier, status })}. ${summary}`,
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
        movementLabel(entry.movement, entry.status, entry.toTier),
        entry.fromTier ?? '-',
        entry.toTier ?? '-',
        entry.runId ?? '-',
        entry.mergedName === null ? entry.reason : text.why.ofMerged(entry.mergedName, entry.reason),
      ]),
  );
}
