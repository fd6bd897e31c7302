import { hash } from 'node:crypto';
import { type EntityName, entities } from './entities.ts';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const idLength = 20;

/**
 * Our id of a record: the entity's prefix and 20 characters (100 bits) of a hash of where it comes from. The same CRM
 * record read twice, in any order and after any crash, gets the same id.
 */
export function newRecordId(entity: EntityName, connection: string, object: string, crmId: string): string {
  return `${entities[entity].idPrefix}_${digest([entity, connection, object, crmId])}`;
}

/** An id for a record that is made of the given parts and nothing else, such as a program's record for a period. */
export function idOfParts(prefix: string, parts: readonly string[]): string {
  return `${prefix}_${digest(parts)}`;
}

/** Whether the text has the form of an id of this entity; says nothing about whether such a record exists. */
export function isRecordId(entity: EntityName, text: string): boolean {
  const prefix = `${entities[entity].idPrefix}_`;
  return text.startsWith(prefix) && /^[0-9a-z]{20}$/.test(text.slice(prefix.length));
}

function digest(parts: readonly string[]): string {
  const bytes = hash('sha256', parts.join('\u0000'), 'buffer');
  let text = '';
  let bits = 0;
  let held = 0;
  for (let index = 0; text.length < idLength; index += 1) {
    held = (held << 8) | bytes[index]!;
    bits += 8;
    while (bits >= 5 && text.length < idLength) {
      bits -= 5;
      text += alphabet[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return text;
}
