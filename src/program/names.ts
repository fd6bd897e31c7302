import { suggestion } from '../model/closest.ts';
import { nameKey } from '../model/values.ts';
import type { ProgramDefinition } from './schema/schema.ts';

/** Something that the program file names by a key, and every screen by a label. */
export interface Named {
  key: string;
  /** (Default: it has none) */
  label?: string | undefined;
}

/** The key that a word means, be it the key or the label; undefined where it is none, or the label of several. */
export function keyNamed(items: readonly Named[], word: string): string | undefined {
  if (items.some(({ key }) => key === word)) return word;
  const byKey = keysWith(items, word, ({ key }) => key);
  const found = byKey.length > 0 ? byKey : keysWith(items, word, ({ label }) => label);
  return found.length === 1 ? found[0] : undefined;
}

/** The KPIs of a program, those by region as well. */
export function namedKpis({ kpis }: Pick<ProgramDefinition, 'kpis'>): Named[] {
  return Object.entries(kpis).map(([key, { label }]) => ({ key, label }));
}

/**
 * What to write instead of a word that is no key, to be put at the end of a reason: the key of which it is the label, the keys
 * of several, or the key that is spelt most alike.
 */
export function keyMeant(word: string, items: readonly Named[]): string {
  const labelled = keysWith(items, word, ({ label }) => label);
  if (labelled.length === 0)
    return suggestion(
      word,
      items.map(({ key }) => key),
    );
  return labelled.length === 1
    ? `; that is its label, write ${labelled[0]}`
    : `; that is the label of several, write one of ${labelled.join(', ')}`;
}

function keysWith(
  items: readonly Named[],
  word: string,
  nameOf: (item: Named) => string | undefined,
): string[] {
  const isMeant = (name: string | undefined) => name !== undefined && nameKey(name) === nameKey(word);
  return [...new Set(items.filter((item) => isMeant(nameOf(item))).map(({ key }) => key))];
}
