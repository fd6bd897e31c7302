import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newRecordId } from '../../src/model/record-id.ts';
import { makePlan } from '../../src/plan/make.ts';
import type { Store } from '../../src/store/store.ts';
import { importFile } from '../../src/sync/import/import.ts';
import { adoptRegistrations } from '../../src/sync/links/adopt-registrations.ts';
import { breakLink, makeLink, moveLink, setApart } from '../../src/sync/links/changes.ts';
import type { CrmRecordRef } from '../../src/sync/links/move.ts';
import { ownershipOf } from '../../src/sync/owners.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { openPassHouse, type PassHouse } from './pass-house.ts';
import { creatingMappings } from './registration-house.ts';

let store: Store;
let house: PassHouse;
let acme: string;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

let buyer: string;
beforeEach(async () => {
  await emptyStore(store);
  house = await openPassHouse(store, { mappings: creatingMappings });
  house.engine.ownership = () => ownershipOf([house.connection]);
  acme = house.addPartner('Acme');
  buyer = house.crm.insert('Account', [{ Name: 'Northwind AB', Kind: 'Customer' }])[0]!;
  await house.pass();
  await house.turnOn();
  await house.pass();
});

const columns = 'id,partner,role,name,customer,amount,close_on';

async function register(lines: string[], header = columns): Promise<void> {
  await importFile('deals', [header, ...lines].join('\n'), {
    store,
    clock: house.clock,
    context: { timeZone: 'UTC', currency: 'USD' },
    author: 'olga',
    file: 'deals.csv',
  });
}

const rollout = 'D-1,Acme,sourced,Northwind rollout,Northwind AB,5000.00,2026-06-30';
const registered = newRecordId('deal', 'import', 'deals', 'id:D-1');

function opportunity(fields: Record<string, string | boolean | null> = {}): string {
  return house.crm.insert('Deal', [
    {
      Name: 'Northwind Rollout',
      Customer: buyer,
      Amount: '5000.00',
      Close_On: '2026-07-02',
      Partner: acme,
      Won: false,
      ...fields,
    },
  ])[0]!;
}

/** The store, where something else happens right after a query like this one. */
function afterQuery(like: RegExp, happens: () => Promise<void>): Store {
  const query: Store['query'] = async (sql, values) => {
    const rows = await store.query(sql, values);
    if (like.test(sql)) await happens();
    return rows as never;
  };
  return new Proxy(store, {
    get: (target, key) => (key === 'query' ? query : Reflect.get(target, key, target)),
  });
}

const deals = () => house.crm.rows('Deal').length;

async function linkOf(crmId: string): Promise<string> {
  const [row] = await store.query<{ record_id: string }>(
    `select record_id from tierlink.link where crm_id = $1 and entity = 'deal'`,
    [crmId],
  );
  return row!.record_id;
}

describe('a deal that a partner registered', () => {
  it('is created where the CRM has nothing like it', async () => {
    await register([rollout]);
    const { value } = await house.pass();
    expect(value?.adopted).toEqual([]);
    expect(value?.connections[0]?.push?.undecided).toEqual([]);
    expect(deals()).toBe(1);
  });

  it('is linked to the open one that it is beyond doubt, and credits its partner once', async () => {
    const there = opportunity();
    await house.pass();
    await register([rollout]);
    const { value } = await house.pass();
    expect(value?.adopted).toMatchObject([{ crmId: there, recordId: registered, name: 'Northwind rollout' }]);
    expect(value?.adopted[0]?.reasons).toContain('the same customer: Northwind AB');
    await house.pass();
    expect(deals()).toBe(1);
    expect(await linkOf(there)).toBe(registered);
    const credits = await store.query(
      `select c.role from tierlink.credit c join tierlink.deal d on d.id = c.deal
       where c.deleted_at is null and d.in_scope and d.deleted_at is null`,
    );
    expect(credits).toEqual([{ role: 'sourced' }]);
    const audited = await store.query(
      `select actor, record_id from tierlink.audit where action = 'move_link'`,
    );
    expect(audited).toEqual([{ actor: 'tierlink', record_id: registered }]);
  });

  it('waits for a person where it may be another one, and is created once that is said', async () => {
    const there = opportunity({ Name: 'Northwind support', Amount: '4800.00' });
    await house.pass();
    await register([rollout]);
    const { value } = await house.pass();
    expect(value?.connections[0]?.push?.undecided).toEqual([{ object: 'Deal', count: 1 }]);
    await house.pass();
    expect(deals()).toBe(1);
    const other = await linkOf(there);
    await setApart(house.engine, {
      entity: 'deal',
      records: [registered, other],
      reason: 'support is another order',
      takeBack: false,
    });
    const { value: after } = await house.pass();
    expect(after?.connections[0]?.push?.undecided).toEqual([]);
    expect(deals()).toBe(2);
  });

  it('is the one in the CRM once a person says so', async () => {
    const there = opportunity({ Name: 'Northwind support', Amount: '4800.00' });
    await house.pass();
    await register([rollout]);
    await house.pass();
    const link = { connection: 'north', object: 'Deal', entity: 'deal', crmId: there } as const;
    await moveLink(house.engine, { link, to: registered, reason: 'the same order' });
    await house.pass();
    expect(deals()).toBe(1);
    const rows = await store.query('select name from tierlink.deal where id = $1', [registered]);
    expect(rows).toEqual([{ name: 'Northwind support' }]);
    // Taken back, it is found no second time and written over nothing.
    await moveLink(house.engine, { link, to: newRecordId('deal', 'north', 'Deal', there), reason: 'no' });
    const { value } = await house.pass();
    expect(value?.adopted).toEqual([]);
    expect(house.crm.find('Deal', there)?.fields.Name).toBe('Northwind support');
    expect(await linkOf(there)).toBe(newRecordId('deal', 'north', 'Deal', there));
  });

  it('is a merge suggestion of a plan while it waits, and a link where it is there beyond doubt', async () => {
    const [doubtful, certain] = [
      opportunity({ Name: 'Northwind support' }),
      opportunity({ Name: 'Renewal', Amount: '900.00', Close_On: '2026-12-01' }),
    ];
    await house.pass();
    await register([rollout, 'D-2,Acme,sourced,Renewal,Northwind AB,900.00,2026-12-01']);
    house.clock.time += 10_000;
    const { engine, connection } = house;
    const connections = [connection];
    const { value } = await makePlan({ engine, connections, configured: connections });
    const items = value!.items;
    expect(items.filter(({ kind }) => kind === 'create')).toEqual([]);
    const merge = items.find((item) => item.kind === 'merge');
    expect(merge).toMatchObject({ entity: 'deal', object: 'Deal', why: expect.stringContaining('of 100)') });
    expect(merge?.records.flatMap(({ crmIds }) => crmIds)).toContain(doubtful);
    expect(items.filter(({ kind }) => kind === 'link')).toMatchObject([{ crmId: certain }]);
    expect(await linkOf(certain)).toBe(newRecordId('deal', 'north', 'Deal', certain));
  });

  it('is a link in a plan that reads the object for the first time, too', async () => {
    const there = opportunity();
    await register([rollout]);
    await store.query(
      `update tierlink.feed set complete_to = null, fields_hash = null where entity = 'deal'`,
    );
    house.clock.time += 10_000;
    const connections = [house.connection];
    const { value } = await makePlan({ engine: house.engine, connections, configured: connections });
    const items = value!.items.filter(({ kind }) => kind === 'create' || kind === 'link');
    expect(items).toMatchObject([{ kind: 'link', crmId: there, recordId: registered }]);
  });

  it('is left for the next pass where somebody changes the link meanwhile', async () => {
    const there = opportunity();
    await house.pass();
    await register([rollout]);
    const link = { connection: 'north', object: 'Deal', entity: 'deal', crmId: there } as const;
    const engine = {
      ...house.engine,
      store: afterQuery(/^select crm_id from tierlink.link/, async () => {
        await breakLink(house.engine, { link, reason: 'no deal' });
      }),
    };
    expect(await adoptRegistrations(engine, { connections: [house.connection], runId: null })).toEqual([]);
    const [left] = await store.query('select state from tierlink.link where crm_id = $1', [there]);
    expect(left).toEqual({ state: 'broken' });
  });

  it('is created once what it might have been is closed', async () => {
    const there = opportunity({ Name: 'Northwind support' });
    await house.pass();
    await register([rollout]);
    await house.pass();
    expect(deals()).toBe(1);
    house.crm.update('Deal', there, { Won: true });
    await house.pass();
    expect(deals()).toBe(2);
  });

  it('is compared with what shares a name with it, whatever else is registered', async () => {
    const namesake = house.crm.insert('Account', [{ Name: 'Northwind', Kind: 'Customer' }])[0]!;
    opportunity({ Name: 'Helpdesk', Customer: namesake });
    await house.pass();
    const other = 'D-2,Acme,sourced,Helpdesk desk,Northwind,900.00,2026-12-01';
    await register([rollout, other]);
    const { value } = await house.pass();
    expect(value?.connections[0]?.push?.undecided).toEqual([{ object: 'Deal', count: 1 }]);
    expect(house.crm.rows('Deal').map(({ fields }) => fields.Name)).toEqual([
      'Helpdesk',
      'Northwind rollout',
    ]);
  });

  it('is not decided for one of two registrations that mean the same', async () => {
    opportunity();
    await house.pass();
    await register([rollout, rollout.replace('D-1', 'D-2')]);
    const { value } = await house.pass();
    expect(value?.adopted).toEqual([]);
    expect(value?.connections[0]?.push?.undecided).toEqual([{ object: 'Deal', count: 2 }]);
    expect(deals()).toBe(1);
  });
});

describe('the id of a deal in the CRM, once a person says that the record there is another deal', () => {
  const other = newRecordId('deal', 'import', 'deals', 'id:D-2');
  const second = 'D-2,Acme,sourced,Training,Northwind AB,700.00,2026-09-30';

  /** The first deal was created; somebody changed it there since. */
  async function created(): Promise<CrmRecordRef> {
    await register([rollout]);
    await house.pass();
    const crmId = house.crm.rows('Deal')[0]!.id;
    house.crm.update('Deal', crmId, { Amount: '7000.00', Won: true });
    await house.pass();
    await register([second]);
    return { connection: 'north', object: 'Deal', entity: 'deal', crmId };
  }

  const fieldsOf = (crmId: string) => house.crm.find('Deal', crmId)?.fields;

  it('lets nothing be written over the record after its link was broken and made again', async () => {
    const link = await created();
    await breakLink(house.engine, { link, reason: 'not the rollout' });
    await makeLink(house.engine, { link, to: other, reason: 'the training' });
    for (let pass = 0; pass < 3; pass++) await house.pass();
    expect(fieldsOf(link.crmId)).toMatchObject({ Amount: '7000.00', Our_Id: registered });
    expect(await linkOf(link.crmId)).toBe(other);
    expect(deals()).toBe(1);

    // With the next value that goes there the record gets its own id. The first deal, which was not won, becomes one of
    // its own.
    await register([second.replace('Training', 'Training in June')]);
    await register([`${rollout},false`], `${columns},is_won`);
    for (let pass = 0; pass < 2; pass++) await house.pass();
    expect(fieldsOf(link.crmId)).toMatchObject({ Our_Id: other });
    expect(house.crm.rows('Deal').map(({ fields }) => fields.Our_Id)).toEqual([other, registered]);
  });

  it('lets nothing be written over the record after it was taken back that the two are apart', async () => {
    const link = await created();
    await moveLink(house.engine, { link, to: other, reason: 'the training' });
    const records = [registered, other] as const;
    await setApart(house.engine, { entity: 'deal', records, reason: 'who knows', takeBack: true });
    for (let pass = 0; pass < 3; pass++) await house.pass();
    expect(fieldsOf(link.crmId)).toMatchObject({ Amount: '7000.00', Our_Id: registered });
    expect(await linkOf(link.crmId)).toBe(other);
    expect(deals()).toBe(1);
  });
});
