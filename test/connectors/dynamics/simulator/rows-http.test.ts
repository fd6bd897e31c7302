import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type SignedIn, startSignedIn } from './client.ts';

const guid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

describe('rows of the Dataverse simulator over HTTP', () => {
  let at: SignedIn;
  beforeEach(async () => {
    at = await startSignedIn({ now: Date.parse('2026-03-02T10:00:00Z') });
  });
  afterEach(async () => {
    await at.close();
  });

  const create = async (set: string, body: Record<string, unknown>): Promise<string> => {
    const { headers } = await at.send('POST', set, body);
    return /\(([^)]+)\)$/.exec(headers.get('odata-entityid') ?? '')![1]!;
  };

  it('answers 401 with the authority to ask where a token is missing', async () => {
    const answer = await fetch(`${at.simulator.url}/api/data/v9.2/WhoAmI`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(
      /^Bearer authorization_uri=https:\/\/.+, resource_id=http/,
    );
  });

  it('creates with 204 and the address, or with 201 and the row where that is preferred', async () => {
    const plain = await at.send('POST', 'accounts', { name: 'Litware' });
    expect(plain.status).toBe(204);
    expect(plain.headers.get('odata-entityid')).toMatch(/\/api\/data\/v9\.2\/accounts\([0-9a-f-]{36}\)$/);
    const told = await at.send(
      'POST',
      'accounts?$select=name,revenue',
      { name: 'Litware' },
      { Prefer: 'return=representation' },
    );
    expect(told.status).toBe(201);
    expect(told.body).toMatchObject({
      name: 'Litware',
      revenue: null,
      accountid: expect.stringMatching(guid),
    });
    expect(Object.keys(told.body)).not.toContain('telephone1');
  });

  it('updates or creates by id, unless a condition allows only one of them', async () => {
    const id = await create('accounts', { name: 'A' });
    const missing = '11111111-2222-4333-8444-555555555555';
    expect((await at.send('PATCH', `accounts(${id})`, { name: 'B' })).status).toBe(204);
    expect((await at.send('PATCH', `accounts(${missing})`, { name: 'C' }, { 'If-Match': '*' })).status).toBe(
      404,
    );
    const twice = await at.send('PATCH', `accounts(${id})`, { name: 'C' }, { 'If-None-Match': '*' });
    expect([twice.status, twice.body.error.code]).toEqual([412, '0x80040237']);
    expect((await at.send('PATCH', `accounts(${missing})`, { name: 'C' })).status).toBe(204);
    expect((await at.send('GET', `accounts(${missing})?$select=name`)).body.name).toBe('C');
  });

  it('refuses an update of a version that is no longer the row’s', async () => {
    const id = await create('accounts', { name: 'A' });
    const { body } = await at.send('GET', `accounts(${id})?$select=name`);
    await at.send('PATCH', `accounts(${id})`, { name: 'B' });
    const stale = await at.send(
      'PATCH',
      `accounts(${id})`,
      { name: 'C' },
      { 'If-Match': body['@odata.etag'] },
    );
    expect([stale.status, stale.body.error.code]).toEqual([412, '0x80060882']);
  });

  it('sets, makes and clears what lookups point to', async () => {
    const parent = await create('accounts', { name: 'Parent' });
    const id = await create('accounts', {
      name: 'Child',
      'parentaccountid@odata.bind': `/accounts(${parent})`,
      primarycontactid: { firstname: 'Jo', lastname: 'Doe' },
    });
    const read = async () =>
      (
        await at.send(
          'GET',
          `accounts(${id})?$select=_parentaccountid_value&$expand=primarycontactid($select=fullname)`,
        )
      ).body;
    expect(await read()).toMatchObject({
      _parentaccountid_value: parent,
      primarycontactid: { fullname: 'Jo Doe' },
    });
    await at.send('PATCH', `accounts(${id})`, { 'parentaccountid@odata.bind': null });
    expect(await read()).toMatchObject({ _parentaccountid_value: null });
  });

  it.each([
    [{ name: 'A', nonsense: 1 }, 400, '0x80048d19'],
    [{ name: 'A', revenue: 'much' }, 400, '0x80048d19'],
    [{ name: 'x'.repeat(161) }, 400, '0x80044331'],
    [{ name: 'A', customertypecode: 99 }, 400, '0x8004431a'],
    [{ name: 'A', numberofemployees: -1 }, 400, '0x8004432f'],
    [{ name: 'A', statecode: 0, statuscode: 2 }, 400, '0x80048408'],
    [
      { name: 'A', 'parentaccountid@odata.bind': '/accounts(11111111-2222-4333-8444-555555555555)' },
      404,
      '0x80040217',
    ],
    [
      { name: 'A', 'parentaccountId@odata.bind': '/accounts(11111111-2222-4333-8444-555555555555)' },
      400,
      '0x80048d19',
    ],
  ])('refuses %j with %i and %s, and stores nothing', async (body, status, code) => {
    const answer = await at.send('POST', 'accounts', body);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(at.simulator.org.dump('account')).toEqual([]);
  });

  it('requires of the API what the platform requires, not what its forms do', async () => {
    expect((await at.send('POST', 'accounts', {})).status).toBe(204);
    const incident = await at.send('POST', 'incidents', { title: 'No customer' });
    expect(incident.status).toBe(400);
  });

  it('filters without regard to case, leaves blanks out of comparisons, and pages by links that are followed as they are', async () => {
    for (const name of ['Alpha', 'beta', 'BETA', 'Gamma']) await create('accounts', { name });
    await create('accounts', {});
    const names = async (query: string, headers = {}) =>
      (await at.send('GET', `accounts?$select=name&${query}`, undefined, headers)).body.value.map(
        (row: { name: string }) => row.name,
      );
    expect(await names("$filter=name eq 'beta'&$orderby=name")).toHaveLength(2);
    expect(await names("$filter=name ne 'beta'&$orderby=name")).toEqual(['Alpha', 'Gamma']);
    expect(await names("$filter=contains(name,'_amma')")).toEqual(['Gamma']);
    expect(
      await names(
        "$filter=Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['alpha','gamma'])&$orderby=name desc",
      ),
    ).toEqual(['Gamma', 'Alpha']);
    const seen: string[] = [];
    let address = 'accounts?$select=name&$orderby=name desc';
    while (address !== undefined) {
      const { body } = await at.send('GET', address, undefined, { Prefer: 'odata.maxpagesize=2' });
      seen.push(...body.value.map((row: { name: string }) => row.name));
      address = body['@odata.nextLink'];
    }
    expect(seen.map((name) => name?.toLowerCase() ?? null)).toEqual(['gamma', 'beta', 'beta', 'alpha', null]);
  });

  it.each([
    ["accounts?$filter=nonsense eq 'x'", 400],
    ['accounts?$filter=name eqq 1', 400],
    ['accounts?$skip=5', 400],
    ['nonsense', 404],
    ['accounts(11111111-2222-4333-8444-555555555555)', 404],
    ["accounts(accountnumber='A')", 400],
  ])('refuses %s with %i', async (path, status) => {
    expect((await at.send('GET', path)).status).toBe(status);
  });

  it('formats values and names what lookups point to, where annotations are asked for', async () => {
    const id = await create('accounts', { name: 'A', revenue: 20_000, customertypecode: 5 });
    const { body } = await at.send(
      'GET',
      `accounts(${id})?$select=revenue,customertypecode,_ownerid_value`,
      undefined,
      {
        Prefer: 'odata.include-annotations="*"',
      },
    );
    expect(body).toMatchObject({
      'revenue@OData.Community.Display.V1.FormattedValue': '$20,000.00',
      'customertypecode@OData.Community.Display.V1.FormattedValue': 'Partner',
      '_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname': 'systemuser',
    });
  });

  it('hides what a role does not reach, and says what it lacks', async () => {
    const { org, tokens } = at.simulator;
    const role = org.addRole('Own accounts', { prvReadAccount: 'Basic' });
    const user = org.addUser({ fullName: 'Rosa Rep', roles: [role] });
    const [own] = org.create('account', [{ name: 'Own' }]);
    org.create('account', [{ name: 'Foreign' }]);
    org.set('account', own!, { ownerid: user });
    const headers = { Authorization: `Bearer ${tokens.issue(user)}` };
    const seen = await at.send('GET', 'accounts?$select=name', undefined, headers);
    expect(seen.body.value).toMatchObject([{ name: 'Own' }]);
    const refused = await at.send('POST', 'accounts', { name: 'New' }, headers);
    expect([refused.status, refused.body.error.code]).toEqual([403, '0x80040220']);
    expect(refused.body.error.message).toContain('prvCreateAccount');
  });
});
