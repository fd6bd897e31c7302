import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Document, isMap, isNode, parseDocument, visit, type YAMLMap } from 'yaml';
import { projectFileName } from './project.ts';
import { readTextFile, replaceFile, type WholeFile } from './text-file.ts';

/** A connection as `connect` writes it into tierlink.yaml. */
export interface NewConnection {
  alias: string;
  crm: string;
  mappings: string;
  /** Options that are not secret. */
  options: Readonly<Record<string, string>>;
  /**
   * What `init` wrote about options that nobody had set, by key: a comment that is exactly that makes way for the value, and
   * what it explains stays beside it. (Default: none)
   */
  examples?: Readonly<Record<string, { line: string; label: string }>>;
}

/** Adds a connection to tierlink.yaml, or replaces its options; comments and everything else stay as they are. */
export function writeConnection(folder: string, connection: NewConnection): void {
  write(withConnection(folder, connection));
}

function write({ file, text, mode }: WholeFile): void {
  replaceFile(file, text, mode);
}

/** tierlink.yaml as writeConnection() leaves it. */
export function withConnection(folder: string, connection: NewConnection): WholeFile {
  const file = join(folder, projectFileName);
  const document = parseDocument(readTextFile(file));
  const path = ['connections', connection.alias];
  if (!isMap(document.getIn(['connections']))) document.setIn(['connections'], new Document({}).contents);
  if (!document.hasIn(path)) {
    const { crm, mappings } = connection;
    document.setIn(
      path,
      document.createNode({ crm, mappings, dailyCalls: 20_000, options: connection.options }),
    );
    setApart(document);
  } else setOptions(document, [...path, 'options'], connection);
  return { file, text: document.toString({ lineWidth: 0 }), mode: statSync(file).mode };
}

/** Sets whole blocks of tierlink.yaml, such as `matching`; comments and everything else stay as they are. */
export function writeProjectBlocks(folder: string, blocks: Readonly<Record<string, unknown>>): void {
  const file = join(folder, projectFileName);
  const document = parseDocument(readTextFile(file));
  for (const [key, block] of Object.entries(blocks)) {
    const node = document.createNode(block, { aliasDuplicateObjects: false });
    visit(node, {
      Seq: (_key, list) => {
        list.flow = true;
      },
    });
    document.set(document.createNode(key), node);
    const added = isMap(document.contents) ? document.contents.items.at(-1)?.key : undefined;
    if (isNode(added)) added.spaceBefore = true;
  }
  replaceFile(file, document.toString({ lineWidth: 0 }), statSync(file).mode);
}

/** What stands below the connections keeps its distance: blank lines belong to what is above them. */
function setApart(document: Document): void {
  const pairs = isMap(document.contents) ? document.contents.items : [];
  const at = pairs.findIndex(({ key }) => String(key) === 'connections');
  const below = at < 0 ? undefined : pairs[at + 1]?.key;
  if (isNode(below)) below.spaceBefore = true;
}

function setOptions(
  document: Document,
  path: readonly string[],
  { options, examples = {} }: NewConnection,
): void {
  const before: unknown = document.getIn(path, true);
  if (!isMap(before)) {
    const map = document.createNode({});
    // The comments of a key without a value hang on its missing value.
    if (isNode(before)) map.comment = before.comment ?? null;
    document.setIn(path, map);
  }
  const map = document.getIn(path);
  if (!isMap(map)) return;
  map.flow = false;
  for (const [key, value] of Object.entries(options)) {
    const example = examples[key];
    const isReplaced = example !== undefined && dropComment(map, example.line);
    const node = document.createNode(value);
    if (isReplaced) node.comment = ` ${example.label}`;
    if (isReplaced && !map.has(key)) map.set(key, node);
    else map.set(key, value);
  }
}

/** Takes one line out of the comments in a map; nothing but that very line. Returns whether it was there. */
function dropComment(map: YAMLMap, line: string): boolean {
  const rest = (comment: string) =>
    comment
      .split('\n')
      .filter((each) => each.trim() !== line)
      .join('\n');
  let isFound = false;
  const dropped = (comment: string | null | undefined): string | null => {
    const left = rest(comment ?? '');
    if (left !== (comment ?? '')) isFound = true;
    return left === '' ? null : left;
  };
  map.comment = dropped(map.comment);
  map.commentBefore = dropped(map.commentBefore);
  for (const { key } of map.items) if (isNode(key)) key.commentBefore = dropped(key.commentBefore);
  return isFound;
}

/** Sets variables in .env, readable by its owner only. Lines that set them already are replaced, all others stay. */
export function writeEnvValues(folder: string, values: Readonly<Record<string, string>>): void {
  write(withEnvValues(folder, values));
}

/** .env as writeEnvValues() leaves it. */
export function withEnvValues(folder: string, values: Readonly<Record<string, string>>): WholeFile {
  const file = join(folder, '.env');
  const lines = existsSync(file) ? readTextFile(file).replace(/\n$/, '').split('\n') : [];
  for (const [name, value] of Object.entries(values)) {
    const line = `${name}=${quote(value)}`;
    const at = lines.findIndex((each) => new RegExp(`^\\s*#?\\s*${name}=`).test(each));
    if (at >= 0) lines[at] = line;
    else lines.push(line);
  }
  return { file, text: `${lines.join('\n')}\n`, mode: 0o600 };
}

/** Quotes where a reader of .env files would take part of the value for something else. */
function quote(value: string): string {
  if (/^[\w.:/@+=-]+$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  return `"${value.replace(/\n/g, '\\n')}"`;
}
