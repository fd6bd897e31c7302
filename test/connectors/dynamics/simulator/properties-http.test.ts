import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type SignedIn, startSignedIn } from './client.ts';

let at: SignedIn;
let account: string;
let other: string;
let contact: string;

beforeAll(async () => {
  at = await startSignedIn({ now: Date.parse('2026-03-02T10:00:00Z') });
});
afterAll(async () => await at.close());

beforeAll(() => {
  const { org } = at.simulator;
  [account = '', other = ''] = org.create('account', [
    { name: 'Litware', revenue: 20_000.5 },
    { name: 'Other' },
  ]);
  [contact = ''] = org.create('contact', [{ firstname: 'Susanna', lastname: 'Stubberod' }]);
});

const root = () => `${at.simulator.url}/api/data/v9.2`;

describe('one property of a row', () => {
  it('is told with its context, or raw', async () => {
    const { status, body } = await at.send('GET', `accounts(${account})/name`);
    expect([status, body]).toEqual([
      200,
      { '@odata.context': `${root()}/$metadata#accounts(${account})/name`, value: 'Litware' },
    ]);
    expect((await at.send('GET', `accounts(${account})/revenue/$value`)).body).toBe('20000.5');
  });

  it('has no content where there is no value', async () => {
    expect((await at.send('GET', `accounts(${account})/telephone1`)).status).toBe(204);
    expect((await at.send('GET', `accounts(${account})/telephone1/$value`)).status).toBe(204);
  });

  it('is set and cleared by itself', async () => {
    expect((await at.send('PUT', `accounts(${account})/telephone1`, { value: '1' })).status).toBe(204);
    expect(at.simulator.org.get('account', account)).toMatchObject({ name: 'Litware', telephone1: '1' });
    expect((await at.send('DELETE', `accounts(${account})/telephone1`)).status).toBe(204);
    expect(at.simulator.org.get('account', account)?.telephone1).toBeNull();
  });

  it('must exist, and its row too', async () => {
    const none = await at.send('GET', `accounts(${account})/nothing`);
    expect([none.status, none.body.error.code]).toEqual([404, '0x8006088a']);
    const gone = await at.send('GET', `accounts(${contact})/name`);
    expect([gone.status, gone.body.error.code]).toEqual([404, '0x80040217']);
  });
});

describe('references', () => {
  it('lead from a lookup to its row, which can be read through it', async () => {
    const path = `accounts(${account})/primarycontactid`;
    expect((await at.send('GET', path)).status).toBe(204);
    const set = await at.send('PUT', `${path}/$ref`, { '@odata.id': `${root()}/contacts(${contact})` });
    expect(set.status).toBe(204);
    expect((await at.send('GET', `${path}?$select=lastname`)).body).toMatchObject({
      '@odata.context': `${root()}/$metadata#contacts(lastname)/$entity`,
      lastname: 'Stubberod',
    });
    expect((await at.send('GET', `${path}/$ref`)).body).toEqual({
      '@odata.context': `${root()}/$metadata#$ref`,
      '@odata.id': `${root()}/contacts(${contact})`,
    });
    expect((await at.send('DELETE', `${path}/$ref`)).status).toBe(204);
    expect(at.simulator.org.get('account', account)?.primarycontactid).toBeNull();
  });

  it('are added to a collection and taken from it, by either way to name them', async () => {
    const path = `accounts(${account})/contact_customer_accounts`;
    const address = `${root()}/contacts(${contact})`;
    const count = async () => Number((await at.send('GET', `${path}/$count`)).body.replace('\ufeff', ''));
    for (const removal of [`${path}(${contact})/$ref`, `${path}/$ref?$id=${encodeURIComponent(address)}`]) {
      expect((await at.send('POST', `${path}/$ref`, { '@odata.id': address })).status).toBe(204);
      expect(await count()).toBe(1);
      expect(
        (await at.send('GET', `${path}?$select=lastname&$filter=firstname eq 'susanna'`)).body.value,
      ).toEqual([expect.objectContaining({ contactid: contact, lastname: 'Stubberod' })]);
      expect((await at.send('GET', `${path}/$ref`)).body.value).toEqual([{ '@odata.id': address }]);
      expect((await at.send('DELETE', removal)).status).toBe(204);
      expect(await count()).toBe(0);
    }
  });

  it('must lead to a row of the right table that is there', async () => {
    const path = `accounts(${account})/primarycontactid/$ref`;
    const wrong = await at.send('PUT', path, { '@odata.id': `${root()}/accounts(${other})` });
    expect([wrong.status, wrong.body.error.code]).toEqual([400, '0x80048d19']);
    const gone = await at.send('PUT', path, { '@odata.id': `${root()}/contacts(${other})` });
    expect([gone.status, gone.body.error.code]).toEqual([404, '0x80040217']);
  });

  it('page through a collection as through a set', async () => {
    at.simulator.org.create(
      'contact',
      Array.from({ length: 5 }, (_, index) => ({
        lastname: `Person ${index}`,
        'parentcustomerid_account@odata.bind': `/accounts(${other})`,
      })),
    );
    const names: string[] = [];
    let next: string | undefined =
      `accounts(${other})/contact_customer_accounts?$select=lastname&$orderby=lastname`;
    while (next !== undefined) {
      const { body } = await at.send('GET', next, undefined, { Prefer: 'odata.maxpagesize=2' });
      names.push(...body.value.map((row: { lastname: string }) => row.lastname));
      next = body['@odata.nextLink'];
    }
    expect(names).toEqual([0, 1, 2, 3, 4].map((index) => `Person ${index}`));
  });
});
