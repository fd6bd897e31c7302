import { describe, expect, it } from '@jest/globals';
import { defaultMatching } from '../../src/model/match-keys.ts';
import type { Store } from '../../src/store/store.ts';
import { acceptMatch, refuseMatch } from '../../src/sync/match/decide.ts';
import { listMatches, withoutChoice } from '../../src/sync/match/matches.ts';
import { undoMatch } from '../../src/sync/match/undo.ts';
import { listDifferences } from '../../src/sync/push/differences.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { type MatchHouse, openMatchHouse } from '../sync/match-house.ts';
import type { PassHouse } from '../sync/pass-house.ts';

let store: Store;
let world: MatchHouse;
let north: PassHouse;
let south: PassHouse;

storeForEach(async (opened) => {
  store = opened;
  world = await openMatchHouse(store);
  north = world.houses.north!;
  south = world.houses.south!;
});

const revenue = async (partner: string) =>
  (
    await store.query<{ numerator: string }>(
      `select numerator from tierlink.kpi_value where partner_id = $1 and kpi = 'revenue'`,
      [partner],
    )
  )[0]?.numerator;

const tierOf = async (partner: string) =>
  (
    await store.query<{ tier: string }>(
      'select tier from tierlink.tier_state where partner_id = $1 and closed_at is null',
      [partner],
    )
  )[0]?.tier;

/** The rules of a project whose CRMs share one numbering. */
const byNumber = { partner: { ...defaultMatching, numberAlone: true } };

describe('a partner that two CRMs hold under one number', () => {
  it('is one partner with both links, and the deals of both count once', async () => {
    const here = north.addPartner('Northwind', { Number: 'P-0042' });
    const there = south.addPartner('Northwind Inc.', {
      Number: ' p-0042',
      Website: 'https://northwind.example',
    });
    north.addDeal(here, '400.00');
    south.addDeal(there, '1500.00');
    const run = await world.pass();
    expect(run.value?.matching).toMatchObject({ joined: [{ rule: 'number', key: 'p-0042' }], proposed: 0 });
    expect(await world.partners()).toEqual({ Northwind: ['north', 'south'] });
    const id = world.idOf('north', here);
    expect(await revenue(id)).toBe('1900');
    expect(await store.query('select website from tierlink.partner where id = $1', [id])).toEqual([
      { website: 'https://northwind.example' },
    ]);
    expect(await store.query(`select action, actor from tierlink.audit where action = 'match'`)).toEqual([
      { action: 'match', actor: 'tierlink' },
    ]);
  });
});

describe('two companies that carry one number by chance', () => {
  it('are proposed, and joined only where the project says that a number is enough', async () => {
    north.addPartner('Northwind', { Number: '42', Phone: '111' });
    south.addPartner('Tailspin', { Number: '42', Phone: '222' });
    const run = await world.pass();
    expect(run.value?.matching).toMatchObject({ joined: [], proposed: 1 });
    expect(await world.partners()).toEqual({ Northwind: ['north'], Tailspin: ['south'] });
    expect(await listMatches(store)).toMatchObject([
      { state: 'open', rule: 'number', agreed: [{ rule: 'number', key: '42' }] },
    ]);
    const engine = { ...world.engine, matching: { ...world.engine.matching!, ...byNumber } };
    await world.pass(undefined, { engine });
    expect(await world.partners()).toEqual({ Northwind: ['north', 'south'] });
  });

  it('are joined by themselves once they agree under a second rule, which the match tells', async () => {
    north.addPartner('Northwind', { Number: '42', Website: 'northwind.example' });
    const there = south.addPartner('NWT', { Number: '42', Website: 'https://linkedin.com/company/nwt' });
    await world.pass();
    expect(await listMatches(store)).toMatchObject([{ state: 'open' }]);
    south.crm.update('Account', there, { Website: 'https://www.northwind.example/en' });
    await world.pass();
    expect(await listMatches(store)).toMatchObject([
      {
        state: 'joined',
        decidedBy: 'tierlink',
        agreed: [
          { rule: 'number', key: '42' },
          { rule: 'domain', key: 'northwind.example' },
        ],
      },
    ]);
  });
});

describe('partners that only look alike', () => {
  const website = 'https://www.contoso.example/en';

  it('stay two until a person accepts the proposal, then the deals of both count once', async () => {
    const here = north.addPartner('Contoso', { Website: website });
    const there = south.addPartner('Contoso Cloud', { Website: 'http://contoso.example' });
    north.addDeal(here, '400.00');
    south.addDeal(there, '1500.00');
    const run = await world.pass();
    expect(run.value?.matching).toMatchObject({ joined: [], proposed: 1, open: 1 });
    expect(await world.partners()).toEqual({ Contoso: ['north'], 'Contoso Cloud': ['south'] });
    expect(await revenue(world.idOf('north', here))).toBe('400');
    const [open] = await listMatches(store);
    expect(open).toMatchObject({ id: 'm-000001', rule: 'domain', key: 'contoso.example', state: 'open' });
    const engine = { ...world.engine, actor: 'ann' };
    expect(await acceptMatch(engine, 'M-000001')).toMatchObject({ survivor: world.idOf('north', here) });
    await world.pass();
    expect(await world.partners()).toEqual({ Contoso: ['north', 'south'] });
    expect(await revenue(world.idOf('north', here))).toBe('1900');
    expect(await listMatches(store)).toMatchObject([{ state: 'joined', decidedBy: 'ann' }]);
    await expect(acceptMatch(engine, 'm-000001')).rejects.toMatchObject({ code: 'MATCH_DECIDED' });
    await expect(acceptMatch(engine, 'm-000009')).rejects.toMatchObject({ code: 'MATCH_UNKNOWN' });
  });

  it('stay two for good once they are refused, whatever they shared then, also with another number in common', async () => {
    const here = north.addPartner('Contoso', { Website: website });
    const there = south.addPartner('Contoso Inc', { Website: website });
    await world.pass();
    await refuseMatch({ ...world.engine, actor: 'ann' }, 'm-000001', 'two companies');
    north.crm.update('Account', here, { Phone: '1' });
    south.crm.update('Account', there, { Website: 'contoso.example/other' });
    await world.pass(undefined, { full: true });
    expect(await world.matches()).toEqual([
      { pair: 'Contoso + Contoso Inc', rule: 'domain', state: 'refused' },
    ]);
    north.crm.update('Account', here, { Number: '7' });
    south.crm.update('Account', there, { Number: '7' });
    const run = await world.pass();
    expect(run.value?.matching).toMatchObject({ joined: [], proposed: 1 });
    expect(await world.matches()).toEqual([
      { pair: 'Contoso + Contoso Inc', rule: 'domain', state: 'refused' },
      { pair: 'Contoso + Contoso Inc', rule: 'number', state: 'open' },
    ]);
  });

  it('are proposed and not joined where one CRM has two with the number, until there is no choice any more', async () => {
    north.addPartner('Fabrikam', { Number: 'F-1' });
    const twin = south.addPartner('Fabrikam East', { Number: 'F-1' });
    south.addPartner('Fabrikam Inc', { Number: 'F-1' });
    const run = await world.pass();
    expect(run.value?.matching).toMatchObject({ joined: [], proposed: 2 });
    expect(await world.matches()).toEqual([
      { pair: 'Fabrikam + Fabrikam East', rule: 'number', state: 'open' },
      { pair: 'Fabrikam + Fabrikam Inc', rule: 'number', state: 'open' },
    ]);
    expect(withoutChoice(await listMatches(store))).toEqual([]);
    south.crm.remove('Account', twin);
    await world.pass();
    expect(await world.matches()).toEqual([
      { pair: 'Fabrikam + Fabrikam Inc', rule: 'number', state: 'joined' },
    ]);
  });

  it('are never matched within one CRM', async () => {
    north.addPartner('Adatum', { Number: '1', Website: website });
    north.addPartner('Adatum', { Number: '1', Website: website });
    await world.pass();
    expect(await world.matches()).toEqual([]);
  });
});

describe('a matched partner of which each attribute has an owner', () => {
  const owners = { partner: { default: ['north', 'south'], phone: ['south', 'north'] } };

  it('takes each value from its owner in the next pass, tells the other CRM, and is quiet after that', async () => {
    world = await openMatchHouse(store, ['north', 'south'], {}, owners);
    north = world.houses.north!;
    south = world.houses.south!;
    await world.pass();
    const here = north.addPartner('Northwind', { Number: '42', Phone: '111' });
    const there = south.addPartner('Northwind Inc', { Number: '42', Phone: '222' });
    await north.turnOn();
    await south.turnOn();
    await world.pass();
    await world.pass();
    const ours = await store.query('select name, phone from tierlink.partner where id = $1', [
      world.idOf('north', here),
    ]);
    expect(ours).toEqual([{ name: 'Northwind', phone: '222' }]);
    expect(north.account(here)).toMatchObject({ Phone: '222' });
    expect(south.account(there)).toMatchObject({ Phone: '222' });
    expect(await store.query('select from tierlink.takeover')).toEqual([]);
    const before = south.crm.rows('Account').length;
    const quiet = await world.pass(undefined, { full: true });
    for (const { push } of quiet.value!.connections)
      expect(push?.total).toMatchObject({ created: 0, updated: 0, rejected: 0 });
    expect(south.crm.rows('Account')).toHaveLength(before);
  });

  it('gets its own values back when the match is undone', async () => {
    world = await openMatchHouse(store, ['north', 'south'], byNumber, owners);
    north = world.houses.north!;
    south = world.houses.south!;
    north.addPartner('Northwind', { Number: '42', Phone: '111' });
    south.addPartner('Tailspin', { Number: '42', Phone: '222' });
    await world.pass();
    await undoMatch({ ...world.engine, actor: 'ann' }, 'm-000001', 'same number by mistake');
    await world.pass();
    expect(await store.query('select name, phone from tierlink.partner order by name')).toEqual([
      { name: 'Northwind', phone: '111' },
      { name: 'Tailspin', phone: '222' },
    ]);
    expect(await store.query('select from tierlink.takeover')).toEqual([]);
  });
});

describe('a match that was a mistake', () => {
  it('is undone: links, deals, values and tiers go back, and it is not made again', async () => {
    world = await openMatchHouse(store, ['north', 'south'], byNumber);
    north = world.houses.north!;
    south = world.houses.south!;
    const here = north.addPartner('Northwind', { Number: '42', Phone: '111' });
    const there = south.addPartner('Tailspin', { Number: '42', Website: 'tailspin.example', Phone: '222' });
    north.addDeal(here, '400.00');
    south.addDeal(there, '6000.00');
    south.crm.update('Account', there, { Number: null });
    await world.pass();
    const [one, other] = [world.idOf('north', here), world.idOf('south', there)];
    expect(await tierOf(other)).toBe('gold');
    south.crm.update('Account', there, { Number: '42' });
    await world.pass();
    expect(await world.partners()).toEqual({ Northwind: ['north', 'south'] });
    expect(await tierOf(one)).toBe('gold');
    const later = south.addDeal(there, '2000.00');
    south.crm.update('Account', there, { Name: 'Tailspin Toys' });
    await world.pass();
    expect(await revenue(one)).toBe('8400');

    const undone = await undoMatch({ ...world.engine, actor: 'ann' }, 'm-000001', 'same number by mistake');
    expect(undone).toMatchObject({ survivor: one, joined: other, reads: ['north', 'south'] });
    const credited = await store.query(
      `select c.partner from tierlink.credit c join tierlink.link l on l.entity = 'deal' and l.record_id = c.deal
       where l.connection = 'south' and l.crm_id = $1`,
      [later],
    );
    expect(credited).toEqual([{ partner: other }]);
    await world.pass();
    expect(await world.partners()).toEqual({ Northwind: ['north'], 'Tailspin Toys': ['south'] });
    expect([await revenue(one), await revenue(other)]).toEqual(['400', '8000']);
    expect(await tierOf(other)).toBe('gold');
    const rows = await store.query('select name, phone, website from tierlink.partner order by name');
    expect(rows).toEqual([
      { name: 'Northwind', phone: '111', website: null },
      { name: 'Tailspin Toys', phone: '222', website: 'tailspin.example' },
    ]);
    await world.pass(undefined, { full: true });
    expect(await world.matches()).toEqual([
      { pair: 'Northwind + Tailspin Toys', rule: 'number', state: 'undone' },
    ]);
    await expect(undoMatch(world.engine, 'm-000001')).rejects.toMatchObject({ code: 'MATCH_NOT_JOINED' });
  });
});

describe('a match that is undone after people went on working in both CRMs', () => {
  const open = async (phoneOwners: string[]) => {
    const owners = { partner: { default: ['north', 'south'], phone: phoneOwners } };
    world = await openMatchHouse(store, ['north', 'south'], byNumber, owners);
    north = world.houses.north!;
    south = world.houses.south!;
    await world.pass();
    const here = north.addPartner('Northwind', { Number: '42', Phone: '111' });
    const there = south.addPartner('Tailspin', { Number: '42', Phone: '222' });
    await north.turnOn();
    await south.turnOn();
    await world.pass();
    await world.pass();
    return { here, there };
  };
  const undo = () => undoMatch({ ...world.engine, actor: 'ann' }, 'm-000001', 'same number by mistake');
  const phones = async ({ here, there }: { here: string; there: string }) => ({
    crms: [north.account(here).Phone, south.account(there).Phone],
    ours: (await store.query<{ phone: string }>('select phone from tierlink.partner order by name')).map(
      ({ phone }) => phone,
    ),
  });

  it.each(['north', 'south'])(
    'gives each its own value, and that of the %s is the newest',
    async (edited) => {
      const other = edited === 'north' ? 'south' : 'north';
      const ids = await open([edited, other]);
      const [house, id] = edited === 'north' ? [north, ids.here] : [south, ids.there];
      house.crm.update('Account', id, { Phone: '333' });
      await world.pass();
      await world.pass();
      expect((await phones(ids)).crms).toEqual(['333', '333']);
      await undo();
      const own = edited === 'north' ? ['333', '222'] : ['111', '333'];
      expect((await phones(ids)).ours).toEqual(own);
      await world.pass();
      expect(await phones(ids)).toEqual({ crms: own, ours: own });
      const quiet = await world.pass(undefined, { full: true });
      for (const { push } of quiet.value!.connections) expect(push?.total).toMatchObject({ updated: 0 });
      expect(await listDifferences(store)).toEqual([]);
    },
  );

  it('writes nothing over what people put there before the next pass', async () => {
    const ids = await open(['south', 'north']);
    expect((await phones(ids)).crms).toEqual(['222', '222']);
    north.crm.update('Account', ids.here, { Phone: '999' });
    await undo();
    await world.pass();
    await world.pass();
    const own = ['999', '222'];
    expect(await phones(ids)).toEqual({ crms: own, ours: own });
    expect(await listDifferences(store)).toEqual([]);
  });

  it('leaves the survivor what its own CRM gave meanwhile, also before that is read again', async () => {
    world = await openMatchHouse(store, ['north', 'south'], byNumber);
    north = world.houses.north!;
    south = world.houses.south!;
    await world.pass();
    const here = north.addPartner('Northwind', { Number: '42', Type: null, Started_On: null });
    south.addPartner('Tailspin', { Number: '42', Website: 'tailspin.example' });
    await world.pass();
    north.crm.update('Account', here, { Type: 'reseller', Started_On: '2023-01-01' });
    await world.pass();
    await world.pass();
    await undo();
    const ours = () =>
      store.query('select types, started_on, website from tierlink.partner where id = $1', [
        world.idOf('north', here),
      ]);
    const own = [{ types: ['reseller'], started_on: '2023-01-01', website: null }];
    expect(await ours()).toEqual(own);
    await world.pass(['south']);
    expect(await ours()).toEqual(own);
    await world.pass();
    expect(await ours()).toEqual(own);
  });
});

describe('a joined partner', () => {
  it('gets its tier in both CRMs, what each lacked, and then nothing more', async () => {
    await world.pass();
    const here = north.addPartner('Northwind', { Number: '42' });
    const there = south.addPartner('Northwind', { Number: '42', Phone: '222' });
    north.addDeal(here, '400.00');
    south.addDeal(there, '1500.00');
    await north.turnOn();
    await south.turnOn();
    await world.pass();
    await world.pass();
    for (const [house, account] of [
      [north, here],
      [south, there],
    ] as const) {
      expect(house.account(account)).toMatchObject({ Tier: 'Silver', Phone: '222' });
      const owners = ['Decision', 'KPI_Period'].flatMap((object) =>
        house.records(object).map((row) => row.Account),
      );
      expect(new Set(owners)).toEqual(new Set([account]));
      expect(house.records('KPI_Period').map((row) => row.Revenue)).toEqual(['1900']);
    }
    const quiet = await world.pass();
    for (const { push } of quiet.value!.connections)
      expect(push?.total).toMatchObject({ created: 0, updated: 0, rejected: 0 });
  });
});

describe('partners that are joined after the program has written about both', () => {
  it('keep both histories, show the joint figures once in each CRM, and cost no further write', async () => {
    const here = north.addPartner('Northwind', { Website: 'northwind.example' });
    const there = south.addPartner('Northwind Traders', { Website: 'northwind.example' });
    north.addDeal(here, '400.00');
    south.addDeal(there, '6000.00');
    await world.pass();
    await north.turnOn();
    await south.turnOn();
    await world.pass();
    expect([north.account(here).Tier, south.account(there).Tier]).toEqual(['Bronze', 'Gold']);
    await acceptMatch(world.engine, 'm-000001');
    await world.pass();
    await world.pass();
    expect([north.account(here).Tier, south.account(there).Tier]).toEqual(['Gold', 'Gold']);
    const figures = (house: PassHouse) => house.records('KPI_Period').map((row) => row.Revenue ?? null);
    // What became a part of the other one is blank where it was written, and is not made anew in the other CRM.
    expect([figures(north).sort(), figures(south).sort()]).toEqual([['6400'], ['6400', null]]);
    expect(await listDifferences(store)).toEqual([]);
    const quiet = await world.pass();
    for (const { push } of quiet.value!.connections)
      expect(push?.total).toMatchObject({ created: 0, updated: 0, rejected: 0 });
    await undoMatch(world.engine, 'm-000001');
    await world.pass();
    await world.pass();
    const settled = await world.pass();
    for (const { push } of settled.value!.connections)
      expect(push?.total).toMatchObject({ created: 0, updated: 0, rejected: 0 });
    expect(south.account(there).Tier).toBe('Gold');
    expect(await revenue(world.idOf('south', there))).toBe('6000');
  });
});
