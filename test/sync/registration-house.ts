import type { ObjectMapping } from '../../src/sync/mapping/schema.ts';
import { mapping, mappings } from './pass-house.ts';

/** The small org, in which deals of ours are created, so that what partners register goes there. */
export const creatingMappings: ObjectMapping[] = [
  ...mappings.filter(({ entity }) => entity !== 'deal'),
  mapping('customer', {
    object: 'Account',
    entity: 'customer',
    scope: { where: { Kind: ['Customer'] } },
    attributes: { name: { field: 'Name', direction: 'in', required: true } },
  }),
  mapping('deal', {
    object: 'Deal',
    entity: 'deal',
    key: 'Our_Id',
    create: true,
    credits: [{ field: 'Partner', role: 'sourced' }],
    attributes: {
      name: { field: 'Name', direction: 'both', policy: 'crm' },
      customer: { field: 'Customer', direction: 'both', policy: 'crm' },
      amount: { field: 'Amount', direction: 'both', policy: 'crm' },
      closeOn: { field: 'Close_On', direction: 'both', policy: 'crm' },
      isWon: { field: 'Won', direction: 'in' },
    },
  }),
];
