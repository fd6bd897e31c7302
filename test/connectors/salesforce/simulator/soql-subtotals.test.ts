import { beforeAll, describe, expect, it } from '@jest/globals';
import { createSource, type Source } from './soql-source.ts';

let org: Source;

beforeAll(() => {
  org = createSource();
  const add = (LeadSource: string | null, Rating: string | null) =>
    org.add('Lead', { LastName: 'X', Company: 'Y', Status: 'Open', LeadSource, Rating });
  add('Web', 'Hot');
  add('Web', 'Warm');
  add('Web', null);
  add('Other', 'Hot');
});

const rows = (soql: string) => org.records(soql).map((record) => Object.values(Object(record)));

describe('GROUP BY ROLLUP', () => {
  it('adds a subtotal per first field and a grand total', () => {
    expect(
      rows(
        'SELECT LeadSource, Rating, COUNT(Id) FROM Lead GROUP BY ROLLUP(LeadSource, Rating) ' +
          'ORDER BY GROUPING(LeadSource), LeadSource, GROUPING(Rating), Rating NULLS LAST',
      ),
    ).toEqual([
      ['Other', 'Hot', 1],
      ['Other', null, 1],
      ['Web', 'Hot', 1],
      ['Web', 'Warm', 1],
      ['Web', null, 1],
      ['Web', null, 3],
      [null, null, 4],
    ]);
  });

  it('lets GROUPING() tell subtotals from groups without a value, in SELECT and HAVING', () => {
    expect(
      org.records(
        'SELECT LeadSource, GROUPING(Rating) g, COUNT(Id) n FROM Lead GROUP BY ROLLUP(LeadSource, Rating) ' +
          "HAVING GROUPING(Rating) = 1 AND LeadSource = 'Web'",
      ),
    ).toEqual([{ LeadSource: 'Web', g: 1, n: 3 }]);
  });
});

it('GROUP BY CUBE adds a subtotal for every combination of fields', () => {
  expect(
    rows(
      'SELECT LeadSource, Rating, COUNT(Id) FROM Lead GROUP BY CUBE(LeadSource, Rating) ' +
        'HAVING GROUPING(LeadSource) = 1 ORDER BY COUNT(Id), Rating NULLS LAST',
    ),
  ).toEqual([
    [null, 'Warm', 1],
    [null, null, 1],
    [null, 'Hot', 2],
    [null, null, 4],
  ]);
});

it.each([
  'SELECT LeadSource, Rating, COUNT(Id) FROM Lead GROUP BY ROLLUP(LeadSource), Rating',
  'SELECT COUNT(Id) FROM Lead GROUP BY CUBE(LeadSource, Rating, Status, Company)',
  'SELECT LeadSource, GROUPING(LeadSource), COUNT(Id) FROM Lead GROUP BY LeadSource',
  'SELECT LeadSource, GROUPING(Rating), COUNT(Id) FROM Lead GROUP BY ROLLUP(LeadSource)',
])('refuses %s', (soql) => {
  expect(() => org.run(soql)).toThrow(expect.objectContaining({ errorCode: 'MALFORMED_QUERY' }));
});

it('does not compare an address as a whole', () => {
  expect(() => org.run("SELECT Id FROM Account WHERE BillingAddress = 'x'")).toThrow(
    expect.objectContaining({ errorCode: 'INVALID_FIELD' }),
  );
});
