import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection } from 'jsforce';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { clientOf } from './http-client.ts';

let simulator: Simulator;
let client: ReturnType<typeof clientOf>;
let connection: Connection;

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ empty: true, now: Date.parse('2026-11-23T09:00:00Z') });
  client = clientOf(simulator);
  connection = client.connect();
});
afterAll(() => simulator.close());

const insert = (object: string, ...records: Array<Record<string, unknown>>): string[] =>
  simulator.org.insert(object, records).map((result) => String(result.id));
const row = (id: string) => simulator.org.find(id)?.row ?? {};

describe('undelete', () => {
  it('brings a record back under its id, and tells of one that is not in the bin', async () => {
    const [id = ''] = insert('Account', { Name: 'Back' });
    simulator.org.delete([id]);
    expect(await connection.soap.undelete([id])).toMatchObject([{ id, success: true }]);
    expect(row(id).IsDeleted).toBe(false);
    expect(await connection.soap.undelete([id])).toMatchObject([
      { success: false, errors: [{ statusCode: 'UNDELETE_FAILED' }] },
    ]);
  });
});

describe('merge', () => {
  it('moves the children to the winner and buries the loser with its name', async () => {
    const [winner = '', loser = ''] = insert('Account', { Name: 'Winner' }, { Name: 'Loser & Sons' });
    const [child = ''] = insert('Contact', { LastName: 'Kid', AccountId: loser });
    const masterRecord = { type: 'Account', Id: winner, Phone: '1 < 2' };
    const merged = await connection.soap.merge({ masterRecord, recordToMergeIds: [loser] });
    expect(merged).toMatchObject({ id: winner, success: true, mergedRecordIds: [loser] });
    expect(row(winner)).toMatchObject({ Phone: '1 < 2', IsDeleted: false });
    expect(row(loser)).toMatchObject({ IsDeleted: true, MasterRecordId: winner });
    expect(row(child).AccountId).toBe(winner);
  });
});

describe('convertLead', () => {
  const status = 'Closed - Converted';
  const options = { doNotCreateOpportunity: false, overwriteLeadSource: false, sendNotificationEmail: false };

  it('makes an account, a contact and an opportunity', async () => {
    const [leadId = ''] = insert('Lead', {
      FirstName: 'Ann',
      LastName: 'Lead',
      Company: 'Initech',
      Email: 'ann@example.com',
      City: 'Oslo',
      LeadSource: 'Web',
    });
    const result = await connection.soap.convertLead({ leadId, convertedStatus: status, ...options });
    expect(result).toMatchObject({ success: true, leadId, errors: [] });
    expect(row(leadId)).toMatchObject({
      IsConverted: true,
      Status: status,
      ConvertedDate: '2026-11-23',
      ConvertedAccountId: result.accountId,
      ConvertedContactId: result.contactId,
      ConvertedOpportunityId: result.opportunityId,
    });
    expect(row(String(result.accountId))).toMatchObject({ Name: 'Initech', BillingCity: 'Oslo' });
    expect(row(String(result.contactId))).toMatchObject({
      Email: 'ann@example.com',
      AccountId: result.accountId,
    });
    expect(row(String(result.opportunityId))).toMatchObject({
      Name: 'Initech-',
      AccountId: result.accountId,
      CloseDate: '2026-12-31',
      LeadSource: 'Web',
    });
    expect(simulator.org.update('Lead', [{ Id: leadId, Title: 'x' }])).toMatchObject([
      { success: false, errors: [{ statusCode: 'CANNOT_UPDATE_CONVERTED_LEAD' }] },
    ]);
  });

  it('joins an account that is there, without overwriting it', async () => {
    const [accountId = ''] = insert('Account', { Name: 'Kept', Phone: '1' });
    const [leadId = ''] = insert('Lead', {
      LastName: 'Two',
      Company: 'Other',
      Phone: '2',
      Website: 'two.example',
    });
    const result = await connection.soap.convertLead([
      { leadId, accountId, convertedStatus: status, ...options, doNotCreateOpportunity: true },
    ]);
    expect(result).toMatchObject([{ success: true, accountId, opportunityId: null }]);
    expect(row(accountId)).toMatchObject({ Name: 'Kept', Phone: '1', Website: 'two.example' });
  });

  it('changes nothing when one record is refused', async () => {
    const [leadId = ''] = insert('Lead', { LastName: 'Three', Company: 'Refused Ltd' });
    const allow = simulator.org.addValidationRule('Opportunity', () => ({ message: 'No new deals' }));
    const result = await connection.soap.convertLead({ leadId, convertedStatus: status, ...options });
    allow();
    expect(result).toMatchObject({
      success: false,
      accountId: null,
      errors: [{ statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'No new deals' }],
    });
    expect(row(leadId).IsConverted).toBe(false);
    expect((await connection.query("SELECT Id FROM Account WHERE Name = 'Refused Ltd'")).totalSize).toBe(0);
  });

  it('refuses a status that does not convert, and a lead that is converted', async () => {
    const [leadId = ''] = insert('Lead', { LastName: 'Four', Company: 'Four' });
    const attempt = async (convertedStatus: string) => {
      const result = await connection.soap.convertLead({ leadId, convertedStatus, ...options });
      return result.success ? 'converted' : result.errors[0]?.statusCode;
    };
    expect(await attempt('Open - Not Contacted')).toBe('INVALID_STATUS');
    expect(await attempt(status)).toBe('converted');
    expect(await attempt(status)).toBe('CANNOT_UPDATE_CONVERTED_LEAD');
  });
});

describe('the calls that REST has too', () => {
  it('create, update, upsert and delete', async () => {
    const [made, refused] = await connection.soap.create([
      { type: 'Account', Name: 'Soap' },
      { type: 'Contact' },
    ]);
    expect(made).toMatchObject({ success: true });
    expect(refused).toMatchObject({ success: false, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING' }] });
    const id = String(made?.id);
    await connection.soap.update({ type: 'Account', Id: id, Phone: '5', Name: 'Soapy' });
    await connection.soap.update({ type: 'Account', Id: id, Phone: null });
    expect(row(id)).toMatchObject({ Name: 'Soapy', Phone: null });
    expect(await connection.soap.upsert('Id', { type: 'Account', Id: id, Name: 'Soapier' })).toMatchObject({
      success: true,
      created: false,
    });
    expect(await connection.soap.delete([id])).toMatchObject([{ id, success: true }]);
    expect(await connection.soap.emptyRecycleBin([id])).toMatchObject([{ id, success: true }]);
    expect(simulator.org.find(id)).toBeUndefined();
  });

  it('tell who and when', async () => {
    expect(await connection.soap.getUserInfo()).toMatchObject({
      userId: simulator.users.admin,
      organizationId: simulator.org.id,
    });
    expect((await connection.soap.getServerTimestamp()).timestamp).toMatch(/^2026-11-23T/);
  });
});

describe('faults', () => {
  const post = (version: string, body: string, session = 'x') =>
    client.call(`/services/Soap/u/${version}`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml', SOAPAction: '""' },
      body: `<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header xmlns="urn:partner.soap.sforce.com"><SessionHeader><sessionId>${session}</sessionId></SessionHeader></e:Header><e:Body xmlns="urn:partner.soap.sforce.com">${body}</e:Body></e:Envelope>`,
    });

  it('tell of an expired session with status 500, so that clients renew it', async () => {
    const answer = await post('67.0', '<getUserInfo/>');
    expect(answer.status).toBe(500);
    expect(answer.headers.get('content-type')).toContain('text/xml');
    expect(answer.text).toMatch(
      /<soapenv:Envelope.*<soapenv:Body><soapenv:Fault><faultcode>sf:INVALID_SESSION_ID<\/faultcode>/,
    );
  });

  it('refuse login: from 65.0 on there is no such call', async () => {
    const login = '<login><username>a</username><password>b</password></login>';
    const newer = await post('65.0', login);
    expect(newer.status).toBe(500);
    expect(newer.text).toContain('No operation available for request {urn:partner.soap.sforce.com}login');
    const refused = (await post('64.0', login)).text;
    expect(refused).toContain('<faultcode>sf:INVALID_LOGIN</faultcode>');
    expect(refused).toContain(
      '<detail><sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>',
    );
  });

  it('answer what is no call', async () => {
    const session = simulator.tokens.issue(simulator.users.admin);
    expect((await post('67.0', '<explode/>', session)).text).toContain('No operation available');
    expect((await post('67.0', '<broken', session)).text).toContain('<faultcode>soapenv:Client</faultcode>');
    expect((await post('67.0', '', session)).status).toBe(500);
  });
});
