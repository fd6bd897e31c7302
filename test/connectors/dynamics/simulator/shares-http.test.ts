import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Depth } from '../../../../connectors/dynamics/simulator/access.ts';
import { type SignedIn, startSignedIn } from './client.ts';

let at: SignedIn;
let account: string;
let reader: string;

const basic: Record<string, Depth> = {
  prvReadAccount: 'Basic',
  prvWriteAccount: 'Basic',
  prvCreateAccount: 'Basic',
};

beforeAll(async () => {
  at = await startSignedIn();
  const { org } = at.simulator;
  [account = ''] = org.create('account', [{ name: 'Shared' }]);
  reader = org.addUser({ fullName: 'Rita Reader', roles: [org.addRole('Reader', basic)] });
});
afterAll(async () => await at.close());

const target = () => ({ accountid: account, '@odata.type': 'Microsoft.Dynamics.CRM.account' });
const principal = () => ({ systemuserid: reader, '@odata.type': 'Microsoft.Dynamics.CRM.systemuser' });
const share = async (action: string, AccessMask: string) =>
  await at.send('POST', action, {
    Target: target(),
    PrincipalAccess: { Principal: principal(), AccessMask },
  });
const at_ = (path: string) => `${path}?@t={'@odata.id':'accounts(${account})'}`;
const rights = async () =>
  (
    await at.send(
      'GET',
      at_(`systemusers(${reader})/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@t)`),
    )
  ).body.AccessRights;
const asReader = async (method: string, body?: unknown) =>
  (await at.send(method, `accounts(${account})`, body, { MSCRMCallerID: reader })).status;

/** https://learn.microsoft.com/power-apps/developer/data-platform/security-sharing-assigning */
describe('a row that is shared', () => {
  it('is reached by the rights that were given, as far as a role has them at all', async () => {
    expect([await rights(), await asReader('GET')]).toEqual(['None', 403]);
    expect((await share('GrantAccess', 'ReadAccess, WriteAccess,DeleteAccess')).status).toBe(204);
    expect(await rights()).toBe('ReadAccess, WriteAccess');
    expect([
      await asReader('GET'),
      await asReader('PATCH', { telephone1: '1' }),
      await asReader('DELETE'),
    ]).toEqual([200, 204, 403]);
    const list = await at.send('GET', 'accounts?$select=name', undefined, { MSCRMCallerID: reader });
    expect(list.body.value).toHaveLength(1);
  });

  it('is reached no more by rights that are modified or revoked', async () => {
    await share('ModifyAccess', 'ReadAccess');
    expect([await asReader('GET'), await asReader('PATCH', { telephone1: '2' })]).toEqual([200, 403]);
    const shared = await at.send('GET', at_('RetrieveSharedPrincipalsAndAccess(Target=@t)'));
    expect(shared.body.PrincipalAccesses).toEqual([
      { AccessMask: 'ReadAccess', Principal: expect.objectContaining({ systemuserid: reader }) },
    ]);
    const revoked = await at.send('POST', 'RevokeAccess', { Target: target(), Revokee: principal() });
    expect([revoked.status, await asReader('GET')]).toEqual([204, 403]);
  });

  it('is refused for a mask that is none, and for who may not share', async () => {
    expect((await share('GrantAccess', 'AllAccess')).body.error.code).toBe('0x80040203');
    const refused = await at.send(
      'POST',
      'GrantAccess',
      { Target: target(), PrincipalAccess: { Principal: principal(), AccessMask: 'ReadAccess' } },
      { MSCRMCallerID: reader },
    );
    expect([refused.status, refused.body.error.code]).toEqual([403, '0x80040220']);
  });
});

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/impersonate-another-user-web-api */
describe('acting for another user', () => {
  it('makes rows theirs, by the id of the user or that in Entra', async () => {
    const { org } = at.simulator;
    const object = String(org.get('systemuser', reader)?.azureactivedirectoryobjectid);
    const headers: Record<string, string>[] = [{ MSCRMCallerID: reader }, { CallerObjectId: object }];
    for (const header of headers) {
      const made = await at.send(
        'POST',
        'accounts',
        { name: 'Theirs' },
        { ...header, Prefer: 'return=representation' },
      );
      expect(made.body).toMatchObject({ _createdby_value: reader, _ownerid_value: reader });
    }
    const batch = [
      '--b',
      'Content-Type: application/http',
      '',
      'GET WhoAmI HTTP/1.1',
      `MSCRMCallerID: ${reader}`,
      '',
      '',
      '--b--',
      '',
    ];
    const answer = await at.send('POST', '$batch', batch.join('\r\n'), {
      'Content-Type': 'multipart/mixed; boundary=b',
    });
    expect(answer.body).toContain(`"UserId":"${reader}"`);
  });

  it('is refused for nobody, and for who may not', async () => {
    const { org, tokens, url } = at.simulator;
    const nobody = await at.send('GET', 'WhoAmI', undefined, { MSCRMCallerID: account });
    expect([nobody.status, nobody.body.error.code]).toEqual([404, '0x80040217']);
    const as = async (id: string) =>
      await fetch(`${url}/api/data/v9.2/accounts(${account})`, {
        headers: { Authorization: `Bearer ${tokens.issue(id)}`, MSCRMCallerID: org.admin.userId },
      });
    expect((await as(reader)).status).toBe(403);
    const delegate = org.addRole('Delegate', {
      prvActOnBehalfOfAnotherUser: 'Global',
      prvReadContact: 'Global',
    });
    const actor = org.addUser({ fullName: 'Dan Delegate', roles: [delegate] });
    // Both have to have the right: the delegate does not read accounts.
    expect((await as(actor)).status).toBe(403);
    org.grants.rolesOfUser.get(actor)?.add(org.addRole('Accounts', { prvReadAccount: 'Global' }));
    expect((await as(actor)).status).toBe(200);
  });
});

describe('a request that nothing answers', () => {
  it.each([
    ['DELETE', 'accounts', 405, '0x0'],
    ['POST', 'WhoAmI', 405, '0x0'],
    ['GET', 'nothings', 404, '0x8006088a'],
    ['GET', '/api/search/v2.0/query', 404, '0x8006088a'],
  ])('%s %s', async (method, path, status, code) => {
    const answer = await at.send(method, path);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });
});
