import { expect } from '@jest/globals';
import type { Connector, CrmValue } from '../../src/sync/connector.ts';
import type { World } from './world.ts';

/** The simulator of a world as somebody else who may edit there sees it. */
export function editorOf({ manifest, simulator }: World): Connector {
  return manifest.connect(simulator.options, {
    connection: 'editor',
    pinnedOrg: async () => null,
    now: Date.now,
    sleep: async () => {},
    spend: async () => {},
    random: Math.random,
    log: () => {},
  });
}

/** Edits a record as somebody in the CRM would. */
export async function edit(
  world: World,
  { object, id, fields }: { object: string; id: string; fields: Record<string, CrmValue> },
): Promise<void> {
  const [result] = await editorOf(world).write({
    object,
    operation: 'update',
    manners: { assignmentRules: false, allowDuplicates: false },
    rows: [{ ref: id, id, fields }],
  });
  expect(result).toMatchObject({ outcome: 'updated' });
}
