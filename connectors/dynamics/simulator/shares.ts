import type { Verb } from './access.ts';

/**
 * Rights to single rows that people have been given.
 * https://learn.microsoft.com/power-apps/developer/data-platform/security-sharing-assigning
 */
export interface Shares {
  /** Rights by principal, of one row. */
  of(table: string, id: string): ReadonlyMap<string, ReadonlySet<Verb>>;
  /** Null takes all rights away. Returns what undoes it. */
  put(at: { table: string; id: string; principal: string }, rights: ReadonlySet<Verb> | null): () => void;
}

export function createShares(): Shares {
  const all = new Map<string, ReadonlyMap<string, ReadonlySet<Verb>>>();
  const keyOf = (table: string, id: string): string => `${table} ${id}`;
  return {
    of: (table, id) => all.get(keyOf(table, id)) ?? new Map(),
    put: ({ table, id, principal }, rights) => {
      const key = keyOf(table, id);
      const before = all.get(key) ?? new Map();
      const after = new Map(before);
      if (rights === null) after.delete(principal);
      else after.set(principal, rights);
      all.set(key, after);
      return () => void all.set(key, before);
    },
  };
}

/** The words of AccessMask and AccessRights, in their order in answers. */
const words: Readonly<Record<string, Verb>> = {
  ReadAccess: 'Read',
  WriteAccess: 'Write',
  AppendAccess: 'Append',
  AppendToAccess: 'AppendTo',
  CreateAccess: 'Create',
  DeleteAccess: 'Delete',
  ShareAccess: 'Share',
  AssignAccess: 'Assign',
};

/** "ReadAccess, WriteAccess", or None. */
export function accessText(holds: (verb: Verb) => boolean): string {
  const held = Object.entries(words).filter(([, verb]) => holds(verb));
  return held.length === 0 ? 'None' : held.map(([word]) => word).join(', ');
}

/** Undefined for a word that is no right. */
export function accessVerbs(text: string): Set<Verb> | undefined {
  const given = text.split(',').map((word) => word.trim());
  if (given.some((word) => word !== 'None' && !Object.hasOwn(words, word))) return undefined;
  return new Set(given.filter((word) => word !== 'None').map((word) => words[word]!));
}
