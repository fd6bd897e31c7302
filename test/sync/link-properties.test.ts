import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { isTierlinkError } from '../../src/errors.ts';
import { newRecordId } from '../../src/model/record-id.ts';
import type { Store } from '../../src/store/store.ts';
import { breakLink, makeLink, moveLink } from '../../src/sync/links/changes.ts';
import { ownershipOf } from '../../src/sync/owners.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { expireLeases, Killed, Lifetime, mortalStore } from './dying.ts';
import { openPassHouse, type PassHouse } from './pass-house.ts';

/** Whatever is moved, broken, made, edited, deleted and merged in between: what a person said of links holds. */
let store: Store;
let house: PassHouse;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

const names = ['Acme', 'Bolt', 'Cog', 'Dyne'];
let accounts: string[];

async function openHouse(): Promise<void> {
  await emptyStore(store);
  house = await openPassHouse(store);
  house.engine.ownership = () => ownershipOf([house.connection]);
  accounts = names.map((name) => house.addPartner(name, { Phone: name }));
  for (const [index, account] of accounts.entries()) house.addDeal(account, `${index + 1}000.00`);
  await house.pass();
}

const ownId = (index: number) => newRecordId('partner', 'north', 'Account', accounts[index]!);
const linkOf = (index: number) =>
  ({ connection: 'north', object: 'Account', entity: 'partner', crmId: accounts[index]! }) as const;

/** What the CRM's accounts are here, and what each partner that counts is worth. */
async function stateOf() {
  const links = await store.query(
    `select crm_id, record_id, state, base, merged_into from tierlink.link where object = 'Account' order by crm_id`,
  );
  const partners = await store.query(
    `select p.name, p.phone, (select sum(d.amount * c.weight / 100)::text from tierlink.credit c
       join tierlink.deal d on d.id = c.deal where c.partner = p.id and c.deleted_at is null) as revenue
     from tierlink.partner p where p.in_scope and p.deleted_at is null and p.merged_into is null order by p.id`,
  );
  const credits = await store.query(
    'select id, deal, partner, weight from tierlink.credit where deleted_at is null order by id',
  );
  const frozen = await store.query('select object from tierlink.feed where frozen_reason is not null');
  const left = await store.query('select crm_id from tierlink.takeover');
  return { links, partners, credits, frozen, left };
}

type Step =
  | { what: 'move'; of: number; to: number }
  | { what: 'break'; of: number }
  | { what: 'make'; of: number; to: number }
  | { what: 'edit'; of: number; name: string }
  | { what: 'copyId'; of: number; from: number }
  | { what: 'merge'; winner: number; loser: number }
  | { what: 'full' };

const of = fc.nat({ max: names.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constant('move' as const), of, to: of }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('break' as const), of }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('make' as const), of, to: of }) },
  fc.record({ what: fc.constant('edit' as const), of, name: fc.constantFrom('New', 'Newer') }),
  fc.record({ what: fc.constant('copyId' as const), of, from: of }),
  fc.record({ what: fc.constant('merge' as const), winner: of, loser: of }),
  fc.record({ what: fc.constant('full' as const) }),
);

/** What a person has said of each account: broken, a record, or nothing yet. A refused word says nothing. */
async function play(event: Step, said: Map<number, string>): Promise<void> {
  const { engine, crm } = house;
  const isThere = (index: number) => crm.find('Account', accounts[index]!) !== undefined;
  if (event.what === 'edit' && isThere(event.of))
    crm.update('Account', accounts[event.of]!, { Name: event.name });
  if (event.what === 'copyId' && isThere(event.of) && event.of !== event.from)
    crm.update('Account', accounts[event.of]!, { Our_Id: ownId(event.from) });
  if (event.what === 'merge' && event.winner !== event.loser && isThere(event.winner) && isThere(event.loser))
    crm.merge('Account', accounts[event.winner]!, accounts[event.loser]!);
  try {
    if (event.what === 'move') {
      await moveLink(engine, { link: linkOf(event.of), to: ownId(event.to), reason: null });
      said.set(event.of, ownId(event.to));
    }
    if (event.what === 'break') {
      await breakLink(engine, { link: linkOf(event.of), reason: null });
      said.set(event.of, 'broken');
    }
    if (event.what === 'make') {
      await makeLink(engine, { link: linkOf(event.of), to: ownId(event.to), reason: null });
      said.set(event.of, ownId(event.to));
    }
  } catch (error) {
    if (!isTierlinkError(error) || !error.code.startsWith('LINK_')) throw error;
  }
}

it('no pull, merge or copied id makes a broken link again, and none takes a moved one back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 7 }), async (steps) => {
      await openHouse();
      const said = new Map<number, string>();
      for (const event of steps) {
        await play(event, said);
        await house.pass(event.what === 'full' ? { full: true } : {});
        for (const [index, word] of said) {
          const [row] = await store.query<{ record_id: string; state: string }>(
            `select record_id, state from tierlink.link where crm_id = $1 and entity = 'partner'`,
            [accounts[index]!],
          );
          if (word === 'broken') expect(row!.state).toBe('broken');
          else {
            expect(row!.state).not.toBe('broken');
            if (row!.state === 'live') expect(row!.record_id).toBe(word);
          }
        }
      }
      expect((await stateOf()).frozen).toEqual([]);
    }),
    { numRuns: Number(process.env.TIERLINK_LINK_RUNS ?? 5) },
  );
}, 300_000);

it('moving a link there and back, and breaking and making it, leaves what was', async () => {
  await openHouse();
  const before = await stateOf();
  for (const [from, to] of [
    [1, 0],
    [3, 2],
  ] as const) {
    await moveLink(house.engine, { link: linkOf(from), to: ownId(to), reason: null });
    await house.pass();
    expect(await stateOf()).not.toEqual(before);
    await moveLink(house.engine, { link: linkOf(from), to: ownId(from), reason: null });
    await house.pass();
    expect(await stateOf()).toEqual(before);
    await breakLink(house.engine, { link: linkOf(from), reason: null });
    await house.pass();
    await makeLink(house.engine, { link: linkOf(from), to: ownId(from), reason: null });
    await house.pass();
    expect(await stateOf()).toEqual(before);
  }
});

it('killed after any step, what was asked for is done or not, and asking again ends the same', async () => {
  await openHouse();
  const ask = (engine: PassHouse['engine']) =>
    moveLink(engine, { link: linkOf(1), to: ownId(0), reason: null });
  await ask(house.engine);
  await house.pass();
  const clean = await stateOf();
  for (let after = 1; ; after += 1) {
    await openHouse();
    const life = new Lifetime(after);
    const died = await ask({ ...house.engine, store: mortalStore(store, life) }).then(
      () => false,
      (error: unknown) => {
        if (!(error instanceof Killed)) throw error;
        return true;
      },
    );
    await expireLeases(store);
    const [{ moves }] = (await store.query<{ moves: number }>(
      `select count(*)::int as moves from tierlink.audit where action = 'move_link'`,
    )) as [{ moves: number }];
    const again = await ask(house.engine).then(
      () => 'moved',
      (error: unknown) => (isTierlinkError(error) ? error.code : error),
    );
    expect({ after, again }).toEqual({ after, again: moves === 1 ? 'LINK_SAME' : 'moved' });
    await house.pass();
    expect({ after, ...(await stateOf()) }).toEqual({ after, ...clean });
    if (!died) break;
  }
}, 120_000);
