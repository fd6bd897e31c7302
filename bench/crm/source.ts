import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sourceRequest } from '../../src/app/source.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { loadProgram } from '../../src/program/load.ts';
import type { ConnectorManifest } from '../../src/sync/connector-manifest.ts';
import { loadMappings } from '../../src/sync/mapping/mapping.ts';
import type { SourceFile } from '../../src/sync/mapping/provision.ts';

/** What an admin installs for the shipped mappings and the starter program. */
export async function starterSource(manifest: ConnectorManifest): Promise<SourceFile[]> {
  const program = loadProgram(fromPackageRoot('programs', 'starter.yaml'));
  const mappings = loadMappings(fromPackageRoot('mappings', manifest.id));
  return await manifest.source(sourceRequest(program, mappings));
}

/** Runs the work with an empty folder of data: the sample org's fields, none of its records. */
export async function withNoRecords<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tierlink-bench-org-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
