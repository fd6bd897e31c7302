import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type SignedIn, startSignedIn } from './client.ts';

let at: SignedIn;
beforeAll(async () => {
  at = await startSignedIn();
  at.simulator.org.create('account', [
    { name: 'Alpha', numberofemployees: 5, creditonhold: true, address1_city: 'Bern' },
    { name: 'Beta', numberofemployees: 15, address1_city: "L'Aquila" },
    { name: 'Gamma', numberofemployees: 25 },
    { name: 'Albatross', numberofemployees: 35, customertypecode: 5 },
  ]);
});
afterAll(async () => await at.close());

const names = ({ body }: Answer): string[] => body.value.map(({ name }: { name: string }) => name);
const codeOf = ({ status, body }: Answer) => [status, body.error.code];

describe('SQL in the address of a set', () => {
  const ask = async (sql: string) => await at.send('GET', `accounts?sql=${encodeURIComponent(sql)}`);

  it.each<[string, string[]]>([
    ['SELECT name FROM account ORDER BY name', ['Albatross', 'Alpha', 'Beta', 'Gamma']],
    ['select top 2 [name] from account as a order by a.numberofemployees desc;', ['Albatross', 'Gamma']],
    ["SELECT name FROM account WHERE address1_city = 'L''Aquila'", ['Beta']],
    ["SELECT name FROM account WHERE name LIKE 'al%a'", ['Alpha']],
    ["SELECT name FROM account WHERE name NOT LIKE 'al%' ORDER BY name", ['Beta', 'Gamma']],
    [
      "SELECT name FROM account WHERE numberofemployees >= 15 AND (customertypecode IS NULL OR name <> N'Albatross') ORDER BY name",
      ['Beta', 'Gamma'],
    ],
    ["SELECT name FROM account WHERE NOT name IN ('Alpha', 'Beta', 'Gamma')", ['Albatross']],
    ['SELECT name FROM account WHERE numberofemployees BETWEEN 10 AND 30 ORDER BY name', ['Beta', 'Gamma']],
  ])('answers %s', async (sql, expected) => {
    const answer = await ask(sql);
    expect([answer.status, names(answer)]).toEqual([200, expected]);
  });

  it('answers the columns that are named, with the id', async () => {
    const { body } = await ask("SELECT numberofemployees FROM account WHERE name = 'Beta'");
    expect(Object.keys(body.value[0]).sort()).toEqual(['@odata.etag', 'accountid', 'numberofemployees']);
  });

  it.each([
    ['a statement that writes', 'DELETE FROM account', '0x80060888'],
    [
      'a subquery',
      'SELECT name FROM account WHERE accountid IN (SELECT accountid FROM account)',
      '0x80060888',
    ],
    ['HAVING', 'SELECT name FROM account GROUP BY name HAVING COUNT(*) > 1', '0x80060888'],
    ['another table', 'SELECT lastname FROM contact', '0x80060888'],
    ['an unknown column', 'SELECT foo FROM account', '0x80041103'],
  ])('is refused for %s', async (_what, sql, code) => {
    expect(codeOf(await ask(sql))).toEqual([400, code]);
  });
});

describe('FetchXML', () => {
  const annotated = {
    Prefer:
      'odata.include-annotations="Microsoft.Dynamics.CRM.fetchxmlpagingcookie,Microsoft.Dynamics.CRM.morerecords"',
  };
  const ask = async (xml: string, headers = {}) =>
    await at.send('GET', `accounts?fetchXml=${encodeURIComponent(xml)}`, undefined, headers);
  const fetch = (inner: string, attributes = '') =>
    `<fetch ${attributes}><entity name="account"><attribute name="name"/>${inner}</entity></fetch>`;

  it('asks with conditions, nested and of several values', async () => {
    const both = `<filter type="or"><condition attribute="name" operator="eq" value="alpha"/>
      <filter><condition attribute="numberofemployees" operator="gt" value="10"/>
      <condition attribute="name" operator="in"><value>Beta</value><value>Delta</value></condition></filter></filter>`;
    expect(names(await ask(fetch(`${both}<order attribute="name" descending="true"/>`)))).toEqual([
      'Beta',
      'Alpha',
    ]);
    const held = '<filter><condition attribute="creditonhold" operator="eq" value="1"/></filter>';
    expect(names(await ask(fetch(held)))).toEqual(['Alpha']);
    const blank =
      '<filter><condition attribute="address1_city" operator="null"/></filter><order attribute="name"/>';
    expect(names(await ask(fetch(blank)))).toEqual(['Albatross', 'Gamma']);
  });

  it('answers page by page, with the cookie for the next one, as clients follow it', async () => {
    const order = '<order attribute="name"/>';
    const first = await ask(fetch(order, 'count="3"'), annotated);
    expect([names(first), first.body['@Microsoft.Dynamics.CRM.morerecords']]).toEqual([
      ['Albatross', 'Alpha', 'Beta'],
      true,
    ]);
    expect(first.body['@Microsoft.Dynamics.CRM.fetchxmlpagingcookie']).toMatch(
      /^<cookie pagenumber="2" pagingcookie="%253C.*" istracking="False" \/>$/,
    );
    const second = await ask(fetch(order, 'count="3" page="2" paging-cookie="x"'), annotated);
    expect([names(second), second.body['@Microsoft.Dynamics.CRM.morerecords']]).toEqual([['Gamma'], false]);
    expect(names(await ask(fetch(order, 'top="1"')))).toEqual(['Albatross']);
  });

  it.each([
    ['no XML', '<fetch', '0x80060888'],
    ['another table', '<fetch><entity name="contact"/></fetch>', '0x80060888'],
    [
      'an unknown column',
      '<fetch><entity name="account"><attribute name="foo"/></entity></fetch>',
      '0x80041103',
    ],
    [
      'an unknown operator',
      '<fetch><entity name="account"><filter><condition attribute="name" operator="above" value="1"/></filter></entity></fetch>',
      '0x80060888',
    ],
  ])('is refused for %s', async (_what, xml, code) => {
    expect(codeOf(await ask(xml))).toEqual([400, code]);
  });
});

describe('what Microsoft’s Python client asks for beside the common calls', () => {
  const label = (text: string) => ({ LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] });
  const entity = (name: string) => ({
    '@odata.type': 'Microsoft.Dynamics.CRM.ComplexEntityMetadata',
    SchemaName: name,
    DisplayName: label(name),
    DisplayCollectionName: label(`${name}s`),
    Attributes: [
      {
        '@odata.type': 'Microsoft.Dynamics.CRM.ComplexStringAttributeMetadata',
        SchemaName: 'new_Name',
        DisplayName: label('Name'),
        IsPrimaryName: true,
        MaxLength: 70,
      },
    ],
  });

  it('makes several tables at once, or none', async () => {
    const refused = await at.send('POST', 'CreateEntities', {
      Entities: [entity('new_One'), entity('account')],
    });
    expect(refused.status).toBe(400);
    expect(at.simulator.org.schema.table('new_one')).toBeUndefined();
    const made = await at.send('POST', 'CreateEntities', {
      Entities: [entity('new_One'), entity('new_Two')],
    });
    expect(made.status).toBe(204);
    expect(at.simulator.org.table('new_two').columns.get('new_name')).toMatchObject({ maxLength: 70 });
  });

  it('reads typed columns by one query on metadata', async () => {
    const equals = (name: string, value: string) => ({
      Conditions: [
        { PropertyName: name, ConditionOperator: 'Equals', Value: { Type: 'System.String', Value: value } },
      ],
    });
    const query = {
      Properties: { PropertyNames: ['LogicalName', 'Attributes'] },
      Criteria: equals('LogicalName', 'account'),
      AttributeQuery: {
        Properties: { PropertyNames: ['LogicalName', 'MaxLength'] },
        Criteria: equals('LogicalName', 'name'),
      },
    };
    const ask = async (given: string) =>
      await at.send('GET', `RetrieveMetadataChanges(Query=@p1)?@p1=${encodeURIComponent(given)}`);
    const { body } = await ask(JSON.stringify(query));
    expect(body.EntityMetadata).toEqual([
      {
        MetadataId: expect.any(String),
        LogicalName: 'account',
        HasChanged: null,
        Attributes: [
          {
            '@odata.type': '#Microsoft.Dynamics.CRM.StringAttributeMetadata',
            MetadataId: expect.any(String),
            LogicalName: 'name',
            MaxLength: 160,
            HasChanged: null,
          },
        ],
      },
    ]);
    expect(codeOf(await ask('{'))).toEqual([400, '0x80060888']);
    const unknown = { ...query, Criteria: equals('Nope', 'x') };
    expect(codeOf(await ask(JSON.stringify(unknown)))).toEqual([400, '0x80040203']);
  });

  it('deletes by a job what a query finds, and leaves what cannot go', async () => {
    const { org } = at.simulator;
    const lead = org.create('lead', [{ lastname: 'A' }, { lastname: 'B' }, { lastname: 'C' }]);
    const body = {
      JobName: 'Bulk delete leads',
      QuerySet: [
        {
          EntityName: 'lead',
          Criteria: {
            FilterOperator: 'And',
            Conditions: [
              {
                AttributeName: 'leadid',
                Operator: 'In',
                Values: lead.slice(0, 2).map((Value) => ({ Value, Type: 'System.Guid' })),
              },
            ],
          },
        },
      ],
    };
    const done = await at.send('POST', 'BulkDelete', body);
    expect(done.status).toBe(200);
    expect(org.dump('lead').map(({ lastname }) => lastname)).toEqual(['C']);
    const job = await at.send('GET', `asyncoperations(${done.body.JobId})?$select=statecode,statuscode`);
    expect(job.body).toMatchObject({ statecode: 3, statuscode: 30 });
    const token = at.simulator.tokens.issue(org.addUser({ fullName: 'Sam Seller' }));
    const refused = await at.send('POST', 'BulkDelete', body, { Authorization: `Bearer ${token}` });
    expect(codeOf(refused)).toEqual([403, '0x80040220']);
  });
});
