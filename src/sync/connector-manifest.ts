import type { BrowserSignIn } from './browser-sign-in.ts';
import type { Connector } from './connector.ts';
import type { Installing } from './installer.ts';
import type { SourceFile, SourceRequest } from './mapping/provision.ts';

/** What src/registry.ts knows of a connector: who it is, what it needs to be told, and how to make an instance. */
export interface ConnectorManifest {
  /** Short name in configuration and commands. */
  id: string;
  label: string;
  capabilities: Capabilities;
  options: readonly ConnectorOption[];
  /** Ways to sign in, the recommended one first. A person chooses one and is asked for its options only. */
  signIns: readonly SignIn[];
  /** How a person signs in by browser; null where there is no such way. */
  browser: BrowserSignIn | null;
  /** Makes an instance for one connection. Makes no call. Throws CONFIG_INVALID or CONFIG_MISSING naming the option. */
  connect(options: Readonly<Record<string, string>>, host: ConnectorHost): Connector;
  /**
   * The way to an object or a field in the CRM's own set-up, as a person clicks it: where rights on it are given. Labels, or
   * API names where these are all that is known. Makes no call.
   */
  setUpPath(place: { object: string; field: string | null }): string;
  /** Generates what an admin deploys into the CRM: fields, objects, keys and a least-privilege permission set or role. */
  source(request: SourceRequest): Promise<SourceFile[]>;
  /** How the same is made over the wire; null where only `source` can. */
  installing: Installing | null;
  /** What names of ours have to begin with there; null where names are free, and as the mappings have them. */
  prefix: PrefixRule | null;
  /** Starts the stand-in for this CRM. Throws SimulatorInputError for a file that it cannot use. */
  startSimulator(options: SimulatorOptions): Promise<RunningSimulator>;
}

/** A prefix is chosen once: what was installed keeps its name. */
export interface PrefixRule {
  /** As the mappings that come along have it, without the underscore that follows. */
  usual: string;
  pattern: RegExp;
  /** The pattern in words: "2 to 8 ...". */
  rule: string;
}

/** Differences between CRMs that the engine asks for. */
export interface Capabilities {
  /** Records below this number go out one call at a time or in small collections, above it as a bulk job. (Default: none) */
  bulkWriteFrom: number | null;
  /** Largest number of rows in one synchronous write call. (Default: 1) */
  rowsPerWrite: number;
  /** Whether write() can create and update in one call by a key field. (Default: true) */
  upsert: boolean;
  /** Whether deletes and merges come with changes(). (Default: true) */
  reportsDeletes: boolean;
  /** What reading a scope takes, about: for choosing between ways to read the same. */
  reads: Reads;
  /** Where users have their names, by the ids that modifiedBy has. (Default: null, modifiedBy is all that is said of them) */
  users: { object: string; field: string } | null;
}

/**
 * Calls of read(): as many as pages, or with a bulk job above a number of records those of the job and its pages. Records in
 * scope that are named by their ids: as many as ids fit into one.
 */
export interface Reads {
  rowsPerCall: number;
  idsPerCall: number;
  /** from: records up to which no job is made. calls: asking how many there are, making the job, waiting for it. */
  bulk: { from: number; calls: number; rowsPerCall: number } | null;
}

/** A setting of a connection; prompts, `config --explain` and the docs are generated from it. */
export interface ConnectorOption {
  key: string;
  label: string;
  help: string;
  example: string;
  /** Secrets come from the environment or a file only. */
  secret: boolean;
  required: boolean;
  default?: string;
}

/** A way to sign in and the options that it takes beside the required ones. */
export interface SignIn {
  /** What a person types to choose it. */
  id: string;
  label: string;
  /** Each a list of options of which one is enough; the first of them is asked for. */
  options: readonly (readonly string[])[];
}

/** What the engine lends to a connector. */
export interface ConnectorHost {
  connection: string;
  /**
   * Id of the org that the connection is pinned to; null before it is. An org can be exchanged behind one address, so
   * every call but those of check() throws SYNC_ORG_CHANGED while the session is on another one.
   */
  pinnedOrg(): Promise<string | null>;
  /** Epoch milliseconds. */
  now(): number;
  /** Waits, unless the signal ends first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Awaited before each call to the CRM; throws CRM_BUDGET when the connection's share is used up. */
  spend(calls: number, kind: string): Promise<void>;
  /** Number in [0, 1) for jitter. */
  random(): number;
  log(level: 'debug' | 'info' | 'warn', message: string, data?: Record<string, unknown>): void;
}

/** What a simulator was given cannot be used; the message names the file and the place in it. */
export class SimulatorInputError extends Error {
  override name = 'SimulatorInputError';
}

/**
 * Which company the sample data shows. whole: the company itself · acquired: a smaller one that it has bought, in another
 * currency, with partners and customers of its own and some that both have.
 */
export const sampleNames = ['whole', 'acquired'] as const;
export type SampleName = (typeof sampleNames)[number];

export interface SimulatorOptions {
  port?: number;
  /** (Default: whole) */
  sample?: SampleName;
  /** Folder of CSV files to load instead of the sample data. */
  data?: string;
  empty?: boolean;
  /** The org's own description of its objects, as the CRM answers it: a JSON file, or a folder of them. */
  metadata?: string;
  /** File with faults to switch on. */
  faults?: string;
  /** Epoch milliseconds of the simulated org's clock. (Default: the machine's clock) */
  now?: () => number;
  /** PEM texts; with them the simulator answers over https. */
  tls?: { key: string; cert: string };
  /** Files of `source`, deployed and granted to the integration user at start. */
  source?: readonly SourceFile[];
}

export interface RunningSimulator {
  url: string;
  /** Ready options for `connect`, credentials included. */
  options: Record<string, string>;
  /** What a person needs to point another client at it, as label and value. */
  credentials: { label: string; value: string }[];
  /** Calls answered so far, by kind, and their sum. */
  calls(): { total: number; byKind: Record<string, number> };
  /** Does in the CRM what people there would do; see the demo. Returns one sentence per happening. */
  act(scene: string): Promise<string[]>;
  close(): Promise<void>;
}
