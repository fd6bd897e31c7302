import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import {
  failureSchema,
  fieldsOf,
  jsonPage,
  ownWordsKey,
  publishedSchema,
  schemaFile,
} from '../../src/cli/json-page.ts';
import { jsonWords } from '../../src/cli/json-words.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import type { JsonSchema } from '../../src/program/schema/keys.ts';

const page = fromPackageRoot('docs', 'json.md');
const folder = fromPackageRoot('docs', 'json');
const schemas: Record<string, JsonSchema> = {
  ...Object.fromEntries(commands.map((command) => [schemaFile(command), publishedSchema(command)])),
  'failure.json': failureSchema,
};
const textOf = (schema: JsonSchema) => `${JSON.stringify(schema, null, 2)}\n`;

/** A difference is a breaking change unless it only adds. */
describe('what is published of --json', () => {
  it('is in docs/json.md; UPDATE_DOCS=1 writes it', () => {
    if (process.env.UPDATE_DOCS === '1') writeFileSync(page, jsonPage(commands));
    expect(readFileSync(page, 'utf8')).toBe(jsonPage(commands));
  });

  it('is a schema for each command in docs/json/; UPDATE_DOCS=1 writes them', () => {
    if (process.env.UPDATE_DOCS === '1') {
      for (const file of readdirSync(folder)) rmSync(`${folder}/${file}`);
      for (const [file, schema] of Object.entries(schemas))
        writeFileSync(`${folder}/${file}`, textOf(schema));
    }
    expect(readdirSync(folder).sort()).toEqual(Object.keys(schemas).sort());
    for (const [file, schema] of Object.entries(schemas))
      expect([file, readFileSync(`${folder}/${file}`, 'utf8')]).toEqual([file, textOf(schema)]);
  });

  it('says of every field what it means', () => {
    const silent = Object.entries(schemas).flatMap(([file, schema]) =>
      fieldsOf(schema)
        .filter(({ meaning }) => meaning === undefined)
        .map(({ path }) => `${file} ${path}`),
    );
    expect(silent).toEqual([]);
  });

  it('has no words for fields that there are none of', () => {
    const used = new Set(
      commands.flatMap((command) =>
        fieldsOf(publishedSchema(command)).flatMap(({ path }) => {
          const [name = '', parent = null] = path
            .replaceAll('[]', '')
            .replaceAll('.<name>', '')
            .split('.')
            .reverse();
          const below = { command: command.name, parent: parent === 'result' ? null : parent };
          const own = ownWordsKey(below, name);
          return [Object.hasOwn(jsonWords, own) ? own : name];
        }),
      ),
    );
    expect(Object.keys(jsonWords).filter((key) => !used.has(key))).toEqual([]);
  });

  it('allows for fields that are added later', () => {
    expect(JSON.stringify(schemas)).not.toContain('"additionalProperties":false');
  });
});
