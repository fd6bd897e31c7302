import { expect, it } from '@jest/globals';
import type { PartFigure } from '../../src/kpi/score/part.ts';
import { figureOfScore, scoreOf } from '../../src/kpi/score/score.ts';
import { partsOf } from '../../src/program/exact.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import { plainRegions } from '../../src/program/regions.ts';
import { scoresInOrder } from '../../src/program/score-parts.ts';
import { computeTier } from '../../src/tier/computed.ts';
import type { Json } from '../oracle/arbitrary-conditions.ts';
import { type Fed, measuredKpis, programOfScores, standing } from '../oracle/arbitrary-scores.ts';
import { standIn } from '../oracle/figures.ts';
import { inRegion } from '../oracle/over-regions.ts';
import { type Given, type Standing, tierOf } from '../oracle/requirements.ts';
import { runs } from '../oracle/runs.ts';
import { withScores } from '../oracle/scores.ts';
import { fc } from '../services/fast-check.ts';

/** Tiers that are judged region by region against plain code (test/oracle): random programs, figures of each region. */
const asOf = '2026-11-23';
const late = { code: 'records_changed' } as const;

/** A random program of tracks whose tracks are regions instead: what differs by track differs by region. */
function ofRegions(file: Json): Json {
  const { tracks = [], trackKeeping: _kept, ...rest } = file as Json & { tracks?: { key: string }[] };
  const keys = tracks.map(({ key }) => regionOf(key));
  const renamed = JSON.stringify(rest).replaceAll(/"(t\d|other)":/g, (_all, key) => `"${regionOf(key)}":`);
  const { kpis, ...own } = JSON.parse(renamed.replaceAll('"onBestTrack":', '"onBestRegion":'), (_key, one) =>
    withoutTracks(one),
  ) as Json & { kpis: Record<string, Json> };
  return {
    ...own,
    regions: {
      records: { fact: 'dimension', deal: 'customer.country' },
      list: keys.map((key, index) => ({
        key,
        label: key,
        countries: index === keys.length - 1 ? 'otherwise' : [index === 0 ? 'SE' : 'DE'],
      })),
    },
    kpis: Object.fromEntries(
      Object.entries(kpis).map(([key, kpi]) => [
        key,
        measuredKpis.includes(key) ? { ...kpi, perRegion: true } : kpi,
      ]),
    ),
  };
}

const regionOf = (track: string) => `r${track}`;

/** Scores by track have something of the same parts in their place. */
function withoutTracks(one: unknown): unknown {
  if (typeof one !== 'object' || one === null) return one;
  const { bestTrack, byTrack, ...rest } = one as Json & { bestTrack?: { of: string }; byTrack?: Json };
  if (bestTrack !== undefined) return { best: [bestTrack.of] };
  return byTrack === undefined ? one : { ...rest, best: [...new Set(Object.values(byTrack))] };
}

const given = (program: Program, kpi: string, fed: Fed): Given => {
  if (fed === 'error') return { value: null, why: 'unknown', isLate: true };
  if (fed === 'empty') return { value: standIn(program.kpis[kpi]!), why: 'empty', isLate: false };
  return { value: fed.value, why: 'empty', isLate: fed.isLate };
};

function figureOf(
  program: Program,
  kpi: string,
  { value, why, isLate, isEmpty = false }: Given & { isEmpty?: boolean },
): PartFigure {
  const { unit } = program.kpis[kpi]!;
  const isWrong = value === null && why === 'unknown';
  const error = { code: 'rate_missing', entity: 'deal', recordId: 'd', currency: null } as const;
  return {
    kpi,
    unit,
    currency: unit === 'money' ? 'USD' : null,
    state: isWrong ? 'error' : isLate ? 'provisional' : 'current',
    stateReason: isWrong || isLate ? late : null,
    ...(value === null ? { numerator: null, denominator: null } : partsOf(value)),
    empty: isEmpty ? 'no_records' : null,
    error: isWrong ? error : null,
    counted: 0,
    excluded: 0,
    excludedBy: {},
    inputsCompleteTo: null,
  };
}

const drawn = fc.record({ own: standing, regions: fc.array(standing, { minLength: 3, maxLength: 3 }) });

it('tiers of the best region are those of plain code', () => {
  const property = fc.property(programOfScores, drawn, (file, { own, regions }) => {
    fc.pre((file as Json).tracks !== undefined);
    const result = parseProgram(JSON.stringify(ofRegions(file)), 'random.yaml');
    if (!result.ok) {
      const wrong = result.findings.filter(({ severity }) => severity === 'error');
      expect(wrong.filter(({ reason }) => !isAboutReach(reason))).toEqual([]);
      return;
    }
    const { program } = result;
    const plain = new Map<string, Given>();
    const engine = new Map<string, PartFigure>();
    const feed = (kpi: string, fed: Fed) => {
      plain.set(kpi, given(program, kpi, fed));
      engine.set(kpi, figureOf(program, kpi, { ...plain.get(kpi)!, isEmpty: fed === 'empty' }));
    };
    measuredKpis.forEach((kpi, index) => {
      feed(kpi, own.figures[index]!);
      for (const [place, { key }] of plainRegions(program.regions).entries())
        feed(`${kpi}.${key}`, regions[place]!.figures[index]!);
    });
    const holdings = new Map(
      program.ladders.map(({ key }) => [key, { tier: null, mayReach: null }] as const),
    );
    const on: Standing = { ...own, kept: null, program, figures: plain, asOf, holdings };
    const all = withScores(on);
    for (const kpi of scoresInOrder(program)) {
      const score = figureOfScore(scoreOf({ program, figures: engine, partner: own.partner }, kpi));
      const { isLate } = all.get(kpi)!;
      const state = score.error !== null ? 'error' : isLate ? 'provisional' : 'current';
      const blank = figureOf(program, kpi, { value: null, why: 'empty', isLate });
      engine.set(kpi, { ...blank, ...score, state, stateReason: late });
    }
    for (const ladder of program.ladders) {
      const evidence = computeTier({
        program,
        ladder,
        kpis: [...engine.values()],
        partner: own.partner,
        asOf,
        held: null,
        facts: {
          facts: own.facts.map(({ kind, from, through }) => ({
            kind,
            occurredOn: from,
            expiresOn: through,
            author: null,
            reason: null,
          })),
          late: new Map(),
        },
        holdings: new Map(
          program.ladders.map(({ key }) => [key, { ladder: key, tier: null, mayReach: null, reason: null }]),
        ),
      });
      const as = (region: string) => inRegion({ ...on, figures: all }, region);
      const wanted = tierOf({ ...on, figures: all }, ladder, { held: null, as, reading: 'asItIs' });
      expect(`${ladder.key} ${evidence.computedTier}`).toBe(`${ladder.key} ${wanted}`);
    }
  });
  fc.assert(property, runs(40));
});

const isAboutReach = (reason: string) =>
  /unreachable|nobody can|kept only|has no limit|decided first|asked not to be held|is the same in every region|says nothing for|no regions to choose/.test(
    reason,
  );
