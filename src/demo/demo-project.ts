import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sourceRequest } from '../app/source.ts';
import { type Config, loadConfig } from '../config.ts';
import { TierlinkError } from '../errors.ts';
import { loadProgram } from '../program/load.ts';
import { hasProject, loadProject, type Project } from '../project.ts';
import { writeConnection, writeEnvValues } from '../project-edit.ts';
import { exampleLines, initProject } from '../project-init.ts';
import type { ConnectorManifest, RunningSimulator } from '../sync/connector-manifest.ts';
import { loadMappings } from '../sync/mapping.ts';
import { optionVariable } from '../sync/option-variable.ts';
import type { SourceFile } from '../sync/provision.ts';

/** Name of the demo's connection. */
export const demoAlias = 'demo';

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
export async function makeDemoProject(folder: string, manifest: ConnectorManifest): Promise<SourceFile[]> {
  initProject({ folder, manifest, alias: demoAlias, program: 'starter.yaml' });
  const project = loadProject(folder);
  const program = loadProgram(resolve(folder, project.program));
  const mappings = loadMappings(resolve(folder, project.connections[demoAlias]!.mappings));
  return await manifest.source(sourceRequest(program, mappings));
}

/** Writes the simulator's address and credentials where `connect` would have written them. */
export function connectDemoProject(
  folder: string,
  manifest: ConnectorManifest,
  simulator: RunningSimulator,
): { config: Config; project: Project } {
  const isSecret = (key: string) => manifest.options.some((option) => option.key === key && option.secret);
  const entries = Object.entries(simulator.options);
  writeConnection(folder, {
    alias: demoAlias,
    crm: manifest.id,
    mappings: `mappings/${manifest.id}`,
    options: Object.fromEntries(entries.filter(([key]) => !isSecret(key))),
    examples: exampleLines(manifest),
  });
  writeEnvValues(
    folder,
    Object.fromEntries(
      entries.filter(([key]) => isSecret(key)).map(([key, value]) => [optionVariable(demoAlias, key), value]),
    ),
  );
  // The visitor's own settings have no part in the demo: a DATABASE_URL of theirs must not be written to.
  return { config: loadConfig({ TIERLINK_PROJECT: folder }), project: loadProject(folder) };
}
