import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sourceRequest } from '../app/source.ts';
import { type Config, loadConfig } from '../config.ts';
import { TierlinkError } from '../errors.ts';
import { defaultMatching, matchedEntities } from '../model/match-keys.ts';
import { loadProgram } from '../program/load.ts';
import { hasProject, loadProject, type Project } from '../project.ts';
import { writeConnection, writeEnvValues, writeProjectBlocks } from '../project-edit.ts';
import { addMappings, exampleLines, initProject } from '../project-init.ts';
import type { ConnectorManifest, RunningSimulator } from '../sync/connector-manifest.ts';
import { loadMappings } from '../sync/mapping/mapping.ts';
import type { SourceFile } from '../sync/mapping/provision.ts';
import { optionVariable } from '../sync/option-variable.ts';

/** Name of the demo's connection where it has one. */
export const demoAlias = 'demo';

/** A connection of the demo and the CRM behind it. */
export interface DemoConnection {
  alias: string;
  manifest: ConnectorManifest;
}

/** One connection is the demo; several are called by their CRMs, and the first of them is the company's own. */
export function demoConnections(manifests: readonly ConnectorManifest[]): DemoConnection[] {
  const isOne = manifests.length === 1;
  return manifests.map((manifest) => ({ alias: isOne ? demoAlias : manifest.id, manifest }));
}

export interface DemoFolder {
  folder: string;
  /** Leaves it there. Until then it goes when the process ends, however it ends, if it was not there before. */
  keep(): void;
  /** Removes it if it was not there before. */
  discard(): void;
}

const keptName = 'tierlink-demo';

/**
 * A folder for a demo: a temporary one, the one that is named, or the first free name here. Throws DEMO_FOLDER_TAKEN when
 * the named folder holds a project: it is somebody's work.
 */
export function demoFolder(wanted: 'temporary' | { named: string | undefined }): DemoFolder {
  if (wanted === 'temporary') return removable(mkdtempSync(join(tmpdir(), `${keptName}-`)));
  const folder = resolve(wanted.named ?? freeName());
  if (hasProject(folder)) throw new TierlinkError('DEMO_FOLDER_TAKEN', { folder });
  const isNew = mkdirSync(folder, { recursive: true }) !== undefined;
  return isNew ? removable(folder) : { folder, keep: () => {}, discard: () => {} };
}

function removable(folder: string): DemoFolder {
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const keep = () => void process.removeListener('exit', remove);
  return {
    folder,
    keep,
    discard: () => {
      keep();
      remove();
    },
  };
}

function freeName(): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? keptName : `${keptName}-${number}`;
    if (!existsSync(name)) return name;
  }
}

/** Makes the same project as `tierlink init`. Returns what an admin would deploy into the CRM for it. */
export async function makeDemoProject(
  folder: string,
  manifest: ConnectorManifest,
  alias = demoAlias,
): Promise<SourceFile[]> {
  initProject({ folder, connection: { manifest, alias }, program: 'starter.yaml' });
  return await demoSource(folder, manifest);
}

/** What an admin would deploy into a CRM of the project; its mappings are added where the project has none yet. */
export async function demoSource(folder: string, manifest: ConnectorManifest): Promise<SourceFile[]> {
  const { mappings } = addMappings(folder, manifest);
  const program = loadProgram(resolve(folder, loadProject(folder).program));
  return await manifest.source(sourceRequest(program, loadMappings(resolve(folder, mappings))));
}

/** Writes a simulator's address and credentials where `connect` would have written them. */
export function addDemoConnection(
  folder: string,
  { alias, manifest }: DemoConnection,
  simulator: RunningSimulator,
): void {
  const isSecret = (key: string) => manifest.options.some((option) => option.key === key && option.secret);
  const entries = Object.entries(simulator.options);
  writeConnection(folder, {
    alias,
    crm: manifest.id,
    mappings: `mappings/${manifest.id}`,
    options: Object.fromEntries(entries.filter(([key]) => !isSecret(key))),
    examples: exampleLines(manifest),
  });
  writeEnvValues(
    folder,
    Object.fromEntries(
      entries.filter(([key]) => isSecret(key)).map(([key, value]) => [optionVariable(alias, key), value]),
    ),
  );
}

/** Writes down what holds anyway where several connections share a program, so that a visitor finds it and can change it. */
export function writeSharing(folder: string, aliases: readonly string[]): void {
  writeProjectBlocks(folder, {
    matching: Object.fromEntries(matchedEntities.map((entity) => [entity, defaultMatching])),
    owners: Object.fromEntries(matchedEntities.map((entity) => [entity, { default: aliases }])),
  });
}

/** The project as commands read it. The visitor's own settings have no part in the demo: a DATABASE_URL of theirs must not be written to. */
export function openDemoProject(folder: string): { config: Config; project: Project } {
  return { config: loadConfig({ TIERLINK_PROJECT: folder }), project: loadProject(folder) };
}

/** A demo with one connection: what `connect` writes, and the project with it. */
export function connectDemoProject(
  folder: string,
  manifest: ConnectorManifest,
  simulator: RunningSimulator,
): { config: Config; project: Project } {
  addDemoConnection(folder, { alias: demoAlias, manifest }, simulator);
  return openDemoProject(folder);
}
