import { describe, expect, it } from '@jest/globals';
import type { ObjectDescription } from '../../src/sync/crm-description.ts';
import { checkMappings } from '../../src/sync/mapping/check.ts';
import { objectMappingSchema } from '../../src/sync/mapping/schema.ts';

const account: ObjectDescription = {
  name: 'Account',
  label: 'Account',
  tracksChanges: true,
  createable: true,
  updateable: true,
  recordTypes: [],
  fields: [],
};

function findings(description: ObjectDescription) {
  const contents = { object: 'Account', entity: 'partner', attributes: {} };
  const attributes = { name: { field: 'Name', direction: 'in' } };
  const mapping = objectMappingSchema.parse({ ...contents, attributes });
  const found = checkMappings([{ ...mapping, name: 'm', file: 'm.yaml' }], [description], {
    tiers: [],
    related: [],
  });
  return found.filter(({ code }) => code === 'OBJECT_NOT_TRACKED').map(({ message }) => message);
}

describe('an object whose changes are followed', () => {
  it('has no finding when deletes are told too', () => {
    expect(findings(account)).toEqual([]);
    expect(findings({ ...account, tracksDeletes: true })).toEqual([]);
  });

  it('has one when deletes are only missed in number, and another when nothing is told', () => {
    expect(findings({ ...account, tracksDeletes: false })).toEqual([
      expect.stringContaining('deletes only because records are missing in number'),
    ]);
    expect(findings({ ...account, tracksChanges: false })).toEqual([
      expect.stringContaining('each run reads all of it'),
    ]);
  });
});
