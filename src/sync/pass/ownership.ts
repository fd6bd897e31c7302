import { instantOf } from '../../model/clock.ts';
import { type EntityName, entities } from '../../model/entities.ts';
import type { Engine } from '../engine.ts';
import { followOwnership } from '../records/takeovers.ts';

/**
 * Before anything is read: lets connections take over what the project says is theirs now. A project with one connection
 * asks nothing. `isShrunk`: connections were removed, which leaves what they decided to those that stay.
 */
export async function followOwners(engine: Engine, { isShrunk = false } = {}): Promise<void> {
  const ownership = engine.ownership?.();
  if (ownership === undefined || (ownership.connections.length < 2 && !isShrunk)) return;
  const brought = (Object.keys(entities) as EntityName[]).filter(
    (entity) => entities[entity].origin === 'crm',
  );
  const now = instantOf(engine.clock.now());
  await followOwnership(engine.store, { ownership, entities: brought, now });
}
