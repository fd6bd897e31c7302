import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Plan, PlannedWrite } from '../../src/plan/item.ts';
import type { Store } from '../../src/store/store.ts';
import { importFile } from '../../src/sync/import/import.ts';
import { setWriteBack } from '../../src/sync/links/connection-settings.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { expireLeases, Killed, Lifetime, mortalConnector, mortalStore } from '../sync/dying.ts';
import { mapping } from '../sync/pass-house.ts';
import { creatingMappings } from '../sync/registration-house.ts';
import { choose, openPlanHouse, type PlanHouse, writesOf } from './plan-house.ts';

/** Records and what belongs to them, created by one plan: the references are known once the CRM has the parents. */

let store: Store;
let house: PlanHouse;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

const mappings = creatingMappings.map(({ name, file: _file, ...own }) => {
  if (own.entity === 'customer')
    return mapping(name, {
      ...own,
      key: 'Our_Id',
      create: true,
      attributes: {
        name: { field: 'Name', direction: 'both', policy: 'crm', required: true },
        // What is created has to be in the scope of its mapping.
        industry: { field: 'Kind', direction: 'both', policy: 'crm' },
      },
    });
  return mapping(name, own);
});

async function openHouse(): Promise<void> {
  await emptyStore(store);
  house = await openPlanHouse(store, { mappings });
  house.addPartner('Acme');
  await house.pass();
  const lines = [
    'D-1,Acme,sourced,Rollout,Northwind,Customer,5000.00,2026-06-30',
    'D-2,Acme,sourced,Training,Northwind,Customer,700.00,2026-09-30',
    'D-3,Acme,sourced,Audit,Contoso,Customer,900.00,2026-10-31',
  ];
  await importFile(
    'deals',
    ['id,partner,role,name,customer,customer_industry,amount,close_on', ...lines].join('\n'),
    {
      store,
      clock: house.clock,
      context: { timeZone: 'UTC', currency: 'USD' },
      author: 'olga',
      file: 'deals.csv',
    },
  );
  house.sent.length = 0;
}
beforeEach(openHouse);

const created = (plan: Plan) => writesOf(plan).filter(({ kind }) => kind === 'create');
const ofDeals = (plan: Plan) => created(plan).filter(({ entity }) => entity === 'deal');
const afterOf = ({ name, after }: PlannedWrite) => [name, after.map((each) => each.name)];
/** Deals of the CRM with the name of the customer that each points to. */
const dealsThere = () =>
  house.crm
    .rows('Deal')
    .map(({ fields }) => [fields.Name, house.crm.find('Account', String(fields.Customer))?.fields.Name])
    .sort();
const whole = [
  ['Audit', 'Contoso'],
  ['Rollout', 'Northwind'],
  ['Training', 'Northwind'],
];

describe('records that belong to one that is created', () => {
  it('are in the plan of it, with what they wait for, and go after it', async () => {
    const plan = await house.plan();
    expect(ofDeals(plan).map(afterOf).sort()).toEqual([
      ['Audit', ['Contoso']],
      ['Rollout', ['Northwind']],
      ['Training', ['Northwind']],
    ]);
    const parents = created(plan).filter(({ entity }) => entity === 'customer');
    expect(new Set(ofDeals(plan).flatMap(({ after }) => after.map(({ key }) => key)))).toEqual(
      new Set(parents.map(({ key }) => key)),
    );
    // One call for the customers and one for their deals, beside those of other objects.
    const others = new Set(writesOf(plan).flatMap(({ object, kind }) => (kind === 'create' ? [object] : [])));
    expect([...others].sort()).toEqual(expect.arrayContaining(['Account', 'Deal']));
    expect(plan.items.filter(({ kind }) => kind === 'link')).toEqual([]);
    const before = house.crm.calls.byKind.write ?? 0;
    const { value } = await house.apply(plan);
    expect([...value!.unwritten.values()]).toEqual([{ left: 0, waiting: 0, refused: [] }]);
    expect((house.crm.calls.byKind.write ?? 0) - before).toBe(plan.head.connections[0]!.calls);
    expect(dealsThere()).toEqual(whole);
    const { items } = await house.plan();
    expect(items).toEqual([]);
  });

  it('come with what they belong to where the plan is limited, and not with what is skipped', async () => {
    const limited = await house.plan({ object: 'Deal' });
    expect(created(limited).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Northwind', 'Contoso', 'Rollout', 'Training', 'Audit']),
    );
    const skipped = choose(limited, (_attribute, { name }) => (name === 'Northwind' ? 'skip' : null));
    const { value } = await house.apply(skipped);
    expect(dealsThere()).toEqual([['Audit', 'Contoso']]);
    expect([...value!.unwritten.values()]).toEqual([{ left: 0, waiting: 0, refused: [] }]);
    expect(await store.query('select state from tierlink.plan')).toEqual([{ state: 'applied' }]);
    expect(ofDeals(await house.plan()).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Rollout', 'Training']),
    );
  });

  it('wait with one that met a lock, and are left where it is refused', async () => {
    house.crm.rule('Account', (row) => (row.Name === 'Contoso' ? 'No Contoso.' : undefined));
    house.crm.faults.add({ kind: 'locked', object: 'Account', times: 1 });
    const plan = await house.plan({ object: 'Deal' });
    const first = await house.apply(plan);
    const [missed] = [...first.value!.unwritten.values()];
    expect(missed!.waiting).toBeGreaterThan(0);
    expect(await store.query('select state from tierlink.plan')).toEqual([{ state: 'applying' }]);
    house.clock.time += 3_600_000;
    const { value } = await house.apply(plan);
    expect([...value!.unwritten.values()]).toMatchObject([
      { left: 1, waiting: 0, refused: [{ code: 'RECORD_PARENT', name: 'Audit' }] },
    ]);
    expect(dealsThere()).toEqual(whole.filter(([, customer]) => customer === 'Northwind'));
  });

  it('are made by one sync, and count among what a sync may create', async () => {
    const { connection, clock } = house;
    const change = { store, clock, id: connection.alias, actor: 'admin', mappings: connection.mappings() };
    await setWriteBack({ ...change, on: true });
    const capped = { connections: [{ ...connection, createsPerRun: 4 }] };
    const dry = await house.pass({ ...capped, dryRun: true });
    expect(dry.value?.connections[0]?.preview?.heldCreates).toEqual([{ object: 'Deal', count: 3 }]);
    const { value } = await house.pass(capped);
    expect(value?.connections[0]?.push?.heldCreates).toEqual([{ object: 'Deal', count: 3 }]);
    expect(dealsThere()).toEqual([]);
    await house.pass(capped);
    expect(dealsThere()).toEqual(whole);
  });

  it('go in one sync where it may create them all', async () => {
    const { connection, clock } = house;
    const change = { store, clock, id: connection.alias, actor: 'admin', mappings: connection.mappings() };
    await setWriteBack({ ...change, on: true });
    await house.pass();
    expect(dealsThere()).toEqual(whole);
  });
});

describe('killed between a record and what belongs to it', () => {
  const applied = async () =>
    (await store.query(`select 1 from tierlink.plan where state = 'applied'`)).length > 0;

  it.each([false, true])(
    'the same plan goes on without doubling (answer lost: %s)',
    async (isDeaf) => {
      const prepared = async () => {
        await openHouse();
        const plan = await house.plan({ object: 'Deal' });
        if (isDeaf) house.crm.faults.add({ kind: 'lostAnswer', object: 'Account', times: 1 });
        return plan;
      };
      const die = async (plan: Plan, life: Lifetime) => {
        const connector = mortalConnector(house.connection.connector(), life);
        const engine = { ...house.engine, store: mortalStore(store, life) };
        await house.apply(plan, {
          engine,
          configured: [{ ...house.connection, connector: () => connector }],
        });
      };
      const life = new Lifetime(Number.POSITIVE_INFINITY);
      await die(await prepared(), life);
      // What comes before the writing is the same as in every plan.
      for (let step = life.steps - 60 + Number(isDeaf) * 4; step <= life.steps; step += 8) {
        const plan = await prepared();
        await expect(die(plan, new Lifetime(step)).then(() => 'lived')).rejects.toBeInstanceOf(Killed);
        await expireLeases(store);
        for (let times = 0; times < 3 && !(await applied()); times += 1) {
          house.clock.time += 3_600_000;
          await house.apply(plan);
        }
        expect({ step, deals: dealsThere() }).toEqual({ step, deals: whole });
        const names = house.crm.rows('Account').map(({ fields }) => fields.Name);
        expect({ step, names: names.sort() }).toEqual({ step, names: ['Acme', 'Contoso', 'Northwind'] });
      }
    },
    300_000,
  );
});

it('a parent of the same mapping goes first', async () => {
  const own = mappings.map(({ name, file: _file, ...each }) =>
    each.entity === 'partner'
      ? mapping(name, {
          ...each,
          create: true,
          attributes: {
            ...each.attributes,
            name: { field: 'Name', direction: 'both', policy: 'crm', required: true },
            parent: { field: 'Parent', direction: 'both', policy: 'crm' },
          },
        })
      : mapping(name, each),
  );
  await emptyStore(store);
  house = await openPlanHouse(store, { mappings: own });
  const file = ['id,name,parent', 'P-3,Grandchild,Child', 'P-2,Child,Holding', 'P-1,Holding,'].join('\n');
  await importFile('partners', file, {
    store,
    clock: house.clock,
    context: { timeZone: 'UTC', currency: 'USD' },
    author: 'olga',
    file: 'partners.csv',
  });
  await house.pass();
  const plan = await house.plan({ object: 'Account' });
  expect(created(plan).map(afterOf).sort()).toEqual([
    ['Child', ['Holding']],
    ['Grandchild', ['Child']],
    ['Holding', []],
  ]);
  await house.apply(plan);
  const parents = house.crm
    .rows('Account')
    .map(({ fields }) => [fields.Name, house.crm.find('Account', String(fields.Parent))?.fields.Name]);
  expect(parents).toEqual([
    ['Holding', undefined],
    ['Child', 'Holding'],
    ['Grandchild', 'Child'],
  ]);
});
