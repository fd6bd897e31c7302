import type { StoreOptions } from '../../src/store/open-store.ts';
import type { Crm } from '../services/channel/start.ts';

/** What the test and the process that it kills say to each other. */

/**
 * What a process is asked to do, each beginning where the one before ended.
 *
 * - read: the first reading, before anything may be written
 * - takeOver: the program owns the tiers and writes for the first time
 * - change: a pass over what people did in the CRM
 * - import: files with certificates, leads, people and facts, then a pass
 * - review: the day of the quarterly review, on which some fall short
 * - demote: the review after it, on which grace is over
 * - decide: people decide what is open: drift, refused writes, an override; then a pass
 * - reconcile: everything is read and compared
 */
export const stages = [
  'read',
  'takeOver',
  'change',
  'import',
  'review',
  'demote',
  'decide',
  'reconcile',
] as const;
export type Stage = (typeof stages)[number];

/** A stage's own work, or the quiet pass after it, which reads back what was written and has nothing to write. */
export type Part = 'work' | 'quiet';
export const parts: readonly Part[] = ['work', 'quiet'];

/** Where the work happens. */
export interface ChildSite {
  store: StoreOptions;
  connections: readonly ChildConnection[];
}

export interface ChildConnection {
  alias: string;
  crm: Crm;
  /** Address and credentials of the simulator, and settings of the connection. */
  connect: Readonly<Record<string, string>>;
}

/** When the process kills itself; it counts what it sends to the database. */
export interface DeathByStatement {
  /** Only statements that contain this text count. (Default: all) */
  text?: string | undefined;
  /** The one after whose sending it dies, from 1. */
  at: number;
  /** Milliseconds between the sending and the death: before its answer, after it, or in what follows. */
  afterMs: number;
}

/** What a person asks for by one command. */
export type Task =
  /** plan: the text of its file. */
  | { do: 'apply'; plan: string }
  | { do: 'verify' }
  | { do: 'break'; object: string; crmId: string }
  | { do: 'make'; object: string; crmId: string; to: string }
  | { do: 'apart'; records: readonly [string, string] }
  /** A plan of corrected values for what is rejected. typed: what the person types for each. */
  | { do: 'fix'; typed: string };

export type ChildOrder =
  | { kind: 'open'; site: ChildSite; now: number }
  /** now: epoch milliseconds, at which time stands still meanwhile. */
  | { kind: 'go'; stage: Stage; part: Part; now: number; death: DeathByStatement | null }
  | { kind: 'task'; task: Task; now: number; death: DeathByStatement | null }
  | { kind: 'dump' }
  /** keepCode: hand on what was compiled to the processes that follow. */
  | { kind: 'close'; keepCode: boolean };

export type ChildAnswer =
  | { kind: 'ready' }
  | { kind: 'opened' }
  /** written: records that the last pass sent to the CRMs. */
  | { kind: 'done'; statements: number; commits: number; written: number }
  | { kind: 'state'; state: StoreState }
  | { kind: 'closed' };

/** Rows by table, in an order of their own. */
export type StoreState = Record<string, Record<string, unknown>[]>;
