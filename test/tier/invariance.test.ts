import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { exact } from '../../src/program/exact.ts';
import type { Store } from '../../src/store/store.ts';
import { recomputeDecision } from '../../src/tier/computed.ts';
import { evaluatePartner } from '../../src/tier/evaluate-partner.ts';
import { noted } from '../../src/tier/kept-track.ts';
import type { PartnerInputs } from '../../src/tier/load.ts';
import { withFigure } from '../../src/tier/look/changed-inputs.ts';
import type { Evidence, KpiInput } from '../../src/tier/types.ts';
import { fc } from '../services/fast-check.ts';
import { openEmbeddedTestStore, openTestStore } from '../services/test-store.ts';
import { everything as program } from './everything.ts';
import { live, type Way } from './life.ts';
import { holding } from './replay.ts';

/** What must never change a result, with a program that uses everything at once. */

async function lived(open: () => Promise<Store>, way: Way): Promise<string> {
  const store = await open();
  try {
    return await live(store, way);
  } finally {
    await store.close();
  }
}

/** The same in a process of its own, on a machine of that time zone. */
function livedIn(zone: string): { zone: number; found: string } {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const script = fileURLToPath(new URL('life-elsewhere.ts', import.meta.url));
  const options = { env: { ...process.env, TZ: zone }, encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  return JSON.parse(execFileSync(process.execPath, ['--import', loader, script], options));
}

describe('the same records', () => {
  it('give the same decisions, evidence and figures to the byte, however they came and wherever it runs', async () => {
    const first = await lived(openTestStore, {});
    const { decisions, values } = JSON.parse(first) as {
      decisions: { movement: string; evidence: Evidence; partner_id: string; ladder: string }[];
      values: { kpi: string; numerator: string | null }[];
    };
    // The story has something to get wrong: on every ladder, on tracks that are kept, of every figure.
    expect(new Set(decisions.map(({ movement }) => movement)).size).toBeGreaterThan(5);
    expect(new Set(decisions.map(({ ladder }) => ladder)).size).toBe(program.ladders.length);
    const kept = new Set(
      decisions.flatMap(({ evidence: { track, trackKept } }) => (trackKept && track) || []),
    );
    expect([...kept].sort()).toEqual(['big', 'small']);
    const telling = new Set(values.flatMap(({ kpi, numerator }) => (Number(numerator) === 0 ? [] : [kpi])));
    expect(Object.keys(program.kpis).filter((kpi) => !telling.has(kpi))).toEqual([]);
    for (const { evidence } of decisions) expect(recomputeDecision(evidence)).toBe(evidence.computedTier);
    expect(await lived(openTestStore, { isReversed: true })).toBe(first);
    expect(await lived(openTestStore, { isSplit: true })).toBe(first);
    expect(await lived(openTestStore, { isRepeated: true })).toBe(first);
    expect(await lived(openEmbeddedTestStore, {})).toBe(first);
    const elsewhere = livedIn('Pacific/Kiritimati');
    // The machine really is in that zone.
    expect(elsewhere.zone).not.toBe(0);
    expect(elsewhere.found).toBe(first);
  }, 600_000);
});

const state = fc.constantFrom('current' as const, 'provisional' as const, 'error' as const);
const figure = fc.record({
  value: fc.option(fc.tuple(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 1, max: 7 }))),
  state,
});

const measured = Object.keys(program.kpis).filter((kpi) => program.kpis[kpi]!.score === undefined);
const spell = fc.record({
  from: fc.constantFrom('2026-01-01', '2026-09-01', '2026-11-30'),
  tier: fc.constantFrom(null, 'experts'),
});

const inputs = fc
  .record({
    figures: fc.record(Object.fromEntries(measured.map((kpi) => [kpi, figure]))),
    track: fc.option(fc.constantFrom('big', 'small')),
    keptUntil: fc.constantFrom('2026-11-30', '2027-01-01'),
    beside: fc.record({
      market: fc.constantFrom(null, 'seller', 'leader', 'champion'),
      firm: fc.constantFrom(null, 'known', 'partner'),
      experts: fc.constantFrom(null, 'experts'),
      reach: fc.constantFrom(null, 'reach'),
    }),
    spells: fc.uniqueArray(spell, { maxLength: 2, selector: ({ from }) => from }),
    country: fc.constantFrom('DE', 'FR', null),
    held: fc.constantFrom(null, 'bronze', 'silver', 'gold'),
    hasPlan: fc.boolean(),
    planEnds: fc.constantFrom(null, '2026-10-31', '2026-12-31'),
    isFactLate: fc.boolean(),
    waived: fc.constantFrom(null, 'people', 'plan', 'capability', 'rating'),
    mode: fc.constantFrom('owned' as const, 'shadow' as const),
  })
  .map(({ figures, country, held, hasPlan, planEnds, isFactLate, waived, mode, ...own }): PartnerInputs => {
    const kpis = Object.entries(program.kpis).map(([kpi, { unit }]): KpiInput => {
      const given = figures[kpi];
      const value = given?.value ?? null;
      const scale = unit === 'money' ? 1 : 10_000;
      return {
        kpi,
        unit,
        currency: unit === 'money' ? 'USD' : null,
        state: given?.state ?? 'current',
        stateReason: given?.state === 'current' || given === undefined ? null : { code: 'inputs_open' },
        numerator: value === null ? null : String(value[0]),
        denominator: value === null ? null : String(value[1] * scale),
        empty: value === null && given?.state !== 'error' ? 'no_records' : null,
        counted: 1,
        excluded: 0,
        excludedBy: {},
        inputsCompleteTo: null,
      };
    });
    const states = Object.entries({ main: held, ...own.beside }).flatMap(([ladder, tier]) =>
      tier === null ? [] : [{ ladder, state: holding(tier, '2026-01-01', '2026-12-01'), isClosed: false }],
    );
    const spells = [...own.spells].sort(earliestFirst);
    const track = { track: own.track ?? '', since: '2026-09-01', until: own.keptUntil };
    const until = { fromOn: '2026-01-01', untilOn: '2026-12-31', endedOn: null };
    const waiver = { id: 'w', ladder: 'main', tier: 'gold', reason: 'r', author: 'kim', ...until };
    const plan = { kind: 'Business Plan', occurredOn: '2026-01-01', expiresOn: planEnds };
    const known: PartnerInputs = {
      partnerId: 'P',
      partner: own.track === null ? { country } : noted({ country }, track, '2026-11-30'),
      kpis,
      states,
      absorbed: [],
      overrides: [],
      waivers: waived === null ? [] : [{ ...waiver, requirement: waived }],
      facts: {
        facts: hasPlan ? [{ ...plan, author: null, reason: null }] : [],
        late: new Map(isFactLate ? [['business plan', { code: 'inputs_open' } as const]] : []),
      },
      mode,
      spells: new Map([['experts', { recordedFrom: spells[0]?.from ?? null, spells }]]),
      asked: [],
    };
    const revenue = kpis.find(({ kpi }) => kpi === 'revenue')!;
    if (revenue.numerator === null) return known;
    const same = exact(revenue.numerator).div(exact(revenue.denominator!));
    return withFigure(program, known, { kpi: 'revenue', figure: same }, () => []);
  });

function earliestFirst(one: { from: string }, other: { from: string }): number {
  return one.from < other.from ? -1 : 1;
}

describe('a decision', () => {
  it('rests on evidence that gives the same tier again, and is the same to the byte when it is replayed', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const once = evaluatePartner(program, given, '2026-11-30');
        const { spells, facts } = given;
        const copy: PartnerInputs = {
          ...JSON.parse(JSON.stringify(given)),
          spells: new Map(spells),
          facts: { ...structuredClone(facts), late: new Map(facts.late) },
        };
        expect(JSON.stringify(evaluatePartner(program, copy, '2026-11-30'))).toBe(JSON.stringify(once));
        for (const { decisions } of once.ladders) {
          for (const { evidence } of decisions) {
            const stored = JSON.parse(JSON.stringify(evidence)) as Evidence;
            expect(recomputeDecision(stored)).toBe(evidence.computedTier);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('does not depend on the order of figures, waivers and states', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const turned = {
          ...given,
          kpis: [...given.kpis].reverse(),
          waivers: [...given.waivers].reverse(),
          states: [...given.states].reverse(),
        };
        const tiers = (one: PartnerInputs) =>
          evaluatePartner(program, one, '2026-11-30').ladders.map(({ state: { state } }) => state);
        expect(tiers(turned)).toEqual(tiers(given));
      }),
      { numRuns: 100 },
    );
  });
});
