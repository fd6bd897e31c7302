import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { expectClassifiedAlike } from './classified.ts';
import { choose, openPlanHouse, type PlanHouse, type SentRow, writesOf } from './plan-house.ts';

/** Whatever people in the CRM and the program have done meanwhile: what a plan says is what is written, and nothing else. */
let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

/** One thing that happens on either side. `of`: the how-manieth record. */
type Drift =
  | { what: 'edit'; of: number; field: 'Region' | 'Phone' | 'Tier_Summary' | 'Name'; value: string }
  | { what: 'tier'; of: number; value: 'Bronze' | 'Silver' | 'Gold' }
  | { what: 'win'; of: number; amount: string }
  | { what: 'lose'; of: number }
  | { what: 'ours'; of: number; attribute: 'region' | 'phone'; value: string }
  | { what: 'join'; name: string }
  | { what: 'leave'; of: number };

const of = fc.nat({ max: 3 });
const word = fc.constantFrom('North', 'South', 'East', '1', '22');
const drift: fc.Arbitrary<Drift> = fc.oneof(
  fc.record({
    what: fc.constant('edit' as const),
    of,
    field: fc.constantFrom('Region' as const, 'Phone' as const, 'Tier_Summary' as const, 'Name' as const),
    value: word,
  }),
  fc.record({
    what: fc.constant('tier' as const),
    of,
    value: fc.constantFrom('Bronze' as const, 'Silver' as const, 'Gold' as const),
  }),
  fc.record({
    what: fc.constant('win' as const),
    of,
    amount: fc.constantFrom('900.00', '2000.00', '6000.00'),
  }),
  fc.record({ what: fc.constant('lose' as const), of }),
  fc.record({
    what: fc.constant('ours' as const),
    of,
    attribute: fc.constantFrom('region' as const, 'phone' as const),
    value: word,
  }),
  fc.record({ what: fc.constant('join' as const), name: fc.constantFrom('Fabrikam', 'Tailspin') }),
  fc.record({ what: fc.constant('leave' as const), of }),
);

async function happen(house: PlanHouse, event: Drift): Promise<void> {
  house.clock.time += 60_000;
  const accounts = house.crm.rows('Account');
  const account = 'of' in event ? accounts[event.of % accounts.length] : undefined;
  if (event.what === 'join') house.addPartner(event.name, { Phone: '1', Region: 'North' });
  if (account === undefined) return;
  if (event.what === 'edit') house.crm.update('Account', account.id, { [event.field]: event.value });
  if (event.what === 'tier') house.crm.update('Account', account.id, { Tier: event.value });
  if (event.what === 'win') house.addDeal(account.id, event.amount);
  if (event.what === 'leave') house.crm.update('Account', account.id, { Kind: 'Customer' });
  if (event.what === 'lose') {
    const deal = house.crm.rows('Deal').find((row) => row.fields.Partner === account.id);
    if (deal !== undefined) house.crm.update('Deal', deal.id, { Won: false });
  }
  if (event.what !== 'ours') return;
  const now = new Date(house.clock.now()).toISOString();
  await store.query(
    `with changed as (
       update tierlink.partner p set ${event.attribute} = $2, known_from = $3::timestamptz
       from tierlink.link l where l.crm_id = $1 and l.entity = 'partner' and p.id = l.record_id returning p.id)
     insert into tierlink.outbox (entity, record_id, since) select 'partner', id, $3::timestamptz from changed
     on conflict do nothing`,
    [account.id, event.value, now],
  );
}

async function livedIn(events: readonly Drift[]): Promise<PlanHouse> {
  await emptyStore(store);
  const house = await openPlanHouse(store);
  for (const [index, name] of ['Adatum', 'Contoso', 'Northwind'].entries()) {
    const id = house.addPartner(name, { Phone: '1', Region: 'North' });
    if (index > 0) house.addDeal(id, '2000.00');
  }
  await house.pass();
  await house.approved(await house.plan());
  house.sent.length = 0;
  for (const event of events) await happen(house, event);
  return house;
}

const events = fc.array(drift, { minLength: 1, maxLength: 7 });
/** Our id in the key field goes along with other fields of a record that does not have it yet. */
const keyField = 'Our_Id';

function fieldsSent(rows: readonly SentRow[]): string[] {
  return rows
    .filter(({ object }) => object !== 'Status')
    .flatMap(({ object, id, key, fields }) =>
      Object.entries(fields)
        .filter(([field]) => field !== keyField)
        .map(([field, value]) =>
          JSON.stringify([object, id ?? key, field, field === 'Account' ? '' : value]),
        ),
    )
    .sort();
}

it('apply writes what the plan says, field by field, and then there is nothing to write', async () => {
  await fc.assert(
    fc.asyncProperty(events, fc.constantFrom('ours' as const, 'skip' as const), async (happened, side) => {
      const house = await livedIn(happened);
      // What people decide about conflicts is written as decided; a tier of theirs stays as it is.
      const plan = choose(await house.plan(), (_attribute, item) => ('ours' in item ? side : null));
      const planned = [
        ...writesOf(plan).flatMap(({ object, crmId, recordId, changes }) =>
          changes.map(({ label, after }) => [
            object,
            crmId ?? recordId,
            label,
            label === 'Account' ? '' : after,
          ]),
        ),
        ...plan.items.flatMap((item) =>
          'ours' in item && item.choice === 'ours' ? [[item.object, item.crmId, item.label, item.ours]] : [],
        ),
      ].map((each) => JSON.stringify(each));
      const { value } = await house.approved(plan);
      const { left, waiting } = value!.unwritten.get('north') ?? { left: 0, waiting: 0 };
      expect({ left, waiting }).toEqual({ left: 0, waiting: 0 });
      expect(fieldsSent(house.sent)).toEqual(planned.sort());
      const after = await house.plan();
      expect(writesOf(after)).toEqual([]);
      house.sent.length = 0;
      await house.approved(after);
      expect(fieldsSent(house.sent)).toEqual([]);
    }),
    { numRuns: 8 },
  );
});

it('a dry run and the run classify the same records alike', async () => {
  await fc.assert(
    fc.asyncProperty(events, async (happened) => {
      await expectClassifiedAlike(await livedIn(happened));
    }),
    { numRuns: 8 },
  );
});

it('undo puts back each field that nobody touched and lists the others, and a pass leaves it so', async () => {
  await fc.assert(
    fc.asyncProperty(events, fc.array(drift, { maxLength: 2 }), async (happened, since) => {
      const house = await livedIn(happened);
      const before = accountsOf(house);
      const run = await house.approved(await house.plan());
      if (!house.sent.some(({ object, id }) => object === 'Account' && id !== undefined)) return;
      const written = accountsOf(house);
      for (const event of since)
        if (event.what === 'edit' || event.what === 'tier') await happen(house, event);
      const edited = accountsOf(house);
      const undo = await house.undo(run.id);
      await house.approved(undo);
      const after = accountsOf(house);
      for (const [place, value] of after) {
        const isOurs = written.get(place) !== before.get(place) && !place.endsWith(keyField);
        const isUntouched = edited.get(place) === written.get(place);
        expect([place, value]).toEqual([
          place,
          isOurs && isUntouched ? before.get(place) : edited.get(place),
        ]);
      }
      await house.turnOn();
      house.sent.length = 0;
      await house.pass();
      expect(new Map([...accountsOf(house)].filter(([place]) => !isFollowing(place)))).toEqual(
        new Map([...after].filter(([place]) => !isFollowing(place))),
      );
    }),
    { numRuns: 6 },
  );
});

/** What may be another value with the next evaluation, whatever was undone. */
function isFollowing(place: string): boolean {
  return /Tier_(Decision|Summary|Status|Next_Review|Since)$/.test(place) || place.endsWith(keyField);
}

function accountsOf(house: PlanHouse): Map<string, unknown> {
  return new Map(
    house.crm
      .rows('Account')
      .flatMap(({ id, fields }) =>
        Object.entries(fields).map(([field, value]) => [`${id} ${field}`, value ?? null] as const),
      ),
  );
}
