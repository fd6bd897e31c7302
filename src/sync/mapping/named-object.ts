import { TierlinkError } from '../../errors.ts';
import type { PassConnection } from '../engine.ts';
import type { ObjectMapping } from './schema.ts';

/**
 * The CRM object that people mean by the name of an object or of an entity, in whatever case; undefined when no mapping
 * has it. An entity stands for the object that it cannot do without; throws USAGE when there are several.
 */
export function namedObject(mappings: readonly ObjectMapping[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  const object = mappings.find((mapping) => mapping.object.toLowerCase() === wanted)?.object;
  if (object !== undefined) return object;
  const ofEntity = mappings.filter((mapping) => mapping.entity.toLowerCase() === wanted);
  const needed = ofEntity.filter((mapping) => !mapping.optional);
  const objects = [...new Set((needed.length > 0 ? needed : ofEntity).map((mapping) => mapping.object))];
  if (objects.length > 1) {
    throw usage(`${ofEntity[0]!.entity} is mapped to ${objects.join(' and ')}: name one of them.`);
  }
  return objects[0];
}

/**
 * The object that some of the connections are to be brought up to date in, as their mappings spell it. Throws USAGE with
 * the known names when none of them maps it, so that a misspelt name does not pass for a sync without changes.
 */
export function requireNamedObject(connections: readonly PassConnection[], name: string): string {
  const mappings = connections.flatMap((connection) => [...connection.mappings()]);
  const object = namedObject(mappings, name);
  if (object !== undefined) return object;
  const known = [...new Set(mappings.map((mapping) => `${mapping.object} (${mapping.entity})`))].sort();
  throw usage(`No mapping names the object or entity "${name}"; known: ${known.join(', ')}.`);
}

function usage(reason: string): TierlinkError {
  return new TierlinkError('USAGE', { reason, command: 'sync' });
}
