import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TierlinkError } from '../../../src/errors.ts';
import type { WriteRow } from '../../../src/sync/connector.ts';
import { accounts, KEY, type WriteWorld, writeWorld } from './write-world.ts';

describe('the lanes of a write to Dynamics', () => {
  let world: WriteWorld;
  beforeEach(async () => {
    world = await writeWorld();
  });
  afterEach(async () => await world.close());
  const stored = () => world.simulator.org.dump('account');
  const insert = (count: number, more: Record<string, unknown> = {}): string[] =>
    world.simulator.org.create(
      'account',
      Array.from({ length: count }, (_unused, index) => ({ name: `A${index}`, [KEY]: `k${index}`, ...more })),
    );

  it.each([
    [1, { row: 1 }],
    [2, { batch: 1 }],
    [125, { batch: 1 }],
    [126, { multiple: 1 }],
    [1_000, { multiple: 1 }],
    [1_001, { multiple: 1, row: 0, batch: 1 }],
    [2_600, { multiple: 3 }],
  ])('%d rows go by the fewest requests', async (count, kinds) => {
    const results = await world.upsert(accounts(count));
    expect(results.filter(({ outcome }) => !['created', 'written'].includes(outcome))).toEqual([]);
    expect(results.map(({ ref }) => ref)).toEqual(accounts(count).map(({ ref }) => ref));
    const { byKind, total } = world.simulator.calls;
    for (const [kind, calls] of Object.entries(kinds)) expect(byKind[kind] ?? 0).toBe(calls);
    expect(total).toBe(Object.values(kinds).reduce((sum, calls) => sum + calls, 0));
    expect(stored()).toHaveLength(count);
  });

  it('rows go by bulk messages from a smaller number on where batches were made smaller', async () => {
    const small = await writeWorld({ options: { rowsPerBatch: '2', rowsPerWrite: '4' } });
    try {
      const results = await small.upsert(accounts(9));
      expect(results.filter(({ outcome }) => !['created', 'written'].includes(outcome))).toEqual([]);
      expect(small.simulator.calls.byKind).toEqual({ multiple: 2, batch: 1 });
      expect(small.simulator.org.dump('account')).toHaveLength(9);
    } finally {
      await small.close();
    }
  });

  it('10,000 changed tiers take 10 requests, the least possible, and as many again for nothing but them', async () => {
    const ids = insert(10_000);
    world.simulator.calls.reset();
    const tiers = (value: number): WriteRow[] =>
      ids.map((id, index) => ({ ref: `r${index}`, id, fields: { tl_tier: value } }));
    const results = await world.update(tiers(100_000_001));
    expect(results.filter(({ outcome }) => outcome !== 'updated')).toEqual([]);
    expect(world.simulator.calls.byKind).toEqual({ multiple: 10 });
    const byKey = ids.map((_id, index) => ({
      ref: `r${index}`,
      key: `k${index}`,
      fields: { tl_tier: 100_000_000 },
    }));
    await world.upsert(byKey);
    expect(world.simulator.calls.byKind).toEqual({ multiple: 20 });
    expect(world.simulator.calls.total).toBe(20);
    expect(new Set(stored().map((row) => row.tl_tier))).toEqual(new Set([100_000_000]));
    expect(stored()).toHaveLength(10_000);
  });

  it('tells the ids and what became of rows that go alone or in a batch', async () => {
    const [first] = await world.upsert(accounts(1));
    expect(first).toMatchObject({ outcome: 'created', id: stored()[0]?.accountid });
    const results = await world.upsert(accounts(3));
    expect(results.map(({ outcome }) => outcome)).toEqual(['updated', 'created', 'created']);
    expect(results.map(({ id }) => id).sort()).toEqual(stored().map((row) => row.accountid));
  });

  it.each([1, 2, 300])('never makes a row by an update (%d rows)', async (count) => {
    const gone = Array.from({ length: count }, (_unused, index) => ({
      ref: `r${index}`,
      id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      fields: { telephone1: '1' },
    }));
    const results = await world.update(gone);
    expect(results.every((result) => result.outcome === 'rejected' && result.code === 'CRM_GONE')).toBe(true);
    expect(stored()).toEqual([]);
  });

  it('finds the rows that spoil pages of a thousand, and writes all others in a few requests', async () => {
    const rows = accounts(3_000).map((row, index) =>
      index === 1_234 || index === 1_777 ? { ...row, fields: { name: 'Poison' } } : row,
    );
    world.simulator.faults.add({ kind: 'row-error', object: 'account', matching: { name: 'Poison' } });
    const results = await world.upsert(rows);
    const refused = results.filter(({ outcome }) => outcome === 'rejected');
    expect(refused.map(({ ref }) => ref)).toEqual(['r1234', 'r1777']);
    expect(refused[0]).toMatchObject({ code: 'CRM_RULE', vendorCode: '0x80040265', retry: 'never' });
    expect(stored()).toHaveLength(2_998);
    // Two good pages, the bad one, its halves, their quarters, and four eighths in batches.
    expect(world.simulator.calls.byKind).toEqual({ multiple: 9, batch: 4 });
  });

  it('goes by batches where a table has no bulk messages, and remembers it', async () => {
    world.simulator.org.table('account').bulkMessages = false;
    const rows = accounts(300);
    expect((await world.upsert(rows)).filter(({ outcome }) => outcome !== 'created')).toEqual([]);
    expect(world.simulator.calls.byKind).toEqual({ multiple: 1, batch: 3 });
    await world.upsert(rows);
    expect(world.simulator.calls.byKind).toEqual({ multiple: 1, batch: 6 });
  });

  it('leaves columns of other rows alone in a bulk message and clears what is blank', async () => {
    insert(300, { telephone1: '1', fax: '1' });
    const rows = accounts(300).map((row, index): WriteRow => {
      return { ...row, fields: index % 2 === 0 ? { telephone1: null } : { fax: '2' } };
    });
    await world.upsert(rows);
    const byKey = new Map(stored().map((row) => [row[KEY], row]));
    expect(byKey.get('k0')).toMatchObject({ telephone1: null, fax: '1', name: 'A0' });
    expect(byKey.get('k1')).toMatchObject({ telephone1: '1', fax: '2' });
  });

  it.each([1, 3, 300])('says what a write may set off, both ways (%d rows)', async (count) => {
    insert(count, { emailaddress1: 'info@litware.example' });
    world.simulator.faults.add({ kind: 'duplicate-rule', object: 'account', field: 'emailaddress1' });
    const copies = accounts(count).map((row) => ({
      ...row,
      key: `copy ${row.key}`,
      fields: { ...row.fields, emailaddress1: 'info@litware.example' },
    }));
    const refused = await world.upsert(copies);
    expect(new Set(refused.map((result) => result.outcome === 'rejected' && result.code))).toEqual(
      new Set(['CRM_DUPLICATE']),
    );
    const loud = { assignmentRules: false, allowDuplicates: true };
    const allowed = await world.upsert(copies, { manners: loud });
    expect(allowed.filter(({ outcome }) => outcome === 'rejected')).toEqual([]);
    expect(stored()).toHaveLength(2 * count);
  });

  it('marks each of its writes, so that plug-ins and webhooks can tell them apart', async () => {
    await world.upsert(accounts(1));
    await world.upsert(accounts(300));
    expect(world.writes()).toEqual([
      `PATCH accounts(${KEY}='k0')?$select=accountid&tag=tierlink`,
      'POST accounts/Microsoft.Dynamics.CRM.UpsertMultiple?tag=tierlink',
    ]);
  });

  it('stops between pages when it is told to, and says which rows were not sent', async () => {
    const stop = new AbortController();
    const { spend } = world.host;
    world.host.spend = async (calls, kind) => {
      if (world.host.spent.length === 1) stop.abort();
      await spend(calls, kind);
    };
    const results = await world.upsert(accounts(3_000), { signal: stop.signal });
    const written = results.filter(({ outcome }) => outcome === 'written');
    const left = results.filter(({ outcome }) => outcome !== 'written');
    expect([written.length, left.length]).toEqual([1_000, 2_000]);
    expect(left[0]).toMatchObject({ outcome: 'rejected', code: 'INTERRUPTED', retry: 'backoff' });
  });

  it('throws when nothing was written at all', async () => {
    world.host.refuse = new TierlinkError('CRM_BUDGET', { connection: 'test' });
    for (const count of [1, 3, 300])
      await expect(world.upsert(accounts(count))).rejects.toMatchObject({ code: 'CRM_BUDGET' });
  });
});
