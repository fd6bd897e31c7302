import type { Drained, Taken } from '../drain.ts';
import type { StorePlace } from '../project.ts';
import { aimNote, count, rate, right, type Section, seconds } from '../section.ts';
import type { BenchSimulator } from '../simulator.ts';
import type { Site } from '../site.ts';
import { halfOf, rowsOf } from '../size.ts';
import type { Loaded, Task } from '../task.ts';

/** A loaded store and the process that has it open. */
export interface LoadedStore {
  task: Task;
  loaded: Loaded;
  /** Seconds of the whole load. */
  seconds: number;
}

type DrainFigures = Drained & { calls: number; peakMb: number };

interface Figures {
  drain: DrainFigures;
  library: DrainFigures | { failed: string };
  embedded: LoadFigures;
  embeddedHalf: LoadFigures;
  postgres: LoadFigures | null;
  postgresHalf: LoadFigures | null;
}

interface LoadFigures extends Taken {
  rows: number;
  /** That the simulator billed. */
  calls: number;
  startMb: number;
  peakMb: number;
  objects: Loaded['objects'];
}

/** Opens a store in a process of its own and loads accounts and opportunities. */
export async function loadInto(
  site: Site,
  simulator: BenchSimulator,
  place: StorePlace,
): Promise<LoadedStore> {
  const task = site.task();
  await task.open({ place, ...site.startOn(simulator) });
  const loaded = await task.load();
  return { task, loaded, seconds: loaded.objects.reduce((sum, each) => sum + each.seconds, 0) };
}

/** The first load, beside reading the same data and keeping nothing. */
export async function loadCase(site: Site): Promise<Section> {
  site.say('load: half of the records, for memory');
  const half = await site.simulator(halfOf(site.size));
  const embeddedHalf = await measure(site, half, await site.embeddedPlace());
  const postgresHalf = await measure(site, half, await site.postgresPlace());
  await half.stop();
  site.say('load: all records');
  const whole = await site.simulator(site.size);
  const figures: Figures = {
    drain: await drain(site, whole),
    library: await drainLibrary(site, whole),
    embedded: await measure(site, whole, await site.embeddedPlace()),
    embeddedHalf,
    postgres: await measure(site, whole, await site.postgresPlace()),
    postgresHalf,
  };
  await whole.stop();
  return sectionOf(site, figures);
}

function measure(site: Site, simulator: BenchSimulator, place: StorePlace): Promise<LoadFigures>;
function measure(
  site: Site,
  simulator: BenchSimulator,
  place: StorePlace | undefined,
): Promise<LoadFigures | null>;
async function measure(
  site: Site,
  simulator: BenchSimulator,
  place: StorePlace | undefined,
): Promise<LoadFigures | null> {
  if (place === undefined) return null;
  await simulator.takeCalls();
  const { task, loaded, seconds } = await loadInto(site, simulator, place);
  await task.close();
  await task.stop();
  const rows = loaded.objects.reduce((sum, each) => sum + each.rows, 0);
  const cpuSeconds = loaded.objects.reduce((sum, each) => sum + each.cpuSeconds, 0);
  const { total: calls } = await simulator.takeCalls();
  return { ...loaded, rows, calls, seconds, cpuSeconds };
}

async function drain(site: Site, simulator: BenchSimulator): Promise<DrainFigures> {
  return await drained(site, simulator, async (task) => await task.drain(site.startOn(simulator)));
}

async function drainLibrary(site: Site, simulator: BenchSimulator): Promise<Figures['library']> {
  try {
    return await drained(site, simulator, async (task) => await task.drainLibrary(site.startOn(simulator)));
  } catch (error) {
    return { failed: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
  }
}

async function drained(
  site: Site,
  simulator: BenchSimulator,
  work: (task: Task) => Promise<Drained>,
): Promise<DrainFigures> {
  const task = site.task();
  try {
    await simulator.takeCalls();
    const taken = await work(task);
    return { ...taken, calls: (await simulator.takeCalls()).total, peakMb: await task.peak() };
  } finally {
    await task.stop();
  }
}

function sectionOf({ crm, size }: Site, figures: Figures): Section {
  const { drain: drained, embedded, postgres } = figures;
  const drainRate = drained.rows / drained.seconds;
  const ratio = (each: { rows: number; seconds: number }) => each.rows / each.seconds / drainRate;
  const row = (what: string, each: DrainFigures | null): string[] =>
    each === null
      ? [what, 'not here', '', '', '', '', '', '']
      : [
          what,
          count(each.rows),
          seconds(each.seconds),
          rate(each.rows, each.seconds),
          ratio(each).toFixed(2),
          count(each.calls),
          microseconds(each),
          `${count(each.peakMb)} MB`,
        ];
  const library =
    'failed' in figures.library
      ? [`${crm.library.label}: ${figures.library.failed}`, '', '', '', '', '', '', '']
      : row(`${crm.library.label}, to nowhere`, figures.library);
  return {
    name: 'load',
    title: `First load: ${count(size.partners + size.customers)} accounts and ${count(size.deals)} deals`,
    columns: [
      { title: 'What' },
      right('Rows'),
      right('Time'),
      right('Rate'),
      right('Of the drain'),
      right('API calls'),
      right('CPU per row'),
      right('Peak memory'),
    ],
    rows: [
      row("the connector's reader, to nowhere (drain)", drained),
      library,
      row('into the embedded store', embedded),
      ...objectRows(embedded),
      row('into the embedded store, half the rows', figures.embeddedHalf),
      row('into PostgreSQL', postgres),
      ...objectRows(postgres),
      row('into PostgreSQL, half the rows', figures.postgresHalf),
    ],
    notes: [
      'CPU: all threads of the measured process; the simulator and a PostgreSQL server come on top.',
      ...(embedded.rows === rowsOf(size) ? [] : [`NOT every record arrived: ${embedded.rows}`]),
      aimNote('embedded / drain', ratio(embedded), { atLeast: 0.3 }),
      ...(postgres === null ? [] : [aimNote('PostgreSQL / drain', ratio(postgres), { atLeast: 0.4 })]),
      aimNote('memory, all rows / half of them, embedded', embedded.peakMb / figures.embeddedHalf.peakMb, {
        atMost: 1.15,
      }),
      ...(postgres === null || figures.postgresHalf === null
        ? []
        : [
            aimNote(
              'memory, all rows / half of them, PostgreSQL',
              postgres.peakMb / figures.postgresHalf.peakMb,
              {
                atMost: 1.15,
              },
            ),
          ]),
    ],
    figures,
  };
}

function objectRows(figures: LoadFigures | null): string[][] {
  return (figures?.objects ?? []).map((each) => [
    `  ${each.object}`,
    count(each.rows),
    seconds(each.seconds),
    rate(each.rows, each.seconds),
    '',
    '',
    microseconds(each),
    '',
  ]);
}

function microseconds({ cpuSeconds, rows }: { cpuSeconds: number; rows: number }): string {
  return `${((cpuSeconds / rows) * 1e6).toFixed(0)} µs`;
}
