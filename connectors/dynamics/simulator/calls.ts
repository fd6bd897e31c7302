/** Counts requests as the platform's limits do: each authenticated request once, a batch or a bulk message too. */
export interface CallCounter {
  total: number;
  byKind: Record<string, number>;
  /** Every counted request, oldest first: "PATCH /api/data/v9.2/accounts(accountnumber='A-1')". */
  log: string[];
  /** The same with the requests inside a batch, each of them, instead of the batch. */
  operations: string[];
  /** @param inner what a batch holds: "PATCH /api/data/v9.2/accounts(…)" */
  count(method: string, path: string, inner?: readonly string[]): void;
  reset(): void;
}

export type CallKind = 'batch' | 'multiple' | 'changes' | 'metadata' | 'query' | 'row' | 'action' | 'other';

const kinds: readonly [RegExp, CallKind][] = [
  [/^POST \S+\/\$batch/i, 'batch'],
  [/Multiple(\?|$)/, 'multiple'],
  [/\$deltatoken=/i, 'changes'],
  [/\/(EntityDefinitions|RelationshipDefinitions|GlobalOptionSetDefinitions|\$metadata)\b/, 'metadata'],
  [/^GET \S+\/(WhoAmI|Retrieve[A-Z]\w*)/, 'other'],
  [/^(GET|PATCH|PUT|DELETE) \S+\/[a-z]\w*\([^)]+\)/, 'row'],
  [/^POST \S+\/(\S+\/Microsoft\.Dynamics\.CRM\.\w+|[A-Z]\w*)(\?|$)/, 'action'],
  [/^POST /, 'row'],
  [/^GET \S+\/v9\.\d\/[a-z]/, 'query'],
];

/** The kind of a request by its method and path. */
export function callKind(method: string, path: string): CallKind {
  return kinds.find(([pattern]) => pattern.test(`${method} ${path}`))?.[1] ?? 'other';
}

export function createCallCounter(): CallCounter {
  const counter: CallCounter = {
    total: 0,
    byKind: {},
    log: [],
    operations: [],
    count: (method, path, inner) => {
      const kind = callKind(method, path);
      counter.total += 1;
      counter.byKind[kind] = (counter.byKind[kind] ?? 0) + 1;
      counter.log.push(`${method} ${path}`);
      counter.operations.push(...(inner ?? [`${method} ${path}`]));
    },
    reset: () => {
      counter.total = 0;
      counter.byKind = {};
      counter.log = [];
      counter.operations = [];
    },
  };
  return counter;
}
