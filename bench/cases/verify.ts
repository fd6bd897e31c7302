import type { Drained } from '../drain.ts';
import { aimNote, count, right, type Section, seconds } from '../section.ts';
import type { Site } from '../site.ts';
import { rowsOf } from '../size.ts';
import type { PlannedDrift, Verified } from '../task.ts';
import { loadInto } from './load.ts';

const hourMs = 3_600_000;

type Billed = { calls: number };

/** The proof of completeness and a plan, beside reading everything once and keeping nothing. */
export async function verifyCase(site: Site): Promise<Section> {
  site.say('verify: loading');
  const simulator = await site.simulator(site.size);
  const { task } = await loadInto(site, simulator, await site.embeddedPlace());
  await task.loadRest();
  const billed = async <T>(work: () => Promise<T>): Promise<T & Billed> => {
    await task.advance(hourMs);
    await simulator.advance(hourMs);
    await simulator.takeCalls();
    return { ...(await work()), calls: (await simulator.takeCalls()).total };
  };
  site.say('verify: everything once, to nowhere');
  const other = site.task();
  const drain: Drained & Billed = await billed(() => other.drain(site.startOn(simulator)));
  await other.stop();
  site.say('verify: a complete store');
  const day = await billed(() => task.verify(false));
  const all = await billed(() => task.verify(true));
  site.say('verify: 0.1 % of it lost');
  const drifted = await task.drift();
  const dayAfter = await billed(() => task.verify(false));
  const allAfter = await billed(() => task.verify(true));
  site.say('plan');
  const plan = await billed(() => task.plan());
  await task.close();
  await task.stop();
  await simulator.stop();
  return sectionOf(site, { drain, day, all, drifted, dayAfter, allAfter, plan });
}

interface Figures {
  drain: Drained & Billed;
  day: Verified & Billed;
  all: Verified & Billed;
  drifted: number;
  dayAfter: Verified & Billed;
  allAfter: Verified & Billed;
  plan: PlannedDrift & Billed;
}

function sectionOf({ size }: Site, figures: Figures): Section {
  const { drain, day, all, drifted, dayAfter, allAfter, plan } = figures;
  const row = (what: string, each: Verified & Billed): string[] => [
    what,
    count(each.compared),
    String(each.found),
    count(each.calls),
    seconds(each.seconds),
  ];
  return {
    name: 'verify',
    title: `Proof of completeness: ${count(size.partners + size.customers)} accounts, ${count(size.deals)} deals`,
    columns: [
      { title: 'What' },
      right('Records read'),
      right('Differences'),
      right('API calls'),
      right('Time'),
    ],
    rows: [
      [
        'everything once, to nowhere (drain)',
        count(drain.rows),
        '',
        count(drain.calls),
        seconds(drain.seconds),
      ],
      row('complete: a day', day),
      row('complete: all values', all),
      row(`${count(drifted)} records differ: a day`, dayAfter),
      row(`${count(drifted)} records differ: all values`, allAfter),
      ['a plan of them', count(plan.compared), String(plan.items), count(plan.calls), seconds(plan.seconds)],
    ],
    notes: [
      aimNote('a day: records read / all', day.compared / rowsOf(size), { atMost: 0.15 }),
      ...(day.found + all.found === 0 ? [] : ['NOT every record of a complete store was found to be here']),
      ...(allAfter.found === drifted
        ? []
        : [`NOT all differences were found: ${allAfter.found} of ${drifted}`]),
    ],
    figures,
  };
}
