import { cpSync } from 'node:fs';
import type { Throttle } from '../crm/crm.ts';
import type { StorePlace } from '../project.ts';
import { aimNote, count, right, type Section, seconds } from '../section.ts';
import type { Site } from '../site.ts';
import type { Size } from '../size.ts';
import type { Watched } from '../watch.ts';
import { loadInto } from './load.ts';

/** A read and a push of tiers while the CRM turns requests away, beside the same without. */
export async function throttledSections(site: Site): Promise<Section[]> {
  const { throttles, manifest } = site.crm;
  if (throttles.length === 0) {
    site.say(`throttled: the simulator of ${manifest.label} has no limits to run into`);
    return [];
  }
  const size = throttledSize(site.size);
  site.say('throttled: one store for all ways, loading');
  const prepared = await prepareStore(site, size);
  const undisturbed = await work(site, { size, prepared, throttle: null });
  const disturbed: Disturbed[] = [];
  for (const throttle of throttles)
    disturbed.push({ throttle, ...(await work(site, { size, prepared, throttle })) });
  return [sectionOf(site, { undisturbed, disturbed })];
}

/** All partners, and few enough deals that the waits are most of the time. */
function throttledSize({ partners, customers, deals }: Size): Size {
  return { partners, customers: customers / 10, deals: deals / 10 };
}

/** A store in which the first tier of every partner is decided and none is written. */
async function prepareStore(site: Site, size: Size): Promise<string> {
  const simulator = await site.simulator(size);
  const { folder } = await site.embeddedPlace();
  const { task } = await loadInto(site, simulator, { folder });
  await task.loadRest();
  await task.recomputeAll();
  await task.decide();
  await task.close();
  await task.stop();
  await simulator.stop();
  return folder;
}

interface Work {
  read: Step;
  push: Step;
}

interface Step extends Watched {
  seconds: number;
  rows: number;
  rejected: number;
}

type Disturbed = Work & { throttle: Throttle };

/** The same org again, with the same ids, and a copy of the store. */
async function work(
  site: Site,
  { size, prepared, throttle }: { size: Size; prepared: string; throttle: Throttle | null },
): Promise<Work> {
  site.say(`throttled: ${throttle?.label ?? 'undisturbed'}`);
  const place: StorePlace = { folder: `${prepared}-${throttle?.name ?? 'undisturbed'}` };
  cpSync(prepared, place.folder, { recursive: true });
  const simulator = await site.simulator(size, throttle?.name);
  const task = site.task();
  try {
    const start = site.startOn(simulator);
    await task.open({ place, ...start });
    await task.watch(simulator.url);
    const drained = await task.drain(start);
    const read = { ...(await task.takeWatched()), ...drained, rejected: 0 };
    const pushed = await task.push(null);
    const push = { ...(await task.takeWatched()), seconds: pushed.seconds, rows: pushed.written };
    await task.close();
    return { read, push: { ...push, rejected: pushed.rejected } };
  } finally {
    await task.stop();
    await simulator.stop();
  }
}

const steps = [
  ['read', 'read of accounts and deals'],
  ['push', 'push of tiers, decisions, figures'],
] as const;

function sectionOf(
  site: Site,
  { undisturbed, disturbed }: { undisturbed: Work; disturbed: readonly Disturbed[] },
): Section {
  const all = steps.flatMap(([name, label]) => [
    { label: `${label}, undisturbed`, ...undisturbed[name], least: null },
    ...disturbed.map(({ throttle, ...done }) => ({
      label: throttle.label,
      ...done[name],
      least: undisturbed[name].seconds + done[name].closedSeconds,
    })),
  ]);
  const missing = disturbed.filter(({ read, push }) =>
    [read.rows !== undisturbed.read.rows, push.rows !== undisturbed.push.rows, push.rejected > 0].includes(
      true,
    ),
  );
  const kept = all.flatMap(({ least, ...each }) => (least === null ? [] : [least / each.seconds]));
  return {
    name: 'throttled',
    title: `Requests turned away (429): ${count(site.size.partners)} tiers and a read`,
    columns: [
      { title: 'What' },
      right('Rows'),
      right('Requests'),
      right('of them 429'),
      right('Too early'),
      right('Time'),
      right('Least possible'),
      right('Kept'),
    ],
    rows: all.map((each) => [
      each.label,
      count(each.rows),
      String(each.sent),
      String(each.refused),
      String(each.early),
      seconds(each.seconds),
      each.least === null ? '' : seconds(each.least),
      each.least === null ? '' : `${((each.least / each.seconds) * 100).toFixed(0)} %`,
    ]),
    notes: [
      'Waits are real time. Least possible: the undisturbed run, and the time for which refusals closed the line.',
      ...missing.map(({ throttle }) => `NOT the same rows as undisturbed: ${throttle.label}`),
      aimNote('requests sent before their Retry-After had passed', sumOf(all), { atMost: 0 }),
      aimNote('least possible / time, at the worst', Math.min(...kept), { atLeast: 0.8 }),
    ],
    figures: {
      undisturbed,
      disturbed: disturbed.map(({ throttle, ...rest }) => ({ ...rest, way: throttle.name })),
      kept,
    },
  };
}

const sumOf = (all: readonly Step[]): number => all.reduce((sum, { early }) => sum + early, 0);
