import { beforeEach, describe, expect, it } from '@jest/globals';
import { newRecordId } from '../../src/model/record-id.ts';
import type { Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { makeHouse, mapping, mappings, type PullHouse } from './pull-house.ts';

let store: Store;
let house: PullHouse;

storeForEach((opened) => {
  store = opened;
  house = makeHouse(store);
});

const partnerId = (crmId: string) => newRecordId('partner', 'north', 'Account', crmId);
const differences = () =>
  house.rows('select crm_id, attribute, kind, base, ours, theirs, their_user from tierlink.difference');
const outbox = () => house.rows('select entity, record_id from tierlink.outbox');

describe('an attribute that both sides change', () => {
  beforeEach(async () => {
    house.crm.put('Account', 'A1', { Name: 'P', Type: 'Partner', Phone: '1', Country: 'SE' });
    await house.pull('Account');
    await store.query(`update tierlink.partner set phone = 'ours'`);
  });

  it('is parked for a person, while the record goes on', async () => {
    house.crm.put('Account', 'A1', { Phone: 'theirs', Country: 'NO' });
    const result = await house.pull('Account');
    expect(result.counts.partner).toMatchObject({ updated: 1, conflicts: 1 });
    expect(await differences()).toEqual([
      {
        crm_id: 'A1',
        attribute: 'phone',
        kind: 'conflict',
        base: '1',
        ours: 'ours',
        theirs: 'theirs',
        their_user: 'Somebody',
      },
    ]);
    expect(await house.rows('select phone, country from tierlink.partner')).toEqual([
      { phone: 'ours', country: 'NO' },
    ]);
  });

  it('is told with who set it, whoever changes another field after that', async () => {
    house.crm.put('Account', 'A1', { Phone: 'theirs' });
    await house.pull('Account');
    const [parked] = await house.rows('select their_user, their_at from tierlink.difference');
    house.crm.user = 'Tierlink';
    house.crm.put('Account', 'A1', { Country: 'NO' });
    await house.pull('Account');
    expect(await house.rows('select their_user, their_at from tierlink.difference')).toEqual([parked]);
    house.crm.user = 'Somebody else';
    house.crm.put('Account', 'A1', { Phone: 'theirs again' });
    await house.pull('Account');
    expect(await differences()).toMatchObject([{ theirs: 'theirs again', their_user: 'Somebody else' }]);
  });

  it('is no longer parked once both hold the same', async () => {
    house.crm.put('Account', 'A1', { Phone: 'theirs' });
    await house.pull('Account');
    house.crm.put('Account', 'A1', { Phone: 'ours' });
    await house.pull('Account');
    expect(await differences()).toEqual([]);
  });

  it('is marked for the next push where ours is to be sent', async () => {
    house.crm.put('Account', 'A1', { Country: 'NO' });
    await house.pull('Account');
    expect(await outbox()).toEqual([{ entity: 'partner', record_id: partnerId('A1') }]);
  });
});

describe('a value that the program owns', () => {
  it('is adopted with the tier that people kept by hand', async () => {
    house.crm.put('Account', 'A1', { Name: 'P', Type: 'Partner', Tier: 'Gold', Phone: null });
    await house.pull('Account');
    expect(await house.rows('select crm_tier from tierlink.partner')).toEqual([{ crm_tier: 'Gold' }]);
    expect(await differences()).toEqual([]);
    expect(await house.rows('select base from tierlink.link')).toEqual([
      { base: { tier: 'Gold', phone: null } },
    ]);
  });

  it('is drift when somebody changes it later, and no more when they change it back', async () => {
    house.crm.put('Account', 'A1', { Name: 'P', Type: 'Partner', Tier: 'Gold' });
    await house.pull('Account');
    house.crm.put('Account', 'A1', { Tier: 'Platinum' });
    expect((await house.pull('Account')).counts.partner).toMatchObject({ drift: 1 });
    expect(await differences()).toMatchObject([
      { attribute: 'tier', kind: 'drift', base: 'Gold', theirs: 'Platinum' },
    ]);
    expect(await house.rows('select crm_tier from tierlink.partner')).toEqual([{ crm_tier: 'Gold' }]);
    house.crm.put('Account', 'A1', { Tier: 'Gold' });
    await house.pull('Account');
    expect(await differences()).toEqual([]);
  });
});

describe('a CRM record that carries our id', () => {
  it('is the record that we created, found again after its answer was lost', async () => {
    const id = newRecordId('partner', 'elsewhere', 'x', '1');
    await store.query(`insert into tierlink.partner (id, name) values ($1, 'Made here')`, [id]);
    house.crm.put('Account', 'A1', { Name: 'Made here', Type: 'Partner', OurId: id });
    await house.pull('Account');
    expect(await house.rows('select id from tierlink.partner')).toEqual([{ id }]);
    expect(await house.rows('select record_id, keyed from tierlink.link')).toEqual([
      { record_id: id, keyed: true },
    ]);
  });

  it('makes its partner due for an evaluation: this connection may own the tier', async () => {
    const id = newRecordId('partner', 'elsewhere', 'x', '1');
    await store.query(`insert into tierlink.partner (id, name, types) values ($1, 'Made here', '{}');`, [id]);
    await store.query(
      `insert into tierlink.tier_state (id, program, ladder, partner_id, status, changed_at)
       values ('mbr_1', 'channel', 'main', $1, 'keeps', now())`,
      [id],
    );
    const due = () => house.rows('select partner_id from tierlink.tier_state where evaluate_at is not null');
    house.crm.put('Account', 'A1', { Name: 'Made here', Type: 'Partner', OurId: id });
    await house.pull('Account');
    expect(await due()).toEqual([{ partner_id: id }]);
    await store.query('update tierlink.tier_state set evaluate_at = null');
    house.crm.put('Account', 'A1', { Country: 'SE' });
    await house.pull('Account');
    expect(await due()).toEqual([]);
  });

  it('is not believed when it is a copy, made up or unknown', async () => {
    house.crm.put('Account', 'A1', { Name: 'One', Type: 'Partner' });
    await house.pull('Account');
    house.crm.put('Account', 'A2', { Name: 'Copy', Type: 'Partner', OurId: partnerId('A1') });
    house.crm.put('Account', 'A3', { Name: 'Made up', Type: 'Partner', OurId: 'ptr_nonsense' });
    house.crm.put('Account', 'A4', {
      Name: 'Unknown',
      Type: 'Partner',
      OurId: newRecordId('partner', 'x', 'y', 'z'),
    });
    await house.pull('Account');
    const rows = await house.rows<{ id: string }>('select id from tierlink.partner order by name');
    expect(rows.map((row) => row.id)).toEqual(['A2', 'A3', 'A1', 'A4'].map(partnerId));
  });
});

describe('credits', () => {
  const credits = () =>
    house.rows('select role, share, weight, deleted_at is null as live from tierlink.credit order by role');

  beforeEach(async () => {
    house.crm.put('Account', 'A1', { Name: 'One', Type: 'Partner' });
    house.crm.put('Account', 'A2', { Name: 'Two', Type: 'Partner' });
    house.crm.put('Deal', 'D1', { Name: 'Deal', Partner: 'A1', Amount: '100' });
  });

  it('follow the lookup of the deal, and both partners are marked', async () => {
    await house.pullAll();
    await store.query('delete from tierlink.dirty_partner');
    house.crm.put('Deal', 'D1', { Partner: 'A2' });
    const result = await house.pull('Deal');
    expect(result.counts.deal).toMatchObject({ updated: 1 });
    expect(await house.rows('select partner from tierlink.credit')).toEqual([{ partner: partnerId('A2') }]);
    const dirty = await house.rows<{ partner_id: string }>(
      `select partner_id from tierlink.dirty_partner where entity = 'deal' order by 1`,
    );
    expect(dirty.map((row) => row.partner_id)).toEqual([partnerId('A1'), partnerId('A2')].sort());
    house.crm.put('Deal', 'D1', { Partner: null });
    await house.pull('Deal');
    expect(await credits()).toEqual([{ role: 'sourced', share: '100', weight: '100', live: false }]);
  });

  it('share a deal by the shares that the CRM gives', async () => {
    house.crm.put('DealPartner', 'P1', {
      Deal: 'D1',
      Partner: 'A2',
      Role: 'influenced',
      Share: null,
      Primary: false,
    });
    await house.pullAll();
    expect(await credits()).toEqual([
      { role: 'influenced', share: null, weight: '0', live: true },
      { role: 'sourced', share: '100', weight: '100', live: true },
    ]);
  });

  it('count nothing, and say so, when the shares do not add up', async () => {
    house.crm.put('DealPartner', 'P1', {
      Deal: 'D1',
      Partner: 'A2',
      Role: 'influenced',
      Share: '20',
      Primary: false,
    });
    await house.pullAll();
    expect(await credits()).toMatchObject([{ weight: null }, { weight: null }]);
    const found = () => house.rows('select object, crm_id, attribute, code, message from tierlink.reject');
    expect(await found()).toEqual([
      {
        object: 'Deal',
        crm_id: 'D1',
        attribute: 'credits',
        code: 'RECORD_INVALID',
        message: 'This cannot be used: the shares of its partners do not add up to 100.',
      },
    ]);
    house.crm.remove('DealPartner', 'P1');
    await house.pull('DealPartner');
    expect((await credits()).filter((credit) => credit.live)).toMatchObject([
      { role: 'sourced', weight: '100' },
    ]);
    expect(await found()).toEqual([]);
  });

  it('weigh what the CRM says now when shares change in an object of their own', async () => {
    house.crm.put('Deal', 'D1', { Partner: null });
    const rest = { Deal: 'D1', Role: 'influenced', Primary: false };
    house.crm.put('DealPartner', 'P1', { ...rest, Partner: 'A1', Role: 'a', Share: '50' });
    house.crm.put('DealPartner', 'P2', { ...rest, Partner: 'A2', Role: 'b', Share: '50' });
    await house.pullAll();
    house.crm.put('DealPartner', 'P1', { Share: '30' });
    house.crm.put('DealPartner', 'P2', { Share: '70' });
    await house.pull('DealPartner');
    expect(await credits()).toMatchObject([
      { role: 'a', share: '30', weight: '30' },
      { role: 'b', share: '70', weight: '70' },
    ]);
    house.crm.put('DealPartner', 'P2', { Share: '60' });
    await house.pull('DealPartner');
    expect(await credits()).toMatchObject([{ weight: null }, { weight: null }]);
  });

  it('end when the mapping no longer has their lookup', async () => {
    await house.pullAll();
    expect(await credits()).toMatchObject([{ role: 'sourced', live: true }]);
    await store.query('delete from tierlink.dirty_partner');
    const without = mappings.map((each) => (each.entity === 'deal' ? { ...each, credits: [] } : each));
    await house.pullAll({ mappings: without });
    expect(await credits()).toMatchObject([{ role: 'sourced', live: false }]);
    expect(await house.rows('select distinct partner_id from tierlink.dirty_partner')).toEqual([
      { partner_id: partnerId('A1') },
    ]);
  });

  it('of two lookups count once where both name one partner, deal for deal', async () => {
    house.crm.put('Deal', 'D1', { Reseller: 'A1' });
    house.crm.put('Deal', 'D2', { Name: 'Other', Partner: 'A1', Reseller: 'A2', Amount: '100' });
    house.crm.put('Deal', 'D3', { Name: 'Third', Partner: 'A2', Reseller: 'A2', Amount: '100' });
    const lookups = ['Partner', 'Reseller'].map((field) => ({
      field,
      role: 'sourced',
      share: '100',
      isPrimary: true,
    }));
    await house.pullAll({
      mappings: mappings
        .filter(({ entity }) => entity !== 'credit')
        .map((each) => (each.entity === 'deal' ? { ...each, credits: lookups } : each)),
    });
    const found = await house.rows<{ name: string; weights: (string | null)[] }>(
      `select d.name, array_agg(c.weight order by c.weight) as weights from tierlink.credit c
       join tierlink.deal d on d.id = c.deal group by d.name order by d.name`,
    );
    expect(found.map(({ name, weights }) => [name, ...weights.map(String)])).toEqual([
      ['Deal', '0', '100'],
      ['Other', 'null', 'null'],
      ['Third', '0', '100'],
    ]);
  });

  it.each([
    ['all', ['100', '100']],
    ['primary', ['0', '100']],
  ])('count by attribution %s', async (attribution, weights) => {
    house.crm.put('DealPartner', 'P1', {
      Deal: 'D1',
      Partner: 'A2',
      Role: 'influenced',
      Share: '20',
      Primary: false,
    });
    const chosen = mappings.map((each) =>
      each.entity === 'deal' ? { ...each, attribution: attribution as 'all' | 'primary' } : each,
    );
    await house.pullAll({ mappings: chosen });
    expect((await credits()).map((credit) => credit.weight)).toEqual(weights);
  });
});

describe('partners that a change leads to', () => {
  const dirty = async (entity: string) => {
    const rows = await house.rows<{ partner_id: string }>(
      'select partner_id from tierlink.dirty_partner where entity = $1 order by 1',
      [entity],
    );
    return rows.map((row) => row.partner_id);
  };
  const clean = () => store.query('delete from tierlink.dirty_partner');

  beforeEach(async () => {
    house.crm.put('Account', 'A1', { Name: 'Child', Type: 'Partner', Parent: 'A2' });
    house.crm.put('Account', 'A2', { Name: 'Parent', Type: 'Partner' });
    house.crm.put('Account', 'A3', { Name: 'Other', Type: 'Partner' });
    house.crm.put('Account', 'C1', { Name: 'Customer', Type: 'Customer' });
    house.crm.put('Contact', 'K1', { Name: 'Ann', Account: 'A1' });
    house.crm.put('Deal', 'D1', { Name: 'Deal', Account: 'C1', Partner: 'A3' });
    house.crm.put('Cert', 'X1', { Contact: 'K1', Code: 'PRO' });
    await house.pullAll();
    await clean();
  });

  it('are those of the holder of a certificate, and the companies above', async () => {
    house.crm.put('Cert', 'X1', { ExpiresOn: '2027-01-01' });
    await house.pull('Cert');
    expect(await dirty('certification')).toEqual([partnerId('A1'), partnerId('A2')].sort());
  });

  it('are the former and the new one of a person who moves, with their certificates', async () => {
    house.crm.put('Contact', 'K1', { Account: 'A3' });
    await house.pull('Contact');
    const all = [partnerId('A1'), partnerId('A2'), partnerId('A3')].sort();
    expect(await dirty('person')).toEqual(all);
    expect(await dirty('certification')).toEqual(all);
  });

  it('are those who sold to a customer', async () => {
    house.crm.put('Account', 'C1', { Name: 'Renamed' });
    await house.pull('Account');
    expect(await dirty('customer')).toEqual([partnerId('A3')]);
  });

  it('are those who own what points to it, through however many references', async () => {
    house.crm.define('Lead', { Partner: ['Account'], Deal: ['Deal'] });
    house.crm.define('Case', { Partner: ['Account'], Account: ['Account'] });
    house.crm.define('Cert', { Contact: ['Contact'], Partner: ['Account'] });
    const customer = mapping('customer', {
      object: 'Account',
      entity: 'customer',
      scope: { where: { Type: ['Customer'] } },
      attributes: {
        name: { field: 'Name', direction: 'in' },
        parent: { field: 'Parent', direction: 'in' },
      },
    });
    const lead = mapping('lead', {
      object: 'Lead',
      entity: 'lead',
      attributes: {
        partner: { field: 'Partner', direction: 'in' },
        deal: { field: 'Deal', direction: 'in' },
      },
    });
    const supportCase = mapping('case', {
      object: 'Case',
      entity: 'case',
      attributes: {
        partner: { field: 'Partner', direction: 'in' },
        customer: { field: 'Account', direction: 'in' },
      },
    });
    const cert = mapping('certification', {
      object: 'Cert',
      entity: 'certification',
      attributes: {
        person: { field: 'Contact', direction: 'in' },
        partner: { field: 'Partner', direction: 'in' },
      },
    });
    const kept = mappings.filter(({ entity }) => entity !== 'customer' && entity !== 'certification');
    const all = { mappings: [...kept, customer, lead, supportCase, cert] };
    house.crm.put('Account', 'C2', { Name: 'Group', Type: 'Customer' });
    house.crm.put('Account', 'C1', { Parent: 'C2' });
    house.crm.put('Lead', 'L1', { Partner: 'A1', Deal: 'D1' });
    house.crm.put('Case', 'S1', { Partner: 'A2', Account: 'C1' });
    house.crm.put('Cert', 'X1', { Partner: 'A3' });
    await house.pullAll(all);
    await house.pull('Lead', all);
    await house.pull('Case', all);
    const [one, two, three] = ['A1', 'A2', 'A3'].map(partnerId);

    await clean();
    house.crm.put('Deal', 'D1', { Name: 'Renamed' });
    await house.pull('Deal', all);
    expect(await dirty('deal')).toEqual([one, two, three].sort());

    await clean();
    house.crm.put('Account', 'C2', { Name: 'Renamed' });
    await house.pull('Account', all);
    expect(await dirty('customer')).toEqual([one, two, three].sort());

    await clean();
    house.crm.put('Contact', 'K1', { Name: 'Renamed' });
    await house.pull('Contact', all);
    expect(await dirty('certification')).toEqual([one, two, three].sort());

    await clean();
    house.crm.put('Account', 'A2', { Country: 'SE' });
    await house.pull('Account', all);
    expect(await dirty('partner')).toEqual([one, two, three].sort());
  });

  it('are none when nothing changed', async () => {
    house.crm.put('Deal', 'D1', {});
    await house.pull('Deal');
    expect(await house.rows('select 1 from tierlink.dirty_partner')).toEqual([]);
  });
});

describe('one CRM object for several entities', () => {
  it('and several objects for one entity are read side by side', async () => {
    house.crm.define('Lead', { Name: 'text', Kind: 'choice', Partner: ['Account'] });
    const registration = mapping('registration', {
      object: 'Lead',
      entity: 'deal',
      scope: { where: { Kind: ['Registration'] } },
      credits: [{ field: 'Partner', role: 'registered' }],
      attributes: { name: { field: 'Name', direction: 'in' } },
    });
    const lead = mapping('lead', {
      object: 'Lead',
      entity: 'lead',
      scope: { where: { Kind: ['Lead'] } },
      attributes: {
        name: { field: 'Name', direction: 'in' },
        partner: { field: 'Partner', direction: 'in' },
      },
    });
    house.crm.put('Account', 'A1', { Name: 'One', Type: 'Partner' });
    house.crm.put('Lead', 'L1', { Name: 'Reg', Kind: 'Registration', Partner: 'A1' });
    house.crm.put('Lead', 'L2', { Name: 'Plain', Kind: 'Lead', Partner: 'A1' });
    house.crm.put('Deal', 'D1', { Name: 'Deal', Partner: 'A1' });
    const all = { mappings: [...mappings, registration, lead] };
    await house.pullAll(all);
    await house.pull('Lead', all);
    expect(await house.rows('select name from tierlink.deal order by name')).toEqual([
      { name: 'Deal' },
      { name: 'Reg' },
    ]);
    expect(await house.rows('select name from tierlink.lead')).toEqual([{ name: 'Plain' }]);
    house.crm.put('Lead', 'L2', { Kind: 'Registration' });
    const moved = await house.pull('Lead', all);
    expect(moved.counts.lead).toMatchObject({ leftScope: 1 });
    expect(moved.counts.deal).toMatchObject({ created: 1 });
  });
});
