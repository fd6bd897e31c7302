import { z } from 'zod';
import { suggestion } from './model/closest.ts';
import { type EntityName, entities } from './model/entities.ts';

/** The owners block of tierlink.yaml: which connection decides an attribute of records that several hold. */

export const ownersSchema = z
  .record(z.string(), z.record(z.string(), z.array(z.string()).min(1)))
  .default({})
  .describe(
    'Which connection decides an attribute of records that several hold: by entity and attribute (or default), connections in order of authority. (Default: the order of connections)',
  );

type Owners = z.infer<typeof ownersSchema>;

/** One thing that the block names and that is not there, with its path in the file. */
export interface OwnersIssue {
  path: (string | number)[];
  message: string;
}

/** Entities, attributes and connections that do not exist, or that nobody but the program decides. */
export function checkOwners(owners: Owners, connections: readonly string[]): OwnersIssue[] {
  return Object.entries(owners).flatMap(([entity, lines]) => {
    const wrong = entityIssue(entity);
    if (wrong !== undefined) return [{ path: ['owners', entity], message: wrong }];
    return Object.entries(lines).flatMap(([attribute, named]) => {
      const path = ['owners', entity, attribute];
      const unknown = attributeIssue(entity as EntityName, attribute);
      if (unknown !== undefined) return [{ path, message: unknown }];
      return named.flatMap((_name, index) => {
        const message = connectionIssue(named, index, connections);
        return message === undefined ? [] : [{ path: [...path, index], message }];
      });
    });
  });
}

function entityIssue(entity: string): string | undefined {
  const brought = Object.keys(entities).filter((name) => entities[name as EntityName].origin === 'crm');
  if (brought.includes(entity)) return undefined;
  if (Object.hasOwn(entities, entity)) return `records of ${entity} are made by the program alone`;
  return `"${entity}" is not an entity${suggestion(entity, brought)}`;
}

function attributeIssue(entity: EntityName, attribute: string): string | undefined {
  const names = ['default', ...Object.keys(entities[entity].attributes)];
  if (names.includes(attribute) || /^extra\.[a-z][A-Za-z0-9]*$/.test(attribute)) return undefined;
  return `${entity} has no attribute "${attribute}"${suggestion(attribute, names)}`;
}

function connectionIssue(
  named: readonly string[],
  index: number,
  connections: readonly string[],
): string | undefined {
  const connection = named[index]!;
  if (!connections.includes(connection)) {
    return `"${connection}" is not a connection of the project${suggestion(connection, connections)}`;
  }
  return named.indexOf(connection) === index ? undefined : `"${connection}" is there twice`;
}
