import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { START } from './fresh-org.ts';
import { BASE, clientOf } from './http-client.ts';

let simulator: Simulator;
let call: ReturnType<typeof clientOf>['call'];

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ now: START });
  ({ call } = clientOf(simulator));
});
afterAll(() => simulator.close());

/** 404 tells that nothing is there; a refusal of the method or of missing arguments tells the opposite. */
async function leadNowhere(addresses: string[]): Promise<string[]> {
  const statuses = await Promise.all(addresses.map(async (address) => (await call(address)).status));
  return addresses.filter((_address, index) => statuses[index] === 404);
}

describe('whatever is advertised is there', () => {
  it('the resources of a version', async () => {
    const { identity: _absolute, ...resources } = (await call(BASE)).json;
    expect(Object.keys(resources)).toEqual(expect.arrayContaining(['composite', 'jobs', 'tooling']));
    expect(await leadNowhere(Object.values(resources))).toEqual([]);
  });

  it('the addresses of every object, in describeGlobal and in its describe', async () => {
    const { sobjects } = (await call(`${BASE}/sobjects`)).json;
    const addresses = new Set<string>();
    for (const { name, urls } of sobjects) {
      const described = (await call(`${BASE}/sobjects/${name}/describe`)).json;
      for (const url of [...Object.values(urls), ...Object.values(described.urls)] as string[])
        if (!url.includes('{ID}')) addresses.add(url);
      for (const info of described.recordTypeInfos)
        for (const url of Object.values(info.urls) as string[]) addresses.add(url);
    }
    expect(addresses.size).toBeGreaterThan(100);
    expect(await leadNowhere([...addresses])).toEqual([]);
  });
});

it('lists the composite resources that a version has', async () => {
  const names = async (version: string) =>
    Object.keys((await call(`/services/data/v${version}/composite`)).json).sort();
  expect(await names('67.0')).toEqual(['batch', 'graph', 'sobjects', 'tree']);
  expect(await names('49.0')).toEqual(['batch', 'sobjects', 'tree']);
  const graph = await call('/services/data/v49.0/composite/graph', { method: 'POST', body: { graphs: [] } });
  expect(graph.status).toBe(404);
});

it.each([
  ['describe/approvalLayouts', { approvalLayouts: [] }],
  ['listviews', { done: true, listviews: [], nextRecordsUrl: null, size: 0, sobjectType: 'Account' }],
  ['quickActions', []],
])('answers %s as for an object that has none', async (path, answer) => {
  expect((await call(`${BASE}/sobjects/account/${path}`)).json).toEqual(answer);
  expect((await call(`${BASE}/sobjects/Nope/${path}`)).status).toBe(404);
});

it('maps every record type to the standard compact layout', async () => {
  const { json } = await call(`${BASE}/sobjects/Account/describe/compactLayouts`);
  expect(json).toMatchObject({ compactLayouts: [], defaultCompactLayoutId: null });
  expect(json.recordTypeCompactLayoutMappings).toContainEqual({
    available: true,
    compactLayoutId: null,
    recordTypeId: '012000000000000AAA',
    recordTypeName: 'Master',
  });
});
