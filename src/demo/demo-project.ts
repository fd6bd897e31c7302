import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sourceRequest } from '../app/source.ts';
import { type Config, loadConfig } from '../config.ts';
import { optionVariable } from '../config-connections.ts';
import { loadProgram } from '../program/load.ts';
import { loadProject, type Project } from '../project.ts';
import { writeConnection, writeEnvValues } from '../project-edit.ts';
import { initProject } from '../project-init.ts';
import type { ConnectorManifest, RunningSimulator } from '../sync/connector-manifest.ts';
import { loadMappings } from '../sync/mapping.ts';
import type { SourceFile } from '../sync/provision.ts';

/** Name of the demo's connection. */
export const demoAlias = 'demo';

export interface DemoFolder {
  folder: string;
  /** Whether it is thrown away at the end. */
  isTemporary: boolean;
}

/** The folder named, or a new temporary one. */
export function demoFolder(named: string | undefined): DemoFolder {
  if (named === undefined)
    return { folder: mkdtempSync(join(tmpdir(), 'tierlink-demo-')), isTemporary: true };
  const folder = resolve(named);
  mkdirSync(folder, { recursive: true });
  return { folder, isTemporary: false };
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
