import { describe, expect, it } from '@jest/globals';
import { figureOfScore, scoreOf } from '../../src/kpi/score.ts';
import type { PartFigure } from '../../src/kpi/score-part.ts';
import { partsOf } from '../../src/program/exact.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import { scoresInOrder } from '../../src/program/score-parts.ts';
import { computeTier, recomputeDecision } from '../../src/tier/computed.ts';
import { evaluatePartner } from '../../src/tier/evaluate-partner.ts';
import { noted, trackGiven } from '../../src/tier/kept-track.ts';
import type { PartnerInputs } from '../../src/tier/load.ts';
import type { Holding, PartnerFacts } from '../../src/tier/types.ts';
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

/** What a partner stands on, as the engine has it and as the plain code does. */
interface Both {
  on: Standing;
  partner: PartnerFacts;
  engine: Map<string, PartFigure>;
  /** With the scores of the plain code. */
  all: Standing;
  as: (track: string) => Standing & { onTrack?: string };
}

/** Measured figures with the scores that both make of them, which have to be the same. */
function bothOf(program: Program, { figures, ...own }: Drawn): Both {
  const given = new Map<string, Given>();
  const engine = new Map<string, PartFigure>();
  measuredKpis.forEach((kpi, index) => {
    given.set(kpi, givenFor(program, kpi, figures[index]!));
    engine.set(kpi, figureFor(program, kpi, figures[index]!));
  });
  const holdings = new Map(Object.entries(own.holdings));
  const on: Standing = { ...own, program, figures: given, asOf, holdings };
  const partner = own.kept === null ? own.partner : noted(own.partner, own.kept, asOf);
  const track = trackGiven({ program, kpis: engine, partner }, asOf);
  expect(track).toEqual(trackGivenTo(on));
  const expected = withScores(on);
  for (const kpi of scoresInOrder(program)) {
    const { unit } = program.kpis[kpi]!;
    const score = figureOfScore(scoreOf({ program, figures: engine, partner }, kpi));
    const { value, isLate } = expected.get(kpi)!;
    const state = score.error !== null ? 'error' : isLate ? 'provisional' : 'current';
    const plain = figureFor(program, 'm0', 'empty');
    engine.set(kpi, { ...plain, kpi, unit, ...score, state, stateReason: 'late' });
    const wanted = value === null ? 'none' : text(partsOf(value));
    expect(`${kpi} ${text(score)}`).toBe(`${kpi} ${wanted}`);
  }
  const as = (key: string) => noSurerThan(expected, onTrack(on, key));
  return { on, partner, engine, all: { ...on, figures: expected }, as };
}

type Drawn = typeof standing extends fc.Arbitrary<infer S> ? S : never;

/** What is in force on each ladder of a new partner: the tiers that the rules give, until none changes another one. */
function tiersOfNew({ all, as }: Both): Record<string, string | null> {
  const { ladders } = all.program;
  let holdings = new Map<string, Held>();
  for (const _each of ladders) {
    const under = (on: Standing) => ({ ...on, holdings });
    holdings = new Map(
      ladders.map((ladder) => {
        const how = { held: null, reading: 'asItIs', as: (key: string) => under(as(key)) } as const;
        const tier = tierOf(under(all), ladder, how);
        return [ladder.key, { tier, mayReach: tier }];
      }),
    );
  }
  return Object.fromEntries([...holdings].map(([key, { tier }]) => [key, tier]));
}

/** Of those who hold something other things may be asked; a new partner is asked what it takes to be given it. */
function withoutKeeping(file: Json): Json {
  return JSON.parse(JSON.stringify(file), (key, value) => (key === 'keepRequirements' ? undefined : value));
}

describe('scores and tiers', () => {
  it('are what plain code makes of random programs and figures', () => {
    fc.assert(
      fc.property(programOfScores, standing, (file, own) => {
        const program = loaded(file);
        fc.pre(program !== undefined);
        const { on, partner, engine, all, as } = bothOf(program, own);
        const holdings = on.holdings!;
        for (const ladder of program.ladders) {
          const held = holdings.get(ladder.key)!.tier;
          const evidence = computeTier({
            program,
            ladder,
            kpis: [...engine.values()],
            partner,
            asOf,
            held,
            facts: { facts: own.facts.map(factOf), reason: null },
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

  it('are given to a new partner in the order in which they ask for each other', () => {
    fc.assert(
      fc.property(programOfScores, standing, (file, own) => {
        const program = loaded(withoutKeeping(file));
        fc.pre(program !== undefined);
        const both = bothOf(program, own);
        const inputs: PartnerInputs = {
          partnerId: 'P',
          partner: both.partner,
          kpis: [...both.engine.values()],
          facts: { facts: own.facts.map(factOf), reason: null },
          mode: 'owned',
          ...{ states: [], absorbed: [], overrides: [], waivers: [], asked: [] },
        };
        const { ladders } = evaluatePartner(program, inputs, asOf);
        const found = Object.fromEntries(ladders.map(({ ladder, state }) => [ladder.key, state.state.tier]));
        expect(found).toEqual(tiersOfNew(both));
      }),
      runs(100),
    );
  });
});
