import type { AttributeValue, EntityName } from './entities.ts';
import { hostingHosts, legalForms, noNumbers, plainLetters, sharedHosts } from './match-words.ts';

/**
 * By what records of several connections are known to be the same company. A rule makes a key of a record; records with
 * the same key may be the same. Pure.
 */
export const matchRules = ['number', 'vat', 'domain', 'name'] as const;
export type MatchRule = (typeof matchRules)[number];

/** Entities whose records are matched across connections. */
export const matchedEntities = ['partner', 'customer'] as const satisfies readonly EntityName[];
export type MatchedEntity = (typeof matchedEntities)[number];

/**
 * join: two records with the same key, each the only one of its connection, become one · review: a person decides.
 * numberAlone: a number is enough to join; without it a second rule has to agree.
 */
export interface EntityMatching {
  join: readonly MatchRule[];
  review: readonly MatchRule[];
  numberAlone: boolean;
}

/** What two records have in common under a rule. */
export interface SharedKey {
  rule: MatchRule;
  key: string;
}

/** How the records of a project with several connections are matched. */
export interface Matching extends Readonly<Record<MatchedEntity, EntityMatching>> {
  /** Aliases in the order of tierlink.yaml, then that of files: of two records that of the earlier connection stays. */
  connections: readonly string[];
}

/** Companies number independently of one another: a number alone joins where the project says that it is shared. */
export const defaultMatching: EntityMatching = {
  join: ['number'],
  review: ['vat', 'domain', 'name'],
  numberAlone: false,
};

export function isMatchedEntity(entity: string): entity is MatchedEntity {
  return (matchedEntities as readonly string[]).includes(entity);
}

/** Grows when the same values get other keys, so that records are looked at again. */
export const keyVersion = 3;

/** The attribute that a rule reads. */
export const ruleAttributes: Readonly<Record<MatchRule, string>> = {
  number: 'number',
  vat: 'vat',
  domain: 'website',
  name: 'name',
};

/** The key of a record under a rule; null when its values do not tell one company from others. */
export function matchKey(rule: MatchRule, values: Readonly<Record<string, AttributeValue>>): string | null {
  const value = values[ruleAttributes[rule]];
  if (typeof value !== 'string') return null;
  if (rule === 'domain') return domainKey(value);
  if (rule === 'name') return nameKey(value);
  return rule === 'vat' ? vatKey(value) : numberKey(value);
}

/** Without case and blanks; what separates its parts stays, because 10-1 is another number than 101. */
function numberKey(text: string): string | null {
  return vatKey(text) === null
    ? null
    : foldText(text)
        .replace(/\s/gu, '')
        .replace(/\p{Pd}/gu, '-');
}

/** Letters and digits alone; placeholders such as n/a and 000 are no number. */
function vatKey(text: string): string | null {
  const key = foldText(text).replace(/[^\p{L}\p{N}]/gu, '');
  return key === '' || /^0+$/.test(key) || noNumbers.has(key) ? null : key;
}

/** The host of a web address without www. */
function domainKey(text: string): string | null {
  const typed = text.trim().toLowerCase();
  const address = /^[a-z][a-z0-9+.-]*:\/\//.test(typed) ? typed : `http://${typed}`;
  const host = hostOf(address)
    .replace(/\.+$/, '')
    .replace(/^www\d?\./, '');
  const isName = /^[^.]+(\.[^.]+)+$/.test(host) && !/^[\d.]+$/.test(host);
  return !isName || isShared(host) ? null : host;
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname : '';
}

function isShared(host: string): boolean {
  return (
    hostingHosts.has(host) || sharedHosts.some((shared) => host === shared || host.endsWith(`.${shared}`))
  );
}

/** The name without accents, case, blanks, punctuation and the legal forms around it. */
function nameKey(text: string): string | null {
  let words = foldText(text)
    .replace(/[.'’`´]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  for (let length = formLength(words, 'end'); length > 0; length = formLength(words, 'end'))
    words = words.slice(0, -length);
  for (let length = formLength(words, 'start'); length > 0; length = formLength(words, 'start'))
    words = words.slice(length);
  return words.length === 0 ? null : words.join('');
}

/** Words of the longest form written apart, such as "Sp. z o.o." */
const formWords = 4;

/** How many words at one end of a name are a legal form: "S. A." is SA, as "S.A." is. */
function formLength(words: readonly string[], at: 'start' | 'end'): number {
  for (let length = Math.min(formWords, words.length); length > 0; length -= 1) {
    const part = at === 'end' ? words.slice(-length) : words.slice(0, length);
    const isApart = length === 1 || part.every((word) => word.length <= 2);
    if (isApart && legalForms.has(part.join(''))) return length;
  }
  return 0;
}

/** One form for what people read as the same letters. */
function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßæœøđðłþıς]/g, (letter) => plainLetters[letter]!);
}
