import { describe, expect, it } from '@jest/globals';
import { figureOfScore, scoreOf } from '../../src/kpi/score.ts';
import type { PartFigure } from '../../src/kpi/score-part.ts';
import { partsOf } from '../../src/program/exact.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import { scoresInOrder } from '../../src/program/score-parts.ts';
import { computeTier, recomputeDecision } from '../../src/tier/computed.ts';
import { noted, trackGiven } from '../../src/tier/kept-track.ts';
import type { Holding } from '../../src/tier/types.ts';
import type { Json } from '../oracle/arbitrary-conditions.ts';
import { type Fed, measuredKpis, programOfScores, standing } from '../oracle/arbitrary-scores.ts';
import { standIn } from '../oracle/figures.ts';
import {
  type Given,
  type Held,
  type Standing,
  tierOf,
  given as trackGivenTo,
} from '../oracle/requirements.ts';
import { runs } from '../oracle/runs.ts';
import { onTrack, withScores } from '../oracle/scores.ts';
import { fc } from '../services/fast-check.ts';

/**
 * Scores, tracks, requirements and ladders against plain code (test/oracle): random programs and figures, some of which are
 * not there, late or in error.
 */
const asOf = '2026-11-23';

/** Programs that the check refuses for what nobody could reach are none of these. */
function loaded(file: Json): Program | undefined {
  const result = parseProgram(JSON.stringify(file), 'random.yaml');
  if (result.ok) return result.program;
  const errors = result.findings.filter(({ severity }) => severity === 'error');
  const others = errors.filter(({ reason }) => !isAboutReach(reason));
  expect(others).toEqual([]);
  return undefined;
}

const isAboutReach = (reason: string) => /unreachable|nobody can|kept only|has no limit/.test(reason);

function figureFor(program: Program, kpi: string, of: Fed): PartFigure {
  const { unit, whenEmpty } = program.kpis[kpi]!;
  const instead = of === 'empty' ? standIn({ whenEmpty, unit }) : null;
  const value = typeof of === 'object' ? of.value : instead;
  const isLate = typeof of === 'object' && of.isLate;
  const error = {
    code: 'rate_missing',
    entity: 'deal',
    recordId: 'd',
    currency: null,
    message: 'no rate',
  } as const;
  return {
    kpi,
    unit,
    currency: unit === 'money' ? 'USD' : null,
    state: of === 'error' ? 'error' : isLate ? 'provisional' : 'current',
    stateReason: of === 'error' ? 'no rate' : isLate ? 'late' : null,
    ...(value === null ? { numerator: null, denominator: null } : partsOf(value)),
    empty: of === 'empty' ? 'no_records' : null,
    error: of === 'error' ? error : null,
    counted: 0,
    excluded: 0,
    excludedBy: {},
    inputsCompleteTo: null,
  };
}

function givenFor(program: Program, kpi: string, of: Fed): Given {
  if (of === 'error') return { value: null, why: 'unknown', isLate: true };
  if (of === 'empty') return { value: standIn(program.kpis[kpi]!), why: 'empty', isLate: false };
  return { value: of.value, why: 'empty', isLate: of.isLate };
}

const text = (one: { numerator: string | null; denominator: string | null } | undefined) =>
  one === undefined || one.numerator === null ? 'none' : `${one.numerator}/${one.denominator}`;

const factOf = ({ kind, from, through }: Standing['facts'][number]) => ({
  kind,
  occurredOn: from,
  expiresOn: through,
  author: null,
  reason: null,
});

const holdingOf = (ladder: string, { tier, mayReach }: Held): Holding => ({
  ladder,
  tier,
  mayReach,
  reason: mayReach === tier ? null : 'late',
});

/** What is not certain where the partner stands is not taken for certain on another track. */
function noSurerThan(own: Standing['figures'], there: Standing): Standing {
  const figures = [...there.figures].map(
    ([kpi, figure]) => [kpi, { ...figure, isLate: figure.isLate || own.get(kpi)!.isLate }] as const,
  );
  return { ...there, figures: new Map(figures) };
}

describe('scores and tiers', () => {
  it('are what plain code makes of random programs and figures', () => {
    fc.assert(
      fc.property(programOfScores, standing, (file, { figures, partner: attributes, facts, ...own }) => {
        const program = loaded(file);
        fc.pre(program !== undefined);
        const given = new Map<string, Given>();
        const engine = new Map<string, PartFigure>();
        measuredKpis.forEach((kpi, index) => {
          given.set(kpi, givenFor(program, kpi, figures[index]!));
          engine.set(kpi, figureFor(program, kpi, figures[index]!));
        });
        const holdings = new Map(Object.entries(own.holdings));
        const on: Standing = { program, figures: given, partner: attributes, facts, asOf, ...own, holdings };
        const partner = own.kept === null ? attributes : noted(attributes, own.kept, asOf);
        const track = trackGiven({ program, kpis: engine, partner }, asOf);
        expect(track).toEqual(trackGivenTo(on));
        const expected = withScores(on);
        for (const kpi of scoresInOrder(program)) {
          const { unit } = program.kpis[kpi]!;
          const own = figureOfScore(scoreOf({ program, figures: engine, partner }, kpi));
          const isLate = expected.get(kpi)!.isLate;
          const state = own.error !== null ? 'error' : isLate ? 'provisional' : 'current';
          engine.set(kpi, {
            ...figureFor(program, 'm0', 'empty'),
            kpi,
            unit,
            ...own,
            state,
            stateReason: 'late',
          });
          const { value } = expected.get(kpi)!;
          const wanted = value === null ? 'none' : text(partsOf(value));
          expect(`${kpi} ${text(own)}`).toBe(`${kpi} ${wanted}`);
        }
        const all = { ...on, figures: expected };
        const as = (track: string) => noSurerThan(expected, onTrack(on, track));
        for (const ladder of program.ladders) {
          const held = holdings.get(ladder.key)!.tier;
          const evidence = computeTier({
            program,
            ladder,
            kpis: [...engine.values()],
            partner,
            asOf,
            held,
            facts: { facts: facts.map(factOf), reason: null },
            holdings: new Map([...holdings].map(([key, one]) => [key, holdingOf(key, one)])),
          });
          const place = { ladder: ladder.key };
          const wanted = {
            computed: tierOf(all, ladder, { held, reading: 'asItIs', as }),
            ceiling: tierOf(all, ladder, { held, reading: 'onlyCertain', as }),
          };
          const { computedTier: computed, ceilingTier: ceiling } = evidence;
          expect({ ...place, computed, ceiling }).toEqual({ ...place, ...wanted });
          expect(recomputeDecision(JSON.parse(JSON.stringify(evidence)))).toBe(computed);
        }
      }),
      runs(500),
    );
  });
});
