import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type SignedIn, startSignedIn } from './client.ts';

let at: SignedIn;
beforeEach(async () => {
  at = await startSignedIn({ now: Date.parse('2026-03-02T10:00:00Z') });
});
afterEach(async () => {
  await at.close();
});

const type = (name: string) => `Microsoft.Dynamics.CRM.${name}`;
const only = (table: string) => at.simulator.org.dump(table)[0]!;

describe('bulk messages of the Dataverse simulator', () => {
  const targets = (...list: Record<string, unknown>[]) => ({
    Targets: list.map((each) => ({ '@odata.type': type('account'), ...each })),
  });

  it('create in order and answer the ids', async () => {
    const { status, body } = await at.send(
      'POST',
      `accounts/${type('CreateMultiple')}`,
      targets({ name: 'A' }, { name: 'B' }),
    );
    expect(status).toBe(200);
    const { org } = at.simulator;
    expect(body.Ids.map((id: string) => org.get('account', id)?.name)).toEqual(['A', 'B']);
  });

  it('create or update by alternate key without a word on which', async () => {
    const { org } = at.simulator;
    org.schema.addKey(org.table('account'), {
      schemaName: 'new_number',
      columns: ['accountnumber'],
      status: 'Active',
    });
    const rows = targets(
      { '@odata.id': "accounts(accountnumber='1')", name: 'A' },
      { '@odata.id': "accounts(accountnumber='2')", name: 'B' },
    );
    for (const _ of [1, 2]) {
      const { status, body } = await at.send('POST', `accounts/${type('UpsertMultiple')}`, rows);
      expect([status, body]).toEqual([204, '']);
    }
    expect(
      org
        .dump('account')
        .map((row) => row.accountnumber)
        .sort(),
    ).toEqual(['1', '2']);
  });

  it('cannot be told a key with characters that no address can hold', async () => {
    const { org } = at.simulator;
    const key = { schemaName: 'new_number', columns: ['accountnumber'], status: 'Active' as const };
    org.schema.addKey(org.table('account'), key);
    for (const value of ['a/b', '1%', 'x?', 'a&b', 'a+b', 'a:b', 'a*', '<a>', 'a\\b']) {
      const patched = await at.send('PATCH', `accounts(accountnumber='${encodeURIComponent(value)}')`, {});
      expect([patched.status, patched.body.error.code]).toEqual([400, '0x80060888']);
      const body = targets({ '@odata.id': `accounts(accountnumber='${value}')` });
      expect((await at.send('POST', `accounts/${type('UpsertMultiple')}`, body)).status).toBe(400);
    }
    expect((await at.send('PATCH', "accounts(accountnumber='a%20b''c')", {})).status).toBe(204);
    expect(only('account').accountnumber).toBe("a b'c");
  });

  it('do nothing at all when one target is refused, or says no type', async () => {
    const { org } = at.simulator;
    const refused = await at.send(
      'POST',
      `accounts/${type('CreateMultiple')}`,
      targets({ name: 'A' }, { nonsense: 1 }),
    );
    expect(refused.status).toBe(400);
    const untyped = await at.send('POST', `accounts/${type('CreateMultiple')}`, { Targets: [{ name: 'A' }] });
    expect(untyped.status).toBe(400);
    expect(org.dump('account')).toEqual([]);
  });
});

describe('actions of the Dataverse simulator', () => {
  it('win and lose opportunities, which are read-only until they are open again', async () => {
    const { org } = at.simulator;
    const [id] = org.create('opportunity', [{ name: 'Deal', estimatedvalue: 100 }]);
    const body = {
      Status: 3,
      OpportunityClose: {
        subject: 'Won',
        'opportunityid@odata.bind': `/opportunities(${id})`,
        actualrevenue: 90,
      },
    };
    expect((await at.send('POST', 'WinOpportunity', body)).status).toBe(204);
    expect(only('opportunity')).toMatchObject({
      statecode: 1,
      statuscode: 3,
      actualvalue: 90,
      actualclosedate: '2026-03-02',
    });
    expect(only('opportunityclose')).toMatchObject({ opportunityid: id, statecode: 1 });
    expect((await at.send('PATCH', `opportunities(${id})`, { name: 'Other' })).status).toBe(400);
    expect((await at.send('PATCH', `opportunities(${id})`, { statecode: 0, statuscode: 1 })).status).toBe(
      204,
    );
    const wrong = { ...body, Status: 3 };
    expect((await at.send('POST', 'LoseOpportunity', wrong)).body.error.code).toBe('0x80048408');
    expect((await at.send('POST', 'LoseOpportunity', { ...body, Status: 5 })).status).toBe(204);
    expect(only('opportunity')).toMatchObject({ statecode: 2, statuscode: 5 });
  });

  it('resolve cases', async () => {
    const { org } = at.simulator;
    const [account] = org.create('account', [{ name: 'A' }]);
    const [id] = org.create('incident', [
      { title: 'Broken', 'customerid_account@odata.bind': `/accounts(${account})` },
    ]);
    const body = {
      Status: 5,
      IncidentResolution: { subject: 'Mended', 'incidentid@odata.bind': `/incidents(${id})` },
    };
    expect((await at.send('POST', 'CloseIncident', body)).status).toBe(204);
    expect(only('incident')).toMatchObject({ statecode: 1, statuscode: 5, accountid: account });
  });

  it('qualify a lead into account, contact and opportunity', async () => {
    const { org } = at.simulator;
    const [id] = org.create('lead', [
      { subject: 'Big', companyname: 'Litware', firstname: 'Jo', lastname: 'Doe' },
    ]);
    const body = { CreateAccount: true, CreateContact: true, CreateOpportunity: true, Status: 3 };
    const { status, body: answer } = await at.send('POST', `leads(${id})/${type('QualifyLead')}`, body);
    expect(status).toBe(200);
    expect(answer.value.map((each: Record<string, string>) => each['@odata.type'])).toEqual([
      '#Microsoft.Dynamics.CRM.account',
      '#Microsoft.Dynamics.CRM.contact',
      '#Microsoft.Dynamics.CRM.opportunity',
    ]);
    expect(only('lead')).toMatchObject({
      statecode: 1,
      statuscode: 3,
      qualifyingopportunityid: only('opportunity').opportunityid,
    });
    expect(only('contact')).toMatchObject({
      fullname: 'Jo Doe',
      parentcustomerid: only('account').accountid,
    });
    expect((await at.send('POST', `leads(${id})/${type('QualifyLead')}`, body)).status).toBe(400);
  });

  it('merge two accounts: children move, the subordinate stays inactive and names its master', async () => {
    const { org } = at.simulator;
    const [winner, loser] = org.create('account', [{ name: 'Winner' }, { name: 'Loser' }]);
    org.create('contact', [
      { lastname: 'Doe', 'parentcustomerid_account@odata.bind': `/accounts(${loser})` },
    ]);
    const entity = (id: string) => ({ '@odata.type': type('account'), accountid: id });
    const body = {
      Target: entity(winner!),
      Subordinate: entity(loser!),
      UpdateContent: { '@odata.type': type('account'), telephone1: '1' },
      PerformParentingChecks: false,
    };
    expect((await at.send('POST', 'Merge', body)).status).toBe(204);
    expect(org.get('account', loser!)).toMatchObject({
      merged: true,
      masterid: winner,
      statecode: 1,
      statuscode: 2,
    });
    expect(org.get('account', winner!)).toMatchObject({ telephone1: '1', merged: false });
    expect(only('contact')).toMatchObject({ parentcustomerid: winner });
  });
});
