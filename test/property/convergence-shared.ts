import type { ObjectMapping } from '../../src/sync/mapping/schema.ts';
import type { Rule, Value } from './convergence-model.ts';

/** An attribute that both sides may change; it has the same name in the program and in the words of the channel. */
export interface Shared extends Rule {
  entity: 'partner' | 'person';
  attribute: 'region' | 'phone' | 'website' | 'country' | 'title';
  values: readonly Value[];
}

/** Each policy at least once. */
export const shared: readonly Shared[] = [
  {
    entity: 'partner',
    attribute: 'region',
    policy: 'newest',
    onBlank: 'clear',
    values: ['EMEA', 'AMER', 'APAC', null],
  },
  { entity: 'partner', attribute: 'phone', policy: 'ask', onBlank: 'clear', values: ['1', '2', '3', null] },
  {
    entity: 'partner',
    attribute: 'website',
    policy: 'crm',
    onBlank: 'keep',
    values: ['a.example', 'b.example', 'c.example', null],
  },
  {
    entity: 'partner',
    attribute: 'country',
    policy: 'program',
    onBlank: 'clear',
    values: ['Sweden', 'Norway', 'Peru', null],
  },
  { entity: 'person', attribute: 'phone', policy: 'newest', onBlank: 'keep', values: ['7', '8', '9', null] },
  {
    entity: 'person',
    attribute: 'title',
    policy: 'program',
    onBlank: 'keep',
    values: ['Head', 'Lead', 'Buyer', null],
  },
];

/** The mappings with every policy in use. */
export function sharedMappings(mappings: readonly ObjectMapping[]): ObjectMapping[] {
  return mappings.map((mapping) => {
    const attributes = { ...mapping.attributes };
    for (const { entity, attribute, policy, onBlank } of shared) {
      const line = attributes[attribute];
      if (mapping.entity !== entity || line === undefined) continue;
      attributes[attribute] = { ...line, direction: 'both', policy, onBlank, required: false };
    }
    return { ...mapping, attributes };
  });
}
