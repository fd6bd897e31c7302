import { type MappingPlan, planMapping } from '../src/sync/mapping/plan.ts';
import { benchClock } from './clock.ts';
import { findCrm } from './crm/all.ts';
import { connectTo, hostOf, type ProjectStart, shippedMappings } from './project.ts';

export interface Drained extends Taken {
  rows: number;
}

/** What something took. */
export interface Taken {
  seconds: number;
  /** Time of processors that this process used, all threads together: steadier than the clock on a busy machine. */
  cpuSeconds: number;
}

/** Starts a measurement; the answer ends it. */
export function measure(): () => Taken {
  const from = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: secondsSince(from), cpuSeconds: (user + system) / 1e6 };
  };
}

/** The mappings whose records are loaded and drained; each is one query. */
const drained = ['partner', 'customer', 'deal'];

function plans(crm: string): MappingPlan[] {
  return shippedMappings(crm)
    .filter((mapping) => drained.includes(mapping.name))
    .map((mapping) => planMapping(mapping));
}

/** Reads with the connector what the first load reads, and keeps nothing. */
export async function drainConnector(start: ProjectStart): Promise<Drained> {
  const connector = connectTo(start, benchClock(start.startedAt));
  const queries = plans(start.crm);
  await connector.describe([...new Set(queries.map(({ object }) => object))]);
  const taken = measure();
  let rows = 0;
  for (const { object, fields, scope } of queries) {
    for await (const page of connector.read({ object, fields, scope })) rows += page.records.length;
  }
  return { rows, ...taken() };
}

/** The same through a library of others. */
export async function drainLibrary({ crm, options, startedAt }: ProjectStart): Promise<Drained> {
  let taken = measure();
  const rows = await findCrm(crm).library.drain({
    options,
    host: hostOf(benchClock(startedAt)),
    plans: plans(crm),
    begin: () => {
      taken = measure();
    },
  });
  return { rows, ...taken() };
}

export function secondsSince(from: number): number {
  return (performance.now() - from) / 1000;
}
