import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createSimulatedOrg } from '../../../../connectors/salesforce/simulator/simulated-org.ts';
import { freshOrg, START } from './fresh-org.ts';

function csvFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'csv-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

describe('sample data', () => {
  it('is the same for the same day', () => {
    const make = () => createSimulatedOrg({ now: START }).org;
    const [one, two] = [make(), make()];
    for (const object of ['Account', 'Contact', 'Lead', 'Opportunity', 'Case', 'Partner_Certification__c']) {
      expect(one.dump(object)).toEqual(two.dump(object));
    }
  });

  it('is a plausible channel business, all of it in the past', () => {
    const { org, sample } = createSimulatedOrg({ now: START });
    const deals = org.dump('Opportunity');
    const won = deals.filter((row) => row.IsWon === true);
    expect([
      sample?.partnerIds.length,
      sample?.customerIds.length,
      sample?.contactIds.length,
      deals.length,
    ]).toEqual([24, 60, 80, 260]);
    expect(won.length).toBeGreaterThan(60);
    expect(
      won.filter((row) => row.Partner__c === null || row.Partner__c === undefined).length,
    ).toBeGreaterThan(5);
    expect(
      deals.every(
        (row) => Number(row.SystemModstamp) < START && Number(row.CreatedDate) <= Number(row.SystemModstamp),
      ),
    ).toBe(true);
    expect(won.every((row) => String(row.CloseDate) < '2026-11-23')).toBe(true);
    expect(new Set(org.dump('Partner_Certification__c').map((row) => row.Status__c))).toEqual(
      new Set(['active', 'expired']),
    );
    expect(org.dump('ChannelProgramLevel').map((row) => row.Rank)).toEqual([1, 2, 3]);
    expect(org.dump('OpportunityPartner')).toHaveLength(40);
  });

  it('stays away from an empty org, with the fields that go with it', () => {
    const { org } = createSimulatedOrg({ empty: true });
    expect(org.dump('Account')).toEqual([]);
    expect(org.schema.object('Partner_Certification__c')).toBeUndefined();
    expect(org.dump('OpportunityStage')).toHaveLength(10);
  });
});

describe('a folder of CSV files', () => {
  it('becomes records that point to each other', () => {
    const data = csvFolder({
      'Account.csv': 'Id,Name,ParentId,NumberOfEmployees\nacme,Acme,,12\nsub,Acme Sub,acme,\n',
      'Contact.csv': 'LastName,Email,AccountId\nKim,kim@acme.example,acme\n',
      'Partner_Certification__c.csv':
        'External_Id__c,Contact__r.Email,Issued_On__c,CreatedDate\nc1,KIM@acme.example,2026-01-02,2026-01-02T10:00:00Z\n',
    });
    const { org } = createSimulatedOrg({ data });
    const [acme, sub] = org.dump('Account');
    expect([acme?.NumberOfEmployees, sub?.ParentId]).toEqual([12, acme?.Id]);
    const [kim] = org.dump('Contact');
    expect(kim?.AccountId).toBe(acme?.Id);
    expect(org.dump('Partner_Certification__c')[0]).toMatchObject({
      Contact__c: kim?.Id,
      CreatedDate: Date.parse('2026-01-02T10:00:00Z'),
    });
  });

  it.each([
    [
      'a broken reference',
      { 'Contact.csv': 'LastName,AccountId\nKim,nobody\n' },
      'Contact.csv line 2, column AccountId: nothing in Account is called nobody',
    ],
    [
      'an unknown column',
      { 'Account.csv': 'Name,Foo\nA,1\n' },
      'Account.csv line 1, column Foo: Account has no field Foo',
    ],
    [
      'a bad value',
      { 'Account.csv': 'Name,NumberOfEmployees\nA,1\nB,many\n' },
      "Account.csv line 3, column NumberOfEmployees: 'many' is not a valid value for the type xsd:int",
    ],
    ['an unknown object', { 'Nope.csv': 'Name\nA\n' }, 'Nope.csv: there is no object Nope in this org'],
  ])('is refused for %s, by file, line and column', (_what, files, message) => {
    expect(() => createSimulatedOrg({ data: csvFolder(files) })).toThrow(message);
  });
});

describe('describe answers of an own org', () => {
  it('replace an object, keys of newer versions filled in', () => {
    const account = freshOrg().org.schema.object('Account');
    const fields = (account?.fields ?? []).filter((field) =>
      ['Id', 'Name', 'Phone', 'SystemModstamp'].includes(field.name),
    );
    const old: Record<string, unknown> = { ...fields[1], label: 'Firm', length: 10 };
    delete old.highScaleNumber;
    const answer = { ...account, fields: [fields[0], old, ...fields.slice(2)], label: 'Firm' };
    const folder = csvFolder({ 'account.json': JSON.stringify({ status: 0, result: answer }) });
    const { org } = createSimulatedOrg({ empty: true, metadata: folder });
    const loaded = org.schema.object('Account');
    expect(loaded?.label).toBe('Firm');
    expect(loaded?.fields.map((field) => field.name)).toEqual(['Id', 'Name', 'Phone', 'SystemModstamp']);
    expect(loaded?.fields[1]).toMatchObject({ label: 'Firm', length: 10, highScaleNumber: false });
    expect(org.insert('Account', [{ Name: 'longer than ten' }])[0]?.errors[0]?.statusCode).toBe(
      'STRING_TOO_LONG',
    );
  });

  it('are refused when they are something else', () => {
    const folder = csvFolder({ 'x.json': '{"a":1}' });
    expect(() => createSimulatedOrg({ metadata: folder })).toThrow(/holds no describe answer/);
  });
});

describe('bulk loading', () => {
  it('takes a hundred thousand rows in seconds and finds them by their lookups', () => {
    const { org } = freshOrg();
    const started = performance.now();
    const accounts = org.bulkLoad(
      'Account',
      Array.from({ length: 20_000 }, (_, n) => ({ Name: `A${n}` })),
    );
    org.bulkLoad(
      'Opportunity',
      Array.from({ length: 80_000 }, (_, n) => ({
        Name: `O${n}`,
        StageName: 'Closed Won',
        CloseDate: '2026-01-01',
        Amount: n,
        AccountId: accounts[n % 20_000] ?? null,
      })),
    );
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(
      [...org.rowsWhere('Opportunity', 'AccountId', [accounts[7] ?? ''])].map((row) => row.Amount),
    ).toEqual([7, 20_007, 40_007, 60_007]);
    expect([...org.rowsModifiedSince('Opportunity', START)]).toHaveLength(80_000);
    expect([...org.rowsModifiedSince('Opportunity', START + 1000)]).toHaveLength(0);
  });
});
