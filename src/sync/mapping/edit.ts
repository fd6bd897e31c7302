import { isDeepStrictEqual } from 'node:util';
import { isMap, isNode, type Pair, parseDocument, type Range, stringify } from 'yaml';
import { type AttributeMapping, transformSchema } from './schema.ts';

/** A line of a mapping as it is to be. */
export interface LineEdit {
  attribute: string;
  spec: AttributeMapping;
}

/** `{ field: Region, direction: in }`: what a mapping file says of an attribute, without what is so anyway. */
export function specText(spec: AttributeMapping): string {
  const { field, direction, required, onBlank, ...rest } = spec;
  return flow({
    field,
    direction,
    ...(required ? { required } : {}),
    ...(onBlank === 'clear' ? {} : { onBlank }),
    ...rest,
  });
}

/** A line that can be pasted under `attributes`. */
export function attributeLine({ attribute, spec }: LineEdit): string {
  return `${attribute}: ${specText(spec)}`;
}

function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
}

/**
 * The text of a mapping file with lines for attributes: new ones come below the last one, of those that are there the field
 * and the transform are replaced. Every other character stays. Returns the text and is pure; throws nothing for a text that
 * the mapping's schema accepts.
 */
export function editMapping(text: string, edits: readonly LineEdit[]): string {
  const document = parseDocument(text);
  const attributes = document.get('attributes');
  if (!isMap(attributes)) throw new TypeError('a mapping has attributes');
  const pairs = attributes.items as Pair[];
  const changes = edits.flatMap(({ attribute, spec }): Change[] => {
    const pair = pairs.find(({ key }) => String(key) === attribute);
    return pair === undefined ? [] : changesOf(text, pair, spec);
  });
  const added = edits.filter(({ attribute }) => pairs.every(({ key }) => String(key) !== attribute));
  if (added.length > 0) changes.push(additionTo(text, { attributes, pairs }, added.map(attributeLine)));
  return changes
    .sort((left, right) => right.from - left.from || right.to - left.to)
    .reduce((whole, { from, to, by }) => whole.slice(0, from) + by + whole.slice(to), text);
}

/** The characters from one place to another are to be others. */
interface Change {
  from: number;
  to: number;
  by: string;
}

function rangeOf(node: unknown): Range {
  const range = isNode(node) ? node.range : undefined;
  if (range === undefined || range === null) throw new TypeError('a node that was read has its place');
  return range;
}

/** Where the last character of a node is that is no blank; nodes of several lines end below themselves. */
function endOf(text: string, node: unknown): number {
  return text.slice(0, rangeOf(node)[1]).trimEnd().length;
}

function changesOf(text: string, { value }: Pair, spec: AttributeMapping): Change[] {
  if (!isMap(value)) throw new TypeError('a line of a mapping has keys');
  const field: unknown = value.get('field', true);
  const [from] = rangeOf(field);
  const changes: Change[] = [{ from, to: endOf(text, field), by: spec.field }];
  const written = transformSchema.safeParse((value.toJSON() as { transform?: unknown }).transform);
  // What means the same stays as somebody wrote it.
  const isSame = isDeepStrictEqual(written.data, spec.transform);
  const transform = spec.transform === undefined ? undefined : flow(spec.transform);
  for (const key of ['transform', 'otherwise'] as const) {
    const pair = (value.items as Pair[]).find((each) => String(each.key) === key);
    if (key === 'transform' && isSame) continue;
    const wanted = key === 'transform' ? transform : undefined;
    if (pair !== undefined) changes.push(replacementOf(text, pair, wanted));
    else if (wanted !== undefined) {
      const at = endOf(text, field);
      const lead = value.flow ? ', ' : `\n${' '.repeat(columnAt(text, rangeOf(value.items[0]!.key)[0]))}`;
      changes.push({ from: at, to: at, by: `${lead}${key}: ${wanted}` });
    }
  }
  return changes;
}

/** A key with its value, given another value or taken out with the comma or the line break before it. */
function replacementOf(text: string, { key, value }: Pair, wanted: string | undefined): Change {
  const [start] = rangeOf(key);
  const to = endOf(text, value);
  if (wanted !== undefined) return { from: start, to, by: `${String(key)}: ${wanted}` };
  return { from: text.slice(0, start).replace(/[,\s]*$/, '').length, to, by: '' };
}

function columnAt(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

function additionTo(
  text: string,
  { attributes, pairs }: { attributes: { flow?: boolean | undefined }; pairs: readonly Pair[] },
  lines: readonly string[],
): Change {
  const last = pairs.at(-1);
  if (attributes.flow || last === undefined) {
    const at = last === undefined ? rangeOf(attributes)[0] + 1 : endOf(text, last.value);
    return { from: at, to: at, by: `${last === undefined ? ' ' : ', '}${lines.join(', ')}` };
  }
  // A comment behind the last value belongs to its line.
  const end = text.indexOf('\n', endOf(text, last.value));
  const at = end < 0 ? text.length : end;
  const indent = ' '.repeat(columnAt(text, rangeOf(last.key)[0]));
  return { from: at, to: at, by: lines.map((line) => `\n${indent}${line}`).join('') };
}

/** The text of a new mapping file. */
export function newMappingText(
  head: { schema: string; object: string; entity: string; rest: Record<string, unknown> },
  lines: readonly string[],
): string {
  const rest = Object.entries(head.rest).map(([key, value]) => `${key}: ${flow(value)}\n`);
  return [
    `# yaml-language-server: $schema=${head.schema}\n`,
    `object: ${head.object}\nentity: ${head.entity}\n`,
    ...rest,
    'attributes:\n',
    ...lines.map((line) => `  ${line}\n`),
  ].join('');
}

/** The lines by which one text became another, each with a sign: "-" and "+", and two lines around them as they are. */
export function textDiff(before: string, after: string): string[] {
  const [old, next] = [linesOf(before), linesOf(after)];
  const marked = compared(old, next);
  const near = (index: number) =>
    marked.slice(Math.max(0, index - around), index + around + 1).some((line) => !line.startsWith(' '));
  return marked.filter((_line, index) => near(index));
}

const around = 1;

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** Every line with its sign, by the longest run of lines that both have. */
function compared(old: readonly string[], next: readonly string[]): string[] {
  const common = Array.from({ length: old.length + 1 }, () => new Array<number>(next.length + 1).fill(0));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = next.length - 1; j >= 0; j -= 1) {
      common[i]![j] =
        old[i] === next[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const marked: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < next.length) {
    if (i < old.length && j < next.length && old[i] === next[j]) {
      marked.push(` ${old[i]}`);
      i += 1;
      j += 1;
    } else if (i < old.length && (j >= next.length || common[i + 1]![j]! >= common[i]![j + 1]!)) {
      marked.push(`-${old[i]}`);
      i += 1;
    } else {
      marked.push(`+${next[j]}`);
      j += 1;
    }
  }
  return marked;
}
