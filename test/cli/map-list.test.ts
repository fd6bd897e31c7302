import { expect, it } from '@jest/globals';
import { mapList } from '../../src/cli/commands/map/list.ts';
import { shown } from './harness.ts';

const mapping = {
  name: 'person',
  file: 'mappings/x/person.yaml',
  object: 'Contact',
  entity: 'person',
  scope: "Account.RecordType.DeveloperName = 'Partner'",
  create: false,
  optional: false,
  in: 4,
  out: 0,
  both: 1,
};
const result = {
  connection: 'prod',
  mappings: [mapping, { ...mapping, name: 'membership-of-channel-program' }],
};

it('lists mappings in few lines where the table does not fit', () => {
  const [first] = shown(mapList, result, 80).split('\n\n');
  expect(first?.split('\n')).toEqual([
    '  MAPPING: person   OBJECT: Contact   BECOMES: person',
    "    RECORDS: Account.RecordType.DeveloperName = 'Partner'",
    '    IN: 4   OUT: 0   BOTH: 1',
  ]);
  expect(shown(mapList, result, 120)).toMatch(/MAPPING +OBJECT +BECOMES +RECORDS +IN +OUT +BOTH/);
});
