/** Counts what the org would bill: every authenticated request once, each request inside a composite batch once more. */
export interface CallCounter {
  /** API requests of the day so far. */
  total: number;
  /** Requests by kind: query, record, collection, composite, batch, bulk, describe, replication, limits, other. */
  byKind: Record<string, number>;
  /** Every counted request, oldest first: "PATCH /services/data/v67.0/composite/sobjects/Account/Ext__c". */
  log: string[];
  max: number;
  count(kind: string, line: string): void;
  reset(): void;
}

export type CallKind =
  | 'query'
  | 'record'
  | 'collection'
  | 'composite'
  | 'batch'
  | 'bulk'
  | 'describe'
  | 'replication'
  | 'limits'
  | 'other';

const KINDS: Array<[RegExp, CallKind]> = [
  [/\/jobs\//i, 'bulk'],
  [/\/query(All)?(\/|\?|$)/i, 'query'],
  [/\/composite\/sobjects/i, 'collection'],
  [/\/composite\/batch/i, 'batch'],
  [/\/composite/i, 'composite'],
  [/\/limits/i, 'limits'],
  [/\/(updated|deleted)(\/|\?|$)/i, 'replication'],
  [/\/sobjects\/?(\?|$)|\/describe/i, 'describe'],
  [/\/sobjects\/[^/?]+\/?(\?|$)/i, 'record'],
  [/\/sobjects\//i, 'record'],
];

/** The kind of a request by its path. */
export function callKind(path: string): CallKind {
  return KINDS.find(([pattern]) => pattern.test(path))?.[1] ?? 'other';
}

/** @param max the daily allowance (a Developer Edition org has 15,000). */
export function createCallCounter(max = 15_000): CallCounter {
  const counter: CallCounter = {
    total: 0,
    byKind: {},
    log: [],
    max,
    count: (kind, line) => {
      counter.total += 1;
      counter.byKind[kind] = (counter.byKind[kind] ?? 0) + 1;
      counter.log.push(line);
    },
    reset: () => {
      counter.total = 0;
      counter.byKind = {};
      counter.log = [];
    },
  };
  return counter;
}
