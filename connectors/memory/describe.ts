import type { ConnectionFacts, ObjectDescription } from '../../src/sync/crm-description.ts';
import type { MemoryClient } from './client.ts';
import type { MemoryObject } from './crm.ts';

export async function describeObjects(
  client: MemoryClient,
  names: readonly string[],
): Promise<ObjectDescription[]> {
  await client.call('describe');
  return names.flatMap((name) => {
    const object = client.crm.object(name);
    return object === undefined ? [] : [descriptionOf(object)];
  });
}

function descriptionOf(object: MemoryObject): ObjectDescription {
  return {
    name: object.name,
    label: object.label,
    tracksChanges: true,
    createable: true,
    updateable: true,
    fields: object.fields.filter((field) => !object.hidden.has(field.name)),
    recordTypes: object.recordTypes.map((developerName) => ({
      id: `rt-${developerName}`,
      developerName,
      label: developerName,
      active: true,
    })),
  };
}

export async function check(client: MemoryClient, names: readonly string[]): Promise<ConnectionFacts> {
  await client.call('check');
  return {
    orgId: client.crm.orgId,
    orgName: 'Memory',
    orgKind: 'simulator',
    orgKindLabel: 'in memory',
    userId: 'tierlink',
    userName: 'tierlink@memory',
    timeZone: 'UTC',
    currency: 'USD',
    clockSkewMs: 0,
    apiVersion: '1',
    objects: names.map((name) => {
      const object = client.crm.object(name);
      const exists = object !== undefined;
      return {
        object: name,
        readable: exists,
        seesAll: exists ? object.isSeen === undefined : null,
        editsAll: exists ? true : null,
        creatable: exists,
        updatable: exists,
      };
    }),
  };
}
