import { describe, expect, it } from '@jest/globals';
import { isTierlinkError } from '../../src/errors.ts';
import { newRecordId } from '../../src/model/record-id.ts';
import type { Store } from '../../src/store/store.ts';
import { type ImportKind, importFile } from '../../src/sync/import/import.ts';
import { acceptMatch } from '../../src/sync/match/decide.ts';
import { matchStep } from '../../src/sync/match/step.ts';
import { undoMatch } from '../../src/sync/match/undo.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { type MatchHouse, openMatchHouse } from './match-house.ts';
import { makeHouse } from './pull-house.ts';

/** Companies that came from files and are in a CRM too, in a project with one connection. */

let store: Store;
storeForEach((opened) => {
  store = opened;
});

async function openHouse(): Promise<MatchHouse> {
  const world = await openMatchHouse(store, ['north'], { connections: ['north', 'import'] });
  await world.pass();
  await world.houses.north!.turnOn();
  return world;
}

async function bringIn(world: MatchHouse, lines: string[], kind: ImportKind = 'partners') {
  return await importFile(kind, lines.join('\n'), {
    store,
    clock: world.engine.clock,
    context: { timeZone: 'UTC', currency: 'USD' },
    author: 'olga',
    file: 'f.csv',
  });
}

const file = ['id,name,number,vat,website,phone', 'f,Acme AB,42,SE1,acme.example,+46 1'];

describe('a partner from a file that a CRM has later', () => {
  it.each([
    ['number and name', { Number: '42' }, 'Acme'],
    ['number and VAT number', { Number: '42', Vat: 'SE 1' }, 'Other name'],
    ['number and web domain', { Number: '42', Website: 'https://www.acme.example/se' }, 'Other name'],
  ])('is one with it by %s, and keeps the record of the CRM', async (_by, fields, name) => {
    const world = await openHouse();
    await world.pass();
    await bringIn(world, file);
    expect((await world.pass()).value?.matching).toMatchObject({ joined: [], open: 0 });
    const account = world.houses.north!.addPartner(name, fields);
    const run = await world.pass();
    expect(run.value?.matching).toMatchObject({ joined: [{ survivorName: name, joinedName: 'Acme AB' }] });
    expect(await world.partners()).toEqual({ [name]: ['import', 'north'] });
    const [row] = await store.query('select id, phone from tierlink.partner where merged_into is null');
    expect(row).toEqual({ id: world.idOf('north', account), phone: '+46 1' });
    const refused = await bringIn(world, file).catch((error: unknown) => error);
    if (!isTierlinkError(refused)) throw refused;
    expect(refused.message).toContain(`line 2, id: "${name}" is in the CRM north; change it there`);
  });

  it.each([
    ['number', { Number: '42' }],
    ['VAT number', { Vat: 'se-1' }],
    ['web domain', { Website: 'acme.example' }],
  ])('is proposed by its %s alone, and one with it once a person says so', async (_by, fields) => {
    const world = await openHouse();
    await bringIn(world, file);
    world.houses.north!.addPartner('Other name', fields);
    expect((await world.pass()).value?.matching).toMatchObject({ joined: [], proposed: 1, open: 1 });
    expect(await world.matches()).toMatchObject([{ pair: 'Acme AB + Other name', state: 'open' }]);
    expect(await bringIn(world, file)).toMatchObject({ unchanged: 1 });
    await acceptMatch(world.engine, 'm-000001');
    expect(await world.partners()).toEqual({ 'Other name': ['import', 'north'] });
  });

  it('is found also where the CRM was read before the first file came', async () => {
    const world = await openHouse();
    world.houses.north!.addPartner('Other name', { Vat: 'SE1' });
    await world.pass();
    expect(await store.query('select 1 from tierlink.match_due')).toEqual([]);
    await bringIn(world, file);
    expect((await world.pass()).value?.matching).toMatchObject({ proposed: 1 });
  });

  it('takes what files say of it along, and back when it is taken apart', async () => {
    const world = await openHouse();
    await bringIn(world, file);
    await bringIn(world, ['partner,company,email', 'f,One,one@x.example'], 'leads');
    const account = world.houses.north!.addPartner('Acme', { Number: '42' });
    const survivor = world.idOf('north', account);
    await world.pass();
    await bringIn(world, ['partner,company,email', 'Acme,Two,two@x.example'], 'leads');
    const leads = () => store.query('select company, partner from tierlink.lead order by 1');
    expect(await leads()).toEqual([
      { company: 'One', partner: survivor },
      { company: 'Two', partner: survivor },
    ]);
    const undone = await undoMatch(world.engine, 'm-000001');
    expect(undone.reads).toEqual(['north']);
    expect(await leads()).toEqual([
      { company: 'One', partner: undone.joined },
      { company: 'Two', partner: survivor },
    ]);
    await world.pass();
    await world.pass();
    expect(await world.partners()).toEqual({ Acme: ['north'], 'Acme AB': ['import'] });
    expect(await store.query('select phone from tierlink.partner order by name')).toEqual([
      { phone: null },
      { phone: '+46 1' },
    ]);
    expect(world.houses.north!.account(account).Phone ?? null).toBeNull();
    expect(await bringIn(world, file)).toMatchObject({ unchanged: 1 });
  });

  it('stays as what the file brought in when the CRM deletes its record', async () => {
    const world = await openHouse();
    await bringIn(world, file);
    const account = world.houses.north!.addPartner('Acme', { Number: '42' });
    await world.pass();
    world.houses.north!.crm.remove('Account', account);
    await world.pass();
    expect(await world.partners()).toEqual({ Acme: ['import'] });
    expect(await bringIn(world, file)).toMatchObject({ updated: 1 });
  });
});

describe('a customer that came with a deal of a file', () => {
  it('is proposed by its name when a CRM has it, and then is the customer of the same file', async () => {
    const world = await openHouse();
    const deals = ['id,partner,role,customer,amount', 'd,f,sourced,Northwind,100'];
    await bringIn(world, file);
    expect(await bringIn(world, deals, 'deals')).toMatchObject({ created: 1, customersAdded: 1 });
    const crm = makeHouse(store);
    crm.crm.put('Account', 'C1', { Name: 'Northwind Ltd', Type: 'Customer' });
    await crm.pull('Account');
    expect(await matchStep(world.engine, { runId: null })).toMatchObject({ joined: [], proposed: 1 });
    expect(await bringIn(world, deals, 'deals')).toMatchObject({ unchanged: 1, customersAdded: 0 });
    const { survivor } = await acceptMatch(world.engine, 'm-000001');
    expect(survivor).toBe(newRecordId('customer', 'north', 'Account', 'C1'));
    expect(await bringIn(world, deals, 'deals')).toMatchObject({ unchanged: 1, customersAdded: 0 });
    expect(await store.query('select customer from tierlink.deal')).toEqual([{ customer: survivor }]);
  });
});

describe('credits of a partner that became one with that of a CRM', () => {
  it('stay the same for the file, and go back with it', async () => {
    const world = await openHouse();
    const deals = ['id,partner,role,share,amount', 'd,f,sourced,60,100', 'd,g,influenced,40,100'];
    await bringIn(world, [...file, 'g,Other,,,,']);
    await bringIn(world, deals, 'deals');
    const account = world.houses.north!.addPartner('Acme', { Number: '42' });
    await world.pass();
    const holders = () =>
      store.query('select partner, weight from tierlink.credit where deleted_at is null order by weight');
    const survivor = world.idOf('north', account);
    expect(await holders()).toMatchObject([{ weight: '40' }, { partner: survivor, weight: '60' }]);
    expect(await bringIn(world, deals, 'deals')).toMatchObject({ updated: 0, unchanged: 2 });
    const { joined } = await undoMatch(world.engine, 'm-000001');
    expect(await holders()).toMatchObject([{ weight: '40' }, { partner: joined, weight: '60' }]);
    expect(await bringIn(world, deals, 'deals')).toMatchObject({ updated: 0, unchanged: 2 });
  });
});

describe('a partner that only a file holds', () => {
  it('is measured and gets its tier, and nothing of it is written or waits', async () => {
    const world = await openHouse();
    const north = world.houses.north!;
    north.addDeal(north.addPartner('Known'), '2000');
    await bringIn(world, ['name,number,types,started_on', 'Filed,1,reseller,2024-01-01']);
    await world.pass();
    const run = await world.pass();
    const tiers = await store.query(
      `select p.name, s.tier, s.mode from tierlink.tier_state s join tierlink.partner p on p.id = s.partner_id order by 1`,
    );
    expect(tiers).toEqual([
      { name: 'Filed', tier: 'bronze', mode: 'owned' },
      { name: 'Known', tier: 'silver', mode: 'owned' },
    ]);
    expect(run.value!.connections[0]!.push!.total).toMatchObject({ created: 0, rejected: 0 });
    for (const table of ['reject', 'pending_write', 'outbox', 'held'])
      expect(await store.query(`select 1 from tierlink.${table}`)).toEqual([]);
    expect(north.records('Decision')).toHaveLength(1);
  });

  it('costs a project without files nothing but a look', async () => {
    const world = await openHouse();
    const asked: string[] = [];
    const query: Store['query'] = async (sql, parameters) => {
      asked.push(sql);
      return await store.query(sql, parameters);
    };
    const engine = { ...world.engine, store: { ...store, query } };
    expect(await matchStep(engine, { runId: null })).toBeNull();
    expect(asked).toHaveLength(1);
    world.houses.north!.addPartner('Acme', { Number: '42' });
    await world.pass();
    for (const table of ['match_due', 'match_key'])
      expect(await store.query(`select 1 from tierlink.${table}`)).toEqual([]);
    await expect(acceptMatch(world.engine, 'm-000001')).rejects.toMatchObject({ code: 'MATCH_SINGLE' });
  });
});
