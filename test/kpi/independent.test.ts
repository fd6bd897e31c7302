import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Fraction } from 'fraction.js';
import { computeKpis } from '../../src/kpi/compute.ts';
import type { KpiValue } from '../../src/kpi/types.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import type { Json } from '../oracle/arbitrary-conditions.ts';
import { programAround } from '../oracle/arbitrary-program.ts';
import { evaluationDay, partnerIds, worldAround } from '../oracle/arbitrary-world.ts';
import { numberOf, plusDays } from '../oracle/calendar.ts';
import { type Figure, figureOf } from '../oracle/figures.ts';
import { loadWorld } from '../oracle/load-world.ts';
import { runs } from '../oracle/runs.ts';
import type { World } from '../oracle/world.ts';
import { fc } from '../services/fast-check.ts';
import { openTestStore } from '../services/test-store.ts';

/**
 * The SQL against plain code that knows nothing of it (test/oracle): random programs in the language of program files, random
 * records, every figure with what counts and what is left out for which reason, today and until the day that it announces.
 */
let store: Store;
/** Thousands of programs take longer than a test may otherwise. */
const hours = 4 * 3_600_000;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});

const cases = evaluationDay.chain((asOf) =>
  fc.record({
    asOf: fc.constant(asOf),
    ahead: fc.integer({ min: 1, max: 800 }),
    program: programAround(asOf),
    world: worldAround(asOf, { ids: partnerIds, records: 8 }),
  }),
);

function loaded(file: Json): Program {
  const result = parseProgram(JSON.stringify(file), 'random.yaml');
  if (!result.ok) throw new Error(`the program check refuses: ${JSON.stringify(result.findings, null, 1)}`);
  return result.program;
}

/** A figure in the words in which both say it. */
interface Said {
  figure: string;
  counted: number;
  excludedBy: string;
}

function said({ value, empty, error, counted, excludedBy }: Figure): Said {
  return { figure: words(value, empty, error?.code), counted, excludedBy: sorted(excludedBy) };
}

function words(value: Fraction | null, empty: string | null, error: string | undefined): string {
  const number = value === null ? 'none' : `${value.s * value.n}/${value.d}`;
  return error ?? (empty === null ? number : `${number} (${empty})`);
}

function saidBy({ numerator, denominator, empty, error, counted, excludedBy }: KpiValue): Said {
  const number = numerator === null ? 'none' : `${numerator}/${denominator}`;
  return {
    figure: error?.code ?? (empty === null ? number : `${number} (${empty})`),
    counted,
    excludedBy: sorted(excludedBy),
  };
}

function sorted(counts: Partial<Record<string, number>>): string {
  const all = Object.entries(counts).map(([reason, count]) => `${reason} ${count}`);
  return all.sort().join(', ');
}

async function figuresOn(program: Program, asOf: string): Promise<KpiValue[]> {
  const all = Object.keys(program.kpis);
  const scope = { program, asOf, now: Date.parse(`${asOf}T12:00:00Z`), feeds: [] };
  const found: KpiValue[] = [];
  for (const rollUp of ['partner', 'company']) {
    const kpis = all.filter((kpi) => program.kpis[kpi]!.rollUp === rollUp);
    if (kpis.length > 0) found.push(...(await computeKpis(store, scope, { kpis, partners: partnerIds })));
  }
  return found;
}

function expectSame(found: KpiValue, expected: Figure, where: object): void {
  const place = { ...where, kpi: found.kpi, partner: found.partnerId };
  expect({ ...place, ...saidBy(found) }).toEqual({ ...place, ...said(expected) });
  if (expected.error !== null) expect(expected.error.records).toContain(found.error!.recordId);
}

async function agrees(program: Program, world: World, asOf: string): Promise<KpiValue[]> {
  const values = await figuresOn(program, asOf);
  for (const value of values) {
    const expected = figureOf({ world, program, asOf }, { kpi: value.kpi, partner: value.partnerId });
    expectSame(value, expected, { asOf });
  }
  return values;
}

describe('the SQL of measures', () => {
  it(
    'agrees with plain code about random programs and records, and until the day that it announces',
    async () => {
      await fc.assert(
        fc.asyncProperty(cases, async ({ asOf, ahead, program: file, world }) => {
          const program = loaded(file);
          await loadWorld(store, world);
          const values = await agrees(program, world, asOf);
          await agrees(program, world, plusDays(asOf, ahead));
          for (const value of values) expectUnchanged(value, { program, world, asOf, ahead });
        }),
        runs(40),
      );
    },
    hours,
  );
});

/** Until the day on which time alone is said to change a figure, it stays what it is; the plain code looks at every day. */
function expectUnchanged(
  value: KpiValue,
  { program, world, asOf, ahead }: { program: Program; world: World; asOf: string; ahead: number },
): void {
  const { kpi, partnerId: partner, nextChangeAt } = value;
  // A day begins at another instant in each zone, and half a day later it is that day everywhere.
  const next = nextChangeAt === null ? null : dayAfter(nextChangeAt);
  const until = next === null ? ahead : Math.min(ahead, numberOf(next) - numberOf(asOf) - 1);
  const last = next === null ? [] : [numberOf(next) - numberOf(asOf) - 1];
  const near = Array.from({ length: Math.min(until, 8) }, (_none, index) => index + 1);
  for (const days of new Set([...near, until, ...last])) {
    if (days <= 0) continue;
    const day = plusDays(asOf, days);
    const expected = figureOf({ world, program, asOf: day }, { kpi, partner });
    expectSame(value, expected, { asOf, unchangedOn: day, nextChangeAt });
  }

  function dayAfter(instant: string): string {
    const { timeZone } = program;
    return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(new Date(instant));
  }
}
