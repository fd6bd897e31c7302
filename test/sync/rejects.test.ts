import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import {
  groupRejects,
  listHeld,
  listRejects,
  retryRejects,
  showReject,
} from '../../src/sync/push/rejects.ts';
import { clearRejects, type NewReject, recordRejects } from '../../src/sync/records/reject-record.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

const now = '2026-03-02T10:00:00.000Z';
const clock = { now: () => Date.parse(now) };
const at = { now, runId: 'r-000001' };

function reject(more: Partial<NewReject>): NewReject {
  return {
    connection: 'north',
    object: 'Account',
    entity: 'partner',
    direction: 'out',
    recordId: 'ptr_1',
    code: 'CRM_PICKLIST',
    message: '"Platinum" is not a value of Tier.',
    payload: { field: 'Tier' },
    ...more,
  };
}

describe('rejects', () => {
  it('are grouped by cause, with whose job it is and what to do next', async () => {
    await recordRejects(
      store,
      [
        reject({ recordId: 'ptr_1', attribute: 'tier' }),
        reject({ recordId: 'ptr_2', attribute: 'tier' }),
        reject({
          recordId: 'ptr_3',
          code: 'CRM_LOCKED',
          retryAt: '2026-03-02T14:05:00.000Z',
          payload: {},
          message: 'being edited',
        }),
        reject({
          recordId: '',
          crmId: 'D1',
          object: 'Deal',
          entity: 'deal',
          direction: 'in',
          attribute: 'amount',
          code: 'RECORD_INVALID',
        }),
      ],
      at,
    );
    expect(await groupRejects(store)).toEqual([
      expect.objectContaining({
        code: 'CRM_PICKLIST',
        count: 2,
        field: 'Tier',
        state: 'invalid',
        owner: 'CRM admin',
        retry: 'after the fix',
        next: expect.stringContaining('tierlink rejects retry'),
        ids: ['x-000001', 'x-000002'],
      }),
      expect.objectContaining({
        code: 'CRM_LOCKED',
        count: 1,
        state: 'rejected',
        owner: 'nobody',
        retry: 'by itself',
        retryAt: '2026-03-02T14:05:00.000Z',
      }),
      expect.objectContaining({
        code: 'RECORD_INVALID',
        direction: 'in',
        state: 'invalid',
        owner: 'record owner',
      }),
    ]);
  });

  it('of the same record are one, which counts its attempts and keeps when it began', async () => {
    await recordRejects(store, [reject({})], at);
    await recordRejects(store, [reject({ code: 'CRM_RULE', message: 'no' })], {
      now: '2026-03-03T10:00:00.000Z',
      runId: 'r-000002',
    });
    const [row, ...others] = await listRejects(store);
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      code: 'CRM_RULE',
      attempts: 2,
      first_at: now,
      last_at: '2026-03-03T10:00:00.000Z',
      run_id: 'r-000002',
    });
    expect(await showReject(store, row!.id)).toEqual(row);
  });

  it('that do not exist are named', async () => {
    await expect(showReject(store, 'x-999999')).rejects.toMatchObject({ code: 'RECORD_UNKNOWN' });
  });

  it('can be chosen by code, object, direction, run and id', async () => {
    await recordRejects(store, [reject({}), reject({ object: 'Deal', entity: 'deal', direction: 'in' })], at);
    expect(await listRejects(store, { object: 'Deal' })).toHaveLength(1);
    expect(await listRejects(store, { code: 'CRM_RULE' })).toEqual([]);
    expect(await listRejects(store, { direction: 'out', runId: 'r-000001' })).toHaveLength(1);
    expect(await listRejects(store, { ids: [] })).toEqual([]);
  });

  it('end only for what has got through', async () => {
    await recordRejects(
      store,
      [reject({}), reject({ attribute: 'tier' }), reject({ attribute: 'region' })],
      at,
    );
    const of = {
      connection: 'north',
      object: 'Account',
      entity: 'partner',
      direction: 'out',
      recordIds: ['ptr_1'],
    } as const;
    await clearRejects(store, { ...of, kind: 'sent' });
    expect((await listRejects(store)).map((row) => row.attribute)).toEqual(['tier', 'region']);
    await clearRejects(store, {
      ...of,
      kind: 'unsent',
      keep: [{ recordId: 'ptr_1', crmId: '', attribute: 'tier' }],
    });
    expect((await listRejects(store)).map((row) => row.attribute)).toEqual(['tier']);
  });

  it('of reading are named to be read again, those of writing are compared again, and the request is audited', async () => {
    await recordRejects(
      store,
      [
        reject({ attribute: 'tier' }),
        reject({ recordId: '', crmId: 'D1', object: 'Deal', entity: 'deal', direction: 'in' }),
        reject({ recordId: '', crmId: 'D2', object: 'Deal', entity: 'deal', direction: 'in' }),
      ],
      at,
    );
    const retried = await store.transaction((tx) =>
      retryRejects(tx, { filter: {}, clock, actor: 'admin@example.test' }),
    );
    expect(retried).toEqual({
      writes: 0,
      compared: 1,
      reads: [{ connection: 'north', object: 'Deal', crmIds: ['D1', 'D2'] }],
    });
    expect(await store.query('select entity, record_id from tierlink.outbox')).toEqual([
      { entity: 'partner', record_id: 'ptr_1' },
    ]);
    expect(await store.query('select action, actor, record_id from tierlink.audit')).toEqual([
      { action: 'retry', actor: 'admin@example.test', record_id: 'ptr_1' },
    ]);
  });
});

describe('held records', () => {
  it('are listed with what they wait for', async () => {
    await store.query(
      `insert into tierlink.held (connection, object, crm_id, entity, attribute, waits_for, whole_record, payload, since)
       values ('north', 'Deal', 'D1', 'deal', 'customer', 'customer:A1', true, '{}', $1)`,
      [now],
    );
    expect(await listHeld(store, { connection: 'north' })).toEqual([
      expect.objectContaining({ crm_id: 'D1', waits_for: 'customer:A1' }),
    ]);
    expect(await listHeld(store, { object: 'Account' })).toEqual([]);
  });
});
