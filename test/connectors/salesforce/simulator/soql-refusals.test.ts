import { beforeAll, describe, expect, it } from '@jest/globals';
import { createSource, type Source } from './soql-source.ts';

let org: Source;
beforeAll(() => {
  org = createSource();
});

describe('a column that is not there', () => {
  it('is shown with a caret', () => {
    expect(org.refusal('SELECT Foo FROM Account')).toEqual({
      status: 400,
      code: 'INVALID_FIELD',
      message:
        "\nSELECT Foo FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'Account'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
    });
    expect(org.refusal("SELECT Id\nFROM Account\nWHERE Name = 'Foo' AND Foo = 1").message).toContain(
      "\nWHERE Name = 'Foo' AND Foo = 1\n                       ^\nERROR at Row:3:Column:24\n",
    );
  });

  it('and an operand of a condition are shown where they stand there, not in the list of fields', () => {
    for (const soql of [
      "SELECT Id FROM Account WHERE Id = 'abc'",
      'SELECT CreatedDate FROM Account WHERE CreatedDate > 2026-02-31T00:00:00Z',
    ]) {
      const column = soql.indexOf(soql.split(' ')[1]!, soql.indexOf('WHERE')) + 1;
      expect(org.refusal(soql).message).toContain(`ERROR at Row:1:Column:${column}\n`);
    }
  });

  it('is one that the caller may not read, wherever it stands', () => {
    const canReadField = (_object: unknown, field: { name: string }) => field.name !== 'Phone';
    for (const soql of [
      'SELECT Phone FROM Account',
      "SELECT Id FROM Account WHERE Phone = '1'",
      'SELECT Id FROM Account ORDER BY Phone',
      'SELECT Phone FROM Account GROUP BY Phone',
      'SELECT Account.Phone FROM Contact',
      'SELECT (SELECT Phone FROM Contacts) FROM Account',
    ])
      expect(org.refusal(soql, { canReadField })).toMatchObject({
        code: 'INVALID_FIELD',
        message: expect.stringContaining("No such column 'Phone' on entity"),
      });
  });
});

describe('an object that is not there', () => {
  it('is an unsupported type, for whom it is hidden too', () => {
    const expected = {
      code: 'INVALID_TYPE',
      message: expect.stringContaining("sObject type 'Foo' is not supported."),
    };
    expect(org.refusal('SELECT Id FROM Foo')).toMatchObject(expected);
    const hidden = org.refusal('SELECT Id FROM Lead', { canReadObject: (object) => object.name !== 'Lead' });
    expect(hidden).toMatchObject({ code: 'INVALID_TYPE' });
  });
});

describe('statements', () => {
  it.each([
    ['SELECT Id FROM Account WHERE', "unexpected token: '<EOF>'"],
    ['', "unexpected token: '<EOF>'"],
    ['SELECT Id FROM Account WHERE Name = "x"', "unexpected token: '\"'"],
    ["SELECT Id FROM Account WHERE Name = 'x", "unexpected token: '''"],
    ['SELECT Id FROM Account LIMIT 5 WHERE Name = null', "unexpected token: 'WHERE'"],
    ['SELECT Id FROM Account ALL ROWS', 'ALL ROWS not allowed in this context'],
    [String.raw`SELECT Id FROM Account WHERE Name = 'a\q'`, 'Illegal character sequence'],
    [String.raw`SELECT Id FROM Account WHERE Name = 'a\u12'`, 'Illegal character sequence'],
    ['SELECT Id FROM Account WITH SECURITY_ENFORCED', "unexpected token: 'WITH SECURITY_ENFORCED'"],
    ['SELECT Name n FROM Account', 'only aggregate expressions use field aliasing'],
    ['SELECT CALENDAR_YEAR(CreatedDate) FROM Account', "unexpected token: 'CALENDAR_YEAR'"],
    [
      "SELECT Id FROM Account WHERE DISTANCE(BillingAddress, GEOLOCATION(1,2), 'mi') < 20",
      "unexpected token: 'DISTANCE'",
    ],
    ["SELECT Id FROM Account WHERE Name LIKE ('a')", "unexpected token: '('"],
    [
      `SELECT Id FROM Account WHERE Name = '${'x'.repeat(100_000)}'`,
      'cannot be longer than 100000 characters',
    ],
    ['SELECT A.B.C.D.E.F.G FROM Account', 'more than 5 levels'],
    ['SELECT Id FROM Account WHERE AND (Name = null)', "unexpected token: 'AND'"],
    ['SELECT Id FROM Foo.Account', "unexpected token: '.'"],
    ['SELECT (SELECT Id FROM x.Contacts) FROM Account', "unexpected token: 'x'"],
    ['SELECT Id FROM Account WHERE NOT NOT (NOT (Name = null))', "unexpected token: 'NOT'"],
    ['SELECT Id FROM Account WHERE (Name = null) (Name = null)', 'unexpected token'],
    ["SELECT Id FROM Account WHERE Name IN 'a'", "unexpected token: 'IN'"],
    ["SELECT Id FROM Account WHERE Name = ('a')", "unexpected token: '('"],
    ['SELECT DISTINCT Id FROM Account', 'only aggregate expressions use field aliasing'],
    ['SELECT FORMAT(MAX(AnnualRevenue)) FROM Account', "unexpected token: 'MAX'"],
    ['SELECT Id FROM Account WHERE COUNT(Id) > 1', "unexpected token: 'COUNT'"],
  ])('are malformed: %.60s', (soql, message) => {
    const refused = org.refusal(soql);
    expect(refused.code).toBe('MALFORMED_QUERY');
    expect(refused.message).toContain(message);
  });

  it.each([
    [
      "SELECT Id FROM Account WHERE Description = 'x'",
      'INVALID_FIELD',
      "field 'Description' can not be filtered in a query call",
    ],
    [
      'SELECT Id FROM Account ORDER BY Description',
      'INVALID_FIELD',
      "field 'Description' can not be sorted in a query call",
    ],
    ['SELECT Foo.Name FROM Account', 'INVALID_FIELD', "Didn't understand relationship 'Foo' in field path"],
    [
      'SELECT (SELECT Id FROM Foos) FROM Account',
      'INVALID_FIELD',
      "Didn't understand relationship 'Foos' in FROM part of query call",
    ],
    ['SELECT Id, ID FROM Account', 'INVALID_FIELD', 'duplicate field selected: Id'],
    [
      "SELECT Id FROM Account WHERE Id LIKE '001%'",
      'INVALID_QUERY_FILTER_OPERATOR',
      'invalid operator on id field',
    ],
    ["SELECT Id FROM Account WHERE Id = 'abc'", 'INVALID_QUERY_FILTER_OPERATOR', 'invalid ID field: abc'],
    [
      'SELECT Id FROM Account WHERE IsDeleted > true',
      'INVALID_QUERY_FILTER_OPERATOR',
      'invalid operator on boolean field',
    ],
    [
      "SELECT Id FROM Account WHERE Name INCLUDES ('a')",
      'INVALID_QUERY_FILTER_OPERATOR',
      'invalid operator on string field',
    ],
    [
      'SELECT Id FROM Account OFFSET 2001',
      'NUMBER_OUTSIDE_VALID_RANGE',
      'Maximum SOQL offset allowed is 2000',
    ],
  ])('are refused: %s', (soql, code, message) => {
    const refused = org.refusal(soql);
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(message);
  });

  it('pass with FOR VIEW, FOR REFERENCE and FOR UPDATE', () => {
    for (const clause of ['VIEW', 'REFERENCE', 'UPDATE'])
      expect(org.run(`SELECT Id FROM Account FOR ${clause}`).totalSize).toBe(0);
  });
});
