import { mapping } from '../sync/pull-house.ts';

const inward = (field: string, more = {}) => ({ field, direction: 'in', ...more });

/** What is read of the lived-in org. */
export const mappings = [
  mapping('partner', {
    object: 'Account',
    entity: 'partner',
    scope: { where: { Type: ['Partner'] } },
    attributes: {
      name: inward('Name', { required: true }),
      country: inward('Country'),
      parent: inward('Parent'),
      startedOn: inward('Started'),
    },
  }),
  mapping('customer', {
    object: 'Account',
    entity: 'customer',
    scope: { where: { Type: ['Customer'] } },
    attributes: { name: inward('Name'), country: inward('Country'), parent: inward('Parent') },
  }),
  mapping('person', {
    object: 'Contact',
    entity: 'person',
    scope: { where: { Kind: ['x', 'y', null] } },
    attributes: {
      partner: inward('Account', { required: true }),
      email: inward('Email'),
      leftOn: inward('Day'),
    },
  }),
  mapping('deal', {
    object: 'Deal',
    entity: 'deal',
    attribution: 'split',
    credits: [{ field: 'Partner', role: 'sourced' }],
    attributes: {
      customer: inward('Customer'),
      amount: inward('Amount'),
      isWon: inward('Won'),
      closeOn: inward('Day'),
      createdAt: inward('At'),
    },
  }),
  mapping('credit', {
    object: 'DealPartner',
    entity: 'credit',
    attributes: {
      deal: inward('Deal', { required: true }),
      partner: inward('Account', { required: true }),
      role: inward('Kind'),
      share: inward('Share'),
    },
  }),
  mapping('lead', {
    object: 'Lead',
    entity: 'lead',
    scope: { where: { Kind: ['x', null] } },
    attributes: { partner: inward('Account'), deal: inward('Deal'), deliveredAt: inward('At') },
  }),
  mapping('registration', {
    object: 'Lead',
    entity: 'deal',
    scope: { where: { Kind: ['y'] } },
    attribution: 'all',
    credits: [{ field: 'Account', role: 'registered' }],
    attributes: { registeredAt: inward('At') },
  }),
  mapping('certification', {
    object: 'Cert',
    entity: 'certification',
    attributes: {
      person: inward('Contact'),
      partner: inward('Account'),
      issuedOn: inward('Started'),
      expiresOn: inward('Day'),
    },
  }),
  mapping('case', {
    object: 'Case',
    entity: 'case',
    attributes: { customer: inward('Customer'), partner: inward('Account'), closedAt: inward('At') },
  }),
];
