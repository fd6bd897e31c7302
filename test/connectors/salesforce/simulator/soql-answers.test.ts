import { beforeAll, describe, expect, it } from '@jest/globals';
import { createSource, NOW, type Source } from './soql-source.ts';

let org: Source;
let acme = '';

beforeAll(() => {
  org = createSource();
  const boss = org.add('User', { Name: 'Boss', Username: 'boss@example.com' });
  const owner = org.add('User', { Name: 'Olga Owner', Username: 'olga@example.com', ManagerId: boss });
  const queue = org.add('Group', { Name: 'Desk', Type: 'Queue' });
  acme = org.add('Account', {
    Name: 'Acme',
    OwnerId: owner,
    BillingCity: 'Berlin',
    AnnualRevenue: 1234.5,
    CreatedDate: NOW,
  });
  org.add('Account', { Name: 'Globex', OwnerId: owner, AnnualRevenue: 20 });
  const jane = org.add('Contact', { LastName: 'Doe', Name: 'Jane Doe', AccountId: acme, OwnerId: owner });
  org.add('Contact', { LastName: 'Roe', Name: 'Rick Roe', AccountId: acme, OwnerId: owner });
  org.add('Contact', { LastName: 'Lost', Name: 'Lost' });
  org.add('Case', { Subject: 'Help', ContactId: jane, AccountId: acme, OwnerId: queue });
  org.add('Case', { Subject: 'Mine', AccountId: acme, OwnerId: owner });
});

describe('records', () => {
  it('carry attributes, canonical names and the order of SELECT', () => {
    const [record] = org.run("select NAME, isdeleted, Id from ACCOUNT where name = 'acme'").page(0, 1);
    expect(JSON.stringify(record)).toBe(
      JSON.stringify({
        attributes: { type: 'Account', url: `/services/data/v67.0/sobjects/Account/${acme}` },
        Name: 'Acme',
        IsDeleted: false,
        Id: acme,
      }),
    );
  });

  it('print date-times with an offset of zero and addresses as objects', () => {
    const [record] = org.records("SELECT CreatedDate, BillingAddress FROM Account WHERE Name = 'Acme'");
    expect(record).toMatchObject({
      CreatedDate: '2026-11-23T10:00:00.000+0000',
      BillingAddress: { city: 'Berlin', country: null },
    });
    expect(org.records("SELECT BillingAddress FROM Account WHERE Name = 'Globex'")).toEqual([
      { BillingAddress: null },
    ]);
  });

  it('take an alias of the object', () => {
    expect(org.records("SELECT a.Name, a.Owner.Name FROM Account a WHERE a.Name = 'acme'")).toEqual([
      { Name: 'Acme', Owner: { Name: 'Olga Owner' } },
    ]);
    expect(org.records("SELECT Account.Name FROM Account WHERE Account.Name = 'acme'")).toEqual([
      { Name: 'Acme' },
    ]);
  });
});

describe('parents', () => {
  it('nest, up several levels, and are null where there is none', () => {
    const soql =
      'SELECT Name, Account.Name, Account.Owner.Manager.Name, Account.Id FROM Contact ORDER BY Name';
    expect(org.records(soql)).toEqual([
      { Name: 'Jane Doe', Account: { Name: 'Acme', Owner: { Manager: { Name: 'Boss' } }, Id: acme } },
      { Name: 'Lost', Account: null },
      { Name: 'Rick Roe', Account: { Name: 'Acme', Owner: { Manager: { Name: 'Boss' } }, Id: acme } },
    ]);
  });

  it('of several kinds tell their type', () => {
    expect(org.records('SELECT Subject, Owner.Name, Owner.Type FROM Case ORDER BY Subject')).toEqual([
      { Subject: 'Help', Owner: { Name: 'Desk', Type: 'Queue' } },
      { Subject: 'Mine', Owner: { Name: 'Olga Owner', Type: 'User' } },
    ]);
    expect(org.records("SELECT Subject FROM Case WHERE Owner.Type = 'User'")).toEqual([{ Subject: 'Mine' }]);
    const [first] = org.run("SELECT Owner.Name FROM Case WHERE Subject = 'Mine'").page(0, 1);
    expect(first).toMatchObject({ Owner: { attributes: { type: 'Name' } } });
  });

  it('answer by type with TYPEOF', () => {
    const soql =
      'SELECT Subject, TYPEOF Owner WHEN User THEN Username ELSE Name END FROM Case ORDER BY Subject';
    expect(org.records(soql)).toEqual([
      { Subject: 'Help', Owner: { Name: 'Desk' } },
      { Subject: 'Mine', Owner: { Username: 'olga@example.com' } },
    ]);
  });
});

describe('child queries', () => {
  it('nest a result, or null, with their own filter, order and limit', () => {
    const soql =
      'SELECT Name, (SELECT Name, (SELECT Subject FROM Cases) FROM Contacts ORDER BY Name LIMIT 1) FROM Account ORDER BY Name';
    expect(org.records(soql)).toEqual([
      {
        Name: 'Acme',
        Contacts: {
          totalSize: 1,
          done: true,
          records: [
            { Name: 'Jane Doe', Cases: { totalSize: 1, done: true, records: [{ Subject: 'Help' }] } },
          ],
        },
      },
      { Name: 'Globex', Contacts: null },
    ]);
  });
});

describe('order', () => {
  const names = (clause: string) =>
    org.records(`SELECT Name FROM Contact ${clause}`).map((r) => (r as { Name: string }).Name);

  it('puts absent values first unless told otherwise', () => {
    expect(names('ORDER BY Account.Name, Name')).toEqual(['Lost', 'Jane Doe', 'Rick Roe']);
    expect(names('ORDER BY Account.Name NULLS LAST, Name DESC')).toEqual(['Rick Roe', 'Jane Doe', 'Lost']);
  });

  it('pages by LIMIT and OFFSET', () => {
    expect(names('ORDER BY Name LIMIT 1 OFFSET 1')).toEqual(['Lost']);
    expect(names('ORDER BY Name DESC OFFSET 2')).toEqual(['Jane Doe']);
    expect(names('LIMIT 0')).toEqual([]);
  });

  it('selects the first rows among many as a full sort would', () => {
    const many = createSource();
    for (let i = 0; i < 5000; i++)
      many.add('Account', { Name: `n${(i * 7919) % 5000}`, NumberOfEmployees: i % 13 });
    const all = many.records('SELECT Name FROM Account ORDER BY NumberOfEmployees DESC, Name');
    const first = many.records('SELECT Name FROM Account ORDER BY NumberOfEmployees DESC, Name LIMIT 700');
    expect(first).toEqual(all.slice(0, 700));
  });
});

describe('keyset pages by stamp and id', () => {
  it('meet every row once, however many share a stamp', () => {
    const many = createSource();
    const start = Date.parse('2026-01-01T00:00:00Z');
    for (let i = 0; i < 1000; i++)
      many.add('Account', {
        Name: `n${i}`,
        SystemModstamp: start + ((i * 37) % 7) * 1000,
        IsDeleted: i % 10 === 0,
      });
    const met: unknown[] = [];
    let [stamp, last] = ['2026-01-01T00:00:00Z', '000000000000000'];
    for (;;) {
      const page = many
        .run(
          `SELECT Id, SystemModstamp FROM Account WHERE (SystemModstamp > ${stamp} OR (SystemModstamp = ${stamp} AND Id > '${last}')) ORDER BY SystemModstamp, Id LIMIT 50`,
        )
        .page(0, 50);
      const end = page.at(-1);
      if (!end) break;
      met.push(...page.map((record) => record.Id));
      [stamp, last] = [String(end.SystemModstamp).replace('.000+0000', 'Z'), String(end.Id)];
    }
    expect(met).toHaveLength(900);
    expect(new Set(met).size).toBe(900);
  });
});

describe('forms of values', () => {
  it('labels, formats and converts', () => {
    expect(
      org.records(
        "SELECT FORMAT(AnnualRevenue) worded, convertCurrency(AnnualRevenue) FROM Account WHERE Name = 'acme'",
      ),
    ).toEqual([{ worded: '$1,234.50', AnnualRevenue: 1234.5 }]);
    expect(org.records("SELECT toLabel(Status) FROM Case WHERE Subject = 'Help'")).toEqual([
      { Status: null },
    ]);
  });

  it('expands FIELDS() to what the caller can read', () => {
    const canReadField = (_object: unknown, field: { name: string }) => field.name !== 'Phone';
    const [record] = org.run('SELECT FIELDS(ALL) FROM Account LIMIT 1', { canReadField }).page(0, 1);
    expect(Object.keys(record ?? {})).toEqual(expect.arrayContaining(['Id', 'Name', 'SystemModstamp']));
    expect(record).not.toHaveProperty('Phone');
    expect(org.refusal('SELECT FIELDS(ALL) FROM Account LIMIT 201').message).toContain(
      'The SOQL FIELDS function must have a LIMIT of at most 200',
    );
    expect(org.run('SELECT FIELDS(STANDARD) FROM Account').totalSize).toBe(2);
  });
});

describe('columns', () => {
  it('describe joins and aggregates as the CLI reads them', () => {
    const { columns } = org.run('SELECT Name, Owner.Name, (SELECT Id FROM Contacts) FROM Account');
    expect(columns).toMatchObject([
      { columnName: 'Name', aggregate: false, joinColumns: [], textType: true },
      { columnName: 'Owner', aggregate: false, joinColumns: [{ columnName: 'Name' }] },
      { columnName: 'Contacts', aggregate: true, joinColumns: [{ columnName: 'Id' }] },
    ]);
    expect(org.run('SELECT COUNT(Id) n, MAX(Name) FROM Account').columns).toMatchObject([
      { columnName: 'n', aggregate: true, displayName: 'COUNT(Id)' },
      { columnName: 'expr0', aggregate: true, displayName: 'MAX(Name)' },
    ]);
  });
});
