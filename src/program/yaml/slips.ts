import { isMap, isNode, isScalar, isSeq, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { YamlText } from '../../yaml-places.ts';
import { exact } from '../exact.ts';
import { type ProgramFindingCode, severityOf } from '../finding-codes.ts';

/** What YAML allows and no author means: a key that is there twice, a number cut at its commas, one that is not kept exactly. */
export interface YamlSlip {
  code: ProgramFindingCode;
  severity: 'error' | 'warning';
  path: (string | number)[];
  place: { line: number; column: number };
  reason: string;
}

type Path = readonly (string | number)[];
type Note = (node: unknown, slip: Omit<YamlSlip, 'place' | 'severity'>) => void;

/**
 * Finds the slips of a text and mends them in its document as far as that is clear, so that the rest is checked as it was
 * meant: of a key that is there twice the first one stays, and a number that was cut becomes whole.
 */
export function mendSlips(text: string, yaml: YamlText): YamlSlip[] {
  const found: YamlSlip[] = [];
  const placeOf = (node: unknown) => {
    const { line, col } = yaml.lines.linePos((isNode(node) && node.range?.[0]) || 0);
    return { line, column: col };
  };
  const note: Note = (node, slip) =>
    found.push({ ...slip, severity: severityOf(slip.code), place: placeOf(node) });
  const visit = (node: unknown, path: Path): void => {
    if (isSeq(node)) {
      if (node.flow) warnOfCut(node, { path, note });
      for (const [index, item] of node.items.entries()) visit(item, [...path, index]);
    }
    if (isScalar(node) && typeof node.value === 'number') checkNumber(node, { path, note });
    if (!isMap(node)) return;
    if (node.flow) joinNumbers(node, { path, note });
    keepOneCondition(node, { text, path, note });
    keepFirst(node, { path, note, placeOf });
    for (const { key, value } of node.items) visit(value, [...path, nameOf(key)]);
  };
  visit(yaml.document.contents, []);
  return found;
}

function nameOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

/** What a condition, or a requirement, begins with: each of several has its own, and a list holds them all. */
const heads = {
  attribute: 'a condition',
  daysFrom: 'a condition',
  hoursFrom: 'a condition',
  kpi: 'a requirement',
} as const;

/** Two conditions in one place are two, and not one with keys that are there twice. */
function keepOneCondition(
  map: YAMLMap,
  { text, path, note }: { text: string; path: Path; note: Note },
): void {
  const name = nameOf(map.items[0]?.key);
  if (!(name in heads)) return;
  const starts = map.items.flatMap(({ key }, index) => (nameOf(key) === name ? [index] : []));
  if (starts.length < 2) return;
  const each = starts.map((start, index) => map.items.slice(start, starts[index + 1]));
  const written = each.map((pairs) => `{ ${pairs.map((pair) => writtenPair(text, pair)).join(', ')} }`);
  const reason = `${heads[name as keyof typeof heads]} is about one ${name}, and several are a list; write: [${written.join(', ')}]`;
  note(map.items[starts[1]!]!.key, { code: 'PROGRAM_REPEATED_KEY', path: [...path, name], reason });
  map.items = each[0]!;
}

function writtenPair(text: string, { key, value }: Pair): string {
  const slice = (node: unknown) => {
    const [start, end] = (isNode(node) && node.range) || [0, 0];
    return text.slice(start, end).trim();
  };
  return `${slice(key)}: ${slice(value)}`;
}

/** Which of two values counts is nobody's choice. */
function keepFirst(
  map: YAMLMap,
  { path, note, placeOf }: { path: Path; note: Note; placeOf: (node: unknown) => YamlSlip['place'] },
): void {
  const known = new Map<string, unknown>();
  map.items = map.items.filter(({ key }) => {
    const name = nameOf(key);
    if (!known.has(name)) {
      known.set(name, key);
      return true;
    }
    const { line, column } = placeOf(known.get(name));
    const reason = `"${name}" is there already, at line ${line}, column ${column}; remove one of the two or rename it`;
    note(key, { code: 'PROGRAM_REPEATED_KEY', path: [...path, name], reason });
    return false;
  });
}

/** Inside { } a comma ends a value, so that 1,000 is a 1 and a key 000. */
function joinNumbers(map: YAMLMap, { path, note }: { path: Path; note: Note }): void {
  const kept: Pair[] = [];
  let cut: { pair: Pair; text: string } | undefined;
  const end = () => {
    if (cut === undefined) return;
    const meant = cut.text.replaceAll(',', '');
    const value = cut.pair.value as Scalar;
    const reason = `inside { } a comma ends a value, and ${cut.text} is cut there; did you mean ${meant}?`;
    note(cut.pair.key, { code: 'PROGRAM_CUT_NUMBER', path: [...path, nameOf(cut.pair.key)], reason });
    value.value = meant;
    value.source = meant;
    cut = undefined;
  };
  for (const pair of map.items) {
    const before = kept.at(-1);
    if (isRestOfNumber(pair) && before !== undefined && isShortNumber(before.value)) {
      cut ??= { pair: before, text: before.value.source! };
      cut.text += `,${(pair.key as Scalar).source}`;
      continue;
    }
    end();
    kept.push(pair);
  }
  end();
  map.items = kept;
}

function isRestOfNumber({ key, value }: Pair): boolean {
  const isBare = value === null || (isScalar(value) && value.value === null && !value.source);
  return isBare && isRest(key);
}

function isRest(node: unknown): node is Scalar {
  return isScalar(node) && node.type === 'PLAIN' && /^\d{3}(\.\d+)?( [A-Z]{3})?$/.test(node.source ?? '');
}

/** Inside [ ] 1,000 is a 1 and a 0. Several may be meant, so it stays as it is. */
function warnOfCut({ items }: YAMLSeq, { path, note }: { path: Path; note: Note }): void {
  for (let index = 0; index < items.length; index += 1) {
    const start = index;
    const first = items[start];
    if (!isShortNumber(first)) continue;
    let written = first.source!;
    for (let next = items[index + 1]; isRest(next) && isClose(items[index], next); next = items[index + 1]) {
      written += `,${next.source}`;
      index += 1;
    }
    if (index === start) continue;
    const meant = written.replaceAll(',', '');
    const reason = `inside [ ] a comma ends a value, and ${written} is cut there; for one number write ${meant}, for several a blank behind each comma`;
    note(first, { code: 'PROGRAM_NUMBER_IN_LIST', path: [...path, start], reason });
  }
}

/** Whether nothing but a comma is between them. */
function isClose(one: unknown, other: Scalar): boolean {
  return isScalar(one) && one.range?.[1] === (other.range?.[0] ?? 0) - 1;
}

function isShortNumber(value: unknown): value is Scalar {
  return isScalar(value) && typeof value.value === 'number' && /^-?\d{1,3}$/.test(value.source ?? '');
}

function checkNumber(node: Scalar, { path, note }: { path: Path; note: Note }): void {
  const { value, source } = node;
  if (source === undefined || !Number.isFinite(value)) return;
  const read = String(value);
  const meant = plainOf(source);
  if (meant !== undefined && !(isPlain(read) && exact(meant).equals(exact(read)))) {
    const reason = `${source} cannot be kept exactly as a number; write it in quotes: '${meant}'`;
    note(node, { code: 'PROGRAM_INEXACT_NUMBER', path: [...path], reason });
    node.value = meant;
  } else if (/^-?[1-9]\d{0,2}(\.000)+$/.test(source)) {
    const reason = `${source} is read as ${read}; for a thousand times as much write ${source.replaceAll('.', '')}`;
    note(node, { code: 'PROGRAM_THOUSANDS_POINT', path: [...path], reason });
  }
}

function isPlain(text: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(text);
}

/** A number as plain digits; undefined for what is not decimal. */
function plainOf(source: string): string | undefined {
  const [, sign, whole, decimals = '', power = '0'] =
    /^([-+]?)(\d*)\.?(\d*)(?:e([-+]?\d{1,3}))?$/i.exec(source) ?? [];
  if (whole === undefined || whole + decimals === '') return undefined;
  const shift = Number(power);
  const digits = whole + decimals;
  const point = whole.length + shift;
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const at = Math.max(point, 1);
  const rest = padded.slice(at).replace(/0+$/, '');
  const front = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  return `${sign === '-' ? '-' : ''}${front}${rest === '' ? '' : `.${rest}`}`;
}
