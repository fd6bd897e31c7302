import { readFileSync } from 'node:fs';

/**
 * Misbehaviour that can be switched on. Each fault says which requests it meets and how often; the code that plays
 * it asks `take` (uses one up) or `active` (a state that lasts).
 *
 * - `status`: answers with `status` (429, 503, ...), and `statusCode` and `message` if wanted, before the request does
 *   anything; `retryAfterSeconds` if wanted
 * - `request-limit`: 403 REQUEST_LIMIT_EXCEEDED, `limit` total or concurrent
 * - `lost-answer`: does the work, then closes the connection without an answer
 * - `expired-token`: ends the session of the request: 401
 * - `row-lock`: UNABLE_TO_LOCK_ROW for rows of `object` whose parent is `parentId` (or every row); with `whenMixed`
 *   only in statements that hold rows of another parent too
 * - `row-error`: refuses rows of `object` that match `matching` with `statusCode` and `message`
 * - `delayed-visibility`: queries and updated/deleted see a write `ms` after its commit
 * - `held-replication`: latestDateCovered does not pass `since` (a long transaction)
 * - `purged-deletes`: the delete log begins at `since`
 * - `hidden-field`: nobody but an administrator sees `object`.`field`
 * - `dropped-field`: `object`.`field` does not exist
 */
export const FAULT_KINDS = [
  'status',
  'request-limit',
  'lost-answer',
  'expired-token',
  'row-lock',
  'row-error',
  'delayed-visibility',
  'held-replication',
  'purged-deletes',
  'hidden-field',
  'dropped-field',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  kind: FaultKind;
  /** How often it strikes. (Default: until it is switched off.) */
  times?: number;
  /** How many fitting occasions pass before it strikes first. (Default: 0.) */
  after?: number;
  /** Part of the request's path, or `/pattern/`. (Default: every versioned resource.) */
  path?: string;
  method?: string;
  object?: string;
  field?: string;
  status?: number;
  retryAfterSeconds?: number;
  limit?: 'total' | 'concurrent';
  parentId?: string;
  whenMixed?: boolean;
  matching?: Record<string, unknown>;
  statusCode?: string;
  message?: string;
  fields?: string[];
  ms?: number;
  /** An instant: ISO 8601 text. */
  since?: string;
}

export interface Occasion {
  path?: string;
  method?: string;
  object?: string;
  field?: string;
}

export interface Faults {
  /** Switches a fault on; the answer switches it off again. */
  add(fault: Fault): () => void;
  /** The first fault that fits; counts one strike. */
  take(kind: FaultKind, occasion?: Occasion): Fault | undefined;
  /** Counts one strike of a fault that `active` answered; false while it still lets occasions pass. */
  strike(fault: Fault): boolean;
  /** The faults of a kind that fit, without counting. */
  active(kind: FaultKind, occasion?: Occasion): Fault[];
  clear(): void;
  /** Switches on what a file holds: `{"faults":[...]}`. Throws for a kind that there is not. */
  load(file: string): void;
  /** Strikes so far, by kind. */
  struck: Record<string, number>;
}

/** Where a fault without a path strikes: sign-in stays well unless a fault names it. */
const DATA_PATHS = '/services/data/v';

function pathFits(pattern: string, path: string): boolean {
  const expression = /^\/(.+)\/$/.exec(pattern)?.[1];
  return path.includes(pattern) || (expression !== undefined && new RegExp(expression).test(path));
}

function fits(fault: Fault, occasion: Occasion): boolean {
  const same = (wanted: string | undefined, actual: string | undefined): boolean =>
    wanted === undefined || actual === undefined || wanted.toLowerCase() === actual.toLowerCase();
  if (occasion.path !== undefined && !pathFits(fault.path ?? DATA_PATHS, occasion.path)) return false;
  return (
    same(fault.method, occasion.method) &&
    same(fault.object, occasion.object) &&
    same(fault.field, occasion.field)
  );
}

function faultsIn(file: string): Fault[] {
  const { faults } = JSON.parse(readFileSync(file, 'utf8')) as { faults?: Fault[] };
  if (!Array.isArray(faults)) throw new Error(`${file}: expected {"faults":[...]}`);
  for (const { kind } of faults) {
    if (!FAULT_KINDS.includes(kind)) {
      throw new Error(`${file}: there is no fault ${kind}; there are ${FAULT_KINDS.join(', ')}`);
    }
  }
  return faults;
}

/** No faults at first. */
export function createFaults(): Faults {
  let live: Array<{ fault: Fault; left: number; wait: number }> = [];
  const faults: Faults = {
    struck: {},
    add: (fault) => {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY, wait: fault.after ?? 0 };
      live.push(entry);
      return () => {
        live = live.filter((other) => other !== entry);
      };
    },
    take: (kind, occasion = {}) => {
      const entry = live.find((each) => each.fault.kind === kind && fits(each.fault, occasion));
      return entry !== undefined && faults.strike(entry.fault) ? entry.fault : undefined;
    },
    strike: (fault) => {
      const entry = live.find((each) => each.fault === fault);
      if (entry === undefined) return false;
      if (entry.wait > 0) {
        entry.wait -= 1;
        return false;
      }
      entry.left -= 1;
      if (entry.left <= 0) live = live.filter((other) => other !== entry);
      faults.struck[fault.kind] = (faults.struck[fault.kind] ?? 0) + 1;
      return true;
    },
    active: (kind, occasion = {}) =>
      live.filter((each) => each.fault.kind === kind && fits(each.fault, occasion)).map((each) => each.fault),
    clear: () => {
      live = [];
    },
    load: (file) => {
      for (const fault of faultsIn(file)) faults.add(fault);
    },
  };
  return faults;
}
