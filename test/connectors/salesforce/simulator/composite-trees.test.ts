import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { BASE, clientOf } from './http-client.ts';

let simulator: Simulator;
let call: ReturnType<typeof clientOf>['call'];

beforeAll(async () => {
  simulator = await startSalesforceSimulator({});
  ({ call } = clientOf(simulator));
});

afterAll(async () => {
  await simulator.close();
});

const tree = (lastName: string | null) => ({
  records: [
    {
      attributes: { type: 'Account', referenceId: 'acc' },
      Name: 'Tree',
      Contacts: { records: [{ attributes: { type: 'Contact', referenceId: 'con' }, LastName: lastName }] },
    },
  ],
});

describe('composite tree', () => {
  it('creates parents with their children', async () => {
    const answer = await call(`${BASE}/composite/tree/Account`, { method: 'POST', body: tree('Leaf') });
    expect([answer.status, answer.json.hasErrors]).toEqual([201, false]);
    const [account, contact] = answer.json.results as Array<{ referenceId: string; id: string }>;
    expect([account?.referenceId, contact?.referenceId]).toEqual(['acc', 'con']);
    expect(simulator.org.find(String(contact?.id))?.row.AccountId).toBe(account?.id);
  });

  it('creates nothing when records share a reference id, and lists each of them', async () => {
    const before = simulator.org.dump('Account').length;
    const record = (referenceId: string) => ({ attributes: { type: 'Account', referenceId }, Name: 'Twin' });
    const body = { records: [record('twin'), record('own'), record('twin')] };
    const answer = await call(`${BASE}/composite/tree/Account`, { method: 'POST', body });
    const refused = {
      referenceId: 'twin',
      errors: [expect.objectContaining({ statusCode: 'INVALID_INPUT' })],
    };
    expect([answer.status, answer.json]).toEqual([400, { hasErrors: true, results: [refused, refused] }]);
    expect(simulator.org.dump('Account')).toHaveLength(before);
  });

  it('creates nothing when one record fails, and lists the failures only', async () => {
    const before = simulator.org.dump('Account').length;
    const answer = await call(`${BASE}/composite/tree/Account`, { method: 'POST', body: tree(null) });
    expect([answer.status, answer.json]).toEqual([
      400,
      {
        hasErrors: true,
        results: [
          {
            referenceId: 'con',
            errors: [
              {
                statusCode: 'REQUIRED_FIELD_MISSING',
                message: 'Required fields are missing: [LastName]',
                fields: ['LastName'],
              },
            ],
          },
        ],
      },
    ]);
    expect(simulator.org.dump('Account')).toHaveLength(before);
  });
});

describe('composite graph', () => {
  const node = (referenceId: string, body: unknown) => ({
    method: 'POST',
    url: `${BASE}/sobjects/Account`,
    referenceId,
    body,
  });

  it('keeps the graphs that succeed and undoes those that do not', async () => {
    const graphs = [
      { graphId: 'good', compositeRequest: [node('a', { Name: 'Graph A' })] },
      { graphId: 'bad', compositeRequest: [node('b', { Name: 'Graph B' }), node('c', {})] },
    ];
    const { json } = await call(`${BASE}/composite/graph`, { method: 'POST', body: { graphs } });
    expect(
      json.graphs.map((each: { graphId: string; isSuccessful: boolean }) => [
        each.graphId,
        each.isSuccessful,
      ]),
    ).toEqual([
      ['good', true],
      ['bad', false],
    ]);
    expect(
      simulator.org
        .dump('Account')
        .map((row) => row.Name)
        .filter((name) => String(name).startsWith('Graph')),
    ).toEqual(['Graph A']);
  });

  it('has no place for queries', async () => {
    const query = { method: 'GET', url: `${BASE}/query?q=SELECT Id FROM Account`, referenceId: 'q' };
    const answer = await call(`${BASE}/composite/graph`, {
      method: 'POST',
      body: { graphs: [{ graphId: 'g', compositeRequest: [query] }] },
    });
    expect(answer.status).toBe(400);
  });
});
