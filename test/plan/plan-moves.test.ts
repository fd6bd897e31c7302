import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import type { Connector } from '../../src/sync/connector.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { choose, openPlanHouse, type PlanHouse, writesOf } from './plan-house.ts';

/** What happens between a plan and its apply, and what is in neither. */
let store: Store;
let house: PlanHouse;
/** Called before what changed is read. */
let beforeRead: (reading: number) => void = () => {};
let readings = 0;
/** Records that a plan looked at for their stamps. */
let looks: string[] = [];
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  await emptyStore(store);
  beforeRead = () => {};
  house = await openPlanHouse(store, { wrap: watched });
  readings = 0;
  looks = [];
});

function watched(connector: Connector): Connector {
  return {
    check: (objects) => connector.check(objects),
    describe: (objects) => connector.describe(objects),
    count: (requests) => connector.count(requests),
    read: (request) => {
      if (request.scope.name === 'plan') looks.push(...(request.ids ?? []));
      return connector.read(request);
    },
    changes: (requests) => {
      readings += 1;
      beforeRead(readings);
      return connector.changes(requests);
    },
    write: (request) => connector.write(request),
    recordUrl: (object, id) => connector.recordUrl(object, id),
    limits: () => connector.limits(),
  };
}

/** Two partners, one of which its deals make silver. */
async function twoPartners(): Promise<[string, string]> {
  const ids = ['Adatum', 'Contoso'].map((name) => house.addPartner(name, { Phone: '1', Region: 'North' }));
  house.addDeal(ids[0]!, '2000.00');
  await house.pass();
  return ids as [string, string];
}

const error = async (work: Promise<unknown>): Promise<{ code: string; message: string }> =>
  await work.then(
    () => {
      throw new Error('it was not refused');
    },
    (thrown) => thrown,
  );

describe('a record that moves', () => {
  it('between the plan and the apply keeps all of it from being written', async () => {
    const [, contoso] = await twoPartners();
    const plan = await house.plan();
    house.crm.update('Account', contoso, { Number: '7' });
    expect(await error(house.apply(plan))).toMatchObject({ code: 'PLAN_STALE' });
    expect(house.sent).toEqual([]);
    expect(await store.query('select * from tierlink.plan')).toEqual([]);
  });

  it('is noticed also where our own write to it was not read back yet, and whatever field was touched', async () => {
    const [adatum] = await twoPartners();
    await house.approved(await house.plan());
    house.crm.update('Account', adatum, { Tier: 'Gold' });
    const plan = choose(await house.plan(), (attribute) => (attribute === 'tier' ? 'ours' : null));
    expect(plan.items).toMatchObject([{ kind: 'drift', choice: 'ours', seenAt: expect.any(String) }]);
    house.clock.time += 60_000;
    house.crm.update('Account', adatum, { Website: 'adatum.example' });
    house.sent.length = 0;
    const refused = await error(house.apply(plan));
    expect(refused).toMatchObject({
      code: 'PLAN_STALE',
      message: expect.stringMatching(/Adatum.* changed it on 2026-03-02 \d\d:\d\d UTC/),
    });
    expect(house.sent).toEqual([]);
  });

  it('between the check and the reading is left alone as a whole, and counted', async () => {
    const [adatum] = await twoPartners();
    const plan = await house.plan();
    beforeRead = (reading) => {
      if (reading === 2) house.crm.update('Account', adatum, { Tier_Status: 'mine' });
    };
    readings = 0;
    house.sent.length = 0;
    const { value } = await house.apply(plan);
    expect(readings).toBe(2);
    expect(value!.unwritten.get('north')).toEqual({ left: 1, waiting: 0, refused: [] });
    expect(house.sent.filter(({ id }) => id === adatum)).toEqual([]);
    expect(house.account(adatum)).toMatchObject({ Tier: null, Tier_Status: 'mine' });
  });

  it('between the reading and the write is left alone, and counted', async () => {
    const [adatum] = await twoPartners();
    const plan = await house.plan();
    let isEdited = false;
    const connector = house.connection.connector();
    const edited: Connector = {
      ...connector,
      changes: (requests) => connector.changes(requests),
      read: (request) => {
        if (request.fields.includes('Tier') && request.ids !== undefined && !isEdited) {
          isEdited = true;
          house.crm.update('Account', adatum, { Tier: 'Gold' });
        }
        return connector.read(request);
      },
    };
    const { value } = await house.apply(plan, {
      configured: [{ ...house.connection, connector: () => edited }],
    });
    expect(isEdited).toBe(true);
    expect(value!.unwritten.get('north')).toEqual({ left: 1, waiting: 0, refused: [] });
    expect(house.account(adatum)).toMatchObject({ Tier: 'Gold', Tier_Status: null });
  });
});

describe('a plan of what only a complete reading shows', () => {
  it('is applied, because the apply reads completely too', async () => {
    const [adatum] = await twoPartners();
    await house.approved(await house.plan());
    await house.pass();
    // As a formula does: another value under the same stamp.
    const deal = house.crm.rows('Deal').find((row) => row.fields.Partner === adatum)!;
    deal.fields.Amount = '7000.00';
    const plan = await house.plan();
    expect(writesOf(plan).map(({ object }) => object)).toContain('Account');
    house.sent.length = 0;
    const { value } = await house.apply(plan);
    expect(value!.unwritten.get('north')).toEqual({ left: 0, waiting: 0, refused: [] });
    expect(house.account(adatum)).toMatchObject({ Tier: 'Gold' });
    expect((await house.plan()).items).toEqual([]);
  });
});

it('each record is looked at once for the plan, and once before anything is written', async () => {
  await twoPartners();
  const plan = await house.plan();
  const ids = writesOf(plan).flatMap(({ crmId }) => crmId ?? []);
  expect(ids.length).toBeGreaterThan(1);
  expect(looks.sort()).toEqual(ids.sort());
  looks = [];
  expect((await house.apply(plan)).state).toBe('succeeded');
  expect(looks.sort()).toEqual(ids.sort());
});

describe('our own writes', () => {
  it('make no plan stale, though the CRM does not show them among its changes yet', async () => {
    const [adatum] = await twoPartners();
    await house.approved(await house.plan());
    house.addDeal(adatum, '9000.00');
    const hide = house.crm.faults.add({ kind: 'lateVisibility', object: 'Account', rows: 2 });
    const plan = await house.plan();
    expect(writesOf(plan).some(({ object }) => object === 'Account')).toBe(true);
    const { value } = await house.apply(plan);
    hide();
    expect(value!.unwritten.get('north')).toEqual({ left: 0, waiting: 0, refused: [] });
    expect(house.account(adatum)).toMatchObject({ Tier: 'Gold' });
  });
});

describe('what a plan leaves behind', () => {
  it('is nothing that waits, where write-back is off', async () => {
    await twoPartners();
    const whole = await house.plan();
    const part = choose(whole, (attribute, { entity }) =>
      entity === 'partner' && attribute === 'tierSummary' ? null : 'skip',
    );
    await house.apply(part);
    expect(house.sent.map(({ object, fields }) => [object, Object.keys(fields).sort()])).toEqual([
      ['Account', ['Our_Id', 'Tier_Summary']],
      ['Account', ['Our_Id', 'Tier_Summary']],
    ]);
    expect(await store.query('select * from tierlink.pending_write')).toEqual([]);
    const rest = writesOf(await house.plan());
    expect(rest).toHaveLength(writesOf(whole).length);
  });

  it('is gone on with by the same file, where a record was locked, also days later', async () => {
    await twoPartners();
    const plan = await house.plan();
    const unlock = house.crm.faults.add({ kind: 'locked', object: 'KPI_Period' });
    const first = await house.apply(plan);
    const { waiting, left } = first.value!.unwritten.get('north')!;
    expect([waiting > 0, left]).toEqual([true, 0]);
    unlock();
    house.clock.time += 2 * 86_400_000;
    const second = await house.apply(plan);
    expect(second.value).toMatchObject({ resumed: true });
    expect(second.value!.unwritten.get('north')).toEqual({ left: 0, waiting: 0, refused: [] });
    expect(await error(house.apply(plan))).toMatchObject({ code: 'PLAN_APPLIED' });
  });

  it('are all of its writes, where each of them is a tier that goes down', async () => {
    const [adatum] = await twoPartners();
    const { id } = await house.approved(await house.plan());
    const undoing = choose(await house.undo(id), (attribute) => (attribute === 'tier' ? null : 'skip'));
    house.sent.length = 0;
    const { state, value } = await house.apply(undoing);
    expect([state, value!.held.length > 0, house.sent]).toEqual(['succeeded', true, []]);
    expect(await error(house.apply(undoing))).toMatchObject({ code: 'PLAN_WAITS' });
    await house.approved(undoing);
    expect(house.account(adatum)).toMatchObject({ Tier: null });
  });
});
