import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Fix, makeFixPlan } from '../../src/plan/fixes.ts';
import type { Plan } from '../../src/plan/item.ts';
import type { Store } from '../../src/store/store.ts';
import type { Connector } from '../../src/sync/connector.ts';
import { setWriteBack } from '../../src/sync/links/connection-settings.ts';
import { listRejects } from '../../src/sync/push/rejects.ts';
import { pauseConnection, resumeConnection } from '../../src/sync/records/connections.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { expireLeases, Killed, Lifetime, mortalConnector, mortalStore } from '../sync/dying.ts';
import { mapping, mappings, openPassHouse, type PassHouse } from '../sync/pass-house.ts';
import { boundTo, openPlanHouse, type PlanHouse, writesOf } from './plan-house.ts';

/** Values of the CRM that cannot be used, corrected by a person: nothing but these values is ever written. */

let store: Store;
let house: PlanHouse;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(async () => await openHouse());

const { name: _name, file: _file, ...partner } = mappings[0]!;
const strict = mapping('partner', {
  ...partner,
  attributes: {
    ...partner.attributes,
    status: {
      field: 'Vat',
      direction: 'in',
      transform: { kind: 'values', map: { Active: 'active', Gone: 'terminated' }, others: 'reject' },
    },
    employees: { field: 'Number', direction: 'in' },
  },
});

async function openHouse(): Promise<void> {
  await emptyStore(store);
  house = await openPlanHouse(store, { mappings: [strict, ...mappings.slice(1)] });
  for (const [name, Vat, employees] of [
    ['Adatum', 'Actve', '12'],
    ['Contoso', 'Active', 'twelve'],
    ['Fabrikam', 'gne', '1 or 2'],
  ] as const)
    house.addPartner(name, { Vat, Number: employees, Phone: '1' });
  await house.pass();
}

async function fixesOf(values: Readonly<Record<string, string>>): Promise<Fix[]> {
  const rejects = await listRejects(store);
  return Object.entries(values).map(([wrong, typed]) => ({
    reject: rejects.find(({ payload }) => payload.value === wrong)!,
    typed,
  }));
}

async function made(values: Readonly<Record<string, string>>) {
  house.clock.time += 10_000;
  const request = { engine: house.engine, configured: [house.connection] };
  const { value } = await makeFixPlan(request, await fixesOf(values));
  return value!;
}

async function planOf(values: Readonly<Record<string, string>>): Promise<Plan> {
  const { plan, refused } = await made(values);
  expect(refused).toEqual([]);
  return plan!;
}

function account(name: string) {
  return house.crm.rows('Account').find((row) => row.fields.Name === name)!;
}

const codes = async () => (await listRejects(store)).map(({ payload }) => payload.value).sort();

describe('a plan of corrected values', () => {
  it('writes them to fields that the CRM owns, reads them again, and is undone', async () => {
    expect(await codes()).toEqual(['1 or 2', 'Actve', 'gne', 'twelve']);
    const plan = await planOf({ Actve: 'Active', gne: 'Gone', '1 or 2': '2' });
    expect(writesOf(plan).map(({ name, changes }) => [name, changes.length])).toEqual([
      ['Adatum', 1],
      ['Fabrikam', 2],
    ]);
    house.sent.length = 0;
    const run = await house.apply(plan);
    expect([...run.value!.fixed.values()]).toEqual([{ updated: 2, left: 0, waiting: 0, refused: [] }]);
    expect(house.sent.map(({ fields }) => fields)).toEqual([{ Vat: 'Active' }, { Vat: 'Gone', Number: '2' }]);
    expect(await codes()).toEqual(['twelve']);
    expect(await store.query(`select name, status, employees from tierlink.partner order by name`)).toEqual([
      { name: 'Adatum', status: 'active', employees: 12 },
      { name: 'Contoso', status: 'active', employees: null },
      { name: 'Fabrikam', status: 'terminated', employees: 2 },
    ]);
    const audit = await store.query(
      `select before, after, actor, run_id, plan_id from tierlink.audit where action = 'fix' order by id`,
    );
    const whose = { actor: 'tierlink', run_id: run.id, plan_id: plan.head.id };
    expect(audit).toEqual([
      { before: { status: 'Actve' }, after: { status: 'Active' }, ...whose },
      { before: { status: 'gne', employees: '1 or 2' }, after: { status: 'Gone', employees: '2' }, ...whose },
    ]);
    await expect(house.apply(plan)).rejects.toMatchObject({ code: 'PLAN_APPLIED' });
    house.crm.update('Account', account('Fabrikam').id, { Vat: 'Active' });
    const undo = await house.undo(run.id);
    expect(undo.items.filter(({ kind }) => kind === 'left')).toMatchObject([
      { attribute: 'status', wrote: 'Gone', holds: 'Active' },
    ]);
    await house.apply(undo);
    expect(account('Adatum').fields).toMatchObject({ Vat: 'Actve' });
    expect(account('Fabrikam').fields).toMatchObject({ Vat: 'Active', Number: '1 or 2' });
    expect(await codes()).toEqual(['1 or 2', 'Actve', 'twelve']);
  });

  it('is not made where the CRM holds another value by now, or the value is none or the same', async () => {
    house.crm.update('Account', account('Adatum').id, { Vat: 'Activ' });
    house.crm.remove('Account', account('Contoso').id);
    const { plan, refused } = await made({ Actve: 'Active', twelve: '12', gne: 'gne' });
    expect(plan).toBeNull();
    expect(refused.map(({ reason }) => reason)).toEqual([
      'the CRM holds "Activ" by now; run tierlink sync and export again',
      'the record is gone, or cannot be seen',
      'is what the CRM holds already',
    ]);
  });

  it('is not made where the user may not write the field, and the run says that there is none', async () => {
    house.crm.object('Account')!.fields.find(({ name }) => name === 'Vat')!.updateable = false;
    house.clock.time += 10_000;
    const request = { engine: house.engine, configured: [house.connection] };
    const run = await makeFixPlan(request, await fixesOf({ Actve: 'Active', twelve: '12' }));
    expect(run.value!.refused.map(({ reason }) => reason)).toEqual([
      'the integration user cannot write Vat (Vat); change it in the CRM, or let the user write it: Account > Vat',
    ]);
    const reason = 'no plan was made: 1 of 2 corrected values cannot be used';
    expect(run).toMatchObject({ state: 'failed', reason, value: { plan: null } });
  });

  it('is not made where two rows give other values for one field', async () => {
    const [status] = await fixesOf({ gne: 'Gone' });
    const asCustomer = { ...status!.reject, id: 'x-000099' };
    const request = { engine: house.engine, configured: [house.connection] };
    const other = await makeFixPlan(request, [status!, { reject: asCustomer, typed: 'Active' }]);
    expect(other.value).toMatchObject({
      plan: null,
      refused: [
        {
          fix: { typed: 'Active' },
          reason: expect.stringMatching(/^another row .* gives "Gone" for the same/),
        },
      ],
    });
    const same = await makeFixPlan(request, [status!, { reject: asCustomer, typed: 'Gone' }]);
    expect(writesOf(same.value!.plan!)).toMatchObject([{ changes: [{ before: 'gne', after: 'Gone' }] }]);
  });

  it('of an object that is two entities is an item for each, and a field that both have is written once', async () => {
    await emptyStore(store);
    const { attributes, name: _customer, file: _from, ...of } = strict;
    const wrongUnless = (field: string, map: Record<string, string>) => ({
      ...{ field, direction: 'in', transform: { kind: 'values', map, others: 'reject' } },
    });
    const asCustomer = mapping('customer', {
      ...of,
      entity: 'customer',
      attributes: {
        name: attributes.name,
        industry: wrongUnless('Vat', { Active: 'Retail', Gone: 'None' }),
        country: wrongUnless('Phone', { 46: 'Sweden' }),
      },
    });
    house = await openPlanHouse(store, { mappings: [strict, asCustomer] });
    house.addPartner('Adatum', { Vat: 'Actve', Number: 'twelve', Phone: 'dozen' });
    await house.pass();
    const right: Record<string, string> = { Actve: 'Active', twelve: '12', dozen: '46' };
    const fixes = (await listRejects(store)).map((reject) => ({
      ...{ reject, typed: right[String(reject.payload.value)]! },
    }));
    const request = { engine: house.engine, configured: [house.connection] };
    const made = await makeFixPlan(request, fixes);
    const plan = made.value!.plan!;
    const byEntity = Object.fromEntries(writesOf(plan).map((item) => [item.entity, item]));
    expect(new Set(writesOf(plan).map(({ key }) => key)).size).toBe(2);
    expect(byEntity.customer!.changes.map(({ label }) => label)).toContain('Phone');
    expect(byEntity.partner!.changes.map(({ label }) => label)).toContain('Number');
    house.sent.length = 0;
    const run = await house.apply(plan);
    expect(run.value!.fixed.get('north')).toMatchObject({ updated: 2, waiting: 0, refused: [] });
    expect(house.sent.flatMap(({ fields }) => Object.keys(fields)).sort()).toEqual([
      ...['Number', 'Phone', 'Vat'],
    ]);
    expect(await codes()).toEqual([]);
    const told = await store.query<{ entity: string; after: Record<string, string> }>(
      `select entity, after from tierlink.audit where action = 'fix' order by entity`,
    );
    expect(told).toEqual([
      { entity: 'customer', after: expect.objectContaining({ country: '46' }) },
      { entity: 'partner', after: expect.objectContaining({ employees: '12' }) },
    ]);
    await house.apply(await house.undo(run.id));
    expect(account('Adatum').fields).toMatchObject({ Vat: 'Actve', Number: 'twelve', Phone: 'dozen' });
  });

  it('counts the calls that looking at the records takes', async () => {
    const before = house.crm.calls.total;
    const { plan } = await made({ Actve: 'Active', gne: 'Gone' });
    const [run] = await store.query('select calls from tierlink.run where id = $1', [plan!.head.run]);
    expect(run).toEqual({ calls: house.crm.calls.total - before });
    expect(run).not.toEqual({ calls: 0 });
  });

  it('is undone by one look at all that it wrote', async () => {
    const { id } = await house.apply(await planOf({ Actve: 'Active', gne: 'Gone', '1 or 2': '2' }));
    const before = house.crm.calls.byKind.read ?? 0;
    const undo = await house.undo(id);
    expect([writesOf(undo).length, house.crm.calls.byKind.read]).toEqual([2, before + 1]);
  });

  it('writes nothing where one of its records was touched since', async () => {
    const plan = await planOf({ Actve: 'Active', gne: 'Gone' });
    house.crm.update('Account', account('Fabrikam').id, { Phone: '2' });
    house.sent.length = 0;
    await expect(house.apply(plan)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(house.sent).toEqual([]);
    await expect(
      house.apply(await planOf({ Actve: 'Active', gne: 'Gone' }), { limit: 1 }),
    ).rejects.toMatchObject({
      code: 'PLAN_UNAPPROVED',
    });
  });

  it('says what the CRM refused, and writes the rest', async () => {
    house.crm.rule('Account', (row) => (row.Vat === 'Gone' ? 'Nobody leaves.' : undefined));
    const plan = await planOf({ Actve: 'Active', gne: 'Gone' });
    const { value } = await house.apply(plan);
    expect(value!.fixed.get('north')).toMatchObject({
      updated: 1,
      refused: [{ name: 'Fabrikam', message: expect.stringContaining('Nobody leaves.') }],
    });
    expect(await codes()).toEqual(['1 or 2', 'gne', 'twelve']);
  });

  it('leaves out what is skipped, and writes nothing else of a record', async () => {
    const wrong = ['Actve', 'gne', '1 or 2', 'twelve'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.subarray([...wrong], { minLength: 1 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        async (chosen, skipped, isWriteBack) => {
          await openHouse();
          const { connection, clock } = house;
          const change = { store, clock, id: connection.alias, actor: 'a', mappings: connection.mappings() };
          if (isWriteBack) await setWriteBack({ ...change, on: true });
          await house.pass();
          const before = new Map(house.crm.rows('Account').map(({ id, fields }) => [id, { ...fields }]));
          const right = { Actve: 'Active', gne: 'Gone', '1 or 2': '2', twelve: '12' };
          const plan = await planOf(Object.fromEntries(chosen.map((each) => [each, right[each]])));
          const items = plan.items.map((item) =>
            item.kind === 'update'
              ? {
                  ...item,
                  changes: item.changes.map((each) => {
                    const isSkipped = skipped[wrong.indexOf(each.before as 'gne')] === true;
                    return { ...each, choice: isSkipped ? ('skip' as const) : each.choice };
                  }),
                }
              : item,
          );
          await house.apply({ ...plan, items });
          const meant = chosen.filter((each) => !skipped[wrong.indexOf(each)]);
          const changed = house.crm.rows('Account').flatMap(({ id, fields }) =>
            Object.entries(fields).flatMap(([field, value]) => {
              const was = before.get(id)![field];
              return was === value ? [] : [[was, value]];
            }),
          );
          expect(changed.sort()).toEqual(meant.map((each) => [each, right[each]]).sort());
        },
      ),
      { numRuns: 12 },
    );
  }, 120_000);
});

describe('written under the guards of the pass', () => {
  let south: PassHouse;
  /** Only the rows that the second CRM was sent. */
  let sentSouth: number;

  /** A plan over two connections. */
  async function planOfTwo(): Promise<Plan> {
    sentSouth = 0;
    south = await openPassHouse(store, {
      ...{ alias: 'south', clock: house.clock, mappings: [strict, ...mappings.slice(1)] },
      wrap: (connector) => ({
        ...boundTo(connector),
        write: (request) => {
          sentSouth += 1;
          return connector.write(request);
        },
      }),
    });
    south.addPartner('Proseware', { Vat: 'Activ' });
    await house.pass({ connections: both() });
    house.clock.time += 10_000;
    const fixes = await fixesOf({ Actve: 'Active', Activ: 'Active' });
    const made = await makeFixPlan({ engine: house.engine, configured: both() }, fixes);
    expect(made.value).toMatchObject({ refused: [] });
    return made.value!.plan!;
  }
  const both = () => [house.connection, south.connection];
  const vatOfSouth = () => south.crm.rows('Account')[0]!.fields.Vat;

  it('leaves a connection that stopped or is paused alone, and goes on with it by the same plan', async () => {
    const plan = await planOfTwo();
    south.crm.faults.add({ kind: 'unreachable', call: 'changes', times: 1 });
    const first = await house.apply(plan, { configured: both() });
    expect(first.value).toMatchObject({
      fixed: new Map([
        ['north', { updated: 1, left: 0, waiting: 0, refused: [] }],
        ['south', { updated: 0, left: 0, waiting: 1, refused: [] }],
      ]),
      pass: { connections: [{ error: null }, { connection: 'south', error: { code: 'CRM_UNREACHABLE' } }] },
    });
    expect(account('Adatum').fields.Vat).toBe('Active');
    await pauseConnection(store.db, { id: 'south', reason: 'test' });
    const paused = await house.apply(plan, { configured: both() });
    expect(paused.value!.fixed.get('south')).toMatchObject({ updated: 0, waiting: 1 });
    expect([sentSouth, vatOfSouth()]).toEqual([0, 'Activ']);
    await resumeConnection(store.db, 'south');
    const last = await house.apply(plan, { configured: both() });
    expect(last.value).toMatchObject({ resumed: true, unread: [] });
    expect(last.value!.fixed.get('south')).toMatchObject({ updated: 1, waiting: 0 });
    expect([sentSouth, vatOfSouth()]).toEqual([1, 'Active']);
    await expect(house.apply(plan, { configured: both() })).rejects.toMatchObject({ code: 'PLAN_APPLIED' });
  });

  it('what one CRM does not answer stops that connection alone; calls are counted', async () => {
    const plan = await planOfTwo();
    house.crm.faults.add({ kind: 'unreachable', call: 'write', times: 1 });
    const { id, value } = await house.apply(plan, { configured: both() });
    expect(value).toMatchObject({
      fixed: new Map([
        ['north', { updated: 0, left: 0, waiting: 1, refused: [] }],
        ['south', { updated: 1, left: 0, waiting: 0, refused: [] }],
      ]),
      pass: {
        connections: [
          { error: { code: 'CRM_UNREACHABLE' }, calls: { byKind: { write: 1 } } },
          { error: null, calls: { byKind: { write: 1 } } },
        ],
      },
    });
    const calls = value!.pass.connections.reduce((sum, each) => sum + each.calls.total, 0);
    expect(await store.query('select calls from tierlink.run where id = $1', [id])).toEqual([{ calls }]);
    expect(await store.query('select state from tierlink.plan')).toEqual([{ state: 'applying' }]);
  });

  it('what fails once all is written is no failure of the apply', async () => {
    const plan = await planOf({ Actve: 'Active' });
    const failing: Store = {
      ...store,
      query: async (sql, parameters) => {
        if (sql.includes('update tierlink.plan set state'))
          house.crm.faults.add({ kind: 'sessionExpired', call: 'changes', times: 1 });
        return await store.query(sql, parameters);
      },
    };
    const { state, value } = await house.apply(plan, { engine: { ...house.engine, store: failing } });
    expect({ state, ...value }).toMatchObject({ state: 'succeeded', unread: ['north'] });
    expect(value!.fixed.get('north')).toMatchObject({ updated: 1, waiting: 0 });
    await house.pass();
    expect(await codes()).not.toContain('Actve');
  });

  it('tells of what a run at the same time wrote that died before it told', async () => {
    const plan = await planOf({ Actve: 'Active', gne: 'Gone' });
    const connector = house.connection.connector();
    const dying: Connector = {
      ...boundTo(connector),
      write: async (request) => {
        await connector.write(request);
        throw new Killed();
      },
    };
    const other = { configured: [{ ...house.connection, connector: () => dying }] };
    let hasBegun = false;
    const noting: Store = {
      ...store,
      query: async (sql, parameters) => {
        const rows = await store.query(sql, parameters);
        if (sql.includes('insert into tierlink.plan as p') && !hasBegun) {
          hasBegun = true;
          await expect(house.apply(plan, other)).rejects.toThrow(Killed);
        }
        return rows as never;
      },
    };
    house.sent.length = 0;
    const { id, value } = await house.apply(plan, { engine: { ...house.engine, store: noting } });
    expect([hasBegun, house.sent.length]).toEqual([true, 2]);
    expect(value!.fixed.get('north')).toMatchObject({ updated: 2, waiting: 0 });
    await house.apply(await house.undo(id));
    expect([account('Adatum').fields.Vat, account('Fabrikam').fields.Vat]).toEqual(['Actve', 'gne']);
  });
});

/** Each death costs about a second. */
const every = Number(process.env.TIERLINK_KILL_EVERY ?? 10);

it.each([false, true])(
  'killed anywhere, it ends as if it had never been (answers lost: %s)',
  async (isDeaf) => {
    const values = { Actve: 'Active', gne: 'Gone', '1 or 2': '2' };
    const begin = async () => {
      await openHouse();
      const plan = await planOf(values);
      house.sent.length = 0;
      if (isDeaf) house.crm.faults.add({ kind: 'lostAnswer', object: 'Account', times: 1 });
      return plan;
    };
    const endState = async () => ({
      audit: await store.query(
        `select before, after from tierlink.audit where action = 'fix' order by before::text`,
      ),
      plans: await store.query('select state from tierlink.plan'),
      rejects: await codes(),
      partners: await store.query('select name, status, employees from tierlink.partner order by name'),
      crm: house.crm.rows('Account').map(({ fields }) => [fields.Name, fields.Vat, fields.Number]),
    });
    const life = new Lifetime(Number.POSITIVE_INFINITY);
    const whole = await begin();
    await house.apply(whole, { engine: { ...house.engine, store: mortalStore(store, life) } });
    await house.pass();
    const clean = await endState();
    expect(clean).toMatchObject({ plans: [{ state: 'applied' }], rejects: ['twelve'] });
    for (let step = isDeaf ? 3 : 8; step < life.steps; step += every) {
      const plan = await begin();
      const mortal = new Lifetime(step);
      const connector = mortalConnector(house.connection.connector(), mortal);
      const engine = { ...house.engine, store: mortalStore(store, mortal) };
      const configured = [{ ...house.connection, connector: () => connector }];
      await house.apply(plan, { engine, configured }).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
      await expireLeases(store);
      const over = await store.query(`select 1 from tierlink.plan where state = 'applied'`);
      if (over.length === 0) await house.apply(plan);
      await house.pass();
      expect({ step, ...(await endState()) }).toEqual({ step, ...clean });
      if (!isDeaf) expect({ step, sent: house.sent.length }).toEqual({ step, sent: 2 });
    }
  },
  600_000,
);
