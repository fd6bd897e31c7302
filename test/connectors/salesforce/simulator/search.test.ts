import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { BASE, clientOf } from './http-client.ts';

let simulator: Simulator;
let client: ReturnType<typeof clientOf>;

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ empty: true });
  client = clientOf(simulator);
  simulator.org.insert('Account', [
    { Name: 'Harbour & Pine Consulting', Phone: '(415) 555-1212' },
    { Name: 'Harbourside Systems', Description: 'once at Pine street' },
    { Name: 'Bluebird', Site: 'Harbour' },
  ]);
  simulator.org.insert('Contact', [{ LastName: 'Pine', Email: 'pine@harbour.example' }]);
});
afterAll(() => simulator.close());

const search = (sosl: string, base = BASE) =>
  client.call(`${base}/search/?q=${encodeURIComponent(sosl)}`, {});
const namesOf = async (sosl: string) =>
  (await search(sosl)).json.searchRecords.map((record: Record<string, unknown>) => record.Name);

describe('a search', () => {
  it.each([
    ['{harbour}', ['Harbour & Pine Consulting', 'Bluebird']],
    ['{harbour*}', ['Harbour & Pine Consulting', 'Harbourside Systems', 'Bluebird']],
    ['{harbo?r}', ['Harbour & Pine Consulting', 'Bluebird']],
    ['{harbour pine}', ['Harbour & Pine Consulting']],
    ['{"pine consulting"}', ['Harbour & Pine Consulting']],
    ['{"consulting pine"}', []],
    ['{bluebird OR systems}', ['Harbourside Systems', 'Bluebird']],
    ['{harbour AND NOT pine}', ['Bluebird']],
    ['{(harbour OR systems) AND pine}', ['Harbour & Pine Consulting', 'Harbourside Systems']],
    ['{Harbour \\& Pine}', ['Harbour & Pine Consulting']],
    ['{415 1212}', ['Harbour & Pine Consulting']],
  ])('for %s finds whole words in any case', async (term, names) => {
    expect(await namesOf(`FIND ${term} RETURNING Account(Name ORDER BY CreatedDate, Id)`)).toEqual(names);
  });

  it.each([
    ['NAME', ['Harbour & Pine Consulting']],
    ['PHONE', []],
    ['ALL', ['Harbour & Pine Consulting', 'Bluebird']],
  ])('looks into %s fields only, when that is said', async (group, names) => {
    expect(await namesOf(`FIND {harbour} IN ${group} FIELDS RETURNING Account(Name)`)).toEqual(names);
  });

  it('answers ids of everything that can be searched, without RETURNING', async () => {
    const { json } = await search('FIND {harbour}');
    expect(json.searchRecords.map((record: Record<string, unknown>) => Object.keys(record))).toEqual(
      Array(3).fill(['attributes', 'Id']),
    );
  });

  it('filters, sorts and cuts what is returned of each object, and cuts the whole', async () => {
    const sosl =
      "FIND {harbour*} RETURNING Account(Name WHERE Name != 'a, (b' ORDER BY Name DESC LIMIT 2), Contact(Name)";
    expect(await namesOf(sosl)).toEqual(['Harbourside Systems', 'Harbour & Pine Consulting', 'Pine']);
    expect(await namesOf(`${sosl} LIMIT 1`)).toEqual(['Harbourside Systems']);
  });

  it('shows nobody what he cannot see', async () => {
    const [userId = ''] = simulator.users.sales;
    const path = `${BASE}/search?q=${encodeURIComponent('FIND {harbour}')}`;
    expect((await client.call(path, { userId })).json).toEqual({ searchRecords: [] });
  });

  // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_search.htm
  it('answers a bare list before version 37.0', async () => {
    expect(Array.isArray((await search('FIND {harbour}', '/services/data/v36.0')).json)).toBe(true);
  });

  it.each([
    ['FIND harbour', 'MALFORMED_SEARCH', 'No search term found. The search term must be enclosed in braces.'],
    ['FIND {h}', 'MALFORMED_SEARCH', 'search term must be longer than one character: h'],
    ['FIND {harbour OR}', 'MALFORMED_SEARCH', 'unexpected end of the search term'],
    ['FIND {(harbour}', 'MALFORMED_SEARCH', 'a parenthesis of the search term is not closed'],
    ['FIND {harbour} IN SOME FIELDS', 'MALFORMED_SEARCH', "unexpected token: 'SOME'"],
    ['FIND {harbour} HAVING', 'MALFORMED_SEARCH', "unexpected token: 'HAVING'"],
    ['FIND {harbour} LIMIT 2001', 'MALFORMED_SEARCH', 'LIMIT must be between 1 and 2000'],
    ['FIND {harbour} RETURNING Nope', 'INVALID_TYPE', "sObject type 'Nope' is not supported."],
  ])('is refused: %s', async (sosl, errorCode, message) => {
    const answer = await search(sosl);
    expect([answer.status, answer.json]).toEqual([400, [{ errorCode, message }]]);
  });

  it('names fields that are not there as a query does', async () => {
    const { json } = await search('FIND {harbour} RETURNING Account(Nope)');
    expect(json[0]).toMatchObject({
      errorCode: 'INVALID_FIELD',
      message: expect.stringContaining("No such column 'Nope'"),
    });
  });
});

// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_search_parameterized.htm
describe('a search by parameters', () => {
  it('takes them in the address', async () => {
    const path = `${BASE}/parameterizedSearch/?q=harbour&sobject=Account&Account.fields=id,name&Account.limit=1`;
    expect((await client.call(path)).json.searchRecords).toEqual([
      expect.objectContaining({ Name: 'Harbour & Pine Consulting', Id: expect.any(String) }),
    ]);
  });

  it('takes them in a body', async () => {
    const body = {
      q: 'harbour*',
      fields: ['Name'],
      sobjects: [
        { name: 'Account', where: "Name LIKE 'B%'" },
        { name: 'Contact', fields: ['Email'] },
      ],
      in: 'ALL',
      overallLimit: 10,
      defaultLimit: 5,
    };
    const { json } = await client.call(`${BASE}/parameterizedSearch`, { method: 'POST', body });
    expect(json.searchRecords).toMatchObject([{ Name: 'Bluebird' }, { Email: 'pine@harbour.example' }]);
  });

  it('needs words', async () => {
    const answer = await client.call(`${BASE}/parameterizedSearch?sobject=Account`);
    expect([answer.status, answer.json[0].errorCode]).toEqual([400, 'MISSING_ARGUMENT']);
  });
});
