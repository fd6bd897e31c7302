import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Depth } from '../../../../connectors/dynamics/simulator/access.ts';
import { type Answer, type SignedIn, startSignedIn } from './client.ts';

let at: SignedIn;
let root: string;
const units: Record<string, string> = {};
const owners: Record<string, string> = {};

/** Accounts of three business units, one below the other, and one of a sister of the last. */
beforeAll(async () => {
  at = await startSignedIn();
  const { org } = at.simulator;
  root = org.admin.businessUnitId;
  const unit = (name: string, parent: string) =>
    org.create('businessunit', [
      { name, 'parentbusinessunitid@odata.bind': `/businessunits(${parent})` },
    ])[0]!;
  units.sales = unit('Sales', root);
  units.east = unit('East', units.sales);
  units.service = unit('Service', root);
  for (const [name, businessUnit] of Object.entries({ root, ...units })) {
    owners[name] = org.addUser({ fullName: `Owner ${name}` });
    org.set('systemuser', owners[name]!, { businessunitid: businessUnit });
    const bind = { 'ownerid@odata.bind': `/systemusers(${owners[name]})` };
    const [account = ''] = org.create('account', [{ name, ...bind }]);
    org.create('contact', [
      { lastname: name, ...bind, 'parentcustomerid_account@odata.bind': `/accounts(${account})` },
    ]);
  }
});
afterAll(async () => await at.close());

let count = 0;
function asReader(privileges: Record<string, Depth>, unit = units.sales!): (path: string) => Promise<Answer> {
  const { org, tokens } = at.simulator;
  count += 1;
  const user = org.addUser({
    fullName: `Reader ${count}`,
    roles: [org.addRole(`Reader ${count}`, privileges)],
  });
  org.set('systemuser', user, { businessunitid: unit });
  const headers = { Authorization: `Bearer ${tokens.issue(user)}` };
  return async (path) => await at.send('GET', path, undefined, headers);
}

const namesIn = ({ body }: Answer): string[] => body.value.map(({ name }: { name: string }) => name).sort();

describe('a role', () => {
  it.each<[Depth, string[]]>([
    ['Basic', []],
    ['Local', ['sales']],
    ['Deep', ['east', 'sales']],
    ['Global', ['east', 'root', 'sales', 'service']],
  ])('that reads with the depth %s sees as many rows, in lists, counts and by id', async (depth, seen) => {
    const get = asReader({ prvReadAccount: depth });
    expect(namesIn(await get('accounts?$select=name'))).toEqual(seen);
    expect((await get('accounts/$count')).body).toBe(String(seen.length));
    for (const row of at.simulator.org.dump('account')) {
      const { status, body } = await get(`accounts(${String(row.accountid)})`);
      const isSeen = seen.includes(String(row.name));
      expect([status, body.error?.code]).toEqual(isSeen ? [200, undefined] : [403, '0x80048306']);
    }
  });

  it('that does not read all of a table follows no changes of it', async () => {
    const { org, tokens } = at.simulator;
    const user = org.addUser({ fullName: 'R', roles: [org.addRole('Deep', { prvReadAccount: 'Deep' })] });
    const { status, body } = await at.send('GET', 'accounts', undefined, {
      Authorization: `Bearer ${tokens.issue(user)}`,
      Prefer: 'odata.track-changes',
    });
    expect([status, body.error.code]).toEqual([403, '0x80040220']);
  });

  it('hides rows behind lookups and collections too, from what is expanded and from conditions', async () => {
    const get = asReader({ prvReadAccount: 'Local', prvReadContact: 'Global' });
    const { body } = await get('contacts?$select=lastname&$expand=parentcustomerid_account($select=name)');
    const shown = body.value.map(
      (row: Record<string, { name: string } | null>) => row.parentcustomerid_account?.name,
    );
    expect(shown.filter(Boolean)).toEqual(['sales']);
    const asked = await get('contacts?$filter=parentcustomerid_account/name ne null&$select=lastname');
    expect(asked.body.value).toMatchObject([{ lastname: 'sales' }]);
    const other = asReader({ prvReadAccount: 'Global', prvReadContact: 'Local' });
    const some = await other(
      "accounts?$filter=contact_customer_accounts/any(c:c/lastname ne 'x')&$select=name",
    );
    expect(namesIn(some)).toEqual(['sales']);
  });

  it('that reads nothing of a table may not join it', async () => {
    const get = asReader({ prvReadContact: 'Global' });
    for (const query of [
      '$expand=parentcustomerid_account',
      "$filter=parentcustomerid_account/name eq 'x'",
      '$orderby=parentcustomerid_account/name',
    ]) {
      const { status, body } = await get(`contacts?${query}`);
      expect([query, status, body.error.code]).toEqual([query, 403, '0x80040220']);
      expect(body.error.message).toContain('prvReadAccount');
    }
    const { body } = await get('contacts?$select=lastname,_parentcustomerid_value');
    expect(body.value).toHaveLength(4);
  });
});
