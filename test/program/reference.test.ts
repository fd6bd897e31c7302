import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { fromPackageRoot } from '../../src/package-root.ts';
import { programJsonSchema } from '../../src/program/json-schema.ts';
import { parseProgram } from '../../src/program/load.ts';
import { isSchema, type JsonSchema } from '../../src/program/schema/keys.ts';
import {
  meaningOf,
  programReference,
  referencePlaces,
  referenceSections,
} from '../../src/program-reference/page.ts';
import { examplesOf } from '../../src/program-reference/section.ts';
import { wholeProgram } from './whole-program.ts';

const all = referencePlaces();
const page = programReference();
const examples = Object.entries(referenceSections).flatMap(([name, section]) =>
  examplesOf(section).map((example) => [name, example] as const),
);

/** The keys of each table of the page. */
const tables = page
  .split(/^## /m)
  .map((section) => new Set([...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key!)));

/** Whether a table has a row for each of some keys, side by side: at its top or below one and the same key. */
function hasAll(rows: ReadonlySet<string>, keys: readonly string[]): boolean {
  const above = [...rows].flatMap((row) => [`${row}.`, `${row}.<name>.`]);
  return ['', ...above].some((prefix) => keys.every((key) => rows.has(`${prefix}${key}`)));
}

/** The keys of each object anywhere in a schema. */
function blocksOf(node: unknown): string[][] {
  if (Array.isArray(node)) return node.flatMap(blocksOf);
  if (!isSchema(node)) return [];
  const { properties, default: _default, ...rest } = node;
  const own = isSchema(properties)
    ? [Object.keys(properties), ...Object.values(properties).flatMap(blocksOf)]
    : [];
  return [...own, ...Object.values(rest).flatMap(blocksOf)];
}

describe('docs/program-reference.md', () => {
  it('is made from the schema; UPDATE_DOCS=1 writes it', () => {
    const file = fromPackageRoot('docs', 'program-reference.md');
    if (process.env.UPDATE_DOCS === '1') writeFileSync(file, page);
    expect(readFileSync(file, 'utf8')).toBe(page);
  });

  it('has the keys of every block of the schema together in one table', () => {
    const missing = blocksOf(programJsonSchema()).filter(
      (keys) => !tables.some((rows) => hasAll(rows, keys)),
    );
    expect(missing).toEqual([]);
    expect(tables.some((rows) => hasAll(rows, ['label', 'weight', 'unheardOf']))).toBe(false);
  });

  it('says of every key what it means; what is listed needs a .describe() in src/program/schema*.ts', () => {
    const silent = [...all.places.values()].flatMap(({ name, keys }) =>
      keys
        .filter(({ value }) => meaningOf(all.resolved(value)) === '')
        .map(({ path }) => [name, path].join(' ')),
    );
    expect(silent).toEqual([]);
  });

  it('has title, chapter and example for each construct; what is listed needs a section in src/program-reference/*-sections.ts', () => {
    expect([...all.places.keys()].filter((name) => referenceSections[name] === undefined)).toEqual([]);
    expect(Object.keys(referenceSections).filter((name) => !all.places.has(name))).toEqual([]);
    const titles = Object.values(referenceSections).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('shows every key in an example; what is listed belongs in the example of its section in src/program-reference/*-sections.ts', () => {
    const shown = new Set(examples.flatMap(([, example]) => keysShown(parse(example))));
    const missing = [...all.places.values()].flatMap(({ name, keys }) =>
      keys.map(({ path }) => `${name}: ${path}`).filter((key) => !shown.has(key)),
    );
    expect(missing).toEqual([]);
  });

  it('names nothing in its words but keys and what its examples name', () => {
    const words = page.replace(/```[\s\S]*?```/g, '').replace(/`[^`]*`/g, '');
    const known = new Set([
      ...blocksOf(programJsonSchema()).flat(),
      ...namesIn(examples.map(([, one]) => one).join()),
    ]);
    expect(namesIn(words).filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(examples)('has an example for "%s" that is a sound part of a program', (_, example) => {
    expect(parseProgram(wholeProgram(example), 'example.yaml').findings).toEqual([]);
  });
});

/** Words in the form of names in code and in program files. */
function namesIn(text: string): string[] {
  return text.match(/\b[a-z]+[A-Z]\w*/g) ?? [];
}

interface At {
  place: string;
  /** From the place, as the page writes it. */
  path: string;
  /** From the top, as places are named. */
  full: string;
}

/** Which keys a part of a program shows, as "place: path". */
function keysShown(
  value: unknown,
  schema = programJsonSchema(),
  at: At = { place: '', path: '', full: '' },
): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keysShown(item, schema, at));
  if (!isSchema(value)) return [];
  return all.blocksIn(schema, at.full).flatMap(({ node, place, through }) => {
    const before =
      place === undefined ? { ...at, path: `${at.path}${through}.` } : { place, path: '', full: place };
    const blocks = through === '' ? [value] : Object.values(value).flat().filter(isSchema);
    return blocks.flatMap((block) =>
      Object.entries(block).flatMap(([key, inner]) => {
        const own = (node.properties as Record<string, JsonSchema>)[key];
        if (own === undefined) return [`${before.place}: ${before.path}<name>`];
        const full = [before.full, key].filter((part) => part !== '').join('.');
        const here = { ...before, path: before.path + key, full };
        return [`${here.place}: ${here.path}`, ...keysShown(inner, own, here)];
      }),
    );
  });
}
