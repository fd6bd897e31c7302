import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Executor, Store } from '../../src/store/store.ts';
import { findCrmRecord, findRecord } from '../../src/sync/links/find.ts';
import { findCandidates } from '../../src/sync/records/registrations.ts';
import { openTestStore } from '../services/test-store.ts';

/** Two links, of ids in the long form that begin alike, and a deal that is registered beside one that is open. */
let store: Store;
const [longId, other] = ['006A00000000001AAA', '006A00000000001AAB'];
beforeAll(async () => {
  store = await openTestStore();
  await store.query(
    `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
     values ('north', 'Deal', $1, 'deal', 'dea_there', 'live', now(), now()),
       ('north', 'Lead', $2, 'lead', 'led_there', 'live', now(), now())`,
    [longId, other],
  );
  await store.query(
    `insert into tierlink.customer (id, name) values ('cus_1', ' Northwind AB'), ('cus_2', 'northwind ab')`,
  );
  await store.query(
    `insert into tierlink.deal (id, name, customer) values ('dea_there', 'Rollout', 'cus_1'), ('dea_ours', 'rollout', 'cus_2')`,
  );
});
afterAll(() => store.close());

/** How PostgreSQL reads what is asked for, where it avoids reading whole tables as it does in large ones. */
async function waysOf(ask: (executor: Executor) => Promise<unknown>): Promise<string> {
  const ways: unknown[] = [];
  await store.transaction(async (tx) => {
    await tx.query('set local enable_seqscan = off');
    const query: Executor['query'] = async (sql, values) => {
      ways.push(...(await tx.query(`explain ${sql}`, values)));
      return await tx.query(sql, values);
    };
    await ask({ db: tx.db, query });
  });
  return JSON.stringify(ways);
}

describe('a record of a CRM by its id', () => {
  it('is found by the short form and the long one, and by no other that begins alike', async () => {
    expect((await findCrmRecord(store, longId)).entity).toBe('deal');
    expect((await findCrmRecord(store, other)).entity).toBe('lead');
    expect((await findCrmRecord(store, longId.slice(0, 15), { entity: 'lead' })).crmId).toBe(other);
    await expect(findCrmRecord(store, longId.slice(0, 14))).rejects.toMatchObject({ code: 'LINK_UNKNOWN' });
    await expect(findCrmRecord(store, `${longId}A`)).rejects.toMatchObject({ code: 'LINK_UNKNOWN' });
  });

  it('is looked up in an index', async () => {
    expect(await waysOf((executor) => findCrmRecord(executor, longId))).toContain('link_short_id');
    expect(await waysOf((executor) => findRecord(executor, longId))).toContain('link_short_id');
  });
});

describe('what a registration may be', () => {
  it('is looked up by the names of deals and customers in indexes', async () => {
    const place = { connection: 'north', object: 'Deal', entity: 'deal' } as const;
    const ways = await waysOf(async (executor) => {
      const found = await findCandidates(executor, place, ['dea_ours']);
      expect(found.get('dea_ours')?.map(({ recordId }) => recordId)).toEqual(['dea_there']);
    });
    for (const index of ['deal_name', 'deal_customer', 'customer_name']) expect(ways).toContain(index);
  });
});
