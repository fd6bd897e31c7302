import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { isTierlinkError } from '../../src/errors.ts';
import { newRecordId } from '../../src/model/record-id.ts';
import type { Store } from '../../src/store/store.ts';
import { breakLink, makeLink, moveLink, setApart } from '../../src/sync/links/changes.ts';
import type { CrmRecordRef } from '../../src/sync/links/move.ts';
import { ownershipOf } from '../../src/sync/owners.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { openPassHouse, type PassHouse } from './pass-house.ts';

let store: Store;
let house: PassHouse;
let acme: string;
let twin: string;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

/** Two accounts, each a partner of its own with deals: 4,000 and 2,000. */
beforeEach(async () => {
  await emptyStore(store);
  house = await openPassHouse(store);
  // As a project has it.
  house.engine.ownership = () => ownershipOf([house.connection]);
  acme = house.addPartner('Acme', { Phone: '1' });
  twin = house.addPartner('Acme Twin', { Phone: '2' });
  house.addDeal(acme, '4000.00');
  house.addDeal(twin, '2000.00');
  await house.pass();
});

const account = (crmId: string): CrmRecordRef => ({
  connection: 'north',
  object: 'Account',
  entity: 'partner',
  crmId,
});
const ownId = (crmId: string) => newRecordId('partner', 'north', 'Account', crmId);
const why = { reason: 'the same company' };

/** Partners that count, with what their deals won come to. */
async function revenue(): Promise<Record<string, string>> {
  const rows = await store.query<{ name: string; sum: string | null }>(
    `select p.name, sum(d.amount * c.weight / 100)::text as sum from tierlink.partner p
     left join tierlink.credit c on c.partner = p.id and c.deleted_at is null
     left join tierlink.deal d on d.id = c.deal where p.in_scope and p.deleted_at is null and p.merged_into is null
     group by p.id, p.name order by p.name`,
  );
  return Object.fromEntries(rows.map(({ name, sum }) => [name, String(Number(sum))]));
}

async function linkOf(crmId: string): Promise<Record<string, unknown>> {
  const [row] = await store.query(
    'select record_id, state, keyed from tierlink.link where crm_id = $1 and entity = $2',
    [crmId, 'partner'],
  );
  return row!;
}

async function tiers(): Promise<Record<string, string | null>> {
  const rows = await store.query<{ id: string; tier: string }>(
    'select partner_id as id, tier from tierlink.tier_state where closed_at is null order by 1',
  );
  return Object.fromEntries(rows.map(({ id, tier }) => [id, tier]));
}

describe('moving a link', () => {
  it('takes the record of the CRM and what points to it along, and leaves the former one with its history', async () => {
    const change = await moveLink(house.engine, { link: account(twin), to: ownId(acme), ...why });
    expect(change).toMatchObject({
      before: { recordId: ownId(twin), name: 'Acme Twin', state: 'live' },
      after: { recordId: ownId(acme), name: 'Acme', state: 'live' },
      leaves: ownId(twin),
      returns: null,
      follow: [{ entity: 'deal', records: 1 }],
    });
    await house.pass();
    // Of two records of the CRM the older one decides what the partner is called.
    expect(await revenue()).toEqual({ Acme: '6000' });
    house.crm.update('Account', twin, { Name: 'Acme Twin AB', Phone: '3' });
    await house.pass();
    expect(await revenue()).toEqual({ Acme: '6000' });
    expect(await linkOf(twin)).toMatchObject({ record_id: ownId(acme), state: 'live' });
    const [former] = await store.query<{ decisions: number; in_scope: boolean }>(
      `select in_scope, (select count(*)::int from tierlink.decision d where d.partner_id = p.id) as decisions
       from tierlink.partner p where id = $1`,
      [ownId(twin)],
    );
    expect(former?.in_scope).toBe(false);
    expect(former?.decisions).toBeGreaterThan(0);
    expect(await tiers()).toMatchObject({ [ownId(acme)]: 'gold' });
  });

  it('is undone by moving it back, with the same figures', async () => {
    const before = await revenue();
    await moveLink(house.engine, { link: account(twin), to: ownId(acme), ...why });
    await house.pass();
    await moveLink(house.engine, { link: account(twin), to: ownId(twin), reason: 'a mistake' });
    await house.pass();
    expect(await revenue()).toEqual(before);
    expect(await linkOf(twin)).toMatchObject({ record_id: ownId(twin), state: 'live' });
    expect((await tiers())[ownId(twin)]).toBe('silver');
  });

  it('brings a record that the CRM deleted back, with its history, where the CRM has it anew', async () => {
    house.crm.remove('Account', acme);
    const again = house.addPartner('Acme', { Phone: '9' });
    await house.pass();
    const change = await moveLink(house.engine, { link: account(again), to: ownId(acme), ...why });
    expect(change).toMatchObject({ leaves: ownId(again), returns: ownId(acme) });
    await house.pass();
    const [partner] = await store.query('select phone, deleted_at from tierlink.partner where id = $1', [
      ownId(acme),
    ]);
    expect(partner).toEqual({ phone: '9', deleted_at: null });
  });

  it('writes nothing to the CRM by itself, and forgets what was planned for the former record', async () => {
    await house.turnOn();
    await house.pass();
    await store.query(`update tierlink.partner set phone = '7', known_from = now() where id = $1`, [
      ownId(twin),
    ]);
    await store.query(
      `insert into tierlink.pending_write (connection, object, entity, record_id, crm_id, attributes, before, lane, state,
         since) values ('north', 'Account', 'partner', $1, $2, '{"phone": "7"}', '{}', 1, 'due', now())`,
      [ownId(twin), twin],
    );
    const before = house.account(twin);
    const change = await moveLink(house.engine, { link: account(twin), to: ownId(acme), ...why });
    expect(change.dropped).toBe(1);
    expect(house.account(twin)).toEqual(before);
    await house.pass();
    // Both are one partner now, of which the older record decides what either side may change.
    expect([house.account(twin).Phone, house.account(acme).Phone]).toEqual(['1', '1']);
  });

  it('is refused while a write is on its way', async () => {
    await store.query(
      `insert into tierlink.pending_write (connection, object, entity, record_id, crm_id, attributes, before, lane, state,
         since) values ('north', 'Account', 'partner', $1, $2, '{}', '{}', 1, 'in_flight', now())`,
      [ownId(twin), twin],
    );
    const moving = moveLink(house.engine, { link: account(twin), to: ownId(acme), ...why });
    await expect(moving).rejects.toMatchObject({ code: 'LINK_WRITING' });
    expect(await linkOf(twin)).toMatchObject({ record_id: ownId(twin) });
  });
});

describe('breaking a link', () => {
  it('leaves the record out whatever is read of it, until it is made again', async () => {
    const change = await breakLink(house.engine, { link: account(twin), reason: 'a test account' });
    expect(change).toMatchObject({ after: { recordId: null, state: 'broken' }, leaves: ownId(twin) });
    house.crm.update('Account', twin, { Phone: '5', Name: 'Acme Twin AB' });
    const run = await house.pass({ full: true });
    expect(run.value?.connections[0]?.error).toBeNull();
    expect(await revenue()).toEqual({ Acme: '4000' });
    const frozen = await store.query('select object from tierlink.feed where frozen_reason is not null');
    expect(frozen).toEqual([]);
    expect(await linkOf(twin)).toMatchObject({ state: 'broken' });

    const made = await makeLink(house.engine, { link: account(twin), to: ownId(twin), ...why });
    expect(made.after).toMatchObject({ recordId: ownId(twin), state: 'out_of_scope' });
    await house.pass();
    expect(await revenue()).toEqual({ Acme: '4000', 'Acme Twin AB': '2000' });
  });

  it('holds when the record is deleted in the CRM, comes back, or is merged there', async () => {
    await breakLink(house.engine, { link: account(twin), ...why });
    house.crm.remove('Account', twin);
    await house.pass();
    expect(await revenue()).toEqual({ Acme: '4000' });
    house.crm.restore('Account', twin);
    await house.pass();
    expect(await linkOf(twin)).toMatchObject({ state: 'broken' });
    house.crm.merge('Account', acme, twin);
    await house.pass();
    expect(Object.keys(await revenue())).toEqual(['Acme']);
    expect(await linkOf(twin)).toMatchObject({ state: 'broken' });
    expect(await store.query('select object from tierlink.feed where frozen_reason is not null')).toEqual([]);
  });
});

describe('what is refused', () => {
  const refused = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    return isTierlinkError(error) ? error.code : error;
  };

  it('says why, and changes nothing', async () => {
    const { engine } = house;
    const link = account(twin);
    expect(await refused(moveLink(engine, { link: account('nope'), to: ownId(acme), ...why }))).toBe(
      'LINK_UNKNOWN',
    );
    expect(await refused(moveLink(engine, { link, to: ownId(twin), ...why }))).toBe('LINK_SAME');
    expect(await refused(makeLink(engine, { link, to: ownId(acme), ...why }))).toBe('LINK_TAKEN');
    expect(await refused(moveLink(engine, { link, to: 'dea_00000000000000000000', ...why }))).toBe(
      'LINK_ENTITY',
    );
    expect(await refused(moveLink(engine, { link, to: 'ptr_00000000000000000000', ...why }))).toBe(
      'LINK_RECORD_UNKNOWN',
    );
    await breakLink(engine, { link, ...why });
    expect(await refused(breakLink(engine, { link, ...why }))).toBe('LINK_BROKEN');
    expect(await refused(moveLink(engine, { link, to: ownId(acme), ...why }))).toBe('LINK_BROKEN');
    house.crm.remove('Account', acme);
    await house.pass();
    expect(await refused(breakLink(engine, { link: account(acme), ...why }))).toBe('LINK_ENDED');
  });

  it('is told while a sync works on the object', async () => {
    await store.query(
      `insert into tierlink.lease (key, holder, epoch, expires_at, acquired_at)
       values ('pull:north:Account', 'another', 9, now() + interval '1 hour', now())
       on conflict (key) do update set holder = 'another', expires_at = now() + interval '1 hour'`,
    );
    const busy = breakLink(house.engine, { link: account(twin), ...why });
    expect(await refused(busy)).toBe('LINK_BUSY');
  });

  it('is only tried with a dry run', async () => {
    const change = await breakLink(house.engine, { link: account(twin), dryRun: true, ...why });
    expect(change.leaves).toBe(ownId(twin));
    expect(await linkOf(twin)).toMatchObject({ state: 'live' });
    expect(await store.query(`select action from tierlink.audit where action like '%_link'`)).toEqual([]);
  });
});

describe('records that a person keeps apart', () => {
  it('are not joined when the CRM merges the record that went from one to the other', async () => {
    const other = house.addPartner('Other');
    await house.pass();
    await moveLink(house.engine, { link: account(twin), to: ownId(other), ...why });
    await house.pass();
    house.crm.merge('Account', acme, other);
    await setApart(house.engine, {
      entity: 'partner',
      records: [ownId(acme), ownId(other)],
      reason: 'two companies',
      takeBack: false,
    });
    await house.pass();
    const rows = await store.query('select id from tierlink.partner where merged_into is not null');
    expect(rows).toEqual([]);
  });

  it('are noted once, however often the same is said, and anew with another reason', async () => {
    const other = house.addPartner('Other');
    await house.pass();
    const records = [ownId(acme), ownId(other)] as const;
    for (const reason of ['two companies', 'two companies', 'by contract'])
      await setApart(house.engine, { entity: 'partner', records, reason, takeBack: false });
    const rows = await store.query(`select why from tierlink.audit where action = 'keep_apart' order by id`);
    expect(rows).toEqual([{ why: 'two companies' }, { why: 'by contract' }]);
  });

  it('are noted in the audit with who, why, before and after', async () => {
    await moveLink({ ...house.engine, actor: 'ann' }, { link: account(twin), to: ownId(acme), ...why });
    const rows = await store.query(
      `select action, record_id, before, after, actor, why from tierlink.audit where action like '%_link'`,
    );
    expect(rows).toEqual([
      {
        action: 'move_link',
        record_id: ownId(acme),
        before: { record: ownId(twin), state: 'live' },
        after: { record: ownId(acme), state: 'live' },
        actor: 'ann',
        why: 'the same company',
      },
    ]);
  });
});
