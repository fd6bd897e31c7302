import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifest } from '../connectors/salesforce/index.ts';
import { type StandIn, startStandIn } from '../connectors/salesforce/stand-in.ts';
import { sourceRequest } from '../src/app/source.ts';
import { fromPackageRoot } from '../src/package-root.ts';
import { loadProgram } from '../src/program/load.ts';
import { loadMappings } from '../src/sync/mapping.ts';
import { serve } from './child.ts';
import { benchClock } from './clock.ts';
import { editOrg, fillOrg, type LoadedIds } from './data.ts';
import type { CallCounts, SimulatorStart } from './simulator.ts';

/** The process of the simulator: an org of generated records, prepared with the shipped mappings and program. */

interface Site {
  standIn: StandIn;
  clock: ReturnType<typeof benchClock>;
  ids: LoadedIds;
}

let site: Site | undefined;

function here(): Site {
  if (site === undefined) throw new Error('the simulator was not started');
  return site;
}

async function start({ size, startedAt }: SimulatorStart): Promise<{ options: Record<string, string> }> {
  const clock = benchClock(startedAt);
  const program = loadProgram(fromPackageRoot('programs', 'starter.yaml'));
  const mappings = loadMappings(fromPackageRoot('mappings', 'salesforce'));
  // A folder without files: the sample org's fields, none of its records.
  const noRecords = mkdtempSync(join(tmpdir(), 'tierlink-bench-org-'));
  try {
    const source = await manifest.source(sourceRequest(program, mappings));
    const standIn = await startStandIn({ data: noRecords, source, now: clock.now });
    site = { standIn, clock, ids: fillOrg(standIn.simulator.org, size) };
    return { options: standIn.options };
  } finally {
    rmSync(noRecords, { recursive: true, force: true });
  }
}

/** Calls since the last question. */
function takeCalls(): CallCounts {
  const { calls } = here().standIn.simulator;
  const isPoll = (line: string) => /^GET .*\/jobs\/(ingest|query)\/[^/?]+$/.test(line);
  const taken = {
    total: calls.total,
    byKind: { ...calls.byKind },
    polls: calls.log.filter(isPoll).length,
    jobs: calls.log.filter((line) => /^POST .*\/jobs\/(ingest|query)$/.test(line)).length,
  };
  calls.reset();
  return taken;
}

serve({
  start,
  calls: async () => takeCalls(),
  edit: async () => editOrg(here().standIn.simulator.org, here().ids),
  advance: async (ms: number) => here().clock.advance(ms),
});
