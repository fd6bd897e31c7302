/**
 * Misbehaviour of the CRM in memory, switched on by tests.
 *
 * - busy: the call is turned away (CRM_BUSY), nothing happened
 * - quota: the day's calls are used up (CRM_QUOTA)
 * - unreachable: no answer and nothing happened (CRM_UNREACHABLE)
 * - lostAnswer: a write is done and its answer lost
 * - sessionExpired: the session cannot be renewed (CRM_SESSION_EXPIRED)
 * - locked: rows of the object meet a lock
 * - rowError: rows that match `matching` are refused with `code` and `message`
 * - lateVisibility: the newest `rows` changes are not visible yet
 * - cut: reading stops with CRM_UNREACHABLE after `pages` pages
 */
export interface MemoryFault {
  kind:
    | 'busy'
    | 'quota'
    | 'unreachable'
    | 'lostAnswer'
    | 'sessionExpired'
    | 'locked'
    | 'rowError'
    | 'lateVisibility'
    | 'cut';
  /** How often it strikes. (Default: until cleared) */
  times?: number;
  object?: string;
  /** Kind of call that it meets: read, changes, write, describe, count, check. (Default: every kind) */
  call?: string;
  matching?: Record<string, unknown>;
  code?: string;
  message?: string;
  rows?: number;
  pages?: number;
}

export interface FaultSwitches {
  /** Switches a fault on; the answer switches it off. */
  add(fault: MemoryFault): () => void;
  /** The first fault of a kind that fits; counts one strike. */
  take(
    kind: MemoryFault['kind'],
    occasion?: { object?: string; call?: string; row?: Readonly<Record<string, unknown>> },
  ): MemoryFault | undefined;
  clear(): void;
}

export function createFaultSwitches(): FaultSwitches {
  let live: { fault: MemoryFault; left: number }[] = [];
  return {
    add: (fault) => {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
      live.push(entry);
      return () => {
        live = live.filter((each) => each !== entry);
      };
    },
    take: (kind, occasion = {}) => {
      const entry = live.find(({ fault }) => fault.kind === kind && fits(fault, occasion));
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if (entry.left <= 0) live = live.filter((each) => each !== entry);
      return entry.fault;
    },
    clear: () => {
      live = [];
    },
  };
}

function fits(
  fault: MemoryFault,
  { object, call, row }: { object?: string; call?: string; row?: Readonly<Record<string, unknown>> },
): boolean {
  const same = (wanted: string | undefined, given: string | undefined): boolean =>
    wanted === undefined || wanted === given;
  const meant = Object.entries(fault.matching ?? {}).every(
    ([field, value]) => row === undefined || row[field] === value,
  );
  return meant && same(fault.object, object) && (call === undefined || same(fault.call, call));
}
