import { mismatchCauses } from '../model/mismatch-causes.ts';
import { text } from './commands/verify.messages.ts';
import type { VerifyResult } from './commands/verify.ts';
import { formatCount } from './format.ts';
import type { Screen } from './screen.ts';
import { stateWord } from './state-words.ts';

type Connection = VerifyResult['connections'][number];
type Cause = Connection['causes'][number];

/** What a verification found, for a person. */
export function showVerified({ connections, estimates }: VerifyResult, screen: Screen): void {
  for (const { connection, calls, records, months } of estimates ?? [])
    screen.line(text.wouldTake(connection, calls, records, months));
  for (const connection of connections) showConnection(connection, screen);
}

/** Verified complete to when, or why not. */
export function verifiedWords(
  screen: Screen,
  { state, verifiedTo }: Pick<Connection, 'state' | 'verifiedTo'>,
): string {
  const word = stateWord(screen, 'verification', state);
  if (verifiedTo === null) return word;
  const at = screen.instant(verifiedTo);
  return state === 'verified' ? text.verifiedTo(word, at) : text.lastVerified(word, at);
}

function showConnection(connection: Connection, screen: Screen): void {
  const { run, calls, reason, feeds, causes, unsettled, months } = connection;
  screen.line(
    screen.tone('strong', text.connection(connection.connection, verifiedWords(screen, connection))),
  );
  if (reason !== null) screen.line(`  ${reason}`);
  if (run !== null) screen.line(`  ${text.took(run, calls)}`);
  screen.line();
  screen.table(
    text.columns.map((title, index) => ({
      title,
      ...(index === 2 || index === 3 ? { align: 'right' as const } : {}),
    })),
    feeds.map((feed) => [
      feed.object,
      feed.entity,
      formatCount(feed.records),
      formatCount(feed.months),
      text.values(
        feed.comparedMonths,
        feed.months,
        feed.valuesFrom === null ? null : screen.instant(feed.valuesFrom),
      ),
      stateWord(screen, 'verification', feed.state),
    ]),
  );
  for (const { object, reason: obstacle } of feeds)
    if (obstacle !== null) screen.line(`  ${text.because(object, obstacle.words)}`);
  if (causes.length > 0) {
    screen.line();
    screen.line(screen.tone('strong', text.differs));
  }
  for (const cause of causes) showCause(cause, screen);
  if (unsettled.length > 0) showUnsettled(unsettled, screen);
  if (months !== null) showMonths(months, screen);
  screen.line();
}

function showCause(cause: Cause, screen: Screen): void {
  const { label, meaning } = mismatchCauses[cause.cause];
  screen.line(`  ${text.cause(label, cause.records, cause.object)}`, 4);
  screen.line(`    ${meaning}`, 4);
  if (cause.unsettled > 0) screen.line(`    ${text.unsettled(cause.unsettled)}`, 4);
  for (const { name, crmId, url, attributes } of cause.examples)
    screen.line(`    ${text.example(name ?? crmId, attributes)}  ${url ?? crmId}`, 6);
  const more = cause.records - cause.examples.length;
  if (more > 0) screen.line(`    ${text.more(more)}`);
}

function showUnsettled(unsettled: Connection['unsettled'], screen: Screen): void {
  screen.line();
  screen.line(screen.tone('strong', text.notSettled));
  for (const { object, month, counted, here, recounted, changed, moved } of unsettled) {
    screen.line(`  ${text.unsettledMonth(object, month, counted, here)}`, 4);
    if (!recounted) screen.line(`    ${text.notRecounted}`, 4);
    if (changed > 0) screen.line(`    ${text.movedMeanwhile(changed)}`, 4);
    else if (recounted) screen.line(`    ${text.nothingMoved}`, 4);
    for (const { name, crmId, url } of moved) screen.line(`      ${name ?? crmId}  ${url ?? crmId}`, 8);
    if (changed > moved.length) screen.line(`      ${text.more(changed - moved.length)}`);
    screen.line(`    ${text.looksAgain}`, 4);
  }
}

function showMonths(months: NonNullable<Connection['months']>, screen: Screen): void {
  screen.line();
  screen.table(
    text.monthColumns.map((title, index) => ({
      title,
      ...(index > 2 && index < 6 ? { align: 'right' as const } : {}),
    })),
    months.map(({ object, entity, month, counted, linked, aside, comparedAt }) => [
      object,
      entity,
      month ?? text.noMonth,
      formatCount(counted),
      formatCount(linked),
      formatCount(aside),
      screen.instant(comparedAt),
    ]),
  );
}
