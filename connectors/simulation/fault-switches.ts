/** What every fault says: what it is, how often it strikes, and which requests it meets. */
export interface FaultBase {
  kind: string;
  /** How often it strikes. (Default: until it is switched off.) */
  times?: number;
  /** How many fitting occasions pass before it strikes first. (Default: 0.) */
  after?: number;
  /** Part of the request's path, or `/pattern/`. (Default: every request for data.) */
  path?: string;
  method?: string;
  object?: string;
  field?: string;
}

export interface Occasion {
  path?: string;
  method?: string;
  object?: string;
  field?: string;
}

export interface FaultSwitches<Fault extends FaultBase> {
  /** Switches a fault on; the answer switches it off again. */
  add(fault: Fault): () => void;
  /** The first fault that fits; counts one strike. */
  take(kind: Fault['kind'], occasion?: Occasion): Fault | undefined;
  /** Counts one strike of a fault that `active` answered; false while it still lets occasions pass. */
  strike(fault: Fault): boolean;
  /** The faults of a kind that fit, without counting. */
  active(kind: Fault['kind'], occasion?: Occasion): Fault[];
  clear(): void;
  /** Switches on what a file holds: `{"faults":[...]}`. Throws SimulatorInputError for anything else. */
  load(file: string): void;
  /** Strikes so far, by kind. */
  struck: Record<string, number>;
}

export interface FaultOptions<Fault> {
  /** Part of the path of every request for data: where a fault without a path strikes. Sign-in stays well. */
  dataPaths: string;
  /** Reads a file of faults. */
  read(file: string): Fault[];
}

function pathFits(pattern: string, path: string): boolean {
  const expression = /^\/(.+)\/$/.exec(pattern)?.[1];
  return path.includes(pattern) || (expression !== undefined && new RegExp(expression).test(path));
}

function fits(fault: FaultBase, occasion: Occasion, dataPaths: string): boolean {
  const same = (wanted: string | undefined, actual: string | undefined): boolean =>
    wanted === undefined || actual === undefined || wanted.toLowerCase() === actual.toLowerCase();
  if (occasion.path !== undefined && !pathFits(fault.path ?? dataPaths, occasion.path)) return false;
  return (
    same(fault.method, occasion.method) &&
    same(fault.object, occasion.object) &&
    same(fault.field, occasion.field)
  );
}

/** No faults at first. */
export function createFaultSwitches<Fault extends FaultBase>(
  options: FaultOptions<Fault>,
): FaultSwitches<Fault> {
  let live: Array<{ fault: Fault; left: number; wait: number }> = [];
  const fitting = (kind: Fault['kind'], occasion: Occasion) =>
    live.filter(({ fault }) => fault.kind === kind && fits(fault, occasion, options.dataPaths));
  const faults: FaultSwitches<Fault> = {
    struck: {},
    add: (fault) => {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY, wait: fault.after ?? 0 };
      live.push(entry);
      return () => {
        live = live.filter((other) => other !== entry);
      };
    },
    take: (kind, occasion = {}) => {
      const [entry] = fitting(kind, occasion);
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
    active: (kind, occasion = {}) => fitting(kind, occasion).map(({ fault }) => fault),
    clear: () => {
      live = [];
    },
    load: (file) => {
      for (const fault of options.read(file)) faults.add(fault);
    },
  };
  return faults;
}
