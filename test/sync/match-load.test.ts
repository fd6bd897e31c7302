import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { matchStep } from '../../src/sync/match/step.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { emptyStore } from '../services/test-store.ts';
import { openMatchHouse } from './match-house.ts';

let store: Store;
storeForEach((opened) => {
  store = opened;
});

/** So many partners in each of two connections, the n-th of either with number n and one name; those of the south have deals and parents. */
async function firstLoad(pairs: number): Promise<void> {
  await emptyStore(store);
  await store.query(
    `insert into tierlink.partner (id, name, number, parent, known_from)
     select side || n, 'firm ' || n, 'no ' || n, case when side = 's' and n % 2 = 0 then 's' || n - 1 end, now()
     from generate_series(1, $1::integer) n, unnest(array['n', 's']) side`,
    [pairs],
  );
  await store.query(
    `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
     select case left(id, 1) when 'n' then 'north' else 'south' end, 'Account', id, 'partner', id, 'live', now(), now()
     from tierlink.partner`,
  );
  await store.query(
    `insert into tierlink.credit (id, deal, partner, known_from)
     select 'c' || id, 'd' || id, id, now() from tierlink.partner where left(id, 1) = 's'`,
  );
}

/** Matches everything; returns how many statements the transactions of it took. */
async function statementsOfMatching(): Promise<{ statements: number; joined: number }> {
  const world = await openMatchHouse(store);
  let statements = 0;
  const transaction: Store['transaction'] = async (work) =>
    await store.transaction(
      async (tx) =>
        await work({
          ...tx,
          query: async (sql, parameters) => {
            statements += 1;
            return await tx.query(sql, parameters);
          },
        }),
    );
  const engine = { ...world.engine, store: { ...store, transaction } };
  const result = await matchStep(engine, { runId: null });
  return { statements, joined: result!.joined.length };
}

describe('a first load of two connections that share most of their partners', () => {
  it('joins hundreds of pairs in one transaction, by as many statements as for a few', async () => {
    await firstLoad(500);
    const few = await statementsOfMatching();
    expect(few.joined).toBe(500);
    await firstLoad(2_000);
    const many = await statementsOfMatching();
    expect(many.joined).toBe(2_000);
    // Four pages of keys instead of one: less than one statement for five pairs more, where one pair alone takes thirty.
    expect(many.statements - few.statements).toBeLessThan(300);

    const [counts] = await store.query(
      `select count(*) filter (where merged_into is null)::integer as partners,
         count(*) filter (where merged_into = 'n' || substr(id, 2))::integer as joined,
         count(*) filter (where left(id, 1) = 'n' and parent = 'n' || (substr(id, 2)::integer - 1))::integer as children
       from tierlink.partner`,
    );
    // What only the south knew has come along, as it is after all the joins.
    expect(counts).toEqual({ partners: 2_000, joined: 2_000, children: 1_000 });
    const elsewhere = await store.query(
      `select 1 from tierlink.link where left(record_id, 1) <> 'n'
       union all select 1 from tierlink.credit where partner <> 'n' || substr(id, 3)
       union all select 1 from tierlink.match_key where left(record_id, 1) <> 'n'`,
    );
    expect(elsewhere).toEqual([]);
    const audited = await store.query(
      `select 1 from tierlink.audit a join tierlink.match m on m.id = a.after->>'match' and m.state = 'joined'
         and m.survivor = a.after->>'record' and m.before->'links'->0->>'crmId' = a.crm_id
       where a.action = 'match' and a.record_id = a.crm_id and a.actor = 'tierlink'`,
    );
    expect(audited).toHaveLength(2_000);
  });
});
