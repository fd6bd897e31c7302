import type { Store } from '../../src/store/store.ts';
import type { Connector, ReadRequest, RecordPage } from '../../src/sync/connector.ts';

/** What a process that was killed says to whoever still waits for it. */
export class Killed extends Error {
  constructor() {
    super('killed');
    this.name = 'Killed';
  }
}

/** A process that dies right after its n-th step that can be seen from outside: a statement, a commit or a call. */
export class Lifetime {
  steps = 0;
  readonly #diesAfter: number;
  constructor(diesAfter: number) {
    this.#diesAfter = diesAfter;
  }

  get isDead(): boolean {
    return this.steps >= this.#diesAfter;
  }

  /** Does one step; its result is lost when it was the last one. Once dead, nothing happens any more. */
  async step<T>(work: () => Promise<T>): Promise<T> {
    if (this.isDead) throw new Killed();
    const result = await work();
    this.steps += 1;
    if (this.isDead) throw new Killed();
    return result;
  }
}

/** The store as a mortal process sees it. A transaction is one step: what it commits is kept, even if nobody hears of it. */
export function mortalStore(store: Store, life: Lifetime): Store {
  return {
    ...store,
    db: mortalDb(store, life),
    query: (sql, parameters) => life.step(() => store.query(sql, parameters)),
    transaction: (work) => life.step(() => store.transaction(work)),
  };
}

/** Typed statements outside of a transaction are steps like all others. */
function mortalDb({ db }: Store, life: Lifetime): Store['db'] {
  return db.withPlugin({
    transformQuery: ({ node }) => {
      if (life.isDead) throw new Killed();
      return node;
    },
    transformResult: ({ result }) => life.step(async () => result),
  });
}

/** The connector as a mortal process sees it: the CRM may have done what nobody hears of. */
export function mortalConnector(connector: Connector, life: Lifetime): Connector {
  return {
    check: (objects) => life.step(() => connector.check(objects)),
    describe: (objects) => life.step(() => connector.describe(objects)),
    count: (requests) => life.step(() => connector.count(requests)),
    read: (request) => mortalPages(connector, life, request),
    changes: (requests) => connector.changes(requests),
    write: (request) =>
      life.step(() =>
        connector.write({
          ...request,
          ...(request.onBulkJob === undefined
            ? {}
            : {
                onBulkJob: (id: string, refs: readonly string[]) =>
                  life.step(async () => request.onBulkJob?.(id, refs)),
              }),
        }),
      ),
    recordUrl: (object, id) => connector.recordUrl(object, id),
    limits: () => connector.limits(),
  };
}

async function* mortalPages(
  connector: Connector,
  life: Lifetime,
  request: ReadRequest,
): AsyncIterable<RecordPage> {
  for await (const page of connector.read(request)) {
    yield await life.step(async () => page);
  }
}

/** What a restart finds: the leases of the dead have run out. */
export async function expireLeases(store: Store): Promise<void> {
  await store.query(`update tierlink.lease set expires_at = '2000-01-01T00:00:00Z'`);
}
