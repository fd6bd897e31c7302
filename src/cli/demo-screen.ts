import type { TierMove, Written } from '../demo/observe.ts';
import type { DemoSection, PassLine, ReadLine } from '../demo/sections.ts';
import { movementLabel } from '../tier/decision-words.ts';
import { text } from './commands/demo.messages.ts';
import { formatCount, formatDuration, formatMany } from './format.ts';
import type { Screen } from './screen.ts';
import { stateWord } from './state-words.ts';

type Of<K extends DemoSection['kind']> = Extract<DemoSection, { kind: K }>;

/** How many rows of a long table the demo shows. */
const shownPartners = 12;
const shownFigures = 12;

/**
 * Tells one part of the demo, with an empty line at its end.
 * @param number Of the part among those that are numbered.
 */
export function showSection(section: DemoSection, screen: Screen, number: number): void {
  if (section.kind === 'started') {
    screen.line(text.started(section.url, section.user, section.org));
  } else {
    screen.line(screen.tone('strong', text.numbered(number, titleOf(section))));
    screen.line();
    showBody(section, screen);
  }
  screen.line();
}

type Numbered = Exclude<DemoSection, { kind: 'started' }>;

function titleOf(section: Numbered): string {
  switch (section.kind) {
    case 'read': {
      const { read, tookMs, calls } = section;
      const records = formatMany(sum(read), 'record');
      return text.read(records, formatDuration(tookMs), formatMany(calls, 'API call'));
    }
    case 'changed':
      return text.changed(formatMany(section.changed, 'record'));
    default:
      return text[section.kind];
  }
}

function showBody(section: Numbered, screen: Screen): void {
  switch (section.kind) {
    case 'read':
      showRead(section, screen);
      break;
    case 'partners':
      showPartners(section, screen);
      break;
    case 'owned':
      showWritten(section.pass, screen);
      break;
    case 'happened':
      for (const sentence of section.sentences) screen.line(`  ${text.bullet(sentence)}`);
      break;
    case 'changed':
      showChanged(section, screen);
      break;
    case 'disagreements':
      showDisagreements(section, screen);
      break;
    case 'quiet':
      showQuiet(section, screen);
      break;
  }
}

function showRead({ read, invalid, held }: Of<'read'>, screen: Screen): void {
  screen.table(
    text.readColumns.map((name, index) => ({ title: name, align: index === 2 ? 'right' : 'left' })),
    read.map((line) => [line.object, line.entity, formatCount(line.records)]),
  );
  if (invalid > 0) screen.line(`  ${text.invalid(formatMany(invalid, 'record'))}`);
  if (held > 0) screen.line(`  ${text.held(formatMany(held, 'record'))}`);
}

function showPartners({ headline, partners }: Of<'partners'>, screen: Screen): void {
  screen.table(
    text.partnerColumns(headline).map((name, index) => ({
      title: name,
      align: index === 2 ? 'right' : 'left',
      wrap: index === 4,
      once: index === 5,
    })),
    partners
      .slice(0, shownPartners)
      .map((line) => [
        line.name,
        line.tier ?? '-',
        line.headline,
        line.next ?? '-',
        line.requirements,
        line.asOf,
      ]),
  );
  if (partners.length > shownPartners)
    screen.line(`  ${text.more(formatCount(partners.length - shownPartners))}`);
}

function showChanged({ kpis, tiers, merged, pass }: Of<'changed'>, screen: Screen): void {
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
  showWritten(pass, screen);
}

/** A decision that moves nothing is told by the state that it leaves. */
function movementWord(screen: Screen, { movement, status }: TierMove): string {
  return movement === 'keep' ? stateWord(screen, 'decision', status) : movementLabel(movement, status);
}

function showDisagreements({ list }: Of<'disagreements'>, screen: Screen): void {
  screen.table(
    text.disagreementColumns.map((name) => ({ title: name })),
    list.map((line) => [line.partner, line.attribute, line.ours, line.theirs]),
  );
  screen.line(`  ${text.disagreementChoice}`);
}

function showQuiet({ pass }: Of<'quiet'>, screen: Screen): void {
  const records = recordsOf(pass.written);
  const words = records === 0 ? text.noWrites : formatMany(records, 'record');
  screen.line(`  ${text.quietCost(words, formatMany(pass.calls, 'API call'), formatDuration(pass.tookMs))}`);
  screen.line(`  ${text.quietReads}`);
}

function showWritten({ written, writeCalls, calls, tookMs }: PassLine, screen: Screen): void {
  const objects = [...new Set(written.map(({ object }) => object))];
  const count = (object: string, action: string) =>
    written.find((line) => line.object === object && line.action === action)?.records ?? 0;
  if (objects.length > 0) {
    screen.table(
      text.wroteColumns.map((name, index) => ({ title: name, align: index > 0 ? 'right' : 'left' })),
      objects.map((object) => [
        object,
        formatCount(count(object, 'create')),
        formatCount(count(object, 'update')),
      ]),
    );
  }
  const parts = [formatMany(writeCalls, 'call'), formatMany(calls, 'call'), formatDuration(tookMs)] as const;
  screen.line(`  ${text.cost(formatMany(recordsOf(written), 'record'), ...parts)}`);
}

function recordsOf(written: readonly Written[]): number {
  return written.reduce((total, { records }) => total + records, 0);
}

function sum(read: readonly ReadLine[]): number {
  return read.reduce((total, { records }) => total + records, 0);
}
