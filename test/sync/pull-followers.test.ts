import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import type { Connector } from '../../src/sync/connector.ts';
import { openTestStore } from '../services/test-store.ts';
import { makeHouse, mapping, mappings } from './pull-house.ts';

let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => await store.close());

/** People in scope while the account that they name is a partner; the CRM reports no change of theirs when it is not. */
const people = mapping('person', {
  object: 'Contact',
  entity: 'person',
  scope: { where: { 'Account.Type': ['Partner'] } },
  attributes: { partner: { field: 'Account', direction: 'in' }, name: { field: 'Name', direction: 'in' } },
});
const chosen = { mappings: [...mappings.filter(({ entity }) => entity !== 'person'), people] };

it('are asked about again when their parent has moved while they were being asked about', async () => {
  const house = makeHouse(store);
  const { crm } = house;
  const turn = (type: string) => {
    crm.put('Account', 'A1', { Name: 'One', Type: type });
    crm.putSilently('Contact', 'K1', { Name: 'Ann', Account: 'A1', 'Account.Type': type });
  };
  turn('Partner');
  await house.pullAll(chosen);
  turn('Prospect');
  await house.pull('Account', chosen);

  let isFirst = true;
  const inner = crm.connector();
  const connector: Connector = {
    ...inner,
    async *read(request) {
      for await (const page of inner.read(request)) {
        if (request.ids !== undefined && isFirst) {
          isFirst = false;
          turn('Partner');
          await house.pull('Account', chosen);
        }
        yield page;
      }
    },
  };
  await house.pull('Contact', { ...chosen, connector });
  expect(await house.rows('select name, in_scope from tierlink.person')).toEqual([
    { name: 'Ann', in_scope: true },
  ]);
  expect(await house.rows('select 1 from tierlink.rescope')).toEqual([]);
});
