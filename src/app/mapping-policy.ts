import { statSync } from 'node:fs';
import { isMap, isNode, type Node, parseDocument, type YAMLMap } from 'yaml';
import type { App, AppConnection } from '../app.ts';
import { TierlinkError } from '../errors.ts';
import { suggestion } from '../model/closest.ts';
import type { AttributeMapping, ObjectMapping } from '../sync/mapping/schema.ts';
import { readTextFile, replaceFile } from '../text-file.ts';

export type ConflictPolicy = NonNullable<AttributeMapping['policy']>;

/** A line of a mapping that says who wins. */
export interface PolicyLine {
  file: string;
  object: string;
  /** What it said before; ask where it said nothing. */
  before: ConflictPolicy;
  attribute: string;
  /** The connections that read the file. */
  connections: string[];
}

/**
 * The mapping lines of an attribute (or CRM field) that either side may change. Throws USAGE where there is none, or it is in
 * several objects and none is named.
 */
export function policyLines(
  app: Pick<App, 'connections'>,
  asked: { field: string; object?: string | undefined; connection?: string | undefined },
): PolicyLine[] {
  const found = new Map<string, PolicyLine>();
  const names = new Set<string>();
  const connections = app.connections.filter(
    ({ alias }) => asked.connection === undefined || alias === asked.connection,
  );
  for (const { connection, mapping, attribute, spec } of sharedFields(connections)) {
    names.add(attribute);
    const isAsked = attribute === asked.field || spec.field === asked.field;
    if (!isAsked || (asked.object !== undefined && mapping.object !== asked.object)) continue;
    const key = `${mapping.file} ${attribute}`;
    const known = found.get(key);
    if (known !== undefined) known.connections.push(connection.alias);
    else
      found.set(key, {
        ...{ file: mapping.file, object: mapping.object, attribute },
        before: spec.policy ?? 'ask',
        connections: [connection.alias],
      });
  }
  const lines = [...found.values()];
  const objects = [...new Set(lines.map(({ object }) => object))];
  if (lines.length === 0) throw usage(notShared(asked.field, [...names]));
  if (objects.length > 1)
    throw usage(`${asked.field} is mapped in ${objects.join(' and ')}; say which: --object ${objects[0]}`);
  return lines;
}

function* sharedFields(connections: readonly AppConnection[]): Generator<{
  connection: AppConnection;
  mapping: ObjectMapping;
  attribute: string;
  spec: AttributeMapping;
}> {
  for (const connection of connections)
    for (const mapping of connection.mappings())
      for (const [attribute, spec] of Object.entries(mapping.attributes))
        if (spec.direction === 'both') yield { connection, mapping, attribute, spec };
}

function notShared(field: string, names: readonly string[]): string {
  const near = suggestion(field, names);
  return `no mapping has ${field} as a field that either side may change (direction: both)${near}`;
}

function usage(reason: string): TierlinkError {
  return new TierlinkError('USAGE', { reason, command: 'differences policy' });
}

/** Writes the policy into mapping files, once all can be; every other character stays as it is. */
export function writePolicy(
  lines: readonly Pick<PolicyLine, 'file' | 'attribute'>[],
  policy: ConflictPolicy,
): void {
  const texts = new Map<string, string>();
  for (const { file, attribute } of lines) {
    const text = texts.get(file) ?? readTextFile(file);
    const line = parseDocument(text).getIn(['attributes', attribute]);
    if (!isMap(line)) throw usage(`${file} has no line for ${attribute} any more`);
    texts.set(file, withPolicy(text, line, policy));
  }
  for (const [file, text] of texts) replaceFile(file, text, statSync(file).mode);
}

function withPolicy(text: string, line: YAMLMap, policy: ConflictPolicy): string {
  const said = line.get('policy', true);
  if (isNode(said)) return spliced(text, startOf(said), { to: endOf(said), added: policy });
  const last = line.items.at(-1)!.value;
  const end = isNode(last) ? endOf(last) : startOf(line);
  if (line.flow === true) return spliced(text, end, { to: end, added: `, policy: ${policy}` });
  const key = line.items[0]!.key;
  const start = isNode(key) ? startOf(key) : 0;
  const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
  const lineEnd = text.indexOf('\n', end);
  const at = lineEnd < 0 ? text.length : lineEnd;
  return spliced(text, at, { to: at, added: `\n${indent}policy: ${policy}` });
}

function spliced(text: string, from: number, { to, added }: { to: number; added: string }): string {
  return text.slice(0, from) + added + text.slice(to);
}

function startOf({ range }: Node): number {
  return range?.[0] ?? 0;
}

function endOf({ range }: Node): number {
  return range?.[1] ?? 0;
}
