import { tellAlerts } from '../../app/alerts.ts';
import { engineOf } from '../../app/engine.ts';
import { TierlinkError } from '../../errors.ts';
import { type EntityName, entities } from '../../model/entities.ts';
import { freezeText } from '../../model/freeze-reasons.ts';
import type { Store } from '../../store/store.ts';
import type { PassResult } from '../../sync/pass/pass.ts';
import { runPass } from '../../sync/pass/pass.ts';
import type { RunResult } from '../../sync/records/runs.ts';
import { hasTiers } from '../../tier/ladder-of.ts';
import { defineCommand } from '../command.ts';
import { integerFlag, switchFlag, textFlag } from '../flags.ts';
import { formatActions, formatCount, formatDuration, formatMany, formatValue } from '../format.ts';
import { showPass } from '../pass-progress.ts';
import { passSchema, type ShownConnection, type ShownPass, shownPass } from '../pass-result.ts';
import type { Screen } from '../screen.ts';
import { stateWord } from '../state-words.ts';
import { startWaitLimit, waitOver } from '../wait-limit.ts';
import { currentActor } from '../who.ts';
import { text as matchText } from './match/match.messages.ts';
import { text } from './sync.messages.ts';

/** How many decisions and records to be written a person is shown; --json has them all. */
const shownRows = 12;

export const sync = defineCommand({
  name: 'sync',
  summary: text.summary,
  description: text.description,
  flags: {
    object: textFlag('OBJECT', text.object),
    full: switchFlag(text.full),
    dryRun: switchFlag(text.dryRun),
    acceptDeletes: switchFlag(text.acceptDeletes),
    wait: integerFlag('MINUTES', text.wait, { min: 0, max: 1440 }),
  },
  examples: [
    'tierlink sync',
    'tierlink sync --dry-run',
    'tierlink sync --connection prod --object Account --full',
    'tierlink sync --wait 30',
  ],
  result: passSchema,
  run: async ({ flags, global, app, progress, signal }) => {
    if (flags.dryRun && flags.wait !== undefined)
      throw new TierlinkError('USAGE', { reason: text.waitsForNobody, command: 'sync' });
    const opened = await app();
    const connections =
      global.connection === undefined ? opened.connections : [opened.connection(global.connection)];
    if (connections.length === 0 && !(await hasFeeds(opened.store)))
      throw new TierlinkError('CONNECTION_NONE');
    const limit = startWaitLimit(flags.wait, signal, (held) => progress.note(text.waitsFor(held)));
    const began = performance.now();
    const engine = engineOf(opened, {
      actor: currentActor(),
      signal: limit.signal,
      waitTurn: limit.waitTurn,
      onProgress: showPass(progress, connections.length),
    });
    const warnings: string[] = [];
    const run = await runPass({
      engine,
      connections,
      configured: opened.connections,
      only: flags.object,
      full: flags.full,
      dryRun: flags.dryRun,
      acceptDeletes: flags.acceptDeletes,
    }).finally(async () => {
      limit.end();
      if (!flags.dryRun) warnings.push(...(await tellAlerts(opened, { ...engine, waitTurn: undefined })));
    });
    progress.stop();
    if (run.state === 'cancelled' && limit.isOver())
      throw await waitOver(opened.store, { ...flags, run: run.id, limit, connection: global.connection });
    throwWhatStopped(run);
    const result = shownPass(run, performance.now() - began, opened.program);
    return {
      result,
      exit: exitOf(result),
      warnings,
      next: nextSteps(result, { ...flags, isTiered: hasTiers(opened.program) }),
    };
  },
  show: showPassResult,
});

/** Without a CRM there is something to measure where files have brought records, or a connection that is gone has. */
async function hasFeeds(store: Store): Promise<boolean> {
  return (await store.query('select 1 from tierlink.feed limit 1')).length > 0;
}

/** With nothing to show but an error, the error is the outcome. */
function throwWhatStopped(run: RunResult<PassResult>): void {
  if (run.state === 'cancelled') throw new TierlinkError('INTERRUPTED');
  const passes = run.value?.connections ?? [];
  const [only] = passes;
  if (passes.length === 1 && only?.error && only.pull === null) throw only.error;
  if (run.stopped !== null) throw run.stopped;
}

function exitOf({ state }: ShownPass): number {
  if (state === 'partial') return 68;
  return state === 'succeeded' || state === 'skipped' ? 0 : 1;
}

function nextSteps(
  result: ShownPass,
  { dryRun, object, isTiered }: { dryRun: boolean; object: string | undefined; isTiered: boolean },
): string[] {
  const objects = result.connections.flatMap((connection) => connection.objects);
  const rejected = result.connections.reduce((sum, { written }) => sum + (written?.rejected ?? 0), 0);
  const isWaiting = result.connections.some(
    ({ skipped, written }) =>
      skipped.length > 0 || (written !== null && written.waiting + written.unread.length > 0),
  );
  const steps: string[] = [];
  if (dryRun) return [text.nextSync(object)];
  if (rejected > 0 || objects.some(({ invalid, invalidValues }) => invalid + invalidValues > 0))
    steps.push(text.nextRejects(result.run));
  if (result.connections.some(({ missingFields }) => missingFields.length > 0)) steps.push(text.nextMapCheck);
  if (objects.some(({ held }) => held > 0)) steps.push(text.nextHeld);
  if (objects.some(({ conflicts, drift }) => conflicts + drift > 0)) steps.push(text.nextDifferences);
  if ((result.matching?.open ?? 0) > 0) steps.push(text.nextMatches);
  for (const { approval } of result.tiers?.held ?? []) steps.push(text.nextApproval(approval));
  if (isTiered && result.connections.some(({ notWritten }) => notWritten === 'write_back_off'))
    steps.push(text.nextCompare);
  if (result.connections.some(({ written }) => written !== null && written.heldCreates.length > 0))
    steps.push(text.nextPlan);
  if (result.connections.some(({ written }) => written !== null && written.undecided.length > 0))
    steps.push(text.nextLinks);
  if (isWaiting) steps.push(text.nextSync(undefined));
  return [...steps, text.nextPartners];
}

export function showPassResult(result: ShownPass, screen: Screen): void {
  const isDry = result.connections.some(({ notWritten }) => notWritten === 'dry_run');
  const isOne = result.connections.length < 2;
  for (const connection of result.connections) {
    if (!isOne) screen.line(screen.tone('strong', text.connection(connection.connection)));
    showConnection(connection, screen);
  }
  showMatching(result, isDry, screen);
  showAdopted(result, isDry, screen);
  showComputed(result, isDry, screen);
  for (const connection of result.connections) showWritten(connection, screen);
  const calls = result.connections.reduce((sum, connection) => sum + connection.calls, 0);
  screen.line(text.calls(formatMany(calls, 'API call')));
  screen.line();
  const word = stateWord(screen, 'run', result.state).toLowerCase();
  screen.line(text.ended(result.run, word, formatDuration(result.tookMs)));
}

/** Nothing is joined without a word. */
function showMatching({ matching }: ShownPass, isDry: boolean, screen: Screen): void {
  if (matching === null) return;
  const { joined, proposed } = matching;
  if (joined.length > 0) screen.line(text.joined(formatMany(joined.length, 'match', 'matches'), isDry));
  for (const { id, joinedName, survivorName, rule, key } of joined.slice(0, shownRows))
    screen.line(`  ${text.joinedPair(id, joinedName, survivorName, matchText.rule(rule, key))}`, 4);
  if (joined.length > shownRows) screen.line(`  ${text.more(formatCount(joined.length - shownRows))}`);
  if (proposed > 0) screen.line(text.proposed(formatMany(proposed, 'match', 'matches')));
}

/** What was found instead of created does not go unsaid. */
function showAdopted({ adopted }: ShownPass, isDry: boolean, screen: Screen): void {
  for (const { name, recordId, object, crmId, reasons } of adopted.slice(0, shownRows)) {
    screen.line(text.adopted(name ?? recordId, object, crmId, isDry));
    screen.line(`  ${reasons.join('; ')}`, 4);
  }
  if (adopted.length > shownRows) screen.line(`  ${text.more(formatCount(adopted.length - shownRows))}`);
}

function showComputed({ kpis, tiers }: ShownPass, isDry: boolean, screen: Screen): void {
  if (kpis === null) screen.line(text.skipped(text.skippedKpis));
  else screen.line(text.kpis(formatCount(kpis.changed), formatMany(kpis.partners, 'partner'), isDry));
  if (tiers === null) {
    screen.line(text.skipped(text.skippedTiers));
    return;
  }
  const { evaluated, decisions, waiting, held, movements } = tiers;
  screen.line(text.tiers(formatMany(evaluated, 'partner'), formatMany(decisions, 'decision'), isDry));
  if (waiting !== null)
    screen.line(text.newcomersWait(formatMany(waiting.partners, 'partner'), waiting.reason));
  for (const { up, down, because } of held)
    screen.line(text.held(up + down, formatMany(up + down, 'change'), { because, isDry }));
  if (!isDry || movements.length === 0) return;
  screen.line();
  screen.table(
    text.movementColumns.map((title, index) => ({ title, wrap: index === 4 })),
    movements
      .slice(0, shownRows)
      .map(({ partner, movement, from, to, summary }) => [
        partner,
        movement,
        formatValue(from),
        formatValue(to),
        summary,
      ]),
  );
  if (decisions > shownRows) screen.line(`  ${text.more(formatCount(decisions - shownRows))}`);
  screen.line();
}

function showConnection(connection: ShownConnection, screen: Screen): void {
  const { error } = connection;
  screen.table(
    text.columns.map((title, index) => ({ title, align: index > 1 ? 'right' : 'left' })),
    connection.objects.map((each) => [
      each.object,
      each.entity,
      formatCount(each.read),
      ...[each.created, each.updated, each.unchanged, each.held, each.invalid].map(countOrBlank),
      countOrBlank(each.deleted + each.merged + each.leftScope),
    ]),
  );
  screen.line();
  for (const object of connection.skipped) screen.line(text.skipped(object));
  for (const { object, entity, invalidValues, conflicts, drift } of connection.objects) {
    if (invalidValues > 0)
      screen.line(text.invalidValues(object, entity, formatMany(invalidValues, 'value')));
    if (conflicts + drift > 0)
      screen.line(text.differences(object, entity, formatMany(conflicts + drift, 'value')));
  }
  for (const { object, code, message, actions } of connection.problems) {
    screen.line(text.problem(object, code, message));
    showActions(actions, screen);
  }
  for (const { object, entity, reason } of connection.frozen)
    screen.line(text.frozen(object, entity, freezeText(reason)));
  for (const { object, fields } of connection.missingFields) {
    screen.line(text.missingFields(object, fields.join(', ')));
  }
  if (error !== null) {
    screen.line(text.stopped(connection.connection, error.code, error.message));
    showActions(error.actions, screen);
  }
}

function showActions(actions: readonly string[], screen: Screen): void {
  for (const line of formatActions(actions)) screen.line(`  ${line}`, 8);
}

/** Of many counts most are zero; the others are what is looked for. */
function countOrBlank(count: number): string {
  return count === 0 ? '' : formatCount(count);
}

function showWritten({ connection, written, notWritten, wouldWrite }: ShownConnection, screen: Screen): void {
  if (written !== null) {
    const { created, updated, rejected, waiting, unread } = written;
    screen.line(text.wrote(connection, formatCount(created), formatCount(updated), formatCount(rejected)));
    for (const object of unread) screen.line(text.unread(object));
    for (const { object, count } of written.heldCreates)
      screen.line(text.heldCreates(object, formatMany(count, 'record')));
    for (const { object, count } of written.undecided)
      screen.line(text.undecided(object, formatMany(count, 'record')));
    if (waiting > 0) screen.line(text.waiting(connection, formatMany(waiting, 'record')));
  }
  if (notWritten !== null) screen.line(text.notWritten[notWritten](connection));
  if (wouldWrite === null) return;
  showWouldWrite(wouldWrite, screen);
}

function showWouldWrite(would: NonNullable<ShownConnection['wouldWrite']>, screen: Screen): void {
  const { isOn, writes, unsent, calls, waiting, unread } = would;
  screen.line(
    writes.length === 0
      ? text.wouldNothing
      : text.would(formatMany(writes.length, 'record'), formatMany(calls, 'API call')),
  );
  if (!isOn && writes.length > 0) screen.line(text.wouldOnceOn);
  for (const object of unread) screen.line(text.unread(object));
  for (const { object, count } of would.heldCreates)
    screen.line(text.heldCreates(object, formatMany(count, 'record')));
  for (const { object, count } of would.undecided)
    screen.line(text.undecided(object, formatMany(count, 'record')));
  if (unsent > 0) screen.line(text.wouldNotSend(formatMany(unsent, 'record')));
  if (waiting > 0) screen.line(text.wouldWait(formatMany(waiting, 'record')));
  if (writes.length === 0) return;
  screen.line();
  screen.table(
    text.wouldColumns.map((title, index) => ({ title, align: index > 0 ? 'right' : 'left' })),
    [...groupedByObject(writes)].map(([object, own]) => [
      object,
      countOrBlank(own.filter(({ action }) => action === 'create').length),
      countOrBlank(own.filter(({ action }) => action === 'update').length),
    ]),
  );
  screen.line();
  showChanges(writes.filter(isTheirs), screen);
}

type Write = NonNullable<ShownConnection['wouldWrite']>['writes'][number];

function groupedByObject(writes: readonly Write[]): Map<string, Write[]> {
  const found = new Map<string, Write[]>();
  for (const write of writes) {
    const own = found.get(write.object);
    if (own === undefined) found.set(write.object, [write]);
    else own.push(write);
  }
  return found;
}

/** Whether the record is the CRM's own; what the program makes beside it is all new, and told by its number. */
function isTheirs({ entity }: Write): boolean {
  return entities[entity as EntityName].origin === 'crm';
}

function showChanges(writes: readonly Write[], screen: Screen): void {
  if (writes.length === 0) return;
  const rows = writes
    .slice(0, shownRows)
    .flatMap(({ object, record, name, changes }) =>
      changes.map(({ attribute, before, after }, index) => [
        index === 0 ? (name ?? record) : '',
        index === 0 ? object : '',
        attribute,
        formatValue(before),
        formatValue(after),
      ]),
    );
  screen.table(
    text.changeColumns.map((title, index) => ({ title, wrap: index > 2 })),
    rows,
  );
  if (writes.length > shownRows) screen.line(`  ${text.more(formatCount(writes.length - shownRows))}`);
  screen.line();
}
