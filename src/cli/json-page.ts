import { z } from 'zod';
import { markdownRow } from '../model/markdown-row.ts';
import { isSchema, type JsonSchema } from '../program/schema/keys.ts';
import type { AnyCommand } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { jsonWords } from './json-words.ts';

/**
 * What scripts are told of --json: a JSON Schema for each command (docs/json/) and a page (docs/json.md), both made from
 * the schemas by which the commands check what they return.
 */

const draft = 'https://json-schema.org/draft/2020-12/schema';

const envelope = {
  status: { type: 'integer', description: 'Exit code of the command.' },
  warnings: {
    type: 'array',
    items: { type: 'string' },
    description: 'What a person should know beside the result, a sentence each.',
  },
};

/** What a command prints that fails. */
export const failureSchema: JsonSchema = {
  $schema: draft,
  title: 'A command that fails, with --json',
  type: 'object',
  properties: {
    status: envelope.status,
    name: { type: 'string', description: 'Code of the error, as in docs/errors.md.' },
    message: { type: 'string', description: 'What happened, and where it matters what did not.' },
    actions: { type: 'array', items: { type: 'string' }, description: 'What to do, the best first.' },
    data: { type: 'object', description: 'The values that the message names, and further ones.' },
    warnings: envelope.warnings,
  },
  required: ['status', 'name', 'message', 'actions', 'data', 'warnings'],
};

/** What a command prints that ends with a result. It allows for fields that are added later. */
export function publishedSchema(command: AnyCommand): JsonSchema {
  const { $schema: _draft, ...result } = z.toJSONSchema(command.result);
  return {
    $schema: draft,
    title: `tierlink ${command.name} --json`,
    type: 'object',
    properties: {
      status: envelope.status,
      result: { ...explained(result, { command: command.name, parent: null }), description: command.summary },
      warnings: envelope.warnings,
    },
    required: ['status', 'result', 'warnings'],
  };
}

/** The name of a command's schema in docs/json/. */
export function schemaFile(command: Pick<AnyCommand, 'name'>): string {
  return `${command.name.replaceAll(' ', '-')}.json`;
}

interface Below {
  command: string;
  /** The field that it is below; null directly in the result. */
  parent: string | null;
}

/** The key of jsonWords under which a field has words of its own. */
export function ownWordsKey({ command, parent }: Below, name: string): string {
  return parent === null ? `${command}: ${name}` : `${parent}.${name}`;
}

function explained(node: JsonSchema, below: Below): JsonSchema {
  const { additionalProperties, properties, items, oneOf, anyOf = oneOf, minimum, maximum, ...rest } = node;
  return {
    ...rest,
    // With fields that are added later, what fits one of several may fit two.
    ...(Array.isArray(anyOf) && { anyOf: anyOf.map((one) => explained(one, below)) }),
    ...(isSchema(items) && { items: explained(items, below) }),
    ...(isSchema(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [name, explainedField(field, below, name)]),
      ),
    }),
    ...(isSchema(additionalProperties) && { additionalProperties: explained(additionalProperties, below) }),
    // The bounds of what a number can hold exactly say nothing.
    ...(typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER && { minimum }),
    ...(typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER && { maximum }),
  };
}

function explainedField(field: JsonSchema, below: Below, name: string): JsonSchema {
  const words = jsonWords[ownWordsKey(below, name)] ?? jsonWords[name];
  const description = field.description ?? (isNullable(field) ? words : words?.replace(/; null[^.]*/, ''));
  return {
    ...explained(field, { ...below, parent: name }),
    ...(description !== undefined && { description }),
  };
}

function isNullable({ type, anyOf }: JsonSchema): boolean {
  if (Array.isArray(anyOf)) return anyOf.some(isNullable);
  return type === undefined || [type].flat().includes('null');
}

/** A field of a result, however deep: connections[].objects[].read. */
export interface JsonField {
  path: string;
  type: string;
  meaning: string | undefined;
}

/** All fields of a schema, in their order. */
export function fieldsOf(node: JsonSchema, path = ''): JsonField[] {
  const { anyOf, items, properties, additionalProperties } = node;
  return [
    ...(Array.isArray(anyOf) ? anyOf.flatMap((one) => fieldsOf(one, path)) : []),
    ...(isSchema(items) ? fieldsOf(items, `${path}[]`) : []),
    ...(isSchema(additionalProperties) ? fieldsOf(additionalProperties, `${path}.<name>`) : []),
    ...Object.entries(isSchema(properties) ? properties : {}).flatMap(([name, field]) => {
      const own = path === '' ? name : `${path}.${name}`;
      const meaning = field.description as string | undefined;
      return [{ path: own, type: typeText(field), meaning }, ...fieldsOf(field, own)];
    }),
  ];
}

function typeText(node: JsonSchema): string {
  const { type, anyOf, items, additionalProperties, const: only } = node;
  if (Array.isArray(anyOf)) return anyOf.map(typeText).join(' or ');
  if (Array.isArray(node.enum)) return node.enum.map((value) => `\`${value}\``).join(', ');
  if (only !== undefined) return `\`${String(only)}\``;
  if (Array.isArray(type)) return type.join(' or ');
  if (type === 'array') return `list of ${isSchema(items) ? manyText(items) : 'anything'}`;
  if (isSchema(additionalProperties) && node.properties === undefined)
    return `object of ${manyText(additionalProperties)}, by name`;
  return typeof type === 'string' ? type : 'anything';
}

function manyText(node: JsonSchema): string {
  const one = typeText(node);
  return typeof node.type === 'string' && node.enum === undefined ? `${one}s` : one;
}

/** The text of docs/json.md. */
export function jsonPage(commands: readonly AnyCommand[]): string {
  return [
    intro,
    table(
      ['code', 'meaning'],
      exitCodes.map(([code, meaning]) => [String(code), meaning]),
    ),
    '\n## Results\n',
    ...commands.map(section),
  ].join('\n');
}

function section(command: AnyCommand): string {
  const { result } = publishedSchema(command).properties as { result: JsonSchema };
  const rows = fieldsOf(result).map(({ path, type, meaning }) => [`\`${path}\``, type, meaning ?? '']);
  return [
    `### tierlink ${command.name}`,
    '',
    `${command.summary} Schema: [json/${schemaFile(command)}](json/${schemaFile(command)})`,
    '',
    table(['field', 'type', 'meaning'], rows),
    '',
  ].join('\n');
}

function table(titles: readonly string[], rows: readonly string[][]): string {
  return [markdownRow(titles), `|${titles.map(() => '---|').join('')}`, ...rows.map(markdownRow)].join('\n');
}

const intro = `# --json

Made from the schemas by which commands check what they return; a test keeps both alike. Each command has a JSON Schema of
all that it prints in [json/](json/).

With \`--json\` a command prints one JSON object on stdout and nothing on stderr.

\`\`\`json
{ "status": 0, "result": {}, "warnings": [] }
\`\`\`

\`status\` is the exit code. A command that fails prints this instead ([json/failure.json](json/failure.json)); it is what has
no \`result\`:

\`\`\`json
{ "status": 2, "name": "PARTNER_UNKNOWN", "message": "…", "actions": ["…"], "data": {}, "warnings": [] }
\`\`\`

\`name\` is one of the codes in [errors.md](errors.md). A \`result\` can come with another status than 0, such as 68.

## What may change

Within a major version fields are added, and a field that is one of several words may get further words. A field is not
renamed, not removed, does not change its type or meaning, and is not left out where it was always there. So read the fields
that you need and pass over the others; the schemas allow for others. What stands in a sentence is for people and may be
worded otherwise at any time: \`message\`, \`summary\`, \`reason\`, and the like. Where a code says the same, compare that.

An instant is ISO 8601 in UTC, a day is \`2026-09-30\`, an exact number is a string. \`null\` says that there is none; what could
not be found out is said in words of its own.

## Exit codes
`;
