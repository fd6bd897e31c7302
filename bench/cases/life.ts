import type { BenchCrm, BilledCalls } from '../crm/crm.ts';
import { aimNote, count, right, type Section, seconds } from '../section.ts';
import type { BenchSimulator } from '../simulator.ts';
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
  const { crm } = site;
  const decided = await task.decide();
  await simulator.takeCalls();
  const tiers = { pushed: await task.push(crm.objects.account), billed: await simulator.takeCalls() };
  const rest = { pushed: await task.push(null), billed: await simulator.takeCalls() };
  const figures = { decided, tiers: pushFigures(crm, tiers), rest: pushFigures(crm, rest) };
  const row = (what: string, each: ReturnType<typeof pushFigures>) => [
    what,
    count(each.written),
    seconds(each.seconds),
    String(each.calls),
    String(each.writes),
    String(each.polls),
    String(each.least),
    each.ratio.toFixed(2),
  ];
  const all = [figures.tiers, figures.rest];
  const rejected = tiers.pushed.rejected + rest.pushed.rejected;
  return {
    name: 'push',
    title: `Push of ${count(site.size.partners)} tier changes`,
    columns: [
      { title: 'What' },
      right('Records'),
      right('Time'),
      right('API calls'),
      right('of them writes'),
      right('of them polls'),
      right('Least possible'),
      right('Ratio'),
    ],
    rows: [row('tiers on accounts', figures.tiers), row('decisions, KPI values, status', figures.rest)],
    notes: [
      ...crm.leastNote,
      `Tiers, calls by kind: ${kinds(figures.tiers.booked)}. The rest: ${kinds(figures.rest.booked)}.`,
      aimNote('all: calls that write / least possible', ratioOf('writes', all), { atMost: 1.1 }),
      aimNote('tiers: calls / least possible', figures.tiers.ratio, { atMost: crm.mostOfPush }),
      aimNote('all: calls / least possible', ratioOf('calls', all), { atMost: crm.mostOfPush }),
      ...(rejected === 0 ? [] : [`NOT all were taken: ${rejected} rejected`]),
    ],
    figures,
  };
}

interface PushStep {
  pushed: Pushed;
  billed: BilledCalls;
}

function pushFigures(crm: BenchCrm, { pushed, billed }: PushStep) {
  const written = pushed.objects.filter((each) => each.rows > 0);
  const least = written.reduce((sum, { rows }) => sum + crm.leastWrites(rows, billed), 0);
  return {
    written: pushed.written,
    seconds: pushed.seconds,
    objects: pushed.objects,
    calls: billed.total,
    writes: crm.writeKinds.reduce((sum, kind) => sum + (pushed.booked[kind] ?? 0), 0),
    booked: pushed.booked,
    polls: billed.polls,
    jobs: billed.jobs,
    byKind: billed.byKind,
    least,
    ratio: billed.total / least,
  };
}

type Counted = { calls: number; writes: number; least: number };

function ratioOf(what: 'calls' | 'writes', steps: readonly Counted[]): number {
  const sum = (name: keyof Counted) => steps.reduce((total, each) => total + each[name], 0);
  return sum(what) / sum('least');
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
      `Calls by kind: ${kinds(calls.byKind)}.`,
      aimNote('writes', passed.written, { atMost: 0 }),
      aimNote('calls', calls.total, { atMost: life.site.crm.mostOfQuietPass }),
    ],
    figures: { ...passed, calls: calls.total, byKind: calls.byKind },
  };
}

function kinds(byKind: Record<string, number>): string {
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
    title: `A pass after 1 % changed: ${count(edited.accounts)} accounts, ${count(edited.deals)} deals`,
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
