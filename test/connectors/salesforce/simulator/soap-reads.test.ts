import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { type Answer, clientOf } from './http-client.ts';

let simulator: Simulator;
let client: ReturnType<typeof clientOf>;
let session: string;

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ empty: true, now: Date.parse('2026-11-23T09:00:00Z') });
  client = clientOf(simulator);
  session = simulator.tokens.issue(simulator.users.admin);
});
afterAll(() => simulator.close());

interface Options {
  flavour?: 'u' | 'c';
  version?: string;
  headers?: string;
}

function post(
  body: string,
  { flavour = 'u', version = '64.0', headers = '' }: Options = {},
): Promise<Answer> {
  const namespace = flavour === 'u' ? 'urn:partner.soap.sforce.com' : 'urn:enterprise.soap.sforce.com';
  const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
  return client.call(`/services/Soap/${flavour}/${version}`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml', SOAPAction: '""' },
    body: `<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="${namespace}" ${xsi}><e:Header><SessionHeader><sessionId>${session}</sessionId></SessionHeader>${headers}</e:Header><e:Body>${body}</e:Body></e:Envelope>`,
  });
}

const text = async (body: string, options?: Options) => (await post(body, options)).text;
const query = (soql: string) => `<query><queryString>${soql}</queryString></query>`;
const insert = (object: string, ...records: Array<Record<string, unknown>>): string[] =>
  simulator.org.insert(object, records).map((result) => String(result.id));

describe('login', () => {
  const login = (username: string, password: string) =>
    `<login><username>${username}</username><password>${password}</password></login>`;

  it.each(['simulated-password', 'simulated-passwordsimulated-token'])(
    'opens a session with %s',
    async (password) => {
      const answer = await text(login('ADMIN@sim.example', password), { version: '58.0' });
      expect(answer).toContain(
        `<serverUrl>${simulator.url}/services/Soap/u/58.0/00DSm0000000001</serverUrl>`,
      );
      const sessionId = /<sessionId>(.*?)</.exec(answer)?.[1] ?? '';
      expect(simulator.tokens.userOf(sessionId)).toBe(simulator.users.admin);
      expect(answer).toContain('<userInfo><accessibilityMode>');
    },
  );

  it.each([
    ['admin@sim.example', 'wrong'],
    ['nobody@sim.example', 'simulated-password'],
  ])('is refused to %s with %s', async (username, password) => {
    expect(await text(login(username, password))).toContain('<faultcode>sf:INVALID_LOGIN</faultcode>');
  });

  it('ends with logout', async () => {
    const before = session;
    session = simulator.tokens.issue(simulator.users.admin);
    expect(await text('<logout/>')).toContain('<logoutResponse></logoutResponse>');
    expect(await text('<getUserInfo/>')).toContain('INVALID_SESSION_ID');
    session = before;
  });
});

describe('query', () => {
  // https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_query.htm
  it('answers sObjects: the type, the id twice, instants in Z, parents and children inside', async () => {
    const [id = ''] = insert('Account', { Name: 'A & B', BillingCity: 'Oslo' });
    insert('Contact', { LastName: 'Kid', AccountId: id });
    const soql = `SELECT Id, Name, Phone, CreatedDate, Owner.Name, BillingAddress, (SELECT LastName FROM Contacts) FROM Account WHERE Id = '${id}'`;
    const answer = (await text(query(soql))).replace(/T09:\d\d:\d\d\.000Z/g, 'T09:00:00.000Z');
    expect(answer).toContain(
      `<records xsi:type="sf:sObject"><sf:type>Account</sf:type><sf:Id>${id}</sf:Id><sf:Id>${id}</sf:Id><sf:Name>A &amp; B</sf:Name><sf:Phone xsi:nil="true"/><sf:CreatedDate>2026-11-23T09:00:00.000Z</sf:CreatedDate><sf:Owner xsi:type="sf:sObject"><sf:type>User</sf:type><sf:Id xsi:nil="true"/><sf:Name>Ada Admin</sf:Name></sf:Owner>`,
    );
    expect(answer).toContain(
      '<sf:BillingAddress xsi:type="address"><latitude xsi:nil="true"/><longitude xsi:nil="true"/><city>Oslo</city>',
    );
    expect(answer).toContain(
      '<sf:Contacts xsi:type="QueryResult"><done>true</done><queryLocator xsi:nil="true"/><records',
    );
    expect(answer).toMatch(
      /<limitInfo><current>\d+<\/current><limit>15000<\/limit><type>API REQUESTS<\/type>/,
    );
  });

  it('gives enterprise clients typed records', async () => {
    const answer = await text(query("SELECT Name FROM Account WHERE Name = 'A &amp; B'"), { flavour: 'c' });
    expect(answer).toContain('xmlns:sf="urn:sobject.enterprise.soap.sforce.com"');
    expect(answer).toContain(
      '<records xsi:type="sf:Account"><sf:Id xsi:nil="true"/><sf:Name>A &amp; B</sf:Name></records>',
    );
  });

  it('leads from page to page with a locator', async () => {
    insert('Campaign', ...Array.from({ length: 250 }, (_, n) => ({ Name: `C${n}` })));
    const headers = '<QueryOptions><batchSize>200</batchSize></QueryOptions>';
    const first = await text(query('SELECT Id FROM Campaign'), { headers });
    const locator = /<queryLocator>(.*?)</.exec(first)?.[1];
    expect([first.match(/<records /g)?.length, first.includes('<done>false</done>')]).toEqual([200, true]);
    const last = await text(`<queryMore><queryLocator>${locator}</queryLocator></queryMore>`, { headers });
    expect([last.match(/<records /g)?.length, last.includes('<done>true</done>')]).toEqual([50, true]);
    expect(last).toContain('<size>250</size>');
    expect(await text('<queryMore><queryLocator>x-1</queryLocator></queryMore>')).toContain(
      'sf:INVALID_QUERY_LOCATOR',
    );
  });

  it('sees the bin with queryAll only', async () => {
    const [id = ''] = insert('Case', { Subject: 'Gone' });
    simulator.org.delete([id]);
    const soql = `<queryString>SELECT Id FROM Case</queryString>`;
    expect(await text(`<query>${soql}</query>`)).toContain('<size>0</size>');
    expect(await text(`<queryAll>${soql}</queryAll>`)).toContain('<size>1</size>');
  });

  it('counts without records', async () => {
    expect(await text(query('SELECT COUNT() FROM Campaign'))).toContain(
      '<queryLocator xsi:nil="true"/><size>250</size>',
    );
  });
});

describe('the other reading calls', () => {
  it('retrieve records in the order asked, nil for what is not there', async () => {
    const [id = ''] = insert('Account', { Name: 'Read' });
    const ids = `<ids>001000000000000AAA</ids><ids>${id.slice(0, 15)}</ids>`;
    const answer = await text(
      `<retrieve><fieldList>Id, Name</fieldList><sObjectType>Account</sObjectType>${ids}</retrieve>`,
    );
    expect(answer).toMatch(
      /<result xsi:nil="true"\/><result xsi:type="sf:sObject"><sf:type>Account<\/sf:type>/,
    );
    expect(answer).toContain('<sf:Name>Read</sf:Name>');
  });

  it('search', async () => {
    insert('Account', { Name: 'Searched Ltd' });
    const sosl = 'FIND {searched} RETURNING Account(Name)';
    expect(await text(`<search><searchString>${sosl}</searchString></search>`)).toContain(
      '<searchRecords><record xsi:type="sf:sObject"><sf:type>Account</sf:type><sf:Id xsi:nil="true"/><sf:Name>Searched Ltd</sf:Name></record></searchRecords>',
    );
  });

  it('tell what changed and what was deleted', async () => {
    const [kept = '', gone = ''] = insert(
      'Lead',
      { LastName: 'K', Company: 'C' },
      { LastName: 'G', Company: 'C' },
    );
    simulator.org.delete([gone]);
    simulator.org.clock.advance(120_000);
    const args =
      '<sObjectType>Lead</sObjectType><startDate>2026-11-23T08:00:00Z</startDate><endDate>2026-11-23T09:02:00Z</endDate>';
    expect(await text(`<getUpdated>${args}</getUpdated>`)).toContain(
      `<result><ids>${kept}</ids><latestDateCovered>2026-11-23T09:02:00.000Z</latestDateCovered></result>`,
    );
    expect(await text(`<getDeleted>${args}</getDeleted>`)).toMatch(
      new RegExp(
        `<deletedRecords><deletedDate>2026-11-23T09:00:\\d\\d.000Z</deletedDate><id>${gone}</id></deletedRecords>`,
      ),
    );
  });

  it('describe objects with the elements of the WSDL, in its order', async () => {
    const answer = await text('<describeSObject><sObjectType>Account</sObjectType></describeSObject>');
    const names = [
      ...(/<result>(.*)<\/result>/.exec(answer)?.[1] ?? '')
        .replace(
          /<(fields|childRelationships|recordTypeInfos|supportedScopes|namedLayoutInfos|actionOverrides)>.*?<\/\1>/g,
          '',
        )
        .matchAll(/<(\w+)[ >]/g),
    ].map((match) => String(match[1]));
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(['activateable', 'idEnabled', 'updateable', 'urlNew']));
    expect(answer).toContain('<defaultValue xsi:type="xsd:boolean">false</defaultValue>');
    expect(answer).not.toContain('filteredLookupInfo');
    expect(await text('<describeSObject><sObjectType>Nope</sObjectType></describeSObject>')).toContain(
      'sf:INVALID_TYPE',
    );
  });

  it('describe several, and all by name', async () => {
    const several = '<sObjectType>Account</sObjectType><sObjectType>Contact</sObjectType>';
    expect((await text(`<describeSObjects>${several}</describeSObjects>`)).match(/<result>/g)).toHaveLength(
      2,
    );
    expect(await text('<describeGlobal/>')).toContain(
      '<maxBatchSize>200</maxBatchSize><sobjects><activateable>',
    );
  });
});

describe('writes', () => {
  const account = (name: string) => `<sObjects><type>Account</type><Name>${name}</Name></sObjects>`;

  it('take the type of an enterprise record from its attribute', async () => {
    const body = '<create><sObjects xsi:type="sf:Account"><Name>Typed</Name></sObjects></create>';
    expect(await text(body, { flavour: 'c' })).toMatch(/<id>001\w{15}<\/id><success>true<\/success>/);
  });

  it('name a parent by a key of its own', async () => {
    const [userId = ''] = simulator.users.sales;
    const username = String(simulator.org.find(userId)?.row.Username);
    const owner = `<Owner><type>User</type><Username>${username}</Username></Owner>`;
    const answer = await text(
      `<create><sObjects><type>Account</type><Name>Owned</Name>${owner}</sObjects></create>`,
    );
    expect(simulator.org.find(/<id>(\w{18})</.exec(answer)?.[1] ?? '')?.row.OwnerId).toBe(userId);
  });

  it('are all undone with the first failure when the header says so', async () => {
    const headers = '<AllOrNoneHeader><allOrNone>true</allOrNone></AllOrNoneHeader>';
    const answer = await text(`<create>${account('Undone')}${account('')}</create>`, { headers });
    expect(answer).toContain('ALL_OR_NONE_OPERATION_ROLLED_BACK');
    expect(await text(query("SELECT Id FROM Account WHERE Name = 'Undone'"))).toContain('<size>0</size>');
  });

  // https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_header_allowfieldtruncation.htm
  it('refuse what is too long unless the header lets it be cut', async () => {
    const long = 'n'.repeat(300);
    expect(await text(`<create>${account(long)}</create>`)).toContain('STRING_TOO_LONG');
    const headers =
      '<AllowFieldTruncationHeader><allowFieldTruncation>true</allowFieldTruncation></AllowFieldTruncationHeader>';
    const answer = await text(`<create>${account(long)}</create>`, { headers });
    const name = simulator.org.find(/<id>(\w{18})</.exec(answer)?.[1] ?? '')?.row.Name;
    expect(name).toBe(long.slice(0, 255));
  });

  // https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_header_assignmentruleheader.htm
  it('assign nothing unless the header asks for it', async () => {
    const [userId = ''] = simulator.users.sales;
    simulator.org.setAssignmentRule('Lead', { id: '01QSm0000000001AAA', assign: () => userId });
    const body =
      '<create><sObjects><type>Lead</type><LastName>L</LastName><Company>C</Company></sObjects></create>';
    const ownerOf = (answer: string) =>
      simulator.org.find(/<id>(\w{18})</.exec(answer)?.[1] ?? '')?.row.OwnerId;
    expect(ownerOf(await text(body))).toBe(simulator.users.admin);
    const headers = '<AssignmentRuleHeader><useDefaultRule>true</useDefaultRule></AssignmentRuleHeader>';
    expect(ownerOf(await text(body, { headers }))).toBe(userId);
  });

  // https://github.com/superfell/Beatbox sends `id`, and has always been run against the platform
  it.each(['ids', 'id'])('delete what the element %s names', async (name) => {
    const [id = ''] = insert('Account', { Name: 'Short-lived' });
    expect(await text(`<delete><${name}>${id}</${name}></delete>`)).toContain('<success>true</success>');
    expect(simulator.org.find(id)?.row.IsDeleted).toBe(true);
  });

  it('of more than 200 records are refused', async () => {
    const many = Array.from({ length: 201 }, (_, n) => account(`N${n}`)).join('');
    expect(await text(`<create>${many}</create>`)).toContain('sf:EXCEEDED_ID_LIMIT');
  });
});
