import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type SignedIn, startSignedIn } from './client.ts';

const tracking = { Prefer: 'odata.track-changes' };

describe('delta links of the Dataverse simulator', () => {
  let at: SignedIn;
  beforeEach(async () => {
    at = await startSignedIn({ now: Date.parse('2026-03-02T10:00:00Z') });
  });
  afterEach(async () => {
    await at.close();
  });

  const read = async (address: string, size?: number) => {
    const rows: Record<string, unknown>[] = [];
    let link: string | undefined = address;
    let delta: string | undefined;
    while (link !== undefined) {
      const Prefer = [
        ...(address.includes('deltatoken') ? [] : ['odata.track-changes']),
        ...(size ? [`odata.maxpagesize=${size}`] : []),
      ];
      const { status, body } = await at.send('GET', link, undefined, { Prefer: Prefer.join(',') });
      expect(status).toBe(200);
      rows.push(...body.value);
      link = body['@odata.nextLink'];
      delta = body['@odata.deltaLink'];
    }
    return { rows, delta: delta! };
  };

  it('tell what came, changed and went, deleted rows last', async () => {
    const { org } = at.simulator;
    const [kept, gone] = org.create('account', [{ name: 'Kept' }, { name: 'Gone' }]);
    const first = await read('accounts?$select=name');
    expect(first.rows).toHaveLength(2);
    expect((await read(first.delta)).rows).toEqual([]);
    org.remove('account', gone!);
    org.update('account', kept!, { telephone1: '1' });
    org.create('account', [{ name: 'New' }]);
    const second = await read(first.delta);
    expect(second.rows).toMatchObject([
      { accountid: kept, name: 'Kept' },
      { name: 'New' },
      { id: gone, reason: 'deleted' },
    ]);
    expect((await read(second.delta)).rows).toEqual([]);
  });

  it('tell again what changed while the first read went through its pages', async () => {
    const { org } = at.simulator;
    const ids = org.create('account', [{ name: 'A' }, { name: 'B' }, { name: 'C' }]);
    const page = await at.send('GET', 'accounts?$select=name', undefined, {
      Prefer: 'odata.track-changes,odata.maxpagesize=2',
    });
    org.update('account', [...ids].sort()[0]!, { name: 'Changed' });
    const rest = await read(page.body['@odata.nextLink'], 2);
    expect((await read(rest.delta)).rows).toMatchObject([{ name: 'Changed' }]);
  });

  it('lose nothing when rows change between the pages of a delta', async () => {
    const { org } = at.simulator;
    const { delta } = await read('accounts?$select=name');
    const ids = org.create(
      'account',
      Array.from({ length: 5 }, (_, index) => ({ name: `N${index}` })),
    );
    const page = await at.send('GET', delta, undefined, { Prefer: 'odata.maxpagesize=2' });
    org.update('account', ids[0]!, { name: 'Again' });
    const rest = await read(page.body['@odata.nextLink'], 2);
    const seen = [...page.body.value, ...rest.rows].map((row) => row.accountid);
    expect(new Set(seen)).toEqual(new Set(ids));
    expect((await read(rest.delta)).rows).toMatchObject([{ name: 'Again' }]);
  });

  it('expire after the days that the organization keeps changes', async () => {
    const { delta } = await read('accounts?$select=name');
    at.simulator.org.clock.advance(8 * 86_400_000);
    const { status, body } = await at.send('GET', delta);
    expect([status, body.error.code]).toEqual([410, '0x80044352']);
  });

  it.each(["$filter=name eq 'A'", '$orderby=name', '$top=1', '$expand=primarycontactid'])(
    'refuse %s',
    async (option) => {
      const { status, body } = await at.send('GET', `accounts?${option}`, undefined, tracking);
      expect(status).toBe(400);
      expect(body.error.message).toContain("isn't supported when Change Tracking is enabled");
    },
  );

  it('are refused for a table that is not tracked, and for a user who does not see every row', async () => {
    const { org, tokens } = at.simulator;
    const untracked = await at.send('GET', 'organizations?$select=name', undefined, tracking);
    expect(untracked.body.error.code).toBe('0x80072491');
    const role = org.addRole('Own accounts', { prvReadAccount: 'Basic' });
    const user = org.addUser({ fullName: 'Rosa Rep', roles: [role] });
    const headers = { ...tracking, Authorization: `Bearer ${tokens.issue(user)}` };
    expect((await at.send('GET', 'accounts?$select=name', undefined, headers)).status).toBe(403);
  });
});
