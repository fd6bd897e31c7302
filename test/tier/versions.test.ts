import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import { effectiveProgram, rememberVersion } from '../../src/program/versions.ts';
import type { Store } from '../../src/store/store.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { insertDeals, insertRows } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

/** Version 2 holds from 1 July and asks more for Gold. */
function version(number: string, validFrom: string, gold: number): Program {
  const result = parseProgram(
    `name: test
title: Test
version: '${number}'
validFrom: ${validFrom}
timeZone: UTC
currency: { code: USD }
partnerTypes: [{ key: reseller, label: Reseller }]
kpis:
  revenue: { label: Revenue, help: Won, unit: money, measure: { sum: deal.amount, where: { attribute: isWon, is: true } } }
ladders:
  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: revenue, atLeast: ${gold} }] }
`,
    'test.yaml',
  );
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.program;
}

const unreachable =
  '{ key: silver, label: Silver, requirements: [{ kpi: revenue, atLeast: 9 }, { kpi: revenue, lessThan: 9 }] }';

let store: Store;
const at = (day: string) => Date.parse(`${day}T08:00:00Z`);

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [{ id: 'A', name: 'A' }]);
  await insertDeals(
    store,
    `
    deal | partner | amount   | won | closed     | role    | weight
    d1   | A       | 1000 USD | yes | 2026-01-01 | sourced | 100`,
  );
});

describe('MV-7 versions of the rules', () => {
  it('hold from their first day on: reviews until 30 June use the first, from 1 July the second', async () => {
    await effectiveProgram(store, version('1', '2026-01-01', 1000), at('2026-02-01'));
    const file = version('2', '2026-07-01', 5000);
    const used: string[] = [];
    for (const day of ['2026-03-01', '2026-04-01', '2026-06-30', '2026-07-01', '2026-10-01']) {
      const program = await effectiveProgram(store, file, at(day));
      used.push(`${day} version ${program.version}`);
      await recomputeKpis(store, { program, now: at(day) });
      await evaluateTiers(store, { program, now: at(day) });
    }
    expect(used).toEqual([
      '2026-03-01 version 1',
      '2026-04-01 version 1',
      '2026-06-30 version 1',
      '2026-07-01 version 2',
      '2026-10-01 version 2',
    ]);
    const rows = await store.query<Record<string, string>>(
      'select effective_on, program_version, movement, to_tier from tierlink.decision order by decided_at',
    );
    expect(
      rows.map((row) => `${row.effective_on} v${row.program_version} ${row.movement} ${row.to_tier}`),
    ).toEqual(['2026-03-01 v1 enrol gold', '2026-07-01 v2 warn gold', '2026-10-01 v2 demote silver']);
  });

  it('evaluate everyone again when the file changes, though no figure did', async () => {
    const day = at('2026-02-01');
    for (const gold of [5000, 1000]) {
      const program = version('1', '2026-01-01', gold);
      await recomputeKpis(store, { program, now: day });
      await evaluateTiers(store, { program, now: day });
    }
    const rows = await store.query<Record<string, string>>(
      'select movement, to_tier from tierlink.decision order by movement',
    );
    expect(rows.map((row) => `${row.movement} ${row.to_tier}`)).toEqual(['enrol silver', 'promote gold']);
  });

  it('are used as they are when none is in force yet', async () => {
    const file = version('2', '2026-07-01', 5000);
    expect((await effectiveProgram(store, file, at('2026-03-01'))).version).toBe('2');
  });

  it('that are kept hold on, also where a check that came later refuses what they say', async () => {
    const kept = version('1', '2026-01-01', 1000);
    const source = kept.source.replace('{ key: silver, label: Silver }', unreachable);
    expect(parseProgram(source, 'test.yaml').ok).toBe(false);
    await rememberVersion(store, { ...kept, source, hash: 'kept' }, '2026-01-01T00:00:00.000Z');
    const file = version('2', '2026-07-01', 5000);
    const inForce = await effectiveProgram(store, file, at('2026-03-01'));
    expect([inForce.version, inForce.source]).toEqual(['1', source]);
  });

  it('of the same first day: the file counts', async () => {
    await effectiveProgram(store, version('1', '2026-01-01', 1000), at('2026-02-01'));
    const edited = version('1', '2026-01-01', 2000);
    expect((await effectiveProgram(store, edited, at('2026-03-01'))).hash).toBe(edited.hash);
  });
});
