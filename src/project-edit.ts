import { chmodSync, existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Document, isMap, isNode, parseDocument } from 'yaml';
import { projectFileName } from './project.ts';
import { readTextFile } from './text-file.ts';

/** A connection as `connect` writes it into tierlink.yaml. */
export interface NewConnection {
  alias: string;
  crm: string;
  mappings: string;
  /** Options that are not secret. */
  options: Readonly<Record<string, string>>;
}

/** Adds a connection to tierlink.yaml, or replaces its options; comments and everything else stay as they are. */
export function writeConnection(folder: string, connection: NewConnection): void {
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
  } else setOptions(document, [...path, 'options'], connection.options);
  replaceFile(file, document.toString({ lineWidth: 0 }), statSync(file).mode);
}

function setOptions(
  document: Document,
  path: readonly string[],
  options: Readonly<Record<string, string>>,
): void {
  const before: unknown = document.getIn(path, true);
  if (!isMap(before)) {
    const map = document.createNode({});
    // The comments of a key without a value hang on its missing value.
    if (isNode(before)) map.comment = before.comment ?? null;
    document.setIn(path, map);
  }
  const map = document.getIn(path);
  if (isMap(map)) map.flow = false;
  for (const [key, value] of Object.entries(options)) document.setIn([...path, key], value);
}

/** Sets variables in .env, readable by its owner only. Lines that set them already are replaced, all others stay. */
export function writeEnvValues(folder: string, values: Readonly<Record<string, string>>): void {
  const file = join(folder, '.env');
  const lines = existsSync(file) ? readTextFile(file).replace(/\n$/, '').split('\n') : [];
  for (const [name, value] of Object.entries(values)) {
    const line = `${name}=${quote(value)}`;
    const at = lines.findIndex((each) => new RegExp(`^\\s*#?\\s*${name}=`).test(each));
    if (at >= 0) lines[at] = line;
    else lines.push(line);
  }
  replaceFile(file, `${lines.join('\n')}\n`, 0o600);
}

/** Quotes where a reader of .env files would take part of the value for something else. */
function quote(value: string): string {
  if (/^[\w.:/@+=-]+$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  return `"${value.replace(/\n/g, '\\n')}"`;
}

/** The file is there in full or as it was, also after a crash. */
function replaceFile(file: string, text: string, mode: number): void {
  const written = `${file}.${process.pid}.new`;
  writeFileSync(written, text, { mode: 0o600 });
  chmodSync(written, mode & 0o777);
  renameSync(written, file);
}
