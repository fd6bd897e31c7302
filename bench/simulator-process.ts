import { serve } from './child.ts';
import { type BenchClock, benchClock } from './clock.ts';
import { findCrm } from './crm/all.ts';
import type { BenchOrg } from './crm/crm.ts';
import type { SimulatorStart } from './simulator.ts';

/** The process of the simulator: an org of generated records, prepared with the shipped mappings and program. */

let site: { org: BenchOrg; clock: BenchClock } | undefined;

function here(): { org: BenchOrg; clock: BenchClock } {
  if (site === undefined) throw new Error('the simulator was not started');
  return site;
}

async function start({
  crm,
  size,
  startedAt,
  throttle,
}: SimulatorStart): Promise<Pick<BenchOrg, 'url' | 'options'>> {
  const clock = benchClock(startedAt);
  const org = await findCrm(crm).startOrg({ size, now: clock.now, throttle });
  site = { org, clock };
  return { url: org.url, options: org.options };
}

serve({
  start,
  calls: async () => here().org.takeCalls(),
  edit: async () => here().org.edit(),
  advance: async (ms: number) => here().clock.advance(ms),
});
