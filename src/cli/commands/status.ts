import { z } from 'zod';
import { readStatus, type Status, type WaitingWork } from '../../app/status.ts';
import { freezeText } from '../../model/freeze-reasons.ts';
import { filesAlias } from '../../model/record-id.ts';
import { verificationStates } from '../../model/states.ts';
import { defineCommand } from '../command.ts';
import { integerFlag } from '../flags.ts';
import { formatActions, formatCount, formatDuration, formatMany } from '../format.ts';
import type { Screen } from '../screen.ts';
import { stateWord } from '../state-words.ts';
import { verifiedWords } from '../verified-screen.ts';
import { text } from './status.messages.ts';

const resultSchema = z.strictObject({
  store: z.enum(['embedded', 'postgres']),
  owner: z.strictObject({ pid: z.int(), command: z.string(), since: z.string() }).nullable(),
  program: z.string(),
  connections: z.array(
    z.strictObject({
      alias: z.string(),
      crm: z.string(),
      state: z.string(),
      reason: z.string().nullable(),
      actions: z.array(z.string()),
      until: z.string().nullable(),
      org: z.string().nullable(),
      orgKind: z.string().nullable(),
      completeTo: z.string().nullable(),
      verification: z
        .strictObject({
          state: z.enum(Object.keys(verificationStates) as (keyof typeof verificationStates)[]),
          verifiedTo: z
            .string()
            .nullable()
            .describe('Instant of the CRM up to which everything was here when it was verified last.'),
          records: z.int().describe('Records that are not here as the CRM has them.'),
          obstacles: z
            .array(
              z.strictObject({
                object: z.string(),
                words: z.string().describe('What is in the way of looking.'),
                next: z.array(z.string()).describe('What to do about it, the best first.'),
              }),
            )
            .describe('Why it is not known.'),
        })
        .describe('Whether everything that the CRM has was found to be here.'),
      writeBack: z.boolean(),
      tierMode: z.string(),
      callsToday: z.int(),
      dailyCalls: z.int(),
    }),
  ),
  feeds: z.array(
    z.strictObject({
      connection: z.string(),
      object: z.string(),
      entity: z.string(),
      records: z.int(),
      completeTo: z.string().nullable(),
      lacksRows: z
        .boolean()
        .describe(
          'Whether a file came without some of its rows, and nobody has said with --complete-to since that all are here.',
        ),
      frozen: z.string().nullable(),
    }),
  ),
  waiting: z.strictObject({
    dirtyPartners: z.int(),
    toCompare: z.int(),
    pendingWrites: z.int(),
    unmappedWrites: z.int(),
    held: z.int(),
    rejects: z.int(),
    differences: z.int(),
    reversals: z
      .int()
      .describe('Facts that take back an entry that is not there, and count for nothing until it is.'),
    matches: z.int(),
    approvals: z.int(),
  }),
  periods: z
    .array(
      z.strictObject({
        period: z.string().describe('Name of the period, such as 2026-10.'),
        endsOn: z.string().describe('Last day of it.'),
        waitsFor: z.array(z.string()).describe('What is not complete to its end, in words.'),
      }),
    )
    .describe('Periods that are over, and whose figures are not final yet.'),
  runs: z.array(
    z.strictObject({
      id: z.string(),
      kind: z.string(),
      connection: z.string().nullable(),
      object: z.string().nullable(),
      state: z.string(),
      reason: z.string().nullable(),
      startedAt: z.string(),
      finishedAt: z.string().nullable(),
      calls: z.int(),
    }),
  ),
});

export const status = defineCommand({
  name: 'status',
  summary: text.summary,
  flags: { runs: integerFlag('N', text.runs, { min: 0, max: 500 }) },
  examples: ['tierlink status', 'tierlink status --connection prod', 'tierlink status --json'],
  result: resultSchema,
  run: async ({ flags, global, app }) => {
    const result = await readStatus(await app(), { runs: flags.runs, connection: global.connection });
    return { result, next: nextSteps(result) };
  },
  show: (result, screen) => {
    screen.facts([
      [text.program, result.program],
      [text.store, storeText(result, screen)],
    ]);
    screen.line();
    showConnections(result, screen);
    showFeeds(result, screen);
    showWaiting(result, screen);
    showRuns(result, screen);
  },
});

function storeText({ store, owner }: Status, screen: Screen): string {
  if (owner === null) return text[store];
  return text.through(owner.pid, owner.command, screen.instant(owner.since));
}

function nextSteps({ connections, waiting, feeds }: Status): string[] {
  const steps: string[] = [];
  if (connections.some(({ state }) => state === 'action_required' || state === 'unknown'))
    steps.push(text.next.doctor);
  else if (waiting.unmappedWrites > 0) steps.push(text.next.doctor);
  if (connections.length > 0 && feeds.every(({ connection }) => connection === filesAlias))
    steps.push(text.next.sync);
  if (
    connections.some(({ verification: { state } }) => ['different', 'unknown', 'unsettled'].includes(state))
  )
    steps.push(text.next.verify);
  if (waiting.rejects > 0) steps.push(text.next.rejects);
  if (waiting.differences > 0) steps.push(text.next.differences);
  if (waiting.matches > 0) steps.push(text.next.matches);
  if (waiting.approvals > 0) steps.push(text.next.approvals);
  return steps;
}

function showConnections({ connections }: Status, screen: Screen): void {
  if (connections.length === 0) return;
  screen.table(
    [
      { title: 'CONNECTION' },
      { title: 'STATE' },
      { title: 'ORG' },
      { title: 'COMPLETE TO' },
      { title: 'WRITE-BACK' },
      { title: 'CALLS TODAY', align: 'right' },
    ],
    connections.map((each) => {
      const word = stateWord(screen, 'connection', each.state);
      return [
        each.alias,
        each.until === null ? word : text.until(word, screen.instant(each.until)),
        each.org === null ? '-' : `${each.org} (${each.orgKind})`,
        screen.instant(each.completeTo),
        each.writeBack ? text.writeBackOn(each.tierMode) : text.writeBackOff(each.tierMode),
        text.calls(formatCount(each.callsToday), formatCount(each.dailyCalls)),
      ];
    }),
  );
  for (const { alias, reason, actions } of connections) {
    if (reason !== null) screen.line(`  ${alias}: ${reason}`);
    for (const line of formatActions(actions)) screen.line(`  ${line}`, 8);
  }
  for (const connection of connections) showVerification(connection, screen);
  screen.line();
}

function showVerification({ alias, verification }: Status['connections'][number], screen: Screen): void {
  const { state, records, obstacles } = verification;
  const words = verifiedWords(screen, verification);
  const differing = state === 'different' ? text.differing(formatMany(records, 'record')) : '';
  screen.line(`  ${text.verification(alias, words)}${differing}`);
  for (const { object, words: why, next } of obstacles) {
    screen.line(`    ${object}: ${why}.`);
    for (const line of formatActions(next)) screen.line(`    ${line}`, 10);
  }
}

function showFeeds({ feeds }: Status, screen: Screen): void {
  if (feeds.length === 0) screen.line(text.noFeeds);
  else {
    screen.table(
      [
        { title: 'READ FROM' },
        { title: 'AS' },
        { title: 'RECORDS', align: 'right' },
        { title: 'COMPLETE TO', once: true },
        { title: 'FROZEN BECAUSE', wrap: true },
      ],
      feeds.map((feed) => [
        `${feed.connection} ${feed.object}`,
        feed.entity,
        recordsText(feed),
        screen.instant(feed.completeTo),
        feed.frozen === null ? '' : freezeText(feed.frozen),
      ]),
    );
  }
  screen.line();
}

function showWaiting({ waiting, periods }: Status, screen: Screen): void {
  const some = Object.entries(waiting).filter(([, count]) => count > 0);
  if (some.length + periods.length === 0) screen.line(text.nothingWaits);
  else {
    screen.line(text.waits);
    for (const [name, count] of some) {
      const [one, many] = text.waiting[name as keyof WaitingWork];
      screen.line(`  ${formatMany(count, one, many)}`);
    }
    for (const { period, waitsFor } of periods) screen.line(`  ${text.period(period, waitsFor.join('; '))}`);
  }
  screen.line();
}

function showRuns({ runs }: Status, screen: Screen): void {
  if (runs.length === 0) {
    screen.line(text.noRuns);
    return;
  }
  screen.table(
    [
      { title: 'RUN' },
      { title: 'WHAT' },
      { title: 'STATE' },
      { title: 'STARTED' },
      { title: 'TOOK', align: 'right' },
      { title: 'CALLS', align: 'right' },
      { title: 'REASON', wrap: true },
    ],
    runs.map((run) => [
      run.id,
      [run.kind, run.connection, run.object].filter((part) => part !== null).join(' '),
      stateWord(screen, 'run', run.state),
      screen.instant(run.startedAt),
      run.finishedAt === null ? '-' : formatDuration(Date.parse(run.finishedAt) - Date.parse(run.startedAt)),
      formatCount(run.calls),
      run.reason ?? '',
    ]),
  );
}

function recordsText({ records, completeTo, lacksRows }: Status['feeds'][number]): string {
  const count = formatCount(records);
  if (lacksRows) return text.lacksRows(count);
  return completeTo === null ? text.soFar(count) : count;
}
