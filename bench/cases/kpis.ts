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
}

/** All figures and tiers beside the same figures by one statement each, and then the hundredth that changed. */
export async function kpisCase(site: Site, size: KpiSize): Promise<Section> {
  const half = { partners: size.partners, deals: size.deals / 2, certificates: size.certificates / 2 };
  const postgres = await measurePlace(site, await site.postgresPlace(), { name: 'PostgreSQL', size });
  const postgresHalf = await measurePlace(site, await site.postgresPlace(), {
    name: 'PostgreSQL, half',
    size: half,
  });
  const embedded = await measurePlace(site, await site.embeddedPlace(), { name: 'embedded', size });
  return sectionOf(size, { postgres, postgresHalf, embedded });
}

async function measurePlace(
  site: Site,
  place: StorePlace | undefined,
  { name, size }: { name: string; size: KpiSize },
): Promise<Measured | null> {
  if (place === undefined) return null;
  const task = startKpisTask();
  try {
    site.say(`kpis: ${name}: filling`);
    await task.open(place);
    const { seconds: fillSeconds } = await task.fill(size);
    site.say(`kpis: ${name}: everything (filled in ${fillSeconds.toFixed(0)} s)`);
    const all = await task.computeAll();
    const peakMb = await task.peak();
    site.say(
      `kpis: ${name}: by hand (${all.kpiSeconds.toFixed(0)} s, tiers ${all.tierSeconds.toFixed(0)} s)`,
    );
    const hand = await task.byHand();
    const first = await task.differences();
    site.say(`kpis: ${name}: one percent (by hand ${hand.seconds.toFixed(0)} s)`);
    const some = await task.computeSome();
    await task.byHand();
    const second = await task.differences();
    await task.close();
    const of = (each: ComputedFigures) => `${(secondsOf(each) / hand.seconds).toFixed(2)} of by hand`;
    site.say(`kpis: ${name}: everything ${of(all)}, one percent ${of(some)}`);
    return {
      size,
      fillSeconds,
      hand,
      all,
      some,
      compared: first.compared + second.compared,
      different: first.different + second.different,
      examples: [first.example, second.example].filter((one) => one !== null),
      peakMb,
    };
  } finally {
    await task.stop();
  }
}

type Figures = Record<'postgres' | 'postgresHalf' | 'embedded', Measured | null>;

const names = {
  postgres: 'PostgreSQL',
  postgresHalf: 'PostgreSQL, half the records',
  embedded: 'embedded',
} as const;

function sectionOf(size: KpiSize, found: Figures): Section {
  const places = Object.entries(names).map(([key, name]) => ({
    name,
    measured: found[key as keyof Figures],
  }));
  const known = places.flatMap(({ name, measured }) => (measured === null ? [] : [{ name, ...measured }]));
  const { postgres, postgresHalf } = found;
  return {
    name: 'kpis',
    title: `${figures.length} KPIs of ${count(size.partners)} partners: ${count(size.deals)} deals, ${count(size.certificates)} certificates`,
    columns: [
      { title: 'What' },
      right('Partners'),
      right('Values'),
      right('KPIs'),
      right('Tiers'),
      right('Of by hand'),
      right('Peak memory'),
    ],
    rows: places.flatMap(({ name, measured }) =>
      measured === null ? [[name, 'not here', '', '', '', '', '']] : rowsOf(name, measured),
    ),
    notes: [
      'By hand: one statement per figure, each over everybody, its result kept in a table. The slowest: ' +
        `${known.map(({ name, hand }) => `${hand.slowest} (${name})`).join('; ')}.`,
      ...known.flatMap(({ name, all, hand, some }) => [
        aimNote(`${name}: KPIs and tiers / by hand`, secondsOf(all) / hand.seconds, { atMost: 1.5 }),
        aimNote(`${name}: 1 % / all`, secondsOf(some) / secondsOf(all), { atMost: 0.05 }),
      ]),
      ...(postgres === null || postgresHalf === null
        ? []
        : [
            aimNote('memory, all records / half of them', postgres.peakMb / postgresHalf.peakMb, {
              atMost: 1.15,
            }),
          ]),
      ...known.map(({ name, compared, different, examples }) =>
        different === 0
          ? `${name}: ${count(compared)} figures are those made by hand`
          : `${name}: NOT the same: ${count(different)} of ${count(compared)}, such as ${examples.join('; ')}`,
      ),
    ],
    figures: found,
  };
}

function secondsOf({ kpiSeconds, tierSeconds }: ComputedFigures): number {
  return kpiSeconds + tierSeconds;
}

function rowsOf(name: string, { hand, all, some, peakMb, size }: Measured): string[][] {
  const row = (what: string, each: ComputedFigures, memory: string): string[] => [
    what,
    count(each.partners),
    count(each.values),
    seconds(each.kpiSeconds),
    seconds(each.tierSeconds),
    (secondsOf(each) / hand.seconds).toFixed(3),
    memory,
  ];
  const handValues = count(size.partners * figures.length);
  return [
    [`${name}, by hand`, count(size.partners), handValues, seconds(hand.seconds), '', '1', ''],
    row(`${name}, everything`, all, `${count(peakMb)} MB`),
    row(`${name}, 1 % dirtied`, some, ''),
  ];
}
