import type { SharedRecord, TierMove, Written } from '../demo/observe.ts';
import type { CallsLine, DemoSection, MatchLine, PassLine } from '../demo/sections.ts';
import { movementLabel } from '../tier/explain/decision-words.ts';
import { text } from './commands/demo.messages.ts';
import { matchRuleWords, text as matchText } from './commands/match/match.messages.ts';
import { formatCount, formatDuration, formatMany } from './format.ts';
import type { Screen } from './screen.ts';
import { stateWord } from './state-words.ts';

type Of<K extends DemoSection['kind']> = Extract<DemoSection, { kind: K }>;
type Numbered = Exclude<DemoSection, { kind: 'started' }>;

/** How many rows of a long table the demo shows. */
const shownPartners = 12;
const shownFigures = 12;

/** Tells the parts of a demo, each with an empty line at its end. */
export function demoTeller(screen: Screen, connections: number): (section: DemoSection) => void {
  let number = 0;
  const teller = { screen, connections, isSeveral: connections > 1 };
  return (section) => {
    if (section.kind === 'started') {
      showStarted(section, teller);
      // The last of several ends the paragraph.
      if (teller.isSeveral && ++number < connections) return;
      number = 0;
    } else {
      number += 1;
      screen.line(screen.tone('strong', text.numbered(number, titleOf(section, teller))));
      screen.line();
      showBody(section, teller);
    }
    screen.line();
  };
}

interface Teller {
  screen: Screen;
  connections: number;
  /** Whether connections have to be told apart. */
  isSeveral: boolean;
}

function showStarted({ connection, url, user, org }: Of<'started'>, { screen, isSeveral }: Teller): void {
  screen.line(isSeveral ? text.startedOne(connection, url, org) : text.started(url, user, org));
}

function titleOf(section: Numbered, { isSeveral }: Teller): string {
  switch (section.kind) {
    case 'read': {
      const { read, tookMs, calls } = section;
      return text.read(recordsIn(read), formatDuration(tookMs), formatMany(calls, 'API call'));
    }
    case 'changed':
      return text.changed(formatMany(section.changed, 'record'));
    case 'owned':
      return isSeveral ? text.ownedSeveral : text.owned;
    case 'happened':
      return isSeveral ? text.happenedSeveral : text.happened;
    default:
      return text[section.kind];
  }
}

function showBody(section: Numbered, teller: Teller): void {
  const { screen } = teller;
  switch (section.kind) {
    case 'read':
      showRead(section, teller);
      break;
    case 'matched':
      showMatched(section, teller);
      break;
    case 'partners':
      showPartners(section, teller);
      break;
    case 'owned':
      showWritten(section.pass, teller);
      showShared(section.shared, text.sharedOwned(formatMany(partnersIn(section.shared), 'partner')), screen);
      break;
    case 'happened':
      for (const { crm, sentence } of section.happenings)
        screen.line(`  ${teller.isSeveral ? text.bulletIn(crm, sentence) : text.bullet(sentence)}`);
      break;
    case 'changed':
      showChanged(section, teller);
      break;
    case 'disagreements':
      showDisagreements(section, teller);
      break;
    case 'quiet':
      showQuiet(section, teller);
      break;
  }
}

/** Titles of a table that names the connection first where there are several. */
function titles({ isSeveral }: Teller, names: readonly string[]): string[] {
  return isSeveral ? [text.in, ...names] : [...names];
}

/** Cells below such titles. */
function cells({ isSeveral }: Teller, connection: string, values: readonly string[]): string[] {
  return isSeveral ? [connection, ...values] : [...values];
}

function showRead({ read, byConnection, invalid, held }: Of<'read'>, teller: Teller): void {
  const { screen, isSeveral } = teller;
  screen.table(
    titles(teller, text.readColumns).map((title, index, { length }) => ({
      title,
      align: index === length - 1 ? 'right' : 'left',
    })),
    read.map((line) => cells(teller, line.connection, [line.object, line.entity, formatCount(line.records)])),
  );
  for (const { connection, calls } of isSeveral ? byConnection : []) {
    const own = read.filter((line) => line.connection === connection);
    screen.line(`  ${text.readBy(connection, recordsIn(own), formatMany(calls, 'API call'))}`);
  }
  if (invalid > 0) screen.line(`  ${text.invalid(formatMany(invalid, 'record'))}`);
  if (held > 0) screen.line(`  ${text.held(formatMany(held, 'record'))}`);
}

function showMatched({ joined, proposed }: Of<'matched'>, { screen }: Teller): void {
  showPairs(joined, screen);
  screen.line(`  ${text.joined(formatMany(joined.length, 'pair'))}`);
  if (proposed.length === 0) return;
  screen.line();
  showPairs(proposed, screen);
  screen.line(`  ${text.proposed(formatMany(proposed.length, 'pair'))}`);
}

/** A rule that holds for all of them is said once. */
function showPairs(lines: readonly MatchLine[], screen: Screen): void {
  const [first] = lines;
  if (first === undefined) return;
  const head = ({ connections }: MatchLine['one']) => `${text.in} ${connections.join(', ')}`.toUpperCase();
  const isOneRule = lines.length > 1 && lines.every(({ rule }) => rule === first.rule);
  const why = isOneRule ? matchRuleWords[first.rule].toUpperCase() : text.because;
  screen.table(
    text.matchedColumns(head(first.one), head(first.other), why).map((title, index) => ({
      title,
      wrap: index === 3,
    })),
    lines.map(({ entity, one, other, rule, key }) => [
      entity,
      one.name,
      other.name,
      isOneRule ? key : matchText.rule(rule, key),
    ]),
  );
}

/** Where connections are told apart there is no room for what is missing for the next tier. */
function showPartners({ headline, partners }: Of<'partners'>, teller: Teller): void {
  const { screen, connections, isSeveral } = teller;
  const holders = (held: readonly string[]) =>
    held.length === connections ? text.all(connections) : held.join(', ');
  const last = isSeveral ? text.partnerPlaces : text.partnerProgress;
  screen.table(
    [...text.partnerColumns(headline), ...last, text.asOf].map((title, index) => ({
      title,
      align: index === 2 ? 'right' : 'left',
      wrap: index === 4,
      once: title === text.asOf,
    })),
    partners
      .slice(0, shownPartners)
      .map(({ name, tier, headline: figure, next, requirements, connections: held, asOf }) => [
        name,
        tier ?? '-',
        figure,
        ...(isSeveral ? [holders(held)] : [next ?? '-', requirements]),
        asOf,
      ]),
  );
  if (partners.length > shownPartners)
    screen.line(`  ${text.more(formatCount(partners.length - shownPartners))}`);
}

function showChanged({ kpis, tiers, merged, pass, shared }: Of<'changed'>, teller: Teller): void {
  const { screen } = teller;
  if (kpis.length === 0) screen.line(`  ${text.noKpis}`);
  else {
    screen.table(
      text.kpiColumns.map((name, index) => ({ title: name, align: index > 1 ? 'right' : 'left' })),
      kpis.slice(0, shownFigures).map((line) => [line.partner, line.label, line.before, line.after]),
    );
    if (kpis.length > shownFigures) screen.line(`  ${text.more(formatCount(kpis.length - shownFigures))}`);
  }
  if (merged > 0) screen.line(`  ${text.merged(formatMany(merged, 'record'))}`);
  screen.line();
  if (tiers.length === 0) screen.line(`  ${text.noTiers}`);
  else {
    screen.table(
      text.tierColumns.map((name, index) => ({ title: name, wrap: index === 4 })),
      tiers.map((move) => [
        move.partner,
        movementWord(screen, move),
        move.from ?? '-',
        move.to ?? '-',
        move.reason,
      ]),
    );
  }
  screen.line();
  showWritten(pass, teller);
  showShared(shared, text.sharedChanged, screen);
}

/** A decision that moves nothing is told by the state that it leaves. */
function movementWord(screen: Screen, { movement, status, to }: TierMove): string {
  return movement === 'keep' ? stateWord(screen, 'decision', status) : movementLabel(movement, status, to);
}

function showDisagreements({ list }: Of<'disagreements'>, teller: Teller): void {
  const { screen } = teller;
  screen.table(
    titles(teller, text.disagreementColumns).map((title) => ({ title })),
    list.map((line) =>
      cells(teller, line.connection, [line.partner, line.attribute, line.ours, line.theirs]),
    ),
  );
  screen.line(`  ${text.disagreementChoice}`);
}

function showQuiet({ pass }: Of<'quiet'>, { screen }: Teller): void {
  const records = countOf(pass.written);
  const words = records === 0 ? text.noWrites : formatMany(records, 'record');
  screen.line(`  ${text.quietCost(words, formatMany(pass.calls, 'API call'), formatDuration(pass.tookMs))}`);
  screen.line(`  ${text.quietReads}`);
}

function showWritten({ written, byConnection, tookMs, ...total }: PassLine, teller: Teller): void {
  const { screen, isSeveral } = teller;
  const places = new Map(
    written.map(({ connection, object }) => [`${connection} ${object}`, { connection, object }]),
  );
  const count = (place: { connection: string; object: string }, action: string) =>
    written.find(
      (line) =>
        line.connection === place.connection && line.object === place.object && line.action === action,
    )?.records ?? 0;
  if (places.size > 0) {
    screen.table(
      titles(teller, text.wroteColumns).map((title, index, { length }) => ({
        title,
        align: index >= length - 2 ? 'right' : 'left',
      })),
      [...places.values()].map((place) =>
        cells(teller, place.connection, [
          place.object,
          formatCount(count(place, 'create')),
          formatCount(count(place, 'update')),
        ]),
      ),
    );
  }
  if (!isSeveral) {
    const parts = [...callWords(total), formatDuration(tookMs)] as const;
    screen.line(`  ${text.cost(formatMany(countOf(written), 'record'), ...parts)}`);
    return;
  }
  for (const { connection, ...calls } of byConnection) {
    const own = written.filter((line) => line.connection === connection);
    screen.line(`  ${text.costBy(connection, formatMany(countOf(own), 'record'), ...callWords(calls))}`);
  }
}

function callWords({ writeCalls, calls }: Omit<CallsLine, 'connection'>): [string, string] {
  return [formatMany(writeCalls, 'call'), formatMany(calls, 'call')];
}

/** Records of partners that several connections hold, under a sentence; nothing where there are none. */
function showShared(records: readonly SharedRecord[], sentence: string, screen: Screen): void {
  if (records.length === 0) return;
  screen.line();
  screen.line(`  ${sentence}`);
  screen.line();
  screen.table(
    text.sharedColumns.map((title, index) => ({ title, differing: index === 4 })),
    records.map(({ connection, object, name, tier, status }) => [
      connection,
      object,
      name,
      tier ?? '-',
      status === null ? '-' : stateWord(screen, 'decision', status),
    ]),
  );
}

function partnersIn(records: readonly SharedRecord[]): number {
  return new Set(records.map(({ partnerId }) => partnerId)).size;
}

function countOf(lines: readonly Pick<Written, 'records'>[]): number {
  return lines.reduce((total, { records }) => total + records, 0);
}

function recordsIn(lines: readonly Pick<Written, 'records'>[]): string {
  return formatMany(countOf(lines), 'record');
}
