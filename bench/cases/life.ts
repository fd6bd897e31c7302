import { aimNote, count, right, type Section, seconds } from '../section.ts';
import type { BenchSimulator, CallCounts } from '../simulator.ts';
import type { Site } from '../site.ts';
import { rowsOf } from '../size.ts';
import type { Passed, Pushed, Recomputed } from '../task.ts';
import { type LoadedStore, loadInto } from './load.ts';

/** The cases that follow each other on one loaded embedded store. */
export const lifeCases = ['recompute', 'push', 'nothing-changed', 'incremental'] as const;

interface Life extends LoadedStore {
  site: Site;
  simulator: BenchSimulator;
}

/** Loads a store once and goes through the cases in their order; what is not wanted is not measured. */
export async function lifeSections(site: Site, wanted: ReadonlySet<string>): Promise<Section[]> {
  site.say('one store for the next cases: loading');
  const simulator = await site.simulator(site.size);
  const life = { site, simulator, ...(await loadInto(site, simulator, await site.embeddedPlace())) };
  await life.task.loadRest();
  const sections = [await recomputeCase(life)];
  sections.push(await pushCase(life));
  if (wanted.has('nothing-changed') || wanted.has('incremental')) {
    site.say('a pass that reads back what was written');
    await life.task.pass();
    // What was just written lies in the overlap that the next pass reads again; the one after that is quiet.
    await advance(life);
    await life.task.pass();
    sections.push(await nothingChangedCase(life), await incrementalCase(life));
  }
  await life.task.close();
  await life.task.stop();
  await simulator.stop();
  return sections.filter((section) => wanted.has(section.name));
}

async function recomputeCase({ site, task }: Life): Promise<Section> {
  site.say('recompute');
  const all = await task.recomputeAll();
  const again = await task.recomputeSome();
  const some = await task.recomputeSome();
  const row = (what: string, each: Recomputed) => [
    what,
    count(each.partners),
    count(each.values),
    seconds(each.seconds),
    `${((each.seconds / each.partners) * 1000).toFixed(2)} ms`,
  ];
  return {
    name: 'recompute',
    title: `Recompute of all KPIs: ${count(site.size.partners)} partners with ${count(site.size.deals)} deals`,
    columns: [{ title: 'What' }, right('Partners'), right('Values'), right('Time'), right('Each partner')],
    rows: [
      row('all partners', all),
      row('1 % of them, dirtied by deals', again),
      row('the same once more', some),
    ],
    notes: [aimNote('1 % / all', Math.max(again.seconds, some.seconds) / all.seconds, { atMost: 0.05 })],
    figures: { all, some: again, again: some },
  };
}

async function pushCase({ site, task, simulator }: Life): Promise<Section> {
  site.say('push');
  const decided = await task.decide();
  await simulator.takeCalls();
  const tiers = { pushed: await task.push('Account'), calls: await simulator.takeCalls() };
  const rest = { pushed: await task.push(null), calls: await simulator.takeCalls() };
  const figures = { decided, tiers: pushFigures(tiers), rest: pushFigures(rest) };
  const row = (what: string, each: ReturnType<typeof pushFigures>) => [
    what,
    count(each.written),
    seconds(each.seconds),
    String(each.calls),
    String(each.polls),
    String(each.least),
    each.ratio.toFixed(2),
  ];
  const rejected = tiers.pushed.rejected + rest.pushed.rejected;
  return {
    name: 'push',
    title: `Push of ${count(site.size.partners)} tier changes`,
    columns: [
      { title: 'What' },
      right('Records'),
      right('Time'),
      right('API calls'),
      right('of them polls'),
      right('Least possible'),
      right('Ratio'),
    ],
    rows: [row('tiers on accounts', figures.tiers), row('decisions, KPI values, status', figures.rest)],
    notes: [
      'Least possible: for each object the cheaper of collections of 200 and one bulk job (create, upload, start,',
      'results, and the polls that it took).',
      aimNote('tiers: calls / least possible', figures.tiers.ratio, { atMost: 1.1 }),
      aimNote('all: calls / least possible', ratioOf(figures.tiers, figures.rest), { atMost: 1.1 }),
      ...(rejected === 0 ? [] : [`NOT all were taken: ${rejected} rejected`]),
    ],
    figures,
  };
}

interface PushStep {
  pushed: Pushed;
  calls: CallCounts;
}

function pushFigures({ pushed, calls }: PushStep) {
  const least = leastCalls(pushed, calls);
  return {
    written: pushed.written,
    seconds: pushed.seconds,
    objects: pushed.objects,
    calls: calls.total,
    polls: calls.polls,
    jobs: calls.jobs,
    byKind: calls.byKind,
    least,
    ratio: calls.total / least,
  };
}

function ratioOf(...steps: { calls: number; least: number }[]): number {
  const sum = (name: 'calls' | 'least') => steps.reduce((total, each) => total + each[name], 0);
  return sum('calls') / sum('least');
}

/** Calls of a bulk job without its polls: create, upload, start, fetch the results. */
const callsOfJob = 4;
const rowsOfCollection = 200;

function leastCalls({ objects }: Pushed, calls: CallCounts): number {
  const polls = calls.jobs === 0 ? 1 : calls.polls / calls.jobs;
  return objects
    .filter((each) => each.rows > 0)
    .reduce((sum, { rows }) => sum + Math.min(Math.ceil(rows / rowsOfCollection), callsOfJob + polls), 0);
}

const hourMs = 3_600_000;

async function advance({ task, simulator }: Life): Promise<void> {
  await task.advance(hourMs);
  await simulator.advance(hourMs);
  await simulator.takeCalls();
}

async function nothingChangedCase(life: Life): Promise<Section> {
  life.site.say('nothing changed');
  await advance(life);
  const passed = await life.task.pass();
  const calls = await life.simulator.takeCalls();
  return {
    name: 'nothing-changed',
    title: 'A pass after which nothing changed',
    columns: [{ title: 'What' }, right('Calls'), right('Records read'), right('Writes'), right('Time')],
    rows: [
      [
        'whole pass',
        String(calls.total),
        count(passed.read),
        String(passed.written),
        seconds(passed.seconds),
      ],
    ],
    notes: [
      `Calls by kind: ${kinds(calls)}.`,
      aimNote('writes', passed.written, { atMost: 0 }),
      aimNote('calls', calls.total, { atMost: 5 }),
    ],
    figures: { ...passed, calls: calls.total, byKind: calls.byKind },
  };
}

function kinds({ byKind }: CallCounts): string {
  return Object.entries(byKind)
    .map(([kind, calls]) => `${kind} ${calls}`)
    .join(', ');
}

async function incrementalCase(life: Life): Promise<Section> {
  life.site.say('1 % changed');
  const edited = await life.simulator.edit();
  await advance(life);
  const passed = await life.task.pass();
  const calls = await life.simulator.takeCalls();
  const changed = edited.accounts + edited.deals;
  return {
    name: 'incremental',
    title: `A pass after 1 % changed: ${count(edited.accounts)} accounts, ${count(edited.deals)} opportunities`,
    columns: [
      { title: 'What' },
      right('Records'),
      right('Time'),
      right('Rate'),
      right('Share of the first load'),
      right('API calls'),
    ],
    rows: [
      incrementalRow(life, 'read and merged', { ...passed, seconds: passed.pullSeconds }),
      [
        `whole pass (${count(passed.partners)} partners computed)`,
        '',
        seconds(passed.seconds),
        '',
        '',
        String(calls.total),
      ],
    ],
    notes: [
      ...(passed.changed === changed ? [] : [`NOT as many changes arrived as were made: ${passed.changed}`]),
      `The edits are spread evenly, so that ${count(passed.partners)} of ${count(life.site.size.partners)} partners are touched.`,
      aimNote('reading 1 % / first load', passed.pullSeconds / life.seconds, { atMost: 0.05 }),
    ],
    figures: { ...passed, edited, calls: calls.total, byKind: calls.byKind, loadSeconds: life.seconds },
  };
}

function incrementalRow(life: Life, what: string, passed: Passed): string[] {
  return [
    what,
    count(passed.changed),
    seconds(passed.seconds),
    `${count(passed.changed / passed.seconds)}/s`,
    `${((passed.seconds / life.seconds) * 100).toFixed(1)} % for ${((passed.changed / rowsOf(life.site.size)) * 100).toFixed(1)} % of the rows`,
    '',
  ];
}
