import type { App } from '../app.ts';
import { errorRegistry, TierlinkError } from '../errors.ts';
import { suggestion } from '../model/closest.ts';
import { keyNamed } from '../program/names.ts';
import { ofCrm } from '../store/crm-rows.ts';
import { text } from './messages.ts';

/** A word that can fit nothing is a mistake, not an empty list. Throws USAGE with what `reason` says of it. */
export function refuseUnknown(
  word: string | undefined,
  known: readonly string[],
  { command, reason }: { command: string; reason(word: string, known: string): string },
): void {
  if (word === undefined || known.some((each) => each.toLowerCase() === word.toLowerCase())) return;
  throw new TierlinkError('USAGE', { reason: reason(word, known.join(', ')), command });
}

/** Refuses a connection, an object or one of our attributes that the project does not have. */
export async function refuseUnknownPlace(
  app: App,
  command: string,
  asked: { connection: string | undefined; object?: string | undefined; attribute?: string | undefined },
): Promise<void> {
  if (asked.connection !== undefined) app.connection(asked.connection);
  const { object, attribute } = asked;
  const mappings = () => app.connections.flatMap((connection) => connection.mappings());
  if (object !== undefined) {
    // What is not mapped any more may have left something behind.
    const read = await app.store.query<{ object: string }>(
      `select distinct f.object from tierlink.feed f where ${ofCrm('f')}`,
    );
    const known = [...new Set([...mappings(), ...read].map((each) => each.object))].sort();
    if (!known.includes(object)) throw unknown(command, '--object', object, known);
  }
  if (attribute !== undefined) {
    const known = [...new Set(mappings().flatMap(({ attributes }) => Object.keys(attributes)))].sort();
    if (!known.includes(attribute)) throw unknown(command, '--attribute', attribute, known);
  }
}

function unknown(command: string, flag: string, word: string, known: readonly string[]): TierlinkError {
  const near = suggestion(word, known);
  const reason = text.notMapped(flag, word, near === '' ? `; use one of: ${known.join(', ')}.` : near);
  return new TierlinkError('USAGE', { reason, command });
}

/** The partner type meant: one of the program, or one that a partner has all the same. Throws USAGE. */
export async function knownType(
  { store, program }: App,
  command: string,
  type: string | undefined,
): Promise<string | undefined> {
  if (type === undefined) return undefined;
  const held = await store.query<{ type: string }>(
    `select type from (select distinct unnest(types) as type from tierlink.partner
       where deleted_at is null and merged_into is null) held order by type collate "C"`,
  );
  const named = [...program.partnerTypes, ...held.map((one) => ({ key: one.type }))];
  const found = keyNamed(named, type);
  if (found !== undefined) return found;
  const known = [...new Set(named.map(({ key }) => key))];
  throw new TierlinkError('USAGE', { reason: text.badType(type, known.join(', ')), command });
}

/** Refuses a code that no error has. */
export function refuseUnknownCode(code: string | undefined, command: string): void {
  const codes = Object.keys(errorRegistry);
  if (code === undefined || codes.includes(code)) return;
  const near = suggestion(code, codes);
  throw new TierlinkError('USAGE', { reason: text.notACode(code, near === '' ? '.' : near), command });
}
