import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { createSecureContext } from 'node:tls';
import { TierlinkError } from '../errors.ts';
import {
  type ConnectorManifest,
  type RunningSimulator,
  type SampleName,
  SimulatorInputError,
} from '../sync/connector-manifest.ts';
import type { SourceFile } from '../sync/mapping/provision.ts';

/** What a person can ask of a simulator that runs by itself. */
export interface SimulateRequest {
  manifest: ConnectorManifest;
  port: number | undefined;
  /** Whose sample data. */
  sample: SampleName | undefined;
  /** Folder of CSV files, one per object. */
  data: string | undefined;
  empty: boolean;
  /** The org's own description of its objects. */
  metadata: string | undefined;
  faults: string | undefined;
  /** Folder with key.pem and cert.pem. */
  tls: string | undefined;
  /** Folder made by `install source`, deployed at start. */
  source: string | undefined;
}

/**
 * Starts it on loopback. Throws USAGE when a file or folder that was named is not there, SIMULATOR_INPUT when it cannot be
 * used; a port that is taken is the system's own error.
 */
export async function startNamedSimulator(request: SimulateRequest): Promise<RunningSimulator> {
  for (const flag of ['data', 'metadata', 'faults', 'tls', 'source'] as const)
    requirePath(flag, request[flag]);
  const options = {
    ...(request.port === undefined ? {} : { port: request.port }),
    ...(request.sample === undefined ? {} : { sample: request.sample }),
    ...(request.data === undefined ? {} : { data: request.data }),
    ...(request.metadata === undefined ? {} : { metadata: request.metadata }),
    ...(request.faults === undefined ? {} : { faults: request.faults }),
    ...(request.tls === undefined ? {} : { tls: readTls(request.tls) }),
    ...(request.source === undefined ? {} : { source: readSource(request.source) }),
    empty: request.empty,
  };
  try {
    return await request.manifest.startSimulator(options);
  } catch (error) {
    if (!(error instanceof SimulatorInputError)) throw error;
    throw new TierlinkError('SIMULATOR_INPUT', { reason: error.message }, { cause: error });
  }
}

function requirePath(flag: string, path: string | undefined): void {
  if (path === undefined || existsSync(path)) return;
  throw usage(`--${flag}: there is nothing at ${path}.`);
}

function readTls(folder: string): { key: string; cert: string } {
  const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
  if (!existsSync(files.key) || !existsSync(files.cert)) {
    throw usage(`--tls needs key.pem and cert.pem in ${folder}.`);
  }
  const pair = { key: readFileSync(files.key, 'utf8'), cert: readFileSync(files.cert, 'utf8') };
  try {
    createSecureContext(pair);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const reason = `key.pem and cert.pem in ${folder} are no key with its certificate (${why})`;
    throw new TierlinkError('SIMULATOR_INPUT', { reason }, { cause });
  }
  return pair;
}

function readSource(folder: string): SourceFile[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((file) => statSync(file).isFile());
  if (files.length === 0) {
    throw usage(`--source: there is no file in ${folder}; make them with: tierlink install source`);
  }
  return files
    .sort()
    .map((file) => ({ path: relative(folder, file).split(sep).join('/'), text: readFileSync(file, 'utf8') }));
}

function usage(reason: string): TierlinkError {
  return new TierlinkError('USAGE', { reason, command: 'simulator' });
}
