import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { computeAll } from '../../src/kpi/compute-all.ts';
import type { KpiValue } from '../../src/kpi/types.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import type { Json } from '../oracle/arbitrary-conditions.ts';
import { programOfGroups } from '../oracle/arbitrary-groups.ts';
import { manyPartners, worldAround } from '../oracle/arbitrary-world.ts';
import { everybodysFigures, type GroupFigure } from '../oracle/groups.ts';
import { loadWorld } from '../oracle/load-world.ts';
import { runs } from '../oracle/runs.ts';
import { fc } from '../services/fast-check.ts';
import { openTestStore } from '../services/test-store.ts';

/**
 * Figures by region, newest records, scores over regions and ranks against plain code that knows nothing of them (test/oracle):
 * random programs in which they rest on each other, and random records.
 */
const asOf = '2026-11-23';
const hours = 4 * 3_600_000;
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});

/** Programs that the check refuses for what has no limit, or for whom nobody is, are none of these. */
function loaded(file: Json): Program | undefined {
  const result = parseProgram(JSON.stringify(file), 'random.yaml');
  if (result.ok) return result.program;
  const others = result.findings.filter(
    ({ severity, reason }) =>
      severity === 'error' && !/has no limit|is the same in every region|nobody can be on/.test(reason),
  );
  expect(others).toEqual([]);
  return undefined;
}

/** A figure in the words in which both say it. */
function said({ value, empty, isError, isDoubted }: GroupFigure): string {
  if (isError) return 'error';
  const figure = value === null ? 'none' : `${value.s * value.n}/${value.d}`;
  return [figure, ...(empty === null ? [] : [empty]), ...(isDoubted ? ['in doubt'] : [])].join(' ');
}

function saidBy({ numerator, denominator, empty, error, rank, doubt }: KpiValue): string {
  if (error !== null) return 'error';
  const figure = numerator === null ? 'none' : `${numerator}/${denominator}`;
  const why = rank === undefined || empty === null ? [] : [empty];
  return [figure, ...why, ...(doubt === undefined ? [] : ['in doubt'])].join(' ');
}

describe('regions, ranks and newest records', () => {
  it(
    'are what plain code makes of random programs and records, and mostly say something',
    async () => {
      const seen = { all: 0, telling: 0 };
      await fc.assert(
        fc.asyncProperty(programOfGroups, worldAround(asOf, manyPartners), async (file, world) => {
          const program = loaded(file);
          fc.pre(program !== undefined);
          await loadWorld(store, world);
          const partners = world.partner.filter(({ state }) => state === 'live').map(({ id }) => id);
          const kpis = Object.keys(program.kpis);
          const scope = { program, asOf, now: Date.parse(`${asOf}T12:00:00Z`), feeds: [] };
          const values = await computeAll(store, scope, { kpis, partners });
          const expected = everybodysFigures({ world, program, asOf });
          expect(values).toHaveLength(kpis.length * partners.length);
          for (const value of values) {
            const place = { kpi: value.kpi, partner: value.partnerId };
            const own = expected.get(value.kpi)!.get(value.partnerId)!;
            expect({ ...place, figure: saidBy(value) }).toEqual({ ...place, figure: said(own) });
          }
          seen.all += values.length;
          seen.telling += values.filter(({ numerator }) => numerator !== null && numerator !== '0').length;
        }),
        runs(40),
      );
      expect(seen.telling / seen.all).toBeGreaterThan(0.3);
    },
    hours,
  );
});
