import type { AttributeType, AttributeValue } from '../../model/entities.ts';
import { canonicalList, isMoney, sameValue } from '../../model/values.ts';

/**
 * What both sides last agreed on for one attribute: a plain value where both hold the same, or a pair.
 * A pair without `open` is an agreement too: theirs is how the CRM keeps ours (trimmed, rounded, or blank where a blank
 * does not clear). `open`: they differ, ours is to be sent. `sent`: we wrote `ours` at that CRM instant and have not read
 * it back yet. `back`: ours was put back when a match was undone, and gives way to what people have put there since.
 */
export type BaseEntry = AttributeValue | BasePair;
export interface BasePair {
  ours: AttributeValue;
  theirs: AttributeValue;
  open?: true;
  back?: true;
  sent?: string;
}
/** Contents of link.base, by attribute; only attributes of direction out and both have an entry. */
export type Base = Readonly<Record<string, BaseEntry>>;

/** Takes an entry apart; a plain value stands for both sides. */
export function pairOf(entry: BaseEntry): BasePair {
  return isPair(entry) ? entry : { ours: entry, theirs: entry };
}

/** The shortest entry that says the same. */
export function entryOf(pair: BasePair): BaseEntry {
  if (pair.open === undefined && pair.sent === undefined && sameValue(pair.ours, pair.theirs))
    return pair.ours;
  return pair;
}

/** Whether the CRM holds something else than our value asks for. Without an entry only a value is worth sending. */
export function needsSending(entry: BaseEntry | undefined, ours: AttributeValue): boolean {
  if (entry === undefined) return ours !== null;
  const pair = pairOf(entry);
  return !sameValue(ours, pair.open === true ? pair.theirs : pair.ours);
}

/**
 * Base after a write that the CRM took. `sentAt`: the CRM's clock when the call was made, as near as it is known; readings
 * that are older than it say nothing about the attributes sent. The next pull confirms.
 */
export function baseAfterWrite(
  base: Base,
  sent: Readonly<Record<string, AttributeValue>>,
  sentAt: number,
): Base {
  const stamp = new Date(Math.floor(sentAt / 1000) * 1000).toISOString();
  const entries = Object.entries(sent).map(([attribute, value]): [string, BaseEntry] => [
    attribute,
    { ours: value, theirs: value, sent: stamp },
  ]);
  return { ...base, ...Object.fromEntries(entries) };
}

/**
 * Whether a CRM that was sent `sent` may answer `readBack` by its own way of keeping values: outer blanks trimmed, inner
 * ones joined, case of e-mail addresses lowered, text cut to the field's length, figures rounded to the field's places,
 * instants cut to the second, lists put in another order.
 */
export function isNormalised(sent: AttributeValue, readBack: AttributeValue, type: AttributeType): boolean {
  if (sameValue(sent, readBack)) return true;
  if (Array.isArray(sent) && Array.isArray(readBack)) {
    return sameValue(canonicalList(sent), canonicalList(readBack));
  }
  if (isMoney(sent) && isMoney(readBack)) {
    return sent.currency === readBack.currency && isRounded(sent.amount, readBack.amount);
  }
  if (typeof sent === 'string' && readBack === null) return sent.trim() === '';
  if (typeof sent !== 'string' || typeof readBack !== 'string') return false;
  if (type === 'decimal') return isRounded(sent, readBack);
  if (type === 'instant') return sent.slice(0, 19) === readBack.slice(0, 19);
  return type === 'text' || type === 'choice' ? isSameText(sent, readBack) : false;
}

function isPair(entry: BaseEntry): entry is BasePair {
  return typeof entry === 'object' && entry !== null && 'theirs' in entry;
}

function isSameText(sent: string, readBack: string): boolean {
  const plain = (text: string) => text.trim().replace(/\s+/g, ' ');
  const left = plain(sent);
  const right = plain(readBack);
  if (left === right) return true;
  if (left.includes('@') && left.toLowerCase() === right.toLowerCase()) return true;
  return right.length >= shortestCut && left.startsWith(right);
}

/** Fields shorter than this are no free text; what looks like a cut text there is another value. */
const shortestCut = 20;

function isRounded(sent: string, readBack: string): boolean {
  const places = readBack.split('.')[1]?.length ?? 0;
  const sentPlaces = sent.split('.')[1]?.length ?? 0;
  if (sentPlaces <= places) return false;
  const unit = 10n ** BigInt(sentPlaces - places);
  const difference = scaled(sent, sentPlaces) - scaled(readBack, sentPlaces);
  return (difference < 0n ? -difference : difference) < unit;
}

function scaled(decimal: string, places: number): bigint {
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.');
  const digits = BigInt(whole + fraction.padEnd(places, '0'));
  return decimal.startsWith('-') ? -digits : digits;
}

/** Whether the last reading of an attribute was blank, as far as base says. */
export function isBlankIn(base: Base, attribute: string): boolean {
  const entry = base[attribute];
  return entry !== undefined && pairOf(entry).theirs === null;
}
