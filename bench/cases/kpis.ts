import { figures } from '../kpis/figures.ts';
import type { KpiSize } from '../kpis/fill.ts';
import { type ComputedFigures, startKpisTask } from '../kpis-task.ts';
import type { StorePlace } from '../project.ts';
import { aimNote, count, right, type Section, seconds } from '../section.ts';
import type { Site } from '../site.ts';

export const fullKpiSize: KpiSize = { partners: 10_000, deals: 1_000_000, certificates: 200_000 };
export const smallKpiSize: KpiSize = { partners: 400, deals: 20_000, certificates: 4_000 };

interface Measured {
  size: KpiSize;
  fillSeconds: number;
  hand: { seconds: number; slowest: string };
  all: ComputedFigures;
  some: ComputedFigures;
  /** Figures compared with those made by hand, after everything and after the one percent; and those that differ. */
  compared: number;
  different: number;
  examples: string[];
  peakMb: number;
  /** Most memory with half of the records. */
  halfMb: number;
}

/** All figures and tiers beside the same figures by one statement each, and then the hundredth that changed. */
export async function* kpisSections(site: Site, size: KpiSize): AsyncGenerator<Section> {
  const places = [
    ['PostgreSQL', async () => await site.postgresPlace()],
    ['the embedded store', async () => await site.embeddedPlace()],
  ] as const;
  for (const [name, open] of places) {
    const place = await open();
    if (place === undefined) continue;
    const half = { ...size, deals: size.deals / 2, certificates: size.certificates / 2 };
    const measured = await measure(site, { name, place, size });
    const halfMb = await peakOf(site, { name, place: (await open())!, size: half });
    yield sectionOf(name, { ...measured, halfMb });
  }
}

interface Where {
  name: string;
  place: StorePlace;
  size: KpiSize;
}

async function measure(site: Site, { name, place, size }: Where): Promise<Omit<Measured, 'halfMb'>> {
  const say = (what: string) => site.say(`kpis in ${name}: ${what}`);
  const task = startKpisTask();
  try {
    say('filling');
    await task.open(place);
    const { seconds: fillSeconds } = await task.fill(size);
    say(`everything (filled in ${fillSeconds.toFixed(0)} s)`);
    const all = await task.computeAll();
    const peakMb = await task.peak();
    say(`by hand (everything took ${secondsOf(all).toFixed(0)} s)`);
    const hand = await task.byHand();
    const first = await task.differences();
    say(`one percent (by hand took ${hand.seconds.toFixed(0)} s)`);
    const some = await task.computeSome();
    say(`by hand, to compare (one percent took ${secondsOf(some).toFixed(1)} s)`);
    await task.byHand();
    const second = await task.differences();
    await task.close();
    const examples = [first.example, second.example].filter((one) => one !== null);
    const compared = first.compared + second.compared;
    const different = first.different + second.different;
    return { size, fillSeconds, hand, all, some, compared, different, examples, peakMb };
  } finally {
    await task.stop();
  }
}

async function peakOf(site: Site, { name, place, size }: Where): Promise<number> {
  site.say(`kpis in ${name}: half of the records, for memory`);
  const task = startKpisTask();
  try {
    await task.open(place);
    await task.fill(size);
    await task.computeAll();
    const peak = await task.peak();
    await task.close();
    return peak;
  } finally {
    await task.stop();
  }
}

function sectionOf(name: string, measured: Measured): Section {
  const { size, hand, all, some, peakMb, halfMb, compared, different, examples } = measured;
  const row = (what: string, each: ComputedFigures, memory: string): string[] => [
    what,
    count(each.partners),
    count(each.values),
    seconds(each.kpiSeconds),
    seconds(each.tierSeconds),
    (secondsOf(each) / hand.seconds).toFixed(3),
    memory,
  ];
  const isSame = different === 0;
  return {
    name: `kpis in ${name}`,
    title: `${figures.length} KPIs of ${count(size.partners)} partners in ${name}: ${count(size.deals)} deals, ${count(size.certificates)} certificates`,
    columns: [
      { title: 'What' },
      right('Partners'),
      right('Values'),
      right('KPIs'),
      right('Tiers'),
      right('Of by hand'),
      right('Peak memory'),
    ],
    rows: [
      [
        'by hand',
        count(size.partners),
        count(size.partners * figures.length),
        seconds(hand.seconds),
        '',
        '1',
        '',
      ],
      row('everything', all, `${count(peakMb)} MB`),
      row('1 % dirtied', some, ''),
    ],
    notes: [
      `By hand: one statement per figure, each over everybody, its result kept in a table. The slowest: ${hand.slowest}.`,
      aimNote('KPIs and tiers / by hand', secondsOf(all) / hand.seconds, { atMost: 1.5 }),
      aimNote('1 % / all', secondsOf(some) / secondsOf(all), { atMost: 0.05 }),
      aimNote('memory, all records / half of them', peakMb / halfMb, { atMost: 1.15 }),
      isSame
        ? `${count(compared)} figures are those made by hand`
        : `NOT the same: ${count(different)} of ${count(compared)}, such as ${examples.join('; ')}`,
    ],
    figures: measured,
  };
}

function secondsOf({ kpiSeconds, tierSeconds }: ComputedFigures): number {
  return kpiSeconds + tierSeconds;
}
