import { beforeAll, describe, expect, it } from '@jest/globals';
import { createSource, type Source } from './soql-source.ts';

let org: Source;

beforeAll(() => {
  org = createSource();
  const acme = org.add('Account', { Name: 'Acme' });
  const add = (
    StageName: string,
    Amount: number | null,
    CloseDate: string,
    AccountId: string | null = acme,
  ) =>
    org.add('Opportunity', {
      Name: `${StageName} ${Amount}`,
      StageName,
      Amount,
      CloseDate,
      AccountId,
      IsWon: StageName === 'Closed Won',
    });
  add('Closed Won', 0.1, '2026-01-31');
  add('Closed Won', 0.2, '2026-02-01', null);
  add('Prospecting', 300, '2026-02-15');
  add('Prospecting', null, '2025-02-15');
});

describe('without GROUP BY', () => {
  it('COUNT() answers in totalSize alone', () => {
    const answer = org.run('SELECT COUNT() FROM Opportunity WHERE Amount > 0');
    expect({ total: answer.totalSize, page: answer.page(0, 10) }).toEqual({ total: 3, page: [] });
    expect(org.run('SELECT COUNT() FROM Opportunity LIMIT 2').totalSize).toBe(2);
  });

  it('adds money exactly and leaves absent values out', () => {
    expect(
      org.records(
        'SELECT COUNT(Id), COUNT(Amount) n, SUM(Amount), AVG(Amount), MIN(CloseDate), MAX(Name) FROM Opportunity',
      ),
    ).toEqual([
      { expr0: 4, n: 3, expr1: 300.3, expr2: 100.1, expr3: '2025-02-15', expr4: 'Prospecting null' },
    ]);
    expect(org.records('SELECT SUM(Amount) total FROM Opportunity WHERE IsWon = true')).toEqual([
      { total: 0.3 },
    ]);
    expect(org.records("SELECT COUNT(Id) n, SUM(Amount) s FROM Opportunity WHERE Name = 'none'")).toEqual([
      { n: 0, s: null },
    ]);
  });

  it('counts distinct values without regard to case', () => {
    expect(org.records('SELECT COUNT_DISTINCT(StageName) n FROM Opportunity')).toEqual([{ n: 2 }]);
  });
});

describe('GROUP BY', () => {
  it('groups by fields, parents and parts of dates', () => {
    expect(
      org.records(
        'SELECT StageName, COUNT(Id) FROM Opportunity GROUP BY StageName ORDER BY COUNT(Id), StageName',
      ),
    ).toEqual([
      { StageName: 'Closed Won', expr0: 2 },
      { StageName: 'Prospecting', expr0: 2 },
    ]);
    expect(
      org.records(
        'SELECT Account.Name acc, SUM(Amount) total FROM Opportunity GROUP BY Account.Name ORDER BY SUM(Amount)',
      ),
    ).toEqual([
      { acc: null, total: 0.2 },
      { acc: 'Acme', total: 300.1 },
    ]);
    expect(
      org.records(
        'SELECT CALENDAR_YEAR(CloseDate) y, COUNT(Id) n FROM Opportunity GROUP BY CALENDAR_YEAR(CloseDate) ORDER BY CALENDAR_YEAR(CloseDate) DESC',
      ),
    ).toEqual([
      { y: 2026, n: 3 },
      { y: 2025, n: 1 },
    ]);
  });

  it('filters groups by HAVING', () => {
    expect(
      org.records(
        'SELECT StageName FROM Opportunity GROUP BY StageName HAVING SUM(Amount) < 1 AND COUNT(Id) = 2',
      ),
    ).toEqual([{ StageName: 'Closed Won' }]);
    expect(
      org.records("SELECT StageName FROM Opportunity GROUP BY StageName HAVING NOT StageName LIKE 'closed%'"),
    ).toEqual([{ StageName: 'Prospecting' }]);
  });

  it('marks its records as results', () => {
    const answer = org.run('SELECT StageName FROM Opportunity GROUP BY StageName LIMIT 1');
    expect(answer.page(0, 1)[0]).toMatchObject({ attributes: { type: 'AggregateResult' } });
  });

  it.each([
    [
      'SELECT Name, COUNT(Id) FROM Opportunity GROUP BY StageName',
      'MALFORMED_QUERY',
      'Field must be grouped or aggregated: Name',
    ],
    [
      'SELECT StageName FROM Opportunity GROUP BY StageName ORDER BY Name',
      'MALFORMED_QUERY',
      'Ordered field must be grouped or aggregated: Name',
    ],
    [
      'SELECT COUNT(Id) FROM Opportunity GROUP BY Amount',
      'INVALID_FIELD',
      "field 'Amount' can not be grouped in a query call",
    ],
    [
      'SELECT SUM(Name) FROM Opportunity',
      'INVALID_FIELD',
      'field Name does not support aggregate operator SUM',
    ],
    [
      'SELECT MAX(CreatedDate) FROM Opportunity LIMIT 1',
      'MALFORMED_QUERY',
      'Non-grouped query that uses overall aggregate functions cannot also use LIMIT',
    ],
    [
      'SELECT COUNT(Id) FROM Opportunity ORDER BY COUNT(Id)',
      'MALFORMED_QUERY',
      'Non-grouped query that uses overall aggregate functions cannot also use ORDER BY',
    ],
    ['SELECT COUNT(), Name FROM Opportunity', 'MALFORMED_QUERY', "unexpected token: 'COUNT'"],
    [
      'SELECT Name, COUNT(Id) FROM Opportunity',
      'MALFORMED_QUERY',
      'Field must be grouped or aggregated: Name',
    ],
  ])('refuses %s', (soql, code, message) => {
    const refused = org.refusal(soql);
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(message);
  });

  it('refuses more groups than one answer holds', () => {
    const many = createSource();
    for (let i = 0; i < 2001; i++) many.add('Account', { Name: `n${i}` });
    expect(many.refusal('SELECT Name, COUNT(Id) FROM Account GROUP BY Name').code).toBe('EXCEEDED_ID_LIMIT');
    expect(many.run('SELECT Name, COUNT(Id) FROM Account GROUP BY Name LIMIT 2000').totalSize).toBe(2000);
  });
});
