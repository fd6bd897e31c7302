import { expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { listDifferences, resolveDifferences } from '../../src/sync/push/differences.ts';
import { ensureConnection } from '../../src/sync/records/connections.ts';
import { storeForEach } from '../services/store-for-each.ts';

const clock = { now: () => Date.parse('2026-03-02T10:00:00.000Z') };
/** More than one transaction of them. */
const partners = 501;

let store: Store;
storeForEach(async (opened) => {
  store = opened;
  await ensureConnection(store.db, { id: 'north', crm: 'memory', now: clock.now() });
  const each = `from generate_series(1, ${partners}) i`;
  await store.query(
    `insert into tierlink.partner (id, name, phone, region, in_scope, known_from)
     select 'p' || i, 'P' || i, 'ours', 'ours', true, '2026-01-01' ${each}`,
  );
  await store.query(
    `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, base, linked_at, changed_at)
     select 'north', 'Account', 'a' || i, 'partner', 'p' || i, 'live', '{"phone": "base", "name": "kept"}', now(), now() ${each}`,
  );
  await store.query(
    `insert into tierlink.difference (connection, object, crm_id, entity, attribute, record_id, kind, base, ours, theirs, since)
     select 'north', 'Account', 'a' || i, 'partner', attribute, 'p' || i, 'conflict', '"base"', '"ours"', '"theirs"', now()
     ${each} cross join unnest(array['phone', 'region']) as attribute`,
  );
});

const resolve = async (take: 'ours' | 'theirs', interrupted?: () => Promise<void>) =>
  await resolveDifferences({
    ...{ store: interrupted === undefined ? store : meddledWith(interrupted), clock, actor: 'admin', take },
    filter: { connection: 'north' },
    leave: ({ crm_id: crmId }) => crmId === 'a7',
  });

/** The store, in which somebody does something between the list of the differences and what is done about them. */
function meddledWith(work: () => Promise<void>): Store {
  return {
    ...store,
    transaction: async (inside) => {
      await work();
      return await store.transaction(inside);
    },
  };
}

const kindsOf = async (sql: string) =>
  await store.query(`select ${sql} as kind, count(*)::integer as count
  from tierlink.link l join tierlink.partner r on r.id = l.record_id group by 1 order by 2`);

it('many become theirs at once: values, bases and audit of each; one that is left stays', async () => {
  expect(await resolve('theirs')).toBe(2 * (partners - 1));
  expect(await kindsOf(`r.phone || ' ' || r.region || ' ' || l.base::text`)).toEqual([
    { kind: 'ours ours {"name": "kept", "phone": "base"}', count: 1 },
    { kind: 'theirs theirs {"name": "kept", "phone": "theirs", "region": "theirs"}', count: partners - 1 },
  ]);
  expect((await listDifferences(store)).map(({ crm_id: id }) => id)).toEqual(['a7', 'a7']);
  const told = await store.query(
    `select action, before, after, count(*)::integer as count from tierlink.audit group by 1, 2, 3 order by before::text`,
  );
  const entry = (attribute: string) => ({
    ...{ action: 'accept_theirs', count: partners - 1 },
    ...{ before: { [attribute]: 'ours' }, after: { [attribute]: 'theirs' } },
  });
  expect(told).toEqual([entry('phone'), entry('region')]);
  expect(await store.query('select record_id from tierlink.outbox')).toHaveLength(partners - 1);
  expect(await store.query('select partner_id from tierlink.dirty_partner')).toHaveLength(partners - 1);
});

it('many stay ours at once: both sides are known, and ours is to be sent', async () => {
  await resolve('ours');
  const pair = (ours: string) => `{"open": true, "ours": ${ours}, "theirs": "theirs"}`;
  expect(await kindsOf(`r.phone || ' ' || l.base::text`)).toEqual([
    { kind: 'ours {"name": "kept", "phone": "base"}', count: 1 },
    {
      kind: `ours {"name": "kept", "phone": ${pair('"base"')}, "region": ${pair('null')}}`,
      count: partners - 1,
    },
  ]);
  expect(await store.query('select record_id from tierlink.outbox')).toHaveLength(partners - 1);
});

it('what somebody else resolved meanwhile is left as it is, and not told', async () => {
  await resolve('theirs', async () => {
    await store.query(`delete from tierlink.difference where crm_id = 'a1' and attribute = 'phone'`);
  });
  const [row] = await store.query(`select phone, region from tierlink.partner where id = 'p1'`);
  expect(row).toEqual({ phone: 'ours', region: 'theirs' });
  const told = await store.query(`select after from tierlink.audit where record_id = 'p1'`);
  expect(told).toEqual([{ after: { region: 'theirs' } }]);
});
