import { beforeAll, describe, expect, it } from '@jest/globals';
import { createSource, type Source } from './soql-source.ts';

let org: Source;
const id = { acme: '', globex: '' };

beforeAll(() => {
  org = createSource();
  id.acme = org.add('Account', {
    Name: 'Acme',
    Industry: 'Energy',
    AnnualRevenue: 100,
    NumberOfEmployees: 5,
  });
  id.globex = org.add('Account', { Name: 'Globex', Industry: 'Retail', AnnualRevenue: 250.5 });
  org.add('Account', { Name: 'initech_1', Industry: null, AnnualRevenue: null, Description: 'long text' });
  org.add('Account', { Name: "O'Brien & 100%", Industry: 'energy', ParentId: id.acme });
  org.add('Account', { Name: 'Gone', IsDeleted: true });
});

const names = (where: string) => org.names('Account', where);

describe('comparisons of text', () => {
  it('pay no regard to case', () => {
    expect(names("Name = 'ACME'")).toEqual(['Acme']);
    expect(names("Industry = 'ENERGY'")).toEqual(['Acme', "O'Brien & 100%"]);
    expect(names("Name > 'H'")).toEqual(["O'Brien & 100%", 'initech_1']);
  });

  it('resolve escapes', () => {
    expect(names(String.raw`Name = 'O\'Brien & 100%'`)).toEqual(["O'Brien & 100%"]);
    expect(names(String.raw`Name = '\u0041cme'`)).toEqual(['Acme']);
  });

  it('match patterns from end to end', () => {
    expect(names("Name LIKE 'a%'")).toEqual(['Acme']);
    expect(names("Name LIKE 'cme'")).toEqual([]);
    expect(names("Name LIKE '_cme'")).toEqual(['Acme']);
    expect(names(String.raw`Name LIKE 'initech\_1'`)).toEqual(['initech_1']);
    expect(names(String.raw`Name LIKE 'acm\_'`)).toEqual([]);
    expect(names(String.raw`Name LIKE '%100\%'`)).toEqual(["O'Brien & 100%"]);
    expect(names("Name LIKE 'a.me'")).toEqual([]);
  });
});

describe('absent values', () => {
  it('are found by != and NOT IN, not by the other operators', () => {
    expect(names("Industry != 'Energy'")).toEqual(['Globex', 'initech_1']);
    expect(names("Industry NOT IN ('energy')")).toEqual(['Globex', 'initech_1']);
    expect(names('AnnualRevenue < 1000')).toEqual(['Acme', 'Globex']);
    expect(names("Industry LIKE '%'")).not.toContain('initech_1');
  });

  it('are null, and an empty text is null', () => {
    expect(names('Industry = null')).toEqual(['initech_1']);
    expect(names("Industry = ''")).toEqual(['initech_1']);
    expect(names("Industry IN ('Retail', null)")).toEqual(['Globex', 'initech_1']);
    expect(names('AnnualRevenue != NULL')).toEqual(['Acme', 'Globex']);
  });

  it('are false in a boolean field', () => {
    expect(names('IsPartner = false')).toHaveLength(4);
    expect(names('IsPartner != true')).toHaveLength(4);
    expect(names('IsPartner = null')).toHaveLength(4);
    expect(names('IsPartner = true')).toEqual([]);
  });

  it('stand for a parent that is not there', () => {
    expect(names("Parent.Name = 'acme'")).toEqual(["O'Brien & 100%"]);
    expect(names("Parent.Name != 'acme'")).toEqual(['Acme', 'Globex', 'initech_1']);
    expect(names('Parent.Name = null')).toHaveLength(3);
  });
});

describe('ids', () => {
  it('compare in their forms of 15 and 18 characters', () => {
    expect(names(`Id = '${id.acme}'`)).toEqual(['Acme']);
    expect(names(`Id = '${id.acme.slice(0, 15)}'`)).toEqual(['Acme']);
    expect(names(`Id IN ('${id.acme.slice(0, 15)}', '${id.globex}')`)).toEqual(['Acme', 'Globex']);
    expect(names(`ParentId = '${id.acme}'`)).toEqual(["O'Brien & 100%"]);
    expect(names(`ParentId != '${id.acme}'`)).toHaveLength(3);
    expect(names(`Id > '${id.acme}'`)).toEqual(['Globex', "O'Brien & 100%", 'initech_1']);
  });
});

describe('logic', () => {
  it('nests parentheses and negates', () => {
    expect(names("(Name = 'Acme' OR Name = 'Globex') AND AnnualRevenue > 200")).toEqual(['Globex']);
    expect(names("NOT Name = 'Acme' AND AnnualRevenue > 1")).toEqual(['Globex']);
    expect(names("NOT (Name = 'Acme' OR (Name = 'Globex' AND AnnualRevenue = 250.5))")).toHaveLength(2);
    expect(names("(NOT Name LIKE 'a%') AND ((Industry = null))")).toEqual(['initech_1']);
  });

  it('refuses AND beside OR without parentheses', () => {
    const refused = org.refusal("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'");
    expect(refused).toEqual({ code: 'MALFORMED_QUERY', message: "unexpected token: 'OR'", status: 400 });
  });
});

describe('rows', () => {
  it('in the recycle bin take part in queryAll only', () => {
    expect(names("Name = 'Gone'")).toEqual([]);
    expect(org.run("SELECT Id FROM Account WHERE Name = 'Gone'", {}, true).totalSize).toBe(1);
  });

  it('that sharing hides are absent without a word', () => {
    const canSeeRow = (_object: unknown, row: { Name?: unknown }) => row.Name !== 'Acme';
    expect(org.run('SELECT Id FROM Account', { canSeeRow }).totalSize).toBe(3);
    expect(org.run(`SELECT COUNT() FROM Account WHERE Id = '${id.acme}'`, { canSeeRow }).totalSize).toBe(0);
    expect(org.records('SELECT Parent.Name FROM Account WHERE ParentId != null', { canSeeRow })).toEqual([
      { Parent: null },
    ]);
  });
});

describe('semi-joins', () => {
  it('find and exclude by the ids of another query', () => {
    org.add('Contact', { LastName: 'Doe', Name: 'Jane Doe', AccountId: id.globex });
    expect(names('Id IN (SELECT AccountId FROM Contact)')).toEqual(['Globex']);
    expect(names("Id NOT IN (SELECT AccountId FROM Contact WHERE LastName = 'doe')")).not.toContain('Globex');
    expect(org.names('Contact', "AccountId IN (SELECT Id FROM Account WHERE Industry = 'Retail')")).toEqual([
      'Jane Doe',
    ]);
  });

  it.each([
    ['of something that is no id', 'Id IN (SELECT Name FROM Contact)'],
    ['of two fields', 'Id IN (SELECT Id, AccountId FROM Contact)'],
    ['under OR', "Name = 'a' OR Id IN (SELECT AccountId FROM Contact)"],
    ['under NOT', 'NOT Id IN (SELECT AccountId FROM Contact)'],
    ['nested', 'Id IN (SELECT AccountId FROM Contact WHERE Id IN (SELECT ContactId FROM Case))'],
    ['of the same object', 'Id IN (SELECT Id FROM Account)'],
  ])('are refused %s', (_what, where) => {
    expect(org.refusal(`SELECT Id FROM Account WHERE ${where}`).code).toBe('MALFORMED_QUERY');
  });
});
