import type { ConnectorHost, ConnectorManifest } from '../../src/sync/connector-manifest.ts';
import type { MappingPlan } from '../../src/sync/mapping/plan.ts';
import type { Size } from '../size.ts';

/**
 * What the bench has to know of one CRM. Three kinds of processes load it, and memory is measured in one of them: what
 * only another one needs is loaded when it is asked for.
 */
export interface BenchCrm {
  manifest: ConnectorManifest;
  /** Options with which an instance can be made that makes no call. */
  noOptions: Record<string, string>;
  /** The objects whose first load is measured. */
  objects: { account: string; deal: string };
  /** Kinds of calls that write, as the connector books them. */
  writeKinds: readonly string[];
  /** The least number of calls that writes so many rows of one object. `billed`: all calls of the push. */
  leastWrites(rows: number, billed: BilledCalls): number;
  /** What the least is made of, for people. */
  leastNote: readonly string[];
  /** Most that a push may cost beside the least possible, with the calls that read before and after the writes. */
  mostOfPush: number;
  /** Most calls of a pass after which nothing changed. */
  mostOfQuietPass: number;
  /** A library of others that reads the same. */
  library: Library;
  /** Ways in which its simulator turns requests away; none where it has no such limits. */
  throttles: readonly Throttle[];
  /** Starts the simulator with the business in it. */
  startOrg(start: OrgStart): Promise<BenchOrg>;
}

/** A client of others, to compare with. */
export interface Library {
  label: string;
  /** Reads what the plans read and keeps nothing; the number of rows. */
  drain(start: LibraryStart): Promise<number>;
}

export interface LibraryStart {
  options: Record<string, string>;
  host: ConnectorHost;
  plans: readonly MappingPlan[];
  /** To be called once it has signed in and knows what to ask for: the measurement begins. */
  begin(): void;
}

export interface OrgStart {
  size: Size;
  /** The time of the run, epoch milliseconds. */
  now(): number;
  /** Name of the way in which requests are turned away. (Default: the CRM's own limits) */
  throttle: string | null;
}

/** A way to turn requests away. */
export interface Throttle {
  name: string;
  /** For people. */
  label: string;
}

/** The simulator of a CRM. */
export interface BenchOrg {
  /** Origin of its API. */
  url: string;
  /** Ready options for the connector. */
  options: Record<string, string>;
  /** Calls since the last question. */
  takeCalls(): BilledCalls;
  /** Edits every hundredth account and deal. */
  edit(): { accounts: number; deals: number };
  close(): Promise<void>;
}

/** What the simulator billed. */
export interface BilledCalls {
  total: number;
  byKind: Record<string, number>;
  /** Questions how far a bulk job is. */
  polls: number;
  /** Bulk jobs created. */
  jobs: number;
}
