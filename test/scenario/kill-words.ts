import type { StoreOptions } from '../../src/store/open-store.ts';

/** What the test and the process that it kills say to each other. */

/** load: everything from the first reading to the first writing. change: a pass over what people did. quiet: one more. */
export type Stage = 'load' | 'change' | 'quiet';

export const stagesInOrder: readonly Stage[] = ['load', 'change', 'quiet'];

/** Where the work happens. */
export interface ChildSite {
  store: StoreOptions;
  /** Address and credentials of the simulator. */
  connect: Readonly<Record<string, string>>;
}

export type ChildOrder =
  | { kind: 'go'; stage: Stage; now: number; dieAtStatement?: number | undefined; afterMs: number }
  | { kind: 'dump' };

export type ChildAnswer =
  | { kind: 'ready' }
  /** written: records that the last pass of the stage sent to the CRM. */
  | { kind: 'done'; stage: Stage; statements: number; written: number }
  | { kind: 'state'; state: StoreState };

/** Rows by table, in an order of their own. */
export type StoreState = Record<string, Record<string, unknown>[]>;
