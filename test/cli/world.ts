import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commands } from '../../src/cli/commands/index.ts';
import { connectDemoProject, makeDemoProject } from '../../src/demo/demo-project.ts';
import { connectors } from '../../src/registry.ts';
import type { RunningSimulator } from '../../src/sync/connector-manifest.ts';
import { createTestDatabase } from '../services/shared-database.ts';
import { isStoreEmbedded } from '../services/test-store.ts';
import { type Ran, run } from './harness.ts';

/** A project connected to a simulator, and the command line to work on it. */
export interface World {
  folder: string;
  simulator: RunningSimulator;
  /** Runs a command line as a person would. */
  tierlink(...argv: string[]): Promise<Ran>;
  /** Runs it with the interruption already asked for. */
  interrupted(...argv: string[]): Promise<Ran>;
  /** Runs it with --json, checks the envelope against the command's schema, and returns the result. */
  json<T = Record<string, unknown>>(...argv: string[]): Promise<T>;
  close(): Promise<void>;
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tierlink-cli-'));
}

/** A project as `init` and `connect` make it, nothing read yet; its store is of the kind that openTestStore opens. */
export async function openWorld(manifest = connectors[0]!): Promise<World> {
  const folder = newFolder();
  const source = await makeDemoProject(folder, manifest);
  const simulator = await manifest.startSimulator({ source });
  connectDemoProject(folder, manifest, simulator);
  const database = isStoreEmbedded() ? null : await createTestDatabase();
  const environment = {
    TIERLINK_PROJECT: folder,
    ...(database === null ? {} : { DATABASE_URL: database.url }),
  };
  const tierlink = (...argv: string[]) => run(argv, { commands, environment });
  return {
    folder,
    simulator,
    tierlink,
    interrupted: (...argv) => run(argv, { commands, environment, signal: AbortSignal.abort() }),
    json: (...argv) => jsonOf(tierlink, argv),
    close: async () => {
      await database?.drop();
      await simulator.close();
    },
  };
}

/** The result of a --json run; throws when stderr is not empty or the result does not fit the schema. */
export async function jsonOf<T>(tierlink: World['tierlink'], argv: readonly string[]): Promise<T> {
  const ran = await tierlink(...argv, '--json');
  if (ran.err !== '') throw new Error(`stderr: ${ran.err}`);
  const envelope = JSON.parse(ran.out) as { status: number; result?: unknown; message?: string };
  if (envelope.result === undefined) throw new Error(`${argv.join(' ')}: ${ran.out}`);
  if (envelope.status !== ran.exit) throw new Error(`status ${envelope.status} and exit ${ran.exit} differ`);
  const names = [2, 1].map((count) => argv.slice(0, count).join(' '));
  const command = names
    .map((name) => commands.find((each) => each.name === name))
    .find((each) => each !== undefined);
  return command!.result.parse(envelope.result) as T;
}
