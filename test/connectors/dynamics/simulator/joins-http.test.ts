import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type SignedIn, startSignedIn } from './client.ts';

/** Joins and aggregates in FetchXML, SQL and $apply, with the examples of Microsoft's pages. */
let at: SignedIn;
let ids: Record<string, string>;

beforeAll(async () => {
  at = await startSignedIn();
  const { org } = at.simulator;
  const [ann = '', bob = ''] = org.create('contact', [
    { firstname: 'Ann', lastname: 'Lee', jobtitle: 'CEO' },
    { firstname: 'Bob', lastname: 'Ray' },
  ]);
  const [litware = '', fabrikam = '', coho = ''] = org.create('account', [
    {
      name: 'Litware',
      address1_city: 'Redmond',
      numberofemployees: 6000,
      revenue: 1000,
      'primarycontactid@odata.bind': `/contacts(${ann})`,
    },
    {
      name: 'Fabrikam',
      address1_city: 'Redmond',
      numberofemployees: 2901,
      revenue: 10.25,
      'primarycontactid@odata.bind': `/contacts(${bob})`,
    },
    { name: 'Coho', address1_city: 'Phoenix', numberofemployees: 2901 },
  ]);
  org.create('account', [{ name: 'Example' }]);
  org.update('contact', ann, { 'parentcustomerid_account@odata.bind': `/accounts(${litware})` });
  org.update('contact', bob, { 'parentcustomerid_account@odata.bind': `/accounts(${litware})` });
  org.create('opportunity', [
    { name: 'Big', estimatedvalue: 500, 'parentaccountid@odata.bind': `/accounts(${litware})` },
    { name: 'Small', estimatedvalue: 5, 'parentaccountid@odata.bind': `/accounts(${fabrikam})` },
  ]);
  ids = { ann, bob, litware, fabrikam, coho };
});
afterAll(async () => await at.close());

const annotated = { Prefer: 'odata.include-annotations="*"' };
const rowsOf = ({ status, body }: Answer) => {
  expect([status, body.error]).toEqual([200, undefined]);
  return body.value;
};
const namesOf = (answer: Answer) => rowsOf(answer).map(({ name }: { name: string }) => name);
const codeOf = ({ status, body }: Answer) => [status, body.error?.code];

describe('FetchXML over several tables', () => {
  const ask = async (xml: string, set = 'accounts', headers = {}) =>
    await at.send('GET', `${set}?fetchXml=${encodeURIComponent(xml)}`, undefined, headers);
  const accounts = (inner: string) =>
    `<fetch><entity name="account"><attribute name="name"/>${inner}<order attribute="name"/></entity></fetch>`;
  const primary = (attributes: string, inner = '<attribute name="fullname"/>') =>
    accounts(
      `<link-entity name="contact" from="contactid" to="primarycontactid" alias="contact" ${attributes}>${inner}</link-entity>`,
    );

  it('joins many to one, columns under the alias', async () => {
    const rows = rowsOf(await ask(primary('link-type="inner"')));
    expect(rows).toMatchObject([
      { name: 'Fabrikam', 'contact.fullname': 'Bob Ray', accountid: ids.fabrikam },
      { name: 'Litware', 'contact.fullname': 'Ann Lee', accountid: ids.litware },
    ]);
    expect(rows[0]['@odata.etag']).toMatch(/^W\/"\d+"$/);
  });

  it('joins with outer links, whose conditions leave blank what does not fit', async () => {
    const filter =
      '<attribute name="fullname"/><filter><condition attribute="jobtitle" operator="eq" value="CEO"/></filter>';
    const rows = rowsOf(await ask(primary('link-type="outer"', filter)));
    expect(rows.map((row: Record<string, unknown>) => [row.name, row['contact.fullname']])).toEqual([
      ['Coho', undefined],
      ['Example', undefined],
      ['Fabrikam', undefined],
      ['Litware', 'Ann Lee'],
    ]);
    expect(namesOf(await ask(primary('link-type="inner"', filter)))).toEqual(['Litware']);
  });

  it('joins one to many and names links that have no alias by their table', async () => {
    const xml =
      '<fetch><entity name="account"><link-entity name="contact" from="parentcustomerid" to="accountid"><attribute name="lastname"/><attribute name="parentcustomerid"/><order attribute="lastname" descending="true"/></link-entity></entity></fetch>';
    const rows = rowsOf(await ask(xml, 'accounts', annotated));
    expect(rows.map((row: Record<string, unknown>) => row['contact1.lastname'])).toEqual(['Ray', 'Lee']);
    expect(rows[0]).toMatchObject({
      'contact1.parentcustomerid': ids.litware,
      'contact1.parentcustomerid@OData.Community.Display.V1.FormattedValue': 'Litware',
      'contact1.parentcustomerid@Microsoft.Dynamics.CRM.lookuplogicalname': 'account',
    });
  });

  it.each([
    ['any', ['Litware']],
    ['not any', ['Coho', 'Example', 'Fabrikam']],
    ['all', []],
    ['not all', ['Litware']],
  ])('filters by related rows with %s', async (kind, expected) => {
    const link = `<filter><link-entity name="contact" from="parentcustomerid" to="accountid" link-type="${kind}"><filter><condition attribute="lastname" operator="eq" value="Lee"/></filter></link-entity></filter>`;
    expect(namesOf(await ask(accounts(link)))).toEqual(expected);
  });

  it('filters by the columns of a link, and by two columns of a row', async () => {
    const entityname = `${'<filter><condition entityname="c" attribute="fullname" operator="like" value="B%"/></filter>'}<link-entity name="contact" from="contactid" to="primarycontactid" alias="c"/>`;
    expect(namesOf(await ask(accounts(entityname)))).toEqual(['Fabrikam']);
    const valueof =
      '<filter><condition attribute="numberofemployees" operator="gt" valueof="revenue"/></filter>';
    expect(namesOf(await ask(accounts(valueof)))).toEqual(['Fabrikam', 'Litware']);
  });

  it('aggregates, without those that are blank', async () => {
    const one = (aggregate: string, more = '') =>
      `<attribute name="numberofemployees" alias="${aggregate}${more === '' ? '' : 'Distinct'}" aggregate="${aggregate}" ${more}/>`;
    const all = ['avg', 'count', 'countcolumn', 'max', 'min', 'sum'].map((each) => one(each)).join('');
    const xml = `<fetch aggregate="true"><entity name="account">${all}${one('countcolumn', 'distinct="true"')}</entity></fetch>`;
    expect(rowsOf(await ask(xml))).toEqual([
      { avg: 3934, count: 4, countcolumn: 3, max: 6000, min: 2901, sum: 11_802, countcolumnDistinct: 2 },
    ]);
  });

  it('groups, orders groups, and shows them as people see them', async () => {
    const xml =
      '<fetch aggregate="true"><entity name="account"><attribute name="revenue" alias="total" aggregate="sum"/><attribute name="address1_city" alias="city" groupby="true"/><attribute name="createdon" alias="year" groupby="true" dategrouping="year"/><order alias="city" descending="true"/></entity></fetch>';
    const rows = rowsOf(await ask(xml, 'accounts', annotated));
    const year = new Date(at.simulator.org.clock.now()).getUTCFullYear();
    expect(rows[0]).toEqual({
      total: 1010.25,
      'total@OData.Community.Display.V1.FormattedValue': '$1,010.25',
      city: 'Redmond',
      year,
      'year@OData.Community.Display.V1.FormattedValue': year.toLocaleString('en-US'),
    });
    expect(rows.map(({ city }: { city: string }) => city)).toEqual(['Redmond', 'Phoenix', undefined]);
  });

  it('answers distinct rows without their ids', async () => {
    const xml =
      '<fetch distinct="true"><entity name="account"><attribute name="address1_city"/><order attribute="address1_city"/></entity></fetch>';
    expect(rowsOf(await ask(xml))).toEqual([{}, { address1_city: 'Phoenix' }, { address1_city: 'Redmond' }]);
  });

  it('tells how many rows there are', async () => {
    const xml = '<fetch count="1" returntotalrecordcount="true"><entity name="account"/></fetch>';
    const { body } = await ask(xml, 'accounts', annotated);
    expect(body).toMatchObject({
      '@Microsoft.Dynamics.CRM.totalrecordcount': 4,
      '@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded': false,
      '@Microsoft.Dynamics.CRM.morerecords': true,
    });
  });

  it.each([
    ['this-month', '', 4],
    ['last-x-days', 'value="2"', 4],
    ['yesterday', '', 0],
    ['olderthan-x-months', 'value="1"', 0],
    ['on-or-after', 'value="2001-01-01"', 4],
    ['this-fiscal-year', '', 4],
  ])('knows the operator %s', async (operator, value, count) => {
    const filter = `<filter><condition attribute="createdon" operator="${operator}" ${value}/></filter>`;
    expect(rowsOf(await ask(accounts(filter)))).toHaveLength(count);
  });

  it.each([
    [
      'more than 15 links',
      accounts('<link-entity name="contact" from="parentcustomerid" to="accountid"/>'.repeat(16)),
      '0x8004430d',
    ],
    ['a table that is not there', accounts('<link-entity name="foo" from="a" to="b"/>'), '0x80041102'],
    [
      'an unknown alias',
      accounts('<filter><condition entityname="x" attribute="name" operator="null"/></filter>'),
      '0x80041102',
    ],
    [
      'an aggregate without an alias',
      '<fetch aggregate="true"><entity name="account"><attribute name="name" aggregate="count"/></entity></fetch>',
      '0x80041102',
    ],
  ])('is refused for %s', async (_what, xml, code) => {
    expect(codeOf(await ask(xml))).toEqual([400, code]);
  });
});

describe('SQL over several tables', () => {
  const ask = async (sql: string, headers = {}) =>
    await at.send('GET', `accounts?sql=${encodeURIComponent(sql)}`, undefined, headers);

  it.each<[string, unknown[]]>([
    [
      'SELECT a.name, c.fullname FROM account a INNER JOIN contact c ON a.accountid = c.parentcustomerid ORDER BY c.fullname',
      [
        { name: 'Litware', fullname: 'Ann Lee' },
        { name: 'Litware', fullname: 'Bob Ray' },
      ],
    ],
    [
      "SELECT a.name AS account, c.lastname FROM account a LEFT JOIN contact AS c ON c.contactid = a.primarycontactid WHERE a.name <> 'Example' ORDER BY account DESC",
      [
        { account: 'Litware', lastname: 'Lee' },
        { account: 'Fabrikam', lastname: 'Ray' },
        { account: 'Coho', lastname: null },
      ],
    ],
    [
      'SELECT a.name, o.name AS deal FROM account a JOIN contact c ON a.primarycontactid = c.contactid JOIN opportunity o ON o.parentaccountid = a.accountid WHERE c.jobtitle IS NOT NULL',
      [{ name: 'Litware', deal: 'Big' }],
    ],
  ])('joins: %s', async (sql, expected) => {
    expect(rowsOf(await ask(sql))).toEqual(expected.map((each) => expect.objectContaining(each as object)));
  });

  it.each<[string, unknown[]]>([
    [
      'SELECT COUNT(*) as cnt, SUM(revenue) as total, AVG(numberofemployees) as mean, MIN(name) as first, COUNT(address1_city) as cities, COUNT(DISTINCT address1_city) AS different FROM account',
      [{ cnt: 4, total: 1010.25, mean: 3934, first: 'Coho', cities: 3, different: 2 }],
    ],
    [
      'SELECT address1_city, COUNT(*) as n FROM account GROUP BY address1_city ORDER BY n DESC, address1_city',
      [
        { address1_city: 'Redmond', n: 2 },
        { address1_city: null, n: 1 },
        { address1_city: 'Phoenix', n: 1 },
      ],
    ],
    [
      'SELECT a.name, COUNT(c.contactid) as people FROM account a JOIN contact c ON a.accountid = c.parentcustomerid GROUP BY a.name',
      [{ name: 'Litware', people: 2 }],
    ],
    [
      'SELECT DISTINCT TOP 2 address1_city FROM account ORDER BY address1_city DESC',
      [{ address1_city: 'Redmond' }, { address1_city: 'Phoenix' }],
    ],
    ["SELECT COUNT(*) AS n FROM account WHERE name = 'none'", [{ n: 0 }]],
  ])('aggregates: %s', async (sql, expected) => {
    expect(rowsOf(await ask(sql))).toEqual(expected);
  });

  it('passes rows over and answers as many as are fetched', async () => {
    const sql = 'SELECT name FROM account ORDER BY name OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY';
    expect(namesOf(await ask(sql))).toEqual(['Example', 'Fabrikam']);
  });

  it('answers by pages, each with a cookie of its own', async () => {
    const first = await ask('SELECT name FROM account ORDER BY name', { Prefer: 'odata.maxpagesize=3' });
    expect(namesOf(first)).toEqual(['Coho', 'Example', 'Fabrikam']);
    const rest = await at.send('GET', first.body['@odata.nextLink'], undefined, {
      Prefer: 'odata.maxpagesize=3',
    });
    expect(namesOf(rest)).toEqual(['Litware']);
    expect(rest.body).not.toHaveProperty('@odata.nextLink');
  });

  it.each([
    ['a column that is neither grouped nor counted', 'SELECT name, COUNT(*) AS n FROM account', '0x80060888'],
    [
      'a join with nothing before it',
      'SELECT c.lastname FROM account a JOIN contact c ON c.contactid = c.contactid',
      '0x80060888',
    ],
    [
      'a right join',
      'SELECT c.lastname FROM account a RIGHT JOIN contact c ON c.contactid = a.primarycontactid',
      '0x80060888',
    ],
    ['an unknown alias', 'SELECT x.lastname FROM account a', '0x80060888'],
    [
      'an unknown column of a joined table',
      'SELECT c.foo FROM account a JOIN contact c ON c.contactid = a.primarycontactid',
      '0x80041103',
    ],
  ])('is refused for %s', async (_what, sql, code) => {
    expect(codeOf(await ask(sql))).toEqual([400, code]);
  });
});

describe('$apply', () => {
  const ask = async (apply: string, more = '') =>
    await at.send('GET', `accounts?$apply=${encodeURIComponent(apply)}${more}`, undefined, annotated);

  it.each<[string, unknown[]]>([
    ['aggregate($count as n)', [{ n: 4, 'n@OData.Community.Display.V1.FormattedValue': '4' }]],
    [
      'aggregate(revenue with sum as total)',
      [{ total: 1010.25, 'total@OData.Community.Display.V1.FormattedValue': '$1,010.25' }],
    ],
    [
      "filter(address1_city eq 'Redmond')/groupby((primarycontactid/fullname))",
      [{ contact_fullname: 'Ann Lee' }, { contact_fullname: 'Bob Ray' }],
    ],
    [
      'groupby((statuscode),aggregate($count as count,revenue with average as mean))',
      [
        {
          statuscode: 1,
          'statuscode@OData.Community.Display.V1.FormattedValue': 'Active',
          count: 4,
          'count@OData.Community.Display.V1.FormattedValue': '4',
          mean: 505.125,
          'mean@OData.Community.Display.V1.FormattedValue': '$505.13',
        },
      ],
    ],
  ])('answers %s', async (apply, expected) => {
    const rows = rowsOf(await ask(apply));
    const byText = (one: unknown, other: unknown) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
    expect(rows.sort(byText)).toEqual(expected);
  });

  it('leaves out what is blank, and is refused for an order by an aggregate', async () => {
    const rows = rowsOf(await ask('groupby((address1_city))', '&$orderby=address1_city'));
    expect(rows).toEqual([{}, { address1_city: 'Phoenix' }, { address1_city: 'Redmond' }]);
    const refused = await ask('groupby((address1_city),aggregate($count as n))', '&$orderby=n');
    expect([refused.status, refused.body.error.message]).toEqual([
      400,
      'The query node SingleValueOpenPropertyAccess is not supported',
    ]);
  });
});
