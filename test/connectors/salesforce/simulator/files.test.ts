import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createFaults } from '../../../../connectors/salesforce/simulator/faults.ts';
import { createSimulatedOrg } from '../../../../connectors/salesforce/simulator/simulated-org.ts';

function folderOf(files: Record<string, string | Buffer>): string {
  const folder = mkdtempSync(join(tmpdir(), 'files-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

describe('CSV files as other programs write them', () => {
  it('may have a byte order mark, CRLF, quoted line breaks and an ID column in any case', () => {
    const data = folderOf({
      'Account.csv': '\ufeffID,Name,BillingCity\r\na,"Acme, ""Inc""","Two\r\nlines"\r\n\r\nb,Ümlaut ☃,\r\n',
      'Contact.csv': 'LastName,AccountId\r\nLee,b\r\n',
      'Opportunity.csv': 'Name,StageName,CloseDate,Account.Name\nDeal,Prospecting,2026-03-01,ümlaut ☃\n',
    });
    const { org } = createSimulatedOrg({ data });
    const [acme, other] = org.dump('Account');
    expect(acme).toMatchObject({ Name: 'Acme, "Inc"', BillingCity: 'Two\r\nlines' });
    expect(org.dump('Contact')[0]?.AccountId).toBe(other?.Id);
    expect(org.dump('Opportunity')[0]?.AccountId).toBe(other?.Id);
  });

  it('keep ids of their object and give others to texts, also to ids of another object', () => {
    const data = folderOf({ 'Account.csv': 'Id,Name\n001000000000009,A\n003000000000009AAA,B\n' });
    const [a, b] = createSimulatedOrg({ data }).org.dump('Account');
    expect([a?.Id, String(b?.Id).slice(0, 3)]).toEqual(['001000000000009AAA', '001']);
  });

  it.each<[string, Record<string, string | Buffer>, string]>([
    [
      'a required field without a value',
      { 'Account.csv': 'Name,BillingCity\nA,"x\ny"\n,Rome\n' },
      'Account.csv line 4, column Name: a required field has no value',
    ],
    [
      'a required column that is not there',
      { 'Contact.csv': 'FirstName\nKim\n' },
      'Contact.csv line 2, column LastName: a required field has no value',
    ],
    [
      'an unknown column without any row',
      { 'Account.csv': 'Name;Type\n' },
      'Account.csv line 1, column Name;Type: Account has no field Name;Type',
    ],
    [
      'an unknown key of a parent',
      { 'Contact.csv': 'LastName,Account.Nope\nKim,x\n' },
      'Contact.csv line 1, column Account.Nope: Contact has no field Account.Nope',
    ],
    [
      'a column that is there twice',
      { 'Account.csv': 'Name,name\nA,B\n' },
      'Account.csv line 1, column name: the column is there twice',
    ],
    ['a column without a name', { 'Account.csv': 'Name,\nA,B\n' }, 'the column has no name'],
    [
      'an id that is there twice',
      { 'Account.csv': 'Id,Name\nx,A\nx,B\n' },
      'Account.csv line 3, column Id: x is there twice',
    ],
    ['a row of another length', { 'Account.csv': 'Name,Type\nA\n' }, /^Account.csv: .*line 2/.source],
    ['an unfinished quote', { 'Account.csv': 'Name\n"A\n' }, 'Account.csv: Quote Not Closed'],
    ['no header', { 'Account.csv': '' }, 'Account.csv: the file has no header line'],
    [
      'another encoding',
      { 'Account.csv': Buffer.from('Name\nM\xfcller\n', 'latin1') },
      'Account.csv: the file is not encoded as UTF-8',
    ],
    ['no file at all', { 'readme.txt': 'x' }, 'there is no CSV file in this folder'],
  ])('are refused for %s', (_what, files, message) => {
    expect(() => createSimulatedOrg({ data: folderOf(files) })).toThrow(new RegExp(message));
  });
});

describe('a file of faults', () => {
  const load = (text: string) => createFaults().load(join(folderOf({ 'f.json': text }), 'f.json'));

  it.each([
    ['no JSON', '{bad', /f\.json: Expected property name/],
    ['another shape', '[]', /f\.json: .*\(expected \{"faults":\[\.\.\.\]\}\)$/],
    ['an unknown kind', '{"faults":[{"kind":"nope"}]}', /f\.json: faults\.0\.kind: there is no fault nope; /],
    ['a status that is no number', '{"faults":[{"kind":"status","status":"x"}]}', /faults\.0\.status: /],
    ['a misspelt setting', '{"faults":[{"kind":"status","stauts":503}]}', /faults\.0: .*"stauts"/],
    ['no time', '{"faults":[{"kind":"held-replication","since":"today"}]}', /faults\.0\.since: /],
  ])('is refused for %s, by file and place', (_what, text, message) => {
    expect(() => load(text)).toThrow(message);
  });
});
