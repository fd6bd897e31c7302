import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { START } from './fresh-org.ts';
import { BASE, clientOf } from './http-client.ts';

let simulator: Simulator;
let call: ReturnType<typeof clientOf>['call'];
let id: string;

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ now: START });
  ({ call } = clientOf(simulator));
  const body = { Name: 'Acme', AnnualRevenue: 177_400, NumberOfEmployees: 12 };
  ({ id } = (await call(`${BASE}/sobjects/Account`, { method: 'POST', body })).json);
});
afterAll(() => simulator.close());

const soql = encodeURIComponent('SELECT AnnualRevenue, NumberOfEmployees FROM Account');
const parent = encodeURIComponent('SELECT Name, Account.AnnualRevenue FROM Contact');

describe('a whole number in a fractional field', () => {
  it.each([
    ['one record', () => call(`${BASE}/sobjects/Account/${id}`)],
    ['a query', () => call(`${BASE}/query?q=${soql}`)],
    [
      'a composite call',
      () =>
        call(`${BASE}/composite`, {
          method: 'POST',
          body: { compositeRequest: [{ method: 'GET', url: `${BASE}/query?q=${soql}`, referenceId: 'one' }] },
        }),
    ],
  ])('shows a decimal in the answer to %s; an integer field does not', async (_name, ask) => {
    const { text, json } = await ask();
    expect(text).toMatch(/"AnnualRevenue":177400\.0[,}]/);
    expect(text).toMatch(/"NumberOfEmployees":12[,}]/);
    expect(JSON.stringify(json)).toContain('"AnnualRevenue":177400');
  });

  it('shows it in a record of a lookup', async () => {
    const body = { LastName: 'Ax', AccountId: id };
    await call(`${BASE}/sobjects/Contact`, { method: 'POST', body });
    expect((await call(`${BASE}/query?q=${parent}`)).text).toContain('"AnnualRevenue":177400.0}');
  });
});

describe('a whole number among aggregates', () => {
  const sums = encodeURIComponent(
    'SELECT SUM(AnnualRevenue) s, AVG(NumberOfEmployees) a, MAX(NumberOfEmployees) m, COUNT(Id) n FROM Account ' +
      "WHERE Name = 'Acme'",
  );
  const shown = '"s":177400.0,"a":12.0,"m":12,"n":1}';

  it('shows a decimal where the field or the function is fractional, not where it counts', async () => {
    expect((await call(`${BASE}/query?q=${sums}`)).text).toContain(shown);
  });

  it('does so within a composite answer, and is a number for the requests that refer to it', async () => {
    const compositeRequest = [
      { method: 'GET', url: `${BASE}/query?q=${sums}`, referenceId: 'q' },
      {
        method: 'PATCH',
        url: `${BASE}/sobjects/Account/${id}`,
        referenceId: 'p',
        body: { Name: 'Kept: 5.0, {"a":1.0}', AnnualRevenue: '@{q.records[0].s}' },
      },
      { method: 'GET', url: `${BASE}/sobjects/Account/${id}?fields=Name,AnnualRevenue`, referenceId: 'r' },
    ];
    const { text, json } = await call(`${BASE}/composite`, { method: 'POST', body: { compositeRequest } });
    expect(text).toContain(shown);
    expect(json.compositeResponse[2].body).toMatchObject({
      Name: 'Kept: 5.0, {"a":1.0}',
      AnnualRevenue: 177_400,
    });
  });

  it('of a bulk job, the version shows one', async () => {
    const body = { operation: 'query', query: 'SELECT Id FROM Account' };
    expect((await call(`${BASE}/jobs/query`, { method: 'POST', body })).text).toContain('"apiVersion":67.0,');
  });
});
