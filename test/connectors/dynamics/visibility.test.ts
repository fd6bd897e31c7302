import { expect, it } from '@jest/globals';
import type { Context } from '../../../connectors/dynamics/context.ts';
import type { ResolvedColumn } from '../../../connectors/dynamics/metadata.ts';
import { hiddenColumns } from '../../../connectors/dynamics/visibility.ts';
import { testHost } from '../../contract/connector-world.ts';

const column = (name: string) => ({ table: { name: 'account' }, column: { name } }) as ResolvedColumn;
const secured = {
  value: [{ LogicalName: 'account', Attributes: [{ LogicalName: 'telephone1', MetadataId: 'm-1' }] }],
};

function contextAnswering(privileges: unknown): Context {
  // What was turned away is asked for once more.
  const answers = [[secured, privileges], [privileges]];
  return {
    host: testHost(),
    client: {
      session: async () => ({ userId: 'u-1' }),
      library: async () => answers.shift(),
      heed: () => undefined,
    },
  } as unknown as Context;
}

it('secured columns are hidden where a narrow role may not ask about them, and the others are not', async () => {
  const refused = Object.assign(new Error('missing prvRead'), { status: 403, code: '0x80040220' });
  const isHidden = await hiddenColumns(contextAnswering(refused), [column('telephone1'), column('name')]);
  expect([isHidden(column('telephone1')), isHidden(column('name'))]).toEqual([true, false]);
});

it('an answer that asks for patience decides nothing about columns', async () => {
  const busy = Object.assign(new Error('later'), { status: 503 });
  await expect(hiddenColumns(contextAnswering(busy), [column('telephone1')])).rejects.toMatchObject({
    code: 'CRM_BUSY',
  });
});
