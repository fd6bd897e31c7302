import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EntryText } from '../../src/store/audit-chain.ts';
import { entryColumns, entryHash, lineHash, pruneAudit, sealAudit } from '../../src/store/audit-chain.ts';
import { type ChainFault, verifyAudit } from '../../src/store/audit-verify.ts';
import type { Store, Tx } from '../../src/store/store.ts';
import { describeWith } from '../services/describe-with.ts';
import { fc } from '../services/fast-check.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { emptyStore, openEmbeddedTestStore, openPostgresTestStore } from '../services/test-store.ts';
import { dayAt, writeDays } from './audit-house.ts';

let store: Store;

function onStores(open: () => Promise<Store>): void {
  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store.close());
}

type Step =
  | { do: 'write'; slot: number; entries: number }
  | { do: 'end'; slot: number; commit: boolean }
  | { do: 'seal' }
  | { do: 'prune'; day: number };

const slots = 3;
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('write' as const),
    slot: fc.nat(slots - 1),
    entries: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ do: fc.constant('end' as const), slot: fc.nat(slots - 1), commit: fc.boolean() }),
  fc.record({ do: fc.constant('seal' as const) }),
  fc.record({ do: fc.constant('prune' as const), day: fc.nat(30) }),
);

/** A transaction that stays open between steps. */
class Open {
  entries = 0;
  readonly #work: ((tx: Tx) => Promise<void>)[] = [];
  #wake = () => {};
  readonly #done: Promise<void>;
  #end: 'commit' | 'rollback' | null = null;
  #idle: Promise<void> = Promise.resolve();

  constructor() {
    this.#done = store
      .transaction(async (tx) => {
        while (this.#end === null) {
          const next = this.#work.shift();
          if (next === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
          else await next(tx);
        }
        if (this.#end === 'rollback') throw new Error('rolled back');
      })
      .catch((error: Error) => {
        if (error.message !== 'rolled back') throw error;
      });
  }

  async write(days: readonly number[]): Promise<void> {
    this.entries += days.length;
    this.#idle = new Promise((resolve, reject) => {
      this.#work.push((tx) => writeDays(tx, days).then(resolve, reject));
    });
    this.#wake();
    await this.#idle;
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    this.#end = how;
    this.#wake();
    await this.#done;
  }
}

/** Plays the steps with up to `width` transactions open at once. Returns how many entries were committed. */
async function play(steps: readonly Step[], width: number): Promise<number> {
  const open = new Map<number, Open>();
  let day = 0;
  let committed = 0;
  const end = async (slot: number, commit: boolean) => {
    const one = open.get(slot);
    if (one === undefined) return;
    open.delete(slot);
    await one.end(commit ? 'commit' : 'rollback');
    if (commit) committed += one.entries;
  };
  for (const each of steps) {
    // One session can do nothing beside a transaction.
    if (width === 1 && each.do !== 'end') for (const slot of open.keys()) await end(slot, true);
    if (each.do === 'write') {
      const slot = each.slot % width;
      const one = open.get(slot) ?? new Open();
      open.set(slot, one);
      await one.write(Array.from({ length: each.entries }, () => day++ % 30));
    } else if (each.do === 'end') await end(each.slot % width, each.commit);
    else if (each.do === 'seal') await sealAudit(store);
    else await pruneAudit(store, { before: dayAt(each.day), now: dayAt(40) });
  }
  for (const slot of [...open.keys()]) await end(slot, true);
  return committed;
}

async function verifiesAlways(width: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      await emptyStore(store);
      const committed = await play(steps, width);
      for (const isSealed of [false, true]) {
        if (isSealed) await sealAudit(store);
        const { faults, lines, pruned, unsealed } = await verifyAudit(store);
        expect({ faults, entries: lines + pruned.seq + unsealed.entries }).toEqual({
          faults: [],
          entries: committed,
        });
        if (isSealed) expect(unsealed.entries).toBe(0);
      }
    }),
    { numRuns: 40 },
  );
}

interface Sealed {
  seq: number;
  id: string;
}

/** Somebody's hand in the tables, and what verifying must say of it. `n`, `m`: two of the lines, n before m. */
interface Tampering {
  name: string;
  do: (lines: readonly Sealed[], of: { n: Sealed; m: Sealed }) => Promise<unknown>;
  found: (of: { n: Sealed; m: Sealed; last: Sealed }) => { kind: ChainFault['kind']; first: number | null };
}

const sql = async (text: string, parameters: readonly unknown[] = []) => await store.query(text, parameters);

async function entryOf(id: string): Promise<EntryText> {
  const [row] = await store.query<EntryText & Record<string, unknown>>(
    `select ${entryColumns} from tierlink.audit a where a.id = $1::bigint`,
    [id],
  );
  return row!;
}

async function reseal({ seq, id }: Sealed, alsoLine: boolean): Promise<void> {
  const hash = entryHash(await entryOf(id));
  await sql('update tierlink.seal set entry_hash = $2 where seq = $1', [seq, hash]);
  if (!alsoLine) return;
  const [before] = await store.query<{ hash: string }>(
    `select coalesce((select hash from tierlink.seal where seq = $1 - 1),
       (select pruned_hash from tierlink.chain)) as hash`,
    [seq],
  );
  await sql('update tierlink.seal set hash = $2 where seq = $1', [
    seq,
    lineHash(before!.hash, { seq, entryHash: hash }),
  ]);
}

const changes = [
  `at = at + interval '1 microsecond'`,
  `run_id = coalesce(run_id, '') || 'x'`,
  `connection = connection || 'x'`,
  `object = object || 'x'`,
  `crm_id = coalesce(crm_id, '') || 'x'`,
  `entity = entity || 'x'`,
  `record_id = record_id || 'x'`,
  `action = action || 'x'`,
  `before = before || '{"amount": "1.100"}'`,
  `after = null`,
  `actor = actor || 'x'`,
  `why = ''`,
  `decision_id = ''`,
  `plan_id = ''`,
];

const change = async ({ id }: Sealed, how = changes[4]!) =>
  await sql(`update tierlink.audit set ${how} where id = $1::bigint`, [id]);

const tamperings: Tampering[] = [
  ...changes.map(
    (how): Tampering => ({
      name: `changes an entry: ${how}`,
      do: (_, { n }) => change(n, how),
      found: ({ n }) => ({ kind: 'changed', first: n.seq }),
    }),
  ),
  {
    name: 'deletes an entry',
    do: (_, { n }) => sql('delete from tierlink.audit where id = $1::bigint', [n.id]),
    found: ({ n }) => ({ kind: 'missing', first: n.seq }),
  },
  {
    name: 'deletes an entry with its line',
    do: async (_, { n }) => {
      await sql('delete from tierlink.audit where id = $1::bigint', [n.id]);
      await sql('delete from tierlink.seal where seq = $1', [n.seq]);
    },
    found: ({ n }) => ({ kind: 'missing', first: n.seq }),
  },
  {
    name: 'cuts off the end',
    do: async (_, { m }) => {
      await sql(
        'delete from tierlink.audit where id in (select audit_id from tierlink.seal where seq >= $1::bigint)',
        [m.seq],
      );
      await sql('delete from tierlink.seal where seq >= $1', [m.seq]);
    },
    found: ({ m }) => ({ kind: 'missing', first: m.seq }),
  },
  {
    name: 'inserts an entry',
    do: () =>
      sql(`insert into tierlink.audit (at, connection, object, entity, record_id, action, actor)
        values ('2026-03-02', '', '', 'partner', 'ptr_1', 'update', 'somebody')`),
    found: () => ({ kind: 'inserted', first: null }),
  },
  {
    name: 'takes an entry out of the waiting ones',
    do: async () => {
      await store.transaction((tx) => writeDays(tx, [5]));
      await sql('delete from tierlink.unsealed');
    },
    found: () => ({ kind: 'inserted', first: null }),
  },
  {
    name: 'deletes an entry that waits',
    do: async () => {
      await store.transaction((tx) => writeDays(tx, [5]));
      await sql('delete from tierlink.audit where id in (select audit_id from tierlink.unsealed)');
      await sealAudit(store);
    },
    found: () => ({ kind: 'missing', first: null }),
  },
  {
    name: 'swaps two lines',
    do: (_, { n, m }) => swap(n, m),
    found: ({ n }) => ({ kind: 'out_of_place', first: n.seq }),
  },
  {
    name: 'changes an entry and its own hash',
    do: async (_, { n }) => {
      await change(n);
      await reseal(n, false);
    },
    found: ({ n }) => ({ kind: 'out_of_place', first: n.seq }),
  },
  {
    name: 'changes an entry and both hashes of its line',
    do: async (_, { n }) => {
      await change(n);
      await reseal(n, true);
    },
    found: ({ n }) => ({ kind: 'out_of_place', first: n.seq + 1 }),
  },
  {
    name: 'changes the last entry and both hashes of its line',
    do: async (lines) => {
      await change(lines.at(-1)!);
      await reseal(lines.at(-1)!, true);
    },
    found: ({ last }) => ({ kind: 'out_of_place', first: last.seq }),
  },
  {
    name: 'hides lines at the front behind where the chain is said to begin',
    do: (_, { n }) =>
      sql(
        `update tierlink.chain set pruned_seq = $1::bigint,
           pruned_hash = (select hash from tierlink.seal where seq = $1::bigint)`,
        [n.seq],
      ),
    found: ({ n }) => ({ kind: 'out_of_place', first: n.seq }),
  },
];

/** All of a line but its number. */
async function swap(n: Sealed, m: Sealed): Promise<void> {
  await store.transaction(async (tx) => {
    const rows = await tx.query('select * from tierlink.seal where seq = any($1::bigint[])', [
      [n.seq, m.seq],
    ]);
    await tx.query('delete from tierlink.seal where seq = any($1::bigint[])', [[n.seq, m.seq]]);
    await tx.query(
      `insert into tierlink.seal select $1::bigint + $2::bigint - r.seq, r.audit_id, r.at, r.entry_hash, r.hash
       from jsonb_populate_recordset(null::tierlink.seal, $3::jsonb) r`,
      [n.seq, m.seq, JSON.stringify(rows)],
    );
  });
}

async function findsEach(tampering: Tampering): Promise<void> {
  const shape = fc.record({
    pruned: fc.nat(4),
    lines: fc.integer({ min: 3, max: 9 }),
    n: fc.nat(100),
    m: fc.nat(100),
  });
  await fc.assert(
    fc.asyncProperty(shape, async ({ pruned, lines: count, ...at }) => {
      await emptyStore(store);
      const days = Array.from({ length: pruned + count }, (_, index) => index);
      await store.transaction((tx) => writeDays(tx, days));
      await sealAudit(store);
      await pruneAudit(store, { before: dayAt(pruned), now: dayAt(40) });
      const rows = await store.query<{ seq: string; id: string }>(
        'select seq, audit_id as id from tierlink.seal order by seq',
      );
      const lines = rows.map(({ seq, id }) => ({ seq: Number(seq), id }));
      // n is never the last one, and m comes after it.
      const index = at.n % (count - 1);
      const n = lines[index]!;
      const m = lines[index + 1 + (at.m % (count - 1 - index))]!;
      const { head } = await verifyAudit(store);
      await tampering.do(lines, { n, m });
      const said = await verifyAudit(store, head);
      const wanted = tampering.found({ n, m, last: lines.at(-1)! });
      expect(said.faults.map(({ kind, first }) => ({ kind, first }))).toContainEqual(wanted);
    }),
    { numRuns: 5 },
  );
}

async function findsAnewWritten(): Promise<void> {
  await emptyStore(store);
  await store.transaction((tx) => writeDays(tx, [1, 2, 3, 4]));
  await sealAudit(store);
  const { head } = await verifyAudit(store);
  await sql(`delete from tierlink.audit where record_id in ('ptr_3', 'ptr_4')`);
  await sql('delete from tierlink.seal where seq > 2');
  await sql('update tierlink.chain set seq = 2, hash = (select hash from tierlink.seal where seq = 2)');
  // By itself, what is left is as sound as it was when it ended there.
  expect(await verifyAudit(store)).toMatchObject({ faultCount: 0, expected: null });
  expect(await verifyAudit(store, head)).toMatchObject({ faultCount: 0, expected: 'not_found' });
}

describe('tampering with the audit, embedded', () => {
  onStores(openEmbeddedTestStore);
  it('is not what any history of writing, sealing and pruning looks like', () => verifiesAlways(1), 60_000);
  it.each(tamperings.map((each) => [each.name, each] as const))('is found: %s', (_, each) => findsEach(each));
  it('of a whole end shows by a head that was noted elsewhere', findsAnewWritten);
});

describeWith(postgresPrograms)('tampering with the audit, in PostgreSQL', () => {
  onStores(openPostgresTestStore);
  it(
    'is not what any history of parallel writing, sealing and pruning looks like',
    () => verifiesAlways(slots),
    60_000,
  );
  it.each(tamperings.map((each) => [each.name, each] as const))('is found: %s', (_, each) => findsEach(each));
  it('of a whole end shows by a head that was noted elsewhere', findsAnewWritten);
});
