import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { TierlinkError } from '../../src/errors.ts';
import { computeAll } from '../../src/kpi/compute-all.ts';
import { type ProgramResult, parseProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { partnerIds, worldAround } from '../oracle/arbitrary-world.ts';
import { loadWorld } from '../oracle/load-world.ts';
import { runs } from '../oracle/runs.ts';
import { fc } from '../services/fast-check.ts';
import { openTestStore } from '../services/test-store.ts';

/** What a person may do to a program file by mistake, anywhere in the programs that we ship. */
const asOf = '2026-11-23';
const folders = ['programs', 'programs/published'];
const files = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `${folder}/${name}`),
);
const texts = files.map((file) => readFileSync(file, 'utf8'));
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
  await loadWorld(store, fc.sample(worldAround(asOf), { numRuns: 1, seed: 7 })[0]!);
});
afterAll(async () => {
  await store.close();
});

type Node = Record<string, unknown>;

/** Every place of a file: what holds it, and its key there. */
function placesIn(node: unknown): { holder: Node; key: string }[] {
  if (typeof node !== 'object' || node === null) return [];
  const holder = node as Node;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}

const mistakes = ['delete', 'rename', 'retype', 'takeFromElsewhere', 'swap', 'word'] as const;
const others: readonly unknown[] = [
  0,
  -1,
  1.5,
  '',
  'x',
  null,
  true,
  [],
  {},
  ['x'],
  { x: 1 },
  '12 months',
  '2026-02-30',
];
const namesElsewhere = [
  'deal',
  'lead.status',
  'fact.quantity',
  'amount',
  'closeOn',
  'isWon',
  'money',
  'percent',
];

const mistake = fc.record({
  kind: fc.constantFrom(...mistakes),
  at: fc.nat(),
  from: fc.nat(),
});

function mistaken(
  text: string,
  all: readonly { kind: (typeof mistakes)[number]; at: number; from: number }[],
) {
  const file = parse(text) as unknown;
  for (const { kind, at, from } of all) {
    const places = placesIn(file);
    const { holder, key } = places[at % places.length]!;
    const other = places[from % places.length]!;
    const value = holder[key];
    if (kind === 'delete') {
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
    } else if (kind === 'rename' && !Array.isArray(holder)) {
      delete holder[key];
      holder[from % 2 === 0 ? `${key}x` : other.key] = value;
    } else if (kind === 'retype') holder[key] = structuredClone(others[from % others.length]);
    else if (kind === 'takeFromElsewhere') holder[key] = structuredClone(other.holder[other.key]);
    else if (kind === 'word') holder[key] = namesElsewhere[from % namesElsewhere.length];
    else [holder[key], other.holder[other.key]] = structuredClone([other.holder[other.key], value]);
  }
  return stringify(file);
}

/** What the check says; broken YAML is told with its place as well. */
function checked(text: string): ProgramResult | undefined {
  try {
    return parseProgram(text, 'mistaken.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(TierlinkError);
    expect((error as TierlinkError).code).toBe('PROGRAM_UNREADABLE');
    return undefined;
  }
}

describe('a program file with mistakes', () => {
  it(
    'is refused with a line and a column, or computes',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...texts),
          fc.array(mistake, { minLength: 1, maxLength: 3 }),
          async (text, all) => {
            const result = checked(mistaken(text, all));
            if (result === undefined) return;
            for (const { line, column, reason } of result.findings) {
              expect([line >= 1, column >= 1, reason.length > 0]).toEqual([true, true, true]);
            }
            if (!result.ok) {
              expect(result.findings.length).toBeGreaterThan(0);
              return;
            }
            const { program } = result;
            const scope = { program, asOf, now: Date.parse(`${asOf}T12:00:00Z`), feeds: [] };
            await computeAll(store, scope, { kpis: Object.keys(program.kpis), partners: partnerIds });
          },
        ),
        runs(150),
      );
    },
    4 * 3_600_000,
  );
});
