import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connectDemoProject, makeDemoProject } from '../../src/demo/demo-project.ts';
import { connectors } from '../../src/registry.ts';
import { acquireLease, releaseLease } from '../../src/store/leases.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { RunningSimulator } from '../../src/sync/connector-manifest.ts';
import { loadMappings } from '../../src/sync/mapping/mapping.ts';
import { type CommandLines, commandLines, type Ended } from '../services/command-line.ts';

jest.setTimeout(240_000);

interface Entry {
  action: string;
  runId: string;
  object: string;
  crmId: string;
  recordId: string;
  changes: { attribute: string }[];
}

/** Two people, or a person and a schedule, that each start the command while the other's is on its way. */
describe.each(connectors)('one plan, applied by two processes at once, in $label', (manifest) => {
  let simulator: RunningSimulator;
  let folder: string;
  let file: string;
  let lines: CommandLines;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tierlink-applies-'));
    file = join(folder, 'all.plan');
    simulator = await manifest.startSimulator({ source: await makeDemoProject(folder, manifest) });
    connectDemoProject(folder, manifest, simulator);
    lines = commandLines({ TIERLINK_PROJECT: folder });
    await json('sync');
    await json('connect', '--connection', 'demo', '--tiers', 'owned', '--confirm', 'demo');
    await json('plan', '--out', file);
    await json('plan', 'approve', file, '--reason', 'Reviewed.');
  });
  afterAll(async () => {
    await lines.stop();
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function json<T = Record<string, unknown>>(...argv: string[]): Promise<T> {
    const { code, text } = await lines.start(...argv, '--json').ended;
    if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${text}`);
    return JSON.parse(text.slice(text.indexOf('{\n'), text.lastIndexOf('}') + 1)).result as T;
  }
  const apply = () => lines.start('apply', file, '--confirm', 'demo').ended;

  /** Everything that was written to the CRM, a line for each field. */
  async function written(): Promise<string[]> {
    const told = join(folder, 'audit.jsonl');
    await json('audit', '--jsonl', told, '--force');
    const entries = readFileSync(told, 'utf8').trim().split('\n');
    return entries
      .map((line) => JSON.parse(line) as Entry)
      .filter(({ action }) => action === 'create' || action === 'update')
      .flatMap(({ object, crmId, recordId, changes }) =>
        changes.map(({ attribute }) => `${object} ${crmId} ${recordId} ${attribute}`),
      );
  }

  /** It did what there was to do, or says that the other one is at it or has done it. */
  function expectSaid({ code, text }: Ended): void {
    if (code === 0) expect(text).toMatch(/\d+ written, 0 rejected/);
    else expect(text).toMatch(/^Error (PLAN_PARTIAL: .* another run is at work on|PLAN_APPLIED:)/m);
    expect(text).not.toMatch(/^ +at /m);
  }

  it('writes nothing while another run reads, says so once, and can be applied afterwards', async () => {
    const store = await openStore({ dataFolder: join(folder, '.tierlink') });
    const mappings = loadMappings(join(folder, 'mappings', manifest.id));
    const { object } = mappings.find(({ entity, key }) => entity === 'partner' && key !== undefined)!;
    const lease = await acquireLease(store, {
      key: `pull:demo:${object}`,
      holder: 'the test',
      ttlMs: 60_000,
    });
    const { code, text } = await apply();
    await releaseLease(store, lease!);
    await store.close();
    expect(code).toBe(1);
    expect(text.split('\n')[0]).toBe(
      `Error PLAN_PARTIAL: demo could not be compared as a whole: another run is at work on ${object}. No plan was made, and nothing was written.`,
    );
    expect(await written()).toEqual([]);
  });

  it('is written once, and nothing of it is left', async () => {
    const ended = await Promise.all([apply(), apply()]);
    for (const each of ended) expectSaid(each);
    expect(ended.some(({ code }) => code === 0)).toBe(true);
    const fields = await written();
    expect(fields.length).toBeGreaterThan(0);
    expect(new Set(fields).size).toBe(fields.length);
    expect((await apply()).text).toContain('Error PLAN_APPLIED');
    const { items } = await json<{ items: { kind: string }[] }>('plan');
    expect(items.filter(({ kind }) => kind === 'create' || kind === 'update')).toEqual([]);
    expect(await written()).toEqual(fields);
  });
});
