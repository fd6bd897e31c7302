import { describe, expect, it } from '@jest/globals';
import { TierlinkError } from '../../src/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { type SettingChange, setTierMode, setWriteBack } from '../../src/sync/links/connection-settings.ts';
import { groupRejects, retryRejects } from '../../src/sync/push/rejects.ts';
import { pauseConnection } from '../../src/sync/records/connections.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { fakeCapabilities, refusal, unreachable } from './fake-crm.ts';
import { connection, type House, mappings, openHouse } from './push-house.ts';

let store: Store;
let house: House;
storeForEach(async (opened) => {
  store = opened;
  house = await openHouse(store);
});

const accountWrites = () => house.crm.writes.filter((write) => write.object === 'Account');

describe('push', () => {
  it('finds out by reading what became of a write whose answer was lost, and does not repeat it', async () => {
    await house.addSilver(1);
    house.crm.fault = (_row, object) => (object === 'Account' ? 'lostAnswer' : undefined);
    const result = await house.push();
    expect(result.total).toMatchObject({ updated: 1, unknown: 0 });
    expect(accountWrites()).toHaveLength(1);
    expect(await house.pending()).toEqual([]);
  });

  it('makes no second record when the answer to a create was lost', async () => {
    await house.addSilver(1);
    house.crm.fault = (_row, object) => (object === 'Decision' ? 'lostAnswer' : undefined);
    await house.push();
    expect(house.crm.all('Decision')).toHaveLength(1);
    const links = await store.query(`select keyed from tierlink.link where object = 'Decision'`);
    expect(links).toEqual([{ keyed: true }]);
  });

  it('looks up a call that broke after the CRM took it, in the next run', async () => {
    await house.addSilver(3);
    house.crm.failure = { error: unreachable(), when: 'after' };
    await expect(house.push()).rejects.toMatchObject({ code: 'CRM_UNREACHABLE' });
    expect((await house.pending()).filter((row) => row.state === 'in_flight')).toHaveLength(3);
    const result = await house.push();
    expect(accountWrites()).toHaveLength(3);
    expect(result.total).toMatchObject({ updated: 3 });
    expect(await house.pending()).toEqual([]);
  });

  it('sends again what a call that broke on its way did not deliver', async () => {
    await house.addSilver(2);
    house.crm.failure = { error: unreachable(), when: 'before' };
    await expect(house.push()).rejects.toMatchObject({ code: 'CRM_UNREACHABLE' });
    await house.push();
    expect(accountWrites()).toHaveLength(2);
  });

  it('rejects only the records that a rule refuses, grouped by cause, and lets the others through', async () => {
    const ids = await house.addSilver(6);
    const bad = new Set(await Promise.all(ids.slice(0, 2).map((id) => house.crmIdOf(id))));
    house.crm.fault = (row, object) =>
      object === 'Account' && bad.has(row.id ?? '') ? refusal(row.ref, 'CRM_RULE', 'never') : undefined;
    const result = await house.push();
    expect(result.total).toMatchObject({ updated: 4, rejected: 2 });
    expect(await groupRejects(store)).toEqual([
      expect.objectContaining({
        code: 'CRM_RULE',
        count: 2,
        state: 'rejected',
        owner: 'record owner',
        retry: 'after the fix',
      }),
    ]);
    const calls = house.crm.calls.length;
    await house.push();
    expect(house.crm.calls).toHaveLength(calls);
  });

  it('sends rejected records again once a person asks, and forgets the reject when they get through', async () => {
    await house.addSilver(1);
    house.crm.fault = (row, object) =>
      object === 'Account' ? refusal(row.ref, 'CRM_RULE', 'never') : undefined;
    await house.push();
    house.crm.fault = () => undefined;
    const retried = await store.transaction((tx) =>
      retryRejects(tx, { filter: { code: 'CRM_RULE' }, clock: house.clock, actor: 'admin' }),
    );
    expect(retried).toMatchObject({ writes: 1 });
    await house.push();
    expect(accountWrites()).toHaveLength(1);
    expect(await groupRejects(store)).toEqual([]);
  });

  it('waits before it sends a locked record again', async () => {
    await house.addSilver(1);
    house.crm.fault = (row, object) =>
      object === 'Account' ? refusal(row.ref, 'CRM_LOCKED', 'backoff') : undefined;
    const first = await house.push();
    expect(first.total).toMatchObject({ retrying: 1, rejected: 0 });
    expect(await house.pending()).toEqual([
      expect.objectContaining({ state: 'due', not_before: '2026-03-02T10:00:03.750Z' }),
    ]);
    house.crm.fault = () => undefined;
    await house.push();
    expect(accountWrites()).toHaveLength(0);
    house.clock.time += 60_000;
    await house.push();
    expect(accountWrites()).toHaveLength(1);
    expect(await groupRejects(store)).toEqual([]);
  });

  it('sends again at once what was refused for another record only, and gives up for a while in the end', async () => {
    await house.addSilver(1);
    let refusals = 0;
    house.crm.fault = (_row, object) => {
      if (object !== 'Account' || refusals >= 2) return undefined;
      refusals += 1;
      return 'collateral';
    };
    await house.push();
    expect(accountWrites()).toHaveLength(1);
    const [other] = await house.addSilver(1);
    const otherAccount = await house.crmIdOf(other!);
    house.crm.fault = (row) => (row.id === otherAccount ? 'collateral' : undefined);
    await house.push();
    expect(await house.pending()).toEqual([
      expect.objectContaining({ record_id: other, not_before: expect.any(String) }),
    ]);
    expect(await groupRejects(store)).toEqual([
      expect.objectContaining({ code: 'CRM_COLLATERAL', retry: 'by itself', retryAt: expect.any(String) }),
    ]);
    house.crm.fault = () => undefined;
    house.clock.time += 60_000;
    await house.push();
    expect(await groupRejects(store)).toEqual([]);
  });

  it('finds the record at which the CRM fails with all that goes with it, and writes the others in the same run', async () => {
    const ids = await house.addSilver(30);
    const [first, second] = [await house.crmIdOf(ids[4]!), await house.crmIdOf(ids[21]!)];
    house.crm.breaksAt = (row) => row.id === first || row.id === second;
    const result = await house.push({ mappings: mappings.slice(0, 1) });
    expect(result.total).toMatchObject({ claimed: 30, updated: 28, retrying: 2, unknown: 0 });
    expect(accountWrites()).toHaveLength(28);
    expect(await groupRejects(store)).toEqual([
      expect.objectContaining({ code: 'CRM_FAULT', count: 2, meaning: 'a plug-in failed' }),
    ]);
    // A page each, the failed ones in twos, and the bad pairs one by one.
    expect(house.crm.calls.map(({ rows, together }) => [rows.length, together])).toEqual([
      [30, undefined],
      [20, 2],
      [4, 1],
    ]);
    house.crm.breaksAt = () => false;
    house.clock.time += 60_000;
    await house.push({ mappings: mappings.slice(0, 1) });
    expect(accountWrites()).toHaveLength(30);
    expect(await groupRejects(store)).toEqual([]);
  });

  it('leaves a record that was deleted in the CRM to the pull', async () => {
    const [id] = await house.addSilver(1);
    house.crm.remove('Account', await house.crmIdOf(id!));
    const result = await house.push();
    expect(result.total).toMatchObject({ rejected: 1 });
    expect(await groupRejects(store)).toEqual([expect.objectContaining({ code: 'CRM_GONE' })]);
  });

  it('does not make again what people deleted of the records that the program keeps there', async () => {
    const [id] = await house.addSilver(1);
    await house.push();
    const [{ crm_id: crmId }] = (await store.query<{ crm_id: string }>(
      `select crm_id from tierlink.link where object = 'Decision'`,
    )) as [{ crm_id: string }];
    house.crm.remove('Decision', crmId);
    await store.query(`update tierlink.decision set movement = 'keep'`);
    await house.decideTier(id!, 'Silver');
    const result = await house.push();
    // Whether it was deleted or is hidden, the next pull of its object tells.
    expect(result.total).toMatchObject({ rejected: 1, created: 0 });
    await house.decideTier(id!, 'Silver');
    await house.push();
    expect(house.crm.all('Decision')).toEqual([]);
  });

  it('stops writing a record that keeps being changed back', async () => {
    const [id] = await house.addSilver(1);
    const crmId = await house.crmIdOf(id!);
    const push = () => house.push({ breaker: { writes: 2, minutes: 60 } });
    await push();
    for (const tier of ['Gold', 'Bronze']) {
      await house.decideTier(id!, tier);
      await push();
    }
    expect(accountWrites()).toHaveLength(2);
    expect(house.crm.get('Account', crmId).Tier).toBe('Gold');
    expect(await groupRejects(store)).toEqual([
      expect.objectContaining({ code: 'RECORD_BREAKER', owner: 'program admin' }),
    ]);
    house.clock.time += 1000;
    await store.transaction((tx) =>
      retryRejects(tx, { filter: { code: 'RECORD_BREAKER' }, clock: house.clock, actor: 'admin' }),
    );
    await push();
    expect(house.crm.get('Account', crmId).Tier).toBe('Bronze');
  });

  it('takes up the results of a bulk job that an earlier process had started', async () => {
    await house.addSilver(60);
    house.crm.failure = { error: unreachable(), when: 'after' };
    await expect(house.push()).rejects.toMatchObject({ code: 'CRM_UNREACHABLE' });
    expect(await store.query('select id from tierlink.bulk_job')).toEqual([{ id: 'job-1' }]);
    const writes = accountWrites().length;
    const result = await house.push();
    expect(house.crm.calls.filter((call) => call.bulk !== undefined).map((call) => call.bulk)).toEqual([
      'job-1',
    ]);
    expect(accountWrites()).toHaveLength(writes);
    expect(result.objects[0]).toMatchObject({ object: 'Account', counts: { updated: 60 } });
    expect(await store.query('select id from tierlink.bulk_job')).toEqual([]);
  });

  it('keeps writes in flight with their bulk job when signing in is refused while it runs', async () => {
    await house.addSilver(60);
    const refused = new TierlinkError('CRM_SIGN_IN', { connection, reason: 'invalid_client' });
    house.crm.failure = { error: refused, when: 'after' };
    await expect(house.push()).rejects.toMatchObject({ code: 'CRM_SIGN_IN' });
    expect(await store.query('select id from tierlink.bulk_job')).toEqual([{ id: 'job-1' }]);
    const writes = accountWrites().length;
    await house.push();
    expect(accountWrites()).toHaveLength(writes);
  });

  it('never takes the results of an old bulk job for those of a newer write', async () => {
    const ids = await house.addSilver(60);
    await house.push();
    house.crm.jobs.set('old', house.crm.jobs.get('job-1')!);
    await store.query(
      `insert into tierlink.bulk_job (connection, id, object, request, state, started_at)
       values ($1, 'old', 'Account', $2, 'running', $3)`,
      [connection, { entity: 'partner', refs: ids }, new Date(house.clock.now()).toISOString()],
    );
    for (const id of ids) await house.decideTier(id, 'Gold');
    house.crm.failure = { error: unreachable(), when: 'before' };
    await expect(house.push()).rejects.toMatchObject({ code: 'CRM_UNREACHABLE' });
    await house.push();
    expect(new Set(house.crm.all('Account').map((account) => account.Tier))).toEqual(new Set(['Gold']));
  });

  it('remembers the last bulk job of the same rows only: the one before was never started', async () => {
    await house.addSilver(60);
    house.crm.write = async (request) => {
      const refs = request.rows.map((row) => row.ref);
      await request.onBulkJob?.('given-up', refs);
      await request.onBulkJob?.('running', [...refs].reverse());
      throw unreachable();
    };
    await expect(house.push()).rejects.toMatchObject({ code: 'CRM_UNREACHABLE' });
    expect(await store.query('select id from tierlink.bulk_job')).toEqual([{ id: 'running' }]);
  });

  it('writes nothing while write-back is off, and everything once when it is turned on', async () => {
    const change = { store, clock: house.clock, id: connection, actor: 'admin', mappings };
    await setWriteBack({ ...change, on: false });
    await house.addSilver(2);
    await expect(house.push()).rejects.toMatchObject({ code: 'SYNC_WRITE_BACK_OFF' });
    expect(house.crm.calls).toEqual([]);
    await setWriteBack({ ...change, on: true });
    await house.push();
    expect(accountWrites()).toHaveLength(2);
  });

  it.each([
    ['write-back is turned off', (change: SettingChange) => setWriteBack({ ...change, mappings, on: false })],
    [
      'the tiers are taken back',
      (change: SettingChange) => setTierMode({ ...change, mappings, mode: 'shadow' }),
    ],
    [
      'the connection is paused',
      (change: SettingChange) => pauseConnection(store.db, { id: change.id, reason: 'holiday' }),
    ],
  ])('stops after the call at hand when %s in mid-run', async (_what, stop) => {
    await house.addSilver(12);
    const write = house.crm.write.bind(house.crm);
    house.crm.write = async (request) => {
      await stop({ store, clock: house.clock, id: connection, actor: 'admin' });
      return await write(request);
    };
    const capabilities = { ...fakeCapabilities, bulkWriteFrom: null, rowsPerWrite: 1 };
    const result = await house.push({ capabilities });
    expect(result.total).toMatchObject({ updated: 5, created: 0 });
    expect(house.crm.calls).toHaveLength(1);
  });

  it('writes nothing to another org than the one it was set up with', async () => {
    await house.addSilver(1);
    await store.query(`update tierlink.connection set org_id = 'org-2'`);
    await expect(house.push()).rejects.toMatchObject({ code: 'SYNC_ORG_CHANGED' });
    expect(house.crm.calls).toEqual([]);
  });

  it('leaves an object to the run that works on it already', async () => {
    await house.addSilver(1);
    await store.query(
      `insert into tierlink.lease (key, holder, epoch, expires_at, acquired_at)
       values ('push:north:Account', 'another', 7, now() + interval '1 minute', now())`,
    );
    const result = await house.push();
    expect(result.skipped).toEqual(['push:north:Account']);
    expect(accountWrites()).toEqual([]);
    expect(house.crm.all('Decision')).toHaveLength(1);
  });
});

describe('an id of ours that the CRM does not take', () => {
  const stamps = () => accountWrites().map(({ fields }) => 'Our_Id' in fields);
  const retry = (filter: Parameters<typeof retryRejects>[1]['filter']) =>
    store.transaction((tx) => retryRejects(tx, { filter, clock: house.clock, actor: 'admin' }));
  const refuseIds = () => {
    house.crm.fault = (row, object) =>
      object === 'Account' && 'Our_Id' in row.fields ? refusal(row.ref, 'CRM_DUPLICATE', 'never') : undefined;
  };

  it.each([
    ['one by one', 1],
    ['in calls of several', 8],
    ['in a bulk job', 60],
  ])('is named with the next step, and everything else is written, %s', async (_lane, count) => {
    const ids = await house.addSilver(count);
    refuseIds();
    const result = await house.push();
    expect(result.total).toMatchObject({ updated: count, rejected: 0 });
    expect(stamps()).toEqual(ids.map(() => false));
    for (const id of ids)
      expect(house.crm.get('Account', await house.crmIdOf(id))).toMatchObject({
        Tier: 'Silver',
        Our_Id: null,
      });
    expect(await house.pending()).toEqual([]);
    expect(await groupRejects(store)).toEqual([
      expect.objectContaining({
        code: 'RECORD_ID_TAKEN',
        field: 'Our_Id',
        count,
        meaning: expect.stringMatching(/^Our id was not written into Our_Id, .*refused: CRM_DUPLICATE/),
        next: expect.stringContaining('tierlink rejects retry'),
      }),
    ]);
    const links = await store.query(`select distinct keyed from tierlink.link where object = 'Account'`);
    expect(links).toEqual([{ keyed: false }]);
  });

  it('is not tried with every write, and again once a person asks', async () => {
    const [id] = await house.addSilver(1);
    refuseIds();
    await house.push();
    const calls = house.crm.calls.length;
    await house.decideTier(id!, 'Gold');
    await house.push();
    const accountCalls = house.crm.calls.slice(calls).filter(({ object }) => object === 'Account');
    expect(accountCalls).toHaveLength(1);
    expect(await groupRejects(store)).toMatchObject([{ code: 'RECORD_ID_TAKEN', count: 1 }]);
    house.crm.fault = () => undefined;
    await retry({ code: 'RECORD_ID_TAKEN' });
    await house.decideTier(id!, 'Bronze');
    await house.push();
    expect(stamps()).toEqual([false, false, true]);
    expect(await groupRejects(store)).toEqual([]);
    expect(house.crm.get('Account', await house.crmIdOf(id!)).Our_Id).toBe(id);
  });

  it('is not blamed when the CRM refuses the record as a duplicate without it too', async () => {
    await house.addSilver(1);
    house.crm.fault = (row, object) =>
      object === 'Account' ? refusal(row.ref, 'CRM_DUPLICATE', 'never') : undefined;
    const result = await house.push();
    expect(result.total).toMatchObject({ updated: 0, rejected: 1 });
    expect(await groupRejects(store)).toMatchObject([{ code: 'CRM_DUPLICATE', count: 1, state: 'rejected' }]);
  });

  it('survives a process that dies between the refusal and the write without it', async () => {
    const [id] = await house.addSilver(1);
    house.crm.fault = (row, object) => {
      if (object !== 'Account') return undefined;
      if (!('Our_Id' in row.fields)) throw new Error('the process died');
      return refusal(row.ref, 'CRM_DUPLICATE', 'never');
    };
    await expect(house.push()).rejects.toThrow('the process died');
    refuseIds();
    await house.push();
    expect(house.crm.get('Account', await house.crmIdOf(id!))).toMatchObject({
      Tier: 'Silver',
      Our_Id: null,
    });
    expect(await groupRejects(store)).toMatchObject([{ code: 'RECORD_ID_TAKEN', count: 1 }]);
  });
});
