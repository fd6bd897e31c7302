import { hash } from 'node:crypto';
import { type EntityName, entities } from './entities.ts';

/** What links of records that files brought in have for a connection; no connection may be called so. */
export const filesAlias = 'import';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const idLength = 20;
/** Which characters of a CRM's id tell its neighbours: of an id of 18 letters and digits those that count up. */
const countsFrom = 7;
const countsLength = 8;

/**
 * Our id of a record: the entity's prefix and 20 characters that follow from where it comes from, 8 of which keep records
 * that the CRM numbered one after the other together, while the rest (60 bits) is a hash. The same CRM record read twice,
 * in any order and after any crash, gets the same id.
 */
export function newRecordId(entity: EntityName, connection: string, object: string, crmId: string): string {
  const own = digest([entity, connection, object, crmId], idLength - countsLength);
  return `${entities[entity].idPrefix}_${neighbourhood(crmId)}${own}`;
}

/** An id for a record that is made of the given parts and nothing else, such as a program's record for a period. */
export function idOfParts(prefix: string, parts: readonly string[]): string {
  return `${prefix}_${digest(parts, idLength)}`;
}

/** How the key of a record that a file brought in begins where the file gives it an id of its own. */
export const fileIdPrefix = 'id:';

/** The key of a record to which a file gives this id. */
export function fileKeyOf(id: string): string {
  return fileIdPrefix + id;
}

/** The id that a file gives to the record of a key; null where it gives none. */
export function idOfFileKey(key: string): string | null {
  return key.startsWith(fileIdPrefix) ? key.slice(fileIdPrefix.length) : null;
}

/**
 * The id of a record as people know it: that of its CRM, or the one that its file gives it. Ours stands for what has neither, such
 * as a row that is known by its words.
 */
export function knownId({ id, crmId }: { id: string; crmId: string | null }): string {
  if (crmId === null) return id;
  return idOfFileKey(crmId) ?? (/\||^line:/.test(crmId) ? id : crmId);
}

/** Whether the text has the form of an id of this entity; says nothing about whether such a record exists. */
export function isRecordId(entity: EntityName, text: string): boolean {
  const prefix = `${entities[entity].idPrefix}_`;
  return text.startsWith(prefix) && /^[0-9a-z]{20}$/.test(text.slice(prefix.length));
}

/** Sorts as the characters do, each with half of its precision: 62 letters and digits in 32. */
function neighbourhood(crmId: string): string {
  let text = '';
  for (let index = countsFrom; index < countsFrom + countsLength; index += 1) {
    text += alphabet[rankOf(crmId.charCodeAt(index)) >> 1];
  }
  return text;
}

/** Digits, then capitals, then small letters, as ids in base 62 count; 0 for what is neither or beyond the end. */
function rankOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 65 && code <= 90) return code - 55;
  if (code >= 97 && code <= 122) return code - 61;
  return 0;
}

function digest(parts: readonly string[], length: number): string {
  const bytes = hash('sha256', parts.join('\u0000'), 'buffer');
  let text = '';
  let bits = 0;
  let held = 0;
  for (let index = 0; text.length < length; index += 1) {
    held = (held << 8) | bytes[index]!;
    bits += 8;
    while (bits >= 5 && text.length < length) {
      bits -= 5;
      text += alphabet[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return text;
}
