import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { findState, mayFollow, type StateThing, stateLabel, states } from '../../src/model/states.ts';
import { fromPackageRoot } from '../../src/package-root.ts';

const things = Object.keys(states) as StateThing[];

describe.each(things)('states of a %s', (thing) => {
  const codes = Object.keys(states[thing]);

  it('only lead to states that exist', () => {
    for (const code of codes)
      expect(codes).toEqual(expect.arrayContaining([...findState(thing, code)!.then]));
  });

  it('allow exactly the pairs of the table, and staying as it is', () => {
    for (const from of codes) {
      for (const to of codes) {
        expect(mayFollow(thing, from, to)).toBe(from === to || findState(thing, from)!.then.includes(to));
      }
    }
  });

  it('offer a next step wherever a person has to act', () => {
    const silent = codes.filter((code) => {
      const { trouble, next } = findState(thing, code)!;
      return trouble === 'action' && next === null;
    });
    expect(silent).toEqual([]);
  });
});

describe('labels', () => {
  it('are unique within a thing, and fall back to the code', () => {
    for (const thing of things) {
      const labels = Object.keys(states[thing]).map((code) => stateLabel(thing, code));
      expect(new Set(labels).size).toBe(labels.length);
    }
    expect(stateLabel('run', 'made_up')).toBe('made_up');
    expect(mayFollow('run', 'made_up', 'running')).toBe(false);
  });
});

describe('states that scripts see', () => {
  /** Every list of codes that a published result has for a state. */
  function statesIn(schema: unknown): string[][] {
    if (typeof schema !== 'object' || schema === null) return [];
    const { properties = {} } = schema as { properties?: Record<string, { enum?: string[] }> };
    const own = Object.entries(properties).flatMap(([name, each]) =>
      /state$/i.test(name) ? enumsIn(each) : [],
    );
    return [...own, ...Object.values(schema).flatMap(statesIn)];
  }

  function enumsIn(schema: { enum?: string[]; anyOf?: { enum?: string[] }[] }): string[][] {
    return [schema, ...(schema.anyOf ?? [])].flatMap((each) => (each.enum === undefined ? [] : [each.enum]));
  }

  it('are those of the table, in every published result', () => {
    const tables = Object.values(states).map((table) => new Set(Object.keys(table)));
    const published = readdirSync(fromPackageRoot('docs', 'json')).flatMap((file) =>
      statesIn(JSON.parse(readFileSync(fromPackageRoot('docs', 'json', file), 'utf8'))).map(
        (codes) => [file, codes] as const,
      ),
    );
    const strange = published.filter(
      ([, codes]) => !tables.some((table) => codes.every((code) => table.has(code))),
    );
    expect(published.length).toBeGreaterThan(15);
    expect(strange).toEqual([]);
  });
});
