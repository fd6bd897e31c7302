import { hash } from 'node:crypto';

/** Ids are GUIDs in lower case, without braces. */

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The GUID in the form that rows keep, or null when the text is none. */
export function canonicalGuid(text: unknown): string | null {
  if (typeof text !== 'string') return null;
  const lower = text.toLowerCase().replace(/^\{(.*)\}$/, '$1');
  return form.test(lower) ? lower : null;
}

/** The GUID that stands for a text: always the same one. */
export function guidOf(text: string): string {
  const hex = hash('sha1', text, 'hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

/** Ids one after the other, the same for the same seed. */
export function createIds(seed: string): () => string {
  let last = 0;
  return () => {
    last += 1;
    return guidOf(`${seed} ${last}`);
  };
}
