import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { writeAudit } from '../../src/store/audit.ts';
import { entryColumns, pruneAudit, sealAudit } from '../../src/store/audit-chain.ts';
import { verifyAudit } from '../../src/store/audit-verify.ts';
import type { Store } from '../../src/store/store.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { emptyStore, openEmbeddedTestStore, openPostgresTestStore } from '../services/test-store.ts';
import { Killed, Lifetime, mortalStore } from '../sync/dying.ts';
import { dayAt, entryOn, lines, write, writeDays } from './audit-house.ts';

let store: Store;

function onEmptyStores(open: () => Promise<Store>): void {
  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store.close());
  beforeEach(() => emptyStore(store));
}

function chainTests(): void {
  it('keeps every column of an entry', async () => {
    const entry = entryOn(1, {
      runId: 'r-000001',
      crmId: '001',
      why: 'Because.',
      decisionId: 'dec_1',
      planId: 'pln_1',
    });
    await store.transaction((tx) => writeAudit(tx, [entry, entryOn(2, { before: null, after: undefined })]));
    const [first, second] = await store.query('select * from tierlink.audit order by id');
    expect(first).toEqual({
      id: expect.any(String),
      at: entry.at,
      run_id: 'r-000001',
      connection: 'north',
      object: 'Account',
      crm_id: '001',
      entity: 'partner',
      record_id: 'ptr_1',
      action: 'update',
      before: entry.before,
      after: entry.after,
      actor: 'tierlink',
      why: 'Because.',
      decision_id: 'dec_1',
      plan_id: 'pln_1',
    });
    expect(second).toMatchObject({ before: null, after: null, why: null, plan_id: null, run_id: null });
  });

  it('gives lines without gaps, whatever ids were burnt', async () => {
    await write(store, [1]);
    await store.rehearse(() => write(store, [2, 3]));
    await expect(store.transaction((tx) => writeDays(tx, [4]).then(fail))).rejects.toThrow('undone');
    await write(store, [5, 6]);
    expect(await sealAudit(store)).toBe(3);
    expect(await sealAudit(store)).toBe(0);
    const sealed = await lines(store);
    expect(sealed.map(({ seq }) => seq)).toEqual(['1', '2', '3']);
    expect(Number(sealed[1]!.audit_id) - Number(sealed[0]!.audit_id)).toBe(4);
    expect(await verifyAudit(store)).toMatchObject({ lines: 3, faultCount: 0, from: dayAt(1), to: dayAt(6) });
  });

  it('says what waits for its line', async () => {
    expect(await verifyAudit(store)).toMatchObject({
      lines: 0,
      unsealed: { entries: 0, since: null },
      from: null,
    });
    await write(store, [1]);
    await sealAudit(store);
    await write(store, [3, 2]);
    expect(await verifyAudit(store)).toMatchObject({
      lines: 1,
      unsealed: { entries: 2, since: dayAt(2) },
      faults: [],
    });
  });

  it('covers every column of an entry', async () => {
    await write(store, [1]);
    const [entry] = await store.query(`select ${entryColumns} from tierlink.audit a`);
    const columns = await store.query<{ name: string }>(
      `select column_name as name from information_schema.columns
       where table_schema = 'tierlink' and table_name = 'audit'`,
    );
    expect(Object.keys(entry!).sort()).toEqual(columns.map(({ name }) => name).sort());
  });

  it('has the same hash wherever it is computed', async () => {
    await write(store, [1, 2, 3]);
    await sealAudit(store);
    const { head } = await verifyAudit(store);
    expect(head).toEqual({ seq: 3, hash: knownHash });
  });

  it('verifies after its front was pruned, and knows a head that was noted', async () => {
    await write(store, [1, 2, 3, 4]);
    await sealAudit(store);
    const noted = (await verifyAudit(store)).head;
    const prune = () => pruneAudit(store, { before: dayAt(3), now: dayAt(9) });
    expect([await prune(), await prune()]).toEqual([2, 0]);
    await write(store, [5]);
    await sealAudit(store);
    expect(await verifyAudit(store, noted)).toMatchObject({
      lines: 3,
      faultCount: 0,
      expected: 'found',
      pruned: { seq: 2, at: dayAt(9), to: dayAt(2) },
    });
    const known = (hash: string, seq: number) =>
      verifyAudit(store, { seq, hash }).then((one) => one.expected);
    expect(await known(noted.hash, 1)).toBe('pruned');
    expect(await known((await verifyAudit(store)).pruned.hash, 2)).toBe('found');
    expect(await known(noted.hash, 2)).toBe('not_found');
    expect(await known(noted.hash, 5)).toBe('not_found');
    expect(await known(noted.hash, 6)).toBe('not_found');
    expect(await store.query('select record_id from tierlink.audit order by id')).toEqual(
      [3, 4, 5].map((day) => ({ record_id: `ptr_${day}` })),
    );
  });

  it('prunes nothing that has no line yet, and nothing behind what is young', async () => {
    await write(store, [1, 9, 2]);
    await sealAudit(store);
    await write(store, [1]);
    expect(await pruneAudit(store, { before: dayAt(5), now: dayAt(9) })).toBe(1);
    expect(await verifyAudit(store)).toMatchObject({ lines: 2, faultCount: 0, unsealed: { entries: 1 } });
  });

  it('goes on where a process died, in sealing and in pruning', async () => {
    for (let steps = 1; ; steps += 1) {
      await emptyStore(store);
      const days = Array.from({ length: 2_100 }, (_, index) => index);
      await write(store, days);
      const life = new Lifetime(steps);
      const mortal = mortalStore(store, life);
      const seal = await diesIn(() => sealAudit(mortal));
      const prune = await diesIn(() => pruneAudit(mortal, { before: dayAt(2_050), now: dayAt(2_100) }));
      const { faultCount, lines: sealed, unsealed } = await verifyAudit(store);
      expect({ faultCount, kept: sealed + unsealed.entries + (await pruned()) }).toEqual({
        faultCount: 0,
        kept: 2_100,
      });
      await sealAudit(store);
      await pruneAudit(store, { before: dayAt(2_050), now: dayAt(2_100) });
      expect(await verifyAudit(store)).toMatchObject({ lines: 50, faultCount: 0, head: { seq: 2_100 } });
      if (!seal && !prune) break;
    }
  }, 60_000);
}

async function pruned(): Promise<number> {
  return (await verifyAudit(store)).pruned.seq;
}

async function diesIn(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (error instanceof Killed) return true;
    throw error;
  }
}

function fail(): never {
  throw new Error('undone');
}

/** Of the entries of days 1 to 3, as the first store that computed it had it. */
const knownHash = 'ada107b78b1632d112f97f202d67fad24987601847771f82b00858407f7b311b';

describe('the chain of the audit, embedded', () => {
  onEmptyStores(openEmbeddedTestStore);
  chainTests();
});

describeWith(postgresPrograms)('the chain of the audit, in PostgreSQL', () => {
  onEmptyStores(openPostgresTestStore);
  chainTests();

  it('jumps over no entry that is committed late', async () => {
    let commit = () => {};
    const isOpen = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let written = () => {};
    const isWritten = new Promise<void>((resolve) => {
      written = resolve;
    });
    const late = store.transaction(async (tx) => {
      await writeDays(tx, [1]);
      written();
      await isOpen;
    });
    await isWritten;
    await write(store, [2]);
    expect(await sealAudit(store)).toBe(1);
    commit();
    await late;
    expect(await sealAudit(store)).toBe(1);
    const order = await store.query(
      'select a.record_id from tierlink.seal s join tierlink.audit a on a.id = s.audit_id order by s.seq',
    );
    expect(order).toEqual([{ record_id: 'ptr_2' }, { record_id: 'ptr_1' }]);
    expect(await verifyAudit(store)).toMatchObject({ lines: 2, faultCount: 0 });
  });

  it('takes turns where two seal at the same time', async () => {
    await write(
      store,
      Array.from({ length: 5_000 }, (_, index) => index),
    );
    const [one, other] = await Promise.all([sealAudit(store), sealAudit(store)]);
    expect(one! + other!).toBe(5_000);
    expect(await verifyAudit(store)).toMatchObject({ lines: 5_000, faultCount: 0 });
  });
});
