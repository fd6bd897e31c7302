import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commands } from '../../src/cli/commands/index.ts';
import { connectDemoProject, makeDemoProject } from '../../src/demo/demo-project.ts';
import { connectors } from '../../src/registry.ts';
import type {
  ConnectorManifest,
  RunningSimulator,
  SimulatorOptions,
} from '../../src/sync/connector-manifest.ts';
import { createTestDatabase } from '../services/shared-database.ts';
import { isStoreEmbedded } from '../services/test-store.ts';
import { type Ran, run } from './harness.ts';
import { comparePublished } from './published.ts';

/** A project connected to a simulator, and the command line to work on it. */
export interface World {
  folder: string;
  manifest: ConnectorManifest;
  simulator: RunningSimulator;
  /** Runs a command line as a person would. */
  tierlink(...argv: string[]): Promise<Ran>;
  /** Runs it with the interruption already asked for. */
  interrupted(...argv: string[]): Promise<Ran>;
  /** Runs it with --json, compares what it prints with what is published of it, and returns the result. */
  json<T = Record<string, unknown>>(...argv: string[]): Promise<T>;
  close(): Promise<void>;
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tierlink-cli-'));
}

/**
 * A project as `init` and `connect` make it, nothing read yet. `org`: the CRM is an org of its own, of which nothing was
 * deployed.
 */
export async function openWorld(
  manifest = connectors[0]!,
  org?: Pick<SimulatorOptions, 'metadata' | 'empty'>,
): Promise<World> {
  const folder = newFolder();
  const source = await makeDemoProject(folder, manifest);
  const simulator = await manifest.startSimulator(org ?? { source });
  connectDemoProject(folder, manifest, simulator);
  const project = await openProject(folder);
  return {
    ...project,
    manifest,
    simulator,
    close: async () => {
      await project.close();
      await simulator.close();
    },
  };
}

/** A project whose CRM nobody has connected yet, as `init` makes it. */
export async function openUnconnected(
  manifest = connectors[0]!,
): Promise<Omit<World, 'manifest' | 'simulator'>> {
  const folder = newFolder();
  await makeDemoProject(folder, manifest);
  return await openProject(folder);
}

/** The command line to work on a project; its store is of the kind that openTestStore opens. */
async function openProject(folder: string): Promise<Omit<World, 'manifest' | 'simulator'>> {
  const database = isStoreEmbedded() ? null : await createTestDatabase();
  const environment = {
    TIERLINK_PROJECT: folder,
    ...(database === null ? {} : { DATABASE_URL: database.url }),
  };
  const tierlink = async (...argv: string[]) => {
    const ran = await run(argv, { commands, environment });
    if (argv.includes('--json')) comparePublished(argv, ran);
    return ran;
  };
  return {
    folder,
    tierlink,
    interrupted: (...argv) => run(argv, { commands, environment, signal: AbortSignal.abort() }),
    json: (...argv) => jsonOf(tierlink, argv),
    close: async () => await database?.drop(),
  };
}

/** The result of a --json run; throws when there is none, or it is not what is published of the command. */
export async function jsonOf<T>(tierlink: World['tierlink'], argv: readonly string[]): Promise<T> {
  const ran = await tierlink(...argv, '--json');
  comparePublished(argv, ran);
  const { result } = JSON.parse(ran.out) as { result?: T };
  if (result === undefined) throw new Error(`${argv.join(' ')}: ${ran.out}`);
  return result;
}
