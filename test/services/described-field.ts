import type { FieldDescription } from '../../src/sync/crm-description.ts';

/** A field as a CRM describes it: a text that may be written and left blank, where `more` does not say otherwise. */
export function describedField(name: string, more: Partial<FieldDescription> = {}): FieldDescription {
  return {
    name,
    label: name,
    type: 'text',
    length: null,
    precision: null,
    scale: null,
    required: false,
    createable: true,
    updateable: true,
    filterable: true,
    calculated: false,
    key: false,
    unique: false,
    values: null,
    restricted: false,
    references: [],
    ...more,
  };
}
