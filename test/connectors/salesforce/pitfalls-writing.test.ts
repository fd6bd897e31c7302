import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WriteRow } from '../../../src/sync/connector.ts';
import { quietly } from '../../contract/connector-world.ts';
import { type SalesforceWorld, salesforceWorld } from './world.ts';

describe('writing', () => {
  let world: SalesforceWorld;
  beforeEach(async () => {
    world = await salesforceWorld();
  });
  afterEach(async () => {
    await world.close();
  });
  const upsert = async (rows: readonly WriteRow[], object = 'Account') =>
    await world.connector.write({
      object,
      operation: 'upsert',
      keyField: 'Tierlink_Id__c',
      rows,
      manners: quietly,
    });
  const accounts = (count: number): WriteRow[] =>
    Array.from({ length: count }, (_unused, index) => ({
      ref: `r${index}`,
      key: `k${index}`,
      fields: { Name: `A${index}` },
    }));

  it.each([
    ['one row', 1, '/sobjects/Account/Tierlink_Id__c'],
    ['a collection', 20, '/composite/sobjects'],
  ])(
    'pitfall 21: when the answer about %s is lost there is one record, never three',
    async (_lane, count, path) => {
      world.simulator.faults.add({ kind: 'lost-answer', path, times: 1 });
      const rows = accounts(count);
      const lost = await upsert(rows);
      expect(new Set(lost.map((result) => result.outcome))).toEqual(new Set(['unknown']));
      expect(world.simulator.calls.log.filter((line) => line.startsWith('PATCH'))).toHaveLength(1);
      expect(world.simulator.org.dump('Account')).toHaveLength(count);
      const again = await upsert(rows);
      expect(new Set(again.map((result) => result.outcome))).toEqual(new Set(['updated']));
      expect(world.simulator.org.dump('Account')).toHaveLength(count);
    },
  );

  it('pitfall 21: a connection that breaks at every step of a bulk job ends in one record per row', async () => {
    for (const path of ['/jobs/ingest', '/batches']) {
      world.simulator.faults.add({ kind: 'lost-answer', path, times: 1 });
    }
    world.simulator.faults.add({ kind: 'lost-answer', path: '/successfulResults', times: 1 });
    const results = await upsert(accounts(2_600));
    expect(new Set(results.map((result) => result.outcome))).toEqual(new Set(['created']));
    expect(world.simulator.org.dump('Account')).toHaveLength(2_600);
  });

  it('pitfall 22: children of one parent share a batch, so that batches do not lock each other out', async () => {
    const { org, faults, calls } = world.simulator;
    const parents = org.insert('Account', [{ Name: 'P1' }, { Name: 'P2' }]).map((result) => result.id ?? '');
    const rows = Array.from({ length: 400 }, (_unused, index) => {
      const parent = parents[index % 2] ?? '';
      return {
        ref: `r${index}`,
        key: `c${index}`,
        parent,
        fields: { LastName: `C${index}`, AccountId: parent },
      };
    });
    faults.add({ kind: 'row-lock', object: 'Contact', whenMixed: true });
    const before = calls.total;
    const results = await upsert(rows, 'Contact');
    expect(results.map((result) => result.ref)).toEqual(rows.map((row) => row.ref));
    expect(results.filter((result) => result.outcome !== 'created')).toEqual([]);
    expect(calls.total - before).toBeLessThanOrEqual(3);
  });

  it('pitfall 22: locked rows alone are tried again, after a pause, in smaller batches', async () => {
    const { org, faults, calls } = world.simulator;
    const ids = org
      .insert(
        'Account',
        accounts(150).map((row) => row.fields),
      )
      .map((result) => result.id ?? '');
    faults.add({ kind: 'row-lock', object: 'Account', parentId: ids[7] ?? '', times: 2 });
    const rows = ids.map((id, index) => ({ ref: `r${index}`, id, fields: { Phone: String(index) } }));
    const results = await world.connector.write({
      object: 'Account',
      operation: 'update',
      rows,
      manners: quietly,
    });
    expect(results.filter((result) => result.outcome !== 'updated')).toEqual([]);
    expect(world.host.waited.length).toBe(2);
    expect(calls.log.filter((line) => line.startsWith('PATCH')).length).toBe(3);
  });

  it('pitfall 22: a row that stays locked is told as locked and worth another try', async () => {
    const { org, faults } = world.simulator;
    const ids = org
      .insert(
        'Account',
        accounts(3).map((row) => row.fields),
      )
      .map((result) => result.id ?? '');
    faults.add({ kind: 'row-lock', object: 'Account', parentId: ids[1] ?? '' });
    const rows = ids.map((id, index) => ({ ref: `r${index}`, id, fields: { Phone: '1' } }));
    const results = await world.connector.write({
      object: 'Account',
      operation: 'update',
      rows,
      manners: quietly,
    });
    expect(results.map((result) => result.outcome)).toEqual(['updated', 'rejected', 'updated']);
    expect(results[1]).toMatchObject({
      code: 'CRM_LOCKED',
      retry: 'backoff',
      vendorCode: 'UNABLE_TO_LOCK_ROW',
    });
  });

  it('pitfall 22: rows that a bulk job found locked are written afterwards', async () => {
    const { faults } = world.simulator;
    faults.add({ kind: 'row-lock', object: 'Account', times: 1 });
    const results = await upsert(accounts(2_600));
    expect(results.filter((result) => result.outcome !== 'created')).toEqual([]);
  });

  it.each([1, 2, 2_600])(
    'pitfall 27: an owner that may be a user or a queue is written by its key (%d rows)',
    async (count) => {
      const { org, users } = world.simulator;
      const owner = { object: 'User', keyField: 'Username', key: 'sam@sim.example' };
      const rows = Array.from({ length: count }, (_unused, index) => ({
        ref: `r${index}`,
        key: `l${index}`,
        fields: { LastName: `L${index}`, Company: 'C', OwnerId: owner },
      }));
      const results = await upsert(rows, 'Lead');
      expect(results.filter((result) => result.outcome !== 'created')).toEqual([]);
      expect(new Set(org.dump('Lead').map((row) => row.OwnerId))).toEqual(new Set([users.sales[0]]));
    },
  );
});
