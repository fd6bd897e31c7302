import { type EntityName, entities } from '../../model/entities.ts';
import type { FieldDescription } from '../crm-description.ts';
import { synonyms } from './words.ts';

/** Why a field may hold an attribute, and how sure that makes us: 0 (not at all) to 100 (certain). */
export interface Likeness {
  score: number;
  reason: string;
}

/** An attribute that wants a field. */
export interface WantedName {
  entity: EntityName;
  attribute: string;
  /** The field that the shipped mapping has for it, where it has one. */
  usual: string | undefined;
}

const scores = { usual: 92, name: 90, label: 86, synonym: 80, synonymLabel: 76, help: 62 } as const;

/** What the name and label of a field say of an attribute; null where they say nothing. */
export function likenessOf(field: FieldDescription, wanted: WantedName): Likeness | null {
  const { attribute, usual } = wanted;
  const names = formsOf(bareNames(field), wanted.entity);
  const labels = formsOf([squash(field.label)], wanted.entity);
  const own = squash(attribute.replace(/^extra\./, ''));
  const known = usual === undefined ? [] : bareNames({ name: usual, type: field.type });
  const others = synonyms[attribute] ?? [];
  if (known.some((each) => names.has(each)))
    return {
      score: scores.usual,
      reason: `named as ${usual} of the shipped mapping, but for prefix or suffix`,
    };
  if (names.has(own)) return { score: scores.name, reason: 'named as the attribute' };
  if (labels.has(own)) return { score: scores.label, reason: `label "${field.label}" is the attribute` };
  if (others.some((each) => names.has(each)))
    return { score: scores.synonym, reason: 'named as another word for it' };
  if (others.some((each) => labels.has(each)))
    return { score: scores.synonymLabel, reason: `label "${field.label}" is another word for it` };
  return isInHelp(field.label, wanted)
    ? { score: scores.help, reason: `label "${field.label}" is what the attribute is described as` }
    : null;
}

/** Small letters and digits alone. */
export function squash(words: string): string {
  return words.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/**
 * A name without what CRMs and publishers put around it: a suffix such as __c, a namespace such as acme__ or a publisher's
 * prefix such as new_, and for lookups the closing "id". With and without the prefix: it may be part of the name.
 */
function bareNames({ name, type }: Pick<FieldDescription, 'name' | 'type'>): string[] {
  const inner = name.replace(/__[a-z]{1,2}$/, '').replace(/^[A-Za-z]\w*?__/, '');
  const forms = [inner, inner.replace(/^[a-z][a-z0-9]{1,7}_(?=[A-Za-z])/, '')].map(squash);
  const withoutId = type === 'reference' ? forms.map((each) => each.replace(/(?<=.)id$/, '')) : [];
  return [...new Set([...forms, ...withoutId])];
}

/** Forms without the word for the record itself at either end: "Partner Region" of a partner is its region. */
function formsOf(names: readonly string[], entity: EntityName): Set<string> {
  const words = [entity, entities[entity].label].map(squash);
  const shorter = names.flatMap((name) =>
    words.flatMap((word) => [
      ...(name.startsWith(word) ? [name.slice(word.length)] : []),
      ...(name.endsWith(word) ? [name.slice(0, -word.length)] : []),
    ]),
  );
  return new Set([...names, ...shorter].filter((each) => each !== ''));
}

const smallWords = new Set([
  'a',
  'an',
  'and',
  'as',
  'for',
  'in',
  'is',
  'of',
  'on',
  'or',
  'the',
  'to',
  'was',
  'it',
]);

/** Two words or more, every one of them in the sentence that explains the attribute. */
function isInHelp(label: string, { entity, attribute }: WantedName): boolean {
  const help = new Set(wordsOf(entities[entity].attributes[attribute]?.help ?? ''));
  const words = wordsOf(label).filter((word) => !smallWords.has(word) && word !== entity.toLowerCase());
  return words.length >= 2 && words.every((word) => help.has(word));
}

function wordsOf(sentence: string): string[] {
  return sentence.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
