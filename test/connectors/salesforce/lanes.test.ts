import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WriteRequest, WriteRow } from '../../../src/sync/connector.ts';
import { quietly } from '../../contract/connector-world.ts';
import { type SalesforceWorld, salesforceWorld } from './world.ts';

describe('the lanes of a write', () => {
  let world: SalesforceWorld;
  beforeEach(async () => {
    world = await salesforceWorld();
  });
  afterEach(async () => {
    await world.close();
  });
  const accounts = (count: number): WriteRow[] =>
    Array.from({ length: count }, (_unused, index) => ({
      ref: `r${index}`,
      key: `k${index}`,
      fields: { Name: `A${index}` },
    }));
  const upsert = async (rows: readonly WriteRow[], more: Partial<WriteRequest> = {}) =>
    await world.connector.write({
      object: 'Account',
      operation: 'upsert',
      keyField: 'Tierlink_Id__c',
      rows,
      manners: quietly,
      ...more,
    });
  const linesOf = (method: string): string[] =>
    world.simulator.calls.log.filter((line) => line.startsWith(method));

  it.each([
    [1, 'record', 1],
    [2, 'collection', 1],
    [200, 'collection', 1],
    [201, 'collection', 2],
    [2_000, 'collection', 10],
  ])('%d rows go by %s in %d calls', async (count, kind, calls) => {
    const results = await upsert(accounts(count));
    expect(results.every((result) => result.outcome === 'created')).toBe(true);
    expect(world.simulator.calls.byKind[kind]).toBe(calls);
    expect(world.simulator.calls.byKind.bulk ?? 0).toBe(0);
  });

  it('2,600 rows go by a bulk job in fewer calls than collections would take', async () => {
    const results = await upsert(accounts(2_600));
    expect(results.every((result) => result.outcome === 'created')).toBe(true);
    expect(world.simulator.calls.byKind.bulk).toBeLessThan(13);
    expect(world.simulator.calls.byKind.collection ?? 0).toBe(0);
  });

  it('few rows go by a bulk job where the connection asks for that', async () => {
    const few = await salesforceWorld({ options: { bulkWriteFrom: '2' } });
    try {
      const request = { object: 'Account', operation: 'upsert', keyField: 'Tierlink_Id__c' } as const;
      const results = await few.connector.write({ ...request, rows: accounts(3), manners: quietly });
      expect(results.map(({ outcome }) => outcome)).toEqual(['created', 'created', 'created']);
      expect(few.simulator.calls.byKind.collection ?? 0).toBe(0);
      expect(few.simulator.calls.byKind.bulk).toBeGreaterThan(3);
    } finally {
      await few.close();
    }
  });

  it('tells what a write may set off, both ways, and keeps loud writes out of bulk', async () => {
    const leads = accounts(3).map((row) => ({ ...row, fields: { LastName: 'L', Company: 'C' } }));
    await upsert(leads, { object: 'Lead' });
    expect(world.simulator.org.sideEffects.filter((effect) => effect.kind === 'assignment-rule')).toEqual([]);
    const loud = { assignmentRules: true, allowDuplicates: true };
    const more = leads.map((row) => ({ ...row, key: `loud ${row.key}` }));
    await upsert(more, { object: 'Lead', manners: loud });
    expect(world.simulator.org.sideEffects.some((effect) => effect.kind === 'assignment-rule')).toBe(true);
    await upsert(accounts(2_600), { manners: loud });
    expect(world.simulator.calls.byKind.bulk ?? 0).toBe(0);
  });

  it('gives a bulk job away before its rows are processed', async () => {
    const states: number[] = [];
    await upsert(accounts(2_600), {
      onBulkJob: async (job, refs) => {
        expect(job).toMatch(/^750/);
        expect(refs).toHaveLength(2_600);
        states.push(world.simulator.org.dump('Account').length, linesOf('PUT').length);
      },
    });
    expect(states).toEqual([0, 0]);
  });

  it('takes up a job that an earlier process started, and writes nothing twice', async () => {
    let job = '';
    const rows = accounts(2_600);
    const release = world.simulator.bulk.hold();
    const stop = new AbortController();
    const { sleep } = world.host;
    world.host.sleep = async () => {
      if (linesOf('PATCH').length > 0) stop.abort();
      stop.signal.throwIfAborted();
    };
    const onBulkJob = async (id: string) => {
      job = id;
    };
    await expect(upsert(rows, { onBulkJob, signal: stop.signal })).rejects.toThrow();
    world.host.sleep = sleep;
    release();
    const uploads = linesOf('PUT').length;
    const results = await upsert(rows, { bulk: job });
    expect(results.map((result) => result.ref)).toEqual(rows.map((row) => row.ref));
    expect(results.every((result) => result.outcome === 'created' && result.id !== undefined)).toBe(true);
    expect(linesOf('PUT')).toHaveLength(uploads);
    expect(world.simulator.org.dump('Account')).toHaveLength(2_600);
  });

  it('gives up a job that never got its data, and does it again', async () => {
    let first = '';
    const rows = accounts(2_600);
    const failing = upsert(rows, {
      onBulkJob: async (id) => {
        first = id;
        throw new Error('killed here');
      },
    });
    await expect(failing).rejects.toThrow('killed here');
    const results = await upsert(rows, { bulk: first });
    expect(results.every((result) => result.outcome === 'created')).toBe(true);
    expect(world.simulator.org.dump('Account')).toHaveLength(2_600);
    expect(linesOf('POST').filter((line) => line.endsWith('/jobs/ingest'))).toHaveLength(2);
  });

  it('names the same rows again when a doubtful upload makes a second job necessary', async () => {
    const jobs: string[][] = [];
    world.simulator.faults.add({ kind: 'lost-answer', path: '/batches', times: 1 });
    await upsert(accounts(2_600), {
      onBulkJob: async (_job, refs) => {
        jobs.push([...refs]);
      },
    });
    expect(jobs).toHaveLength(2);
    expect(jobs[1]).toEqual(jobs[0]);
  });

  it('writes anew when the job is no longer known', async () => {
    const results = await upsert(accounts(2_600), { bulk: '750000000000000AAA' });
    expect(results.every((result) => result.outcome === 'created')).toBe(true);
  });

  it('tells the rows of a bulk job apart: written, refused, with the field', async () => {
    const rows = accounts(2_600).map((row, index) =>
      index % 1_000 === 7 ? { ...row, fields: { Name: 'N', Partner_Tier__c: 'Platinum' } } : row,
    );
    const results = await upsert(rows);
    const refused = results.filter((result) => result.outcome === 'rejected');
    expect(refused.map((result) => result.ref)).toEqual(['r7', 'r1007', 'r2007']);
    expect(refused[0]).toMatchObject({ code: 'CRM_PICKLIST', field: 'Partner_Tier__c' });
    expect(results.filter((result) => result.outcome === 'created')).toHaveLength(2_597);
  });

  it('leaves fields of other rows alone in a bulk job, clears what is blank, keeps a text that looks like a blank', async () => {
    const { org } = world.simulator;
    await upsert(accounts(2_600).map((row) => ({ ...row, fields: { ...row.fields, Phone: '1', Fax: '1' } })));
    const rows = accounts(2_600).map(
      (row, index): WriteRow => ({
        ...row,
        fields: index % 2 === 0 ? { Phone: null } : { Fax: index === 1 ? '#N/A' : '2' },
      }),
    );
    const results = await upsert(rows);
    expect(results.filter((result) => result.outcome !== 'updated')).toEqual([]);
    const byKey = new Map(org.dump('Account').map((row) => [row.Tierlink_Id__c, row]));
    expect(byKey.get('k0')?.Phone ?? null).toBeNull();
    expect(byKey.get('k0')?.Fax).toBe('1');
    expect(byKey.get('k1')).toMatchObject({ Phone: '1', Fax: '#N/A' });
    expect(byKey.get('k3')).toMatchObject({ Phone: '1', Fax: '2' });
  });

  it('finds the row that spoils a whole collection, and writes the others', async () => {
    const rows = accounts(20).map((row, index) =>
      index === 13 ? { ...row, fields: { Name: 'N', NumberOfEmployees: 'many' } } : row,
    );
    const results = await upsert(rows);
    expect(results.filter((result) => result.outcome === 'rejected').map((result) => result.ref)).toEqual([
      'r13',
    ]);
    expect(results[13]).toMatchObject({ code: 'CRM_BAD_VALUE' });
    expect(world.simulator.org.dump('Account')).toHaveLength(19);
  });

  it.each([1, 2, 2_600])(
    'points a lookup to the record that a path names, or to none (%d rows)',
    async (count) => {
      const { org } = world.simulator;
      org.insert('Account', [{ Name: 'Parent', Tierlink_Id__c: 'parent' }]);
      const parentId = org.dump('Account')[0]?.Id;
      const rows = (key: string | null): WriteRow[] =>
        accounts(count).map((row) => ({ ...row, fields: { ...row.fields, 'Parent.Tierlink_Id__c': key } }));
      const children = () =>
        org
          .dump('Account')
          .filter((row) => row.Id !== parentId)
          .map((row) => row.ParentId ?? null);
      expect((await upsert(rows('parent'))).filter((result) => result.outcome !== 'created')).toEqual([]);
      expect(new Set(children())).toEqual(new Set([parentId]));
      expect((await upsert(rows(null))).filter((result) => result.outcome !== 'updated')).toEqual([]);
      expect(new Set(children())).toEqual(new Set([null]));
    },
  );

  it('never takes the partner flag from an account', async () => {
    const { org } = world.simulator;
    const [{ id = null } = {}] = org.insert('Account', [{ Name: 'A' }]);
    org.update('Account', [{ Id: id, IsPartner: true }]);
    const rows = [false, 'false', null].map((IsPartner, index) => ({
      ref: `r${index}`,
      id: id ?? '',
      fields: { IsPartner },
    }));
    const results = await world.connector.write({
      object: 'Account',
      operation: 'update',
      rows,
      manners: quietly,
    });
    expect(results.map((result) => result.outcome)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(linesOf('PATCH')).toEqual([]);
    expect(org.dump('Account')[0]?.IsPartner).toBe(true);
  });

  it('never writes a converted lead, even where the user could', async () => {
    const { org } = world.simulator;
    const [open = '', converted = ''] = org.bulkLoad('Lead', [
      { LastName: 'Open', Company: 'C', Status: 'Open - Not Contacted', Tierlink_Id__c: 'open' },
      {
        LastName: 'Done',
        Company: 'C',
        Status: 'Closed - Converted',
        IsConverted: true,
        Tierlink_Id__c: 'done',
      },
    ]);
    const byId = [open, converted].map((id) => ({ ref: id, id, fields: { Title: 'T' } }));
    const updated = await world.connector.write({
      object: 'Lead',
      operation: 'update',
      rows: byId,
      manners: quietly,
    });
    expect(updated.map((result) => result.outcome)).toEqual(['updated', 'rejected']);
    expect(updated[1]).toMatchObject({ code: 'CRM_READONLY_RECORD' });
    const byKey = ['open', 'done'].map((key) => ({ ref: key, key, fields: { Title: 'U' } }));
    const upserted = await upsert(byKey, { object: 'Lead' });
    expect(upserted.map((result) => result.outcome)).toEqual(['updated', 'rejected']);
    expect(org.find(converted)?.row.Title ?? null).toBeNull();
  });

  it('waits for a service that is overloaded, as long as it asks for', async () => {
    world.simulator.faults.add({
      kind: 'status',
      status: 503,
      retryAfterSeconds: 7,
      times: 1,
      path: '/composite/sobjects',
    });
    const results = await upsert(accounts(3));
    expect(results.every((result) => result.outcome === 'created')).toBe(true);
    expect(world.host.waited).toEqual([7_000]);
  });

  it('does not repeat a write after an inner error of the platform: nobody knows whether it was done', async () => {
    world.simulator.faults.add({ kind: 'status', status: 500, times: 1, path: '/composite/sobjects' });
    const results = await upsert(accounts(3));
    expect(results.map((result) => result.outcome)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(linesOf('PATCH').length).toBeLessThanOrEqual(1);
  });

  it('sends no more rows together than it is asked to, and tells what a call of unknown outcome answered', async () => {
    world.simulator.faults.add({
      kind: 'status',
      status: 500,
      statusCode: 'UNKNOWN_EXCEPTION',
      message: 'An unexpected error occurred.',
      times: 1,
      path: '/composite/sobjects',
    });
    const results = await upsert(accounts(2_600).slice(0, 30), { together: 25 });
    const unknown = results.filter(({ outcome }) => outcome === 'unknown');
    expect(unknown).toHaveLength(25);
    expect(unknown[0]).toMatchObject({
      cause: {
        code: 'CRM_FAULT',
        vendorCode: 'UNKNOWN_EXCEPTION',
        message: expect.stringContaining('unexpected'),
      },
    });
    expect(results.filter(({ outcome }) => outcome === 'created')).toHaveLength(5);
    const many = await upsert(accounts(2_001), { together: 200 });
    expect(many.every(({ outcome }) => outcome === 'created' || outcome === 'updated')).toBe(true);
    expect(world.simulator.calls.byKind.bulk ?? 0).toBe(0);
  });
});
