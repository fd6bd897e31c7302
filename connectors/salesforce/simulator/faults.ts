import type { Fault, FaultKind } from './fault-kinds.ts';
import { readFaults } from './faults-file.ts';

export type { Fault, FaultKind } from './fault-kinds.ts';

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
  /** Switches on what a file holds: `{"faults":[...]}`. Throws for anything else. */
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
      for (const fault of readFaults(file)) faults.add(fault);
    },
  };
  return faults;
}
