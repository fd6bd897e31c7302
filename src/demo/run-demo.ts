import { checkAppConnection } from '../app/check.ts';
import { type App, openApp } from '../app.ts';
import type { ConnectorManifest } from '../sync/connector-manifest.ts';
import type { PassProgress } from '../sync/engine.ts';
import { setTierMode, setWriteBack } from '../sync/links/connection-settings.ts';
import { type DemoCrm, type PlayedPass, playPass } from './demo-pass.ts';
import {
  addDemoConnection,
  type DemoConnection,
  demoConnections,
  demoSource,
  makeDemoProject,
  openDemoProject,
  writeSharing,
} from './demo-project.ts';
import { disagreements, sharedRecords } from './observe.ts';
import type { DemoSection, Happening } from './sections.ts';
import { changedSection, type DemoWords, matchedSection, partnersSection, readSection } from './tell.ts';

export interface DemoOptions {
  /** The CRMs that feed the program, the company's own first; those after it are of a company that it has bought. */
  manifests: readonly ConnectorManifest[];
  /** Folder of the demo's project. */
  folder: string;
  /** Port of the first simulator; the others take the ones after it. (Default: free ones) */
  port: number | undefined;
  signal: AbortSignal;
  /** How values are shown. */
  words: DemoWords;
  /** Called with each part as soon as it is known. */
  tell(section: DemoSection): void;
  onProgress(event: PassProgress): void;
}

export interface Demo {
  crms: DemoCrm[];
  app: App;
}

/** Runs the whole job against simulators: read, match, measure, decide, write back, live through a quarter, and again. */
export async function runDemo(options: DemoOptions): Promise<Demo> {
  const crms: DemoCrm[] = [];
  let app: App | null = null;
  try {
    await startCrms(options, crms);
    app = await openApp({ ...openDemoProject(options.folder), command: 'tierlink demo' });
    await play({ crms, app }, options);
    return { crms, app };
  } catch (error) {
    await closeDemo({ crms, app });
    throw error;
  }
}

export async function closeDemo({ app, crms }: Omit<Demo, 'app'> & { app: App | null }): Promise<void> {
  await app?.close();
  for (const { simulator } of crms) await simulator.close();
}

/** Makes the project and starts a simulator for each of its connections; those that are running are in `crms`. */
async function startCrms({ manifests, folder, port }: DemoOptions, crms: DemoCrm[]): Promise<void> {
  const connections = demoConnections(manifests);
  for (const [index, connection] of connections.entries()) {
    const source = await sourceFor(folder, connection, index);
    const simulator = await connection.manifest.startSimulator({
      source,
      sample: index === 0 ? 'whole' : 'acquired',
      ...(port === undefined ? {} : { port: port + index }),
    });
    crms.push({ ...connection, simulator });
    addDemoConnection(folder, connection, simulator);
  }
  if (connections.length < 2) return;
  writeSharing(
    folder,
    connections.map(({ alias }) => alias),
  );
}

async function sourceFor(folder: string, { alias, manifest }: DemoConnection, index: number) {
  return index === 0 ? await makeDemoProject(folder, manifest, alias) : await demoSource(folder, manifest);
}

async function play(demo: Demo, options: DemoOptions): Promise<void> {
  const { app } = demo;
  const { tell, words } = options;
  const pass = async (): Promise<PlayedPass> => await playPass(demo, options);
  for (const crm of demo.crms) tell(await startedSection(app, crm));
  const first = await pass();
  tell(readSection(first));
  const matched = await matchedSection(app, first.result);
  if (matched !== undefined) tell(matched);
  tell(await partnersSection(app, words));
  for (const { alias } of app.connections) await takeOver(app, alias);
  const owned = await pass();
  tell({ kind: 'owned', pass: owned.line, shared: await sharedRecords(app) });
  tell({ kind: 'happened', happenings: await liveThroughQuarter(demo.crms) });
  const second = await pass();
  tell(await changedSection(app, words, second));
  const open = await disagreements(app, second.after);
  if (open.length > 0) tell({ kind: 'disagreements', list: open });
  tell({ kind: 'quiet', pass: (await pass()).line });
}

async function startedSection(app: App, { alias, simulator }: DemoCrm): Promise<DemoSection> {
  const { label, org, user } = await checkAppConnection(app, app.connection(alias));
  return { kind: 'started', connection: alias, crm: label, url: simulator.url, org: org.name, user };
}

/** What an admin does once the comparison looks right. */
async function takeOver(app: App, alias: string): Promise<void> {
  const { store, clock } = app;
  const mappings = app.connection(alias).mappings();
  const change = { store, clock, id: alias, actor: 'demo', mappings };
  await setTierMode({ ...change, mode: 'owned' });
  await setWriteBack({ ...change, on: true });
}

/**
 * Lets people do what they do in a quarter. Where several CRMs share a program, the company that was bought sells and
 * edits, and the other one does the rest.
 */
async function liveThroughQuarter(crms: readonly DemoCrm[]): Promise<Happening[]> {
  const [first, last] = [crms[0]!, crms.at(-1)!];
  const acts: [DemoCrm, string][] =
    first === last
      ? [[first, 'quarter']]
      : [
          [last, 'won deal'],
          [first, 'expired certificate'],
          [first, 'merger'],
          [last, 'edited tier'],
        ];
  const happenings: Happening[] = [];
  for (const [{ alias, manifest, simulator }, scene] of acts) {
    for (const sentence of await simulator.act(scene))
      happenings.push({ connection: alias, crm: manifest.label, sentence });
  }
  return happenings;
}
