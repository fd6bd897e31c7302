import { describe, expect, it } from '@jest/globals';
import type { PartFigure } from '../../src/kpi/score/part.ts';
import { figureOfScore, scoreOf } from '../../src/kpi/score/score.ts';
import type { StateReason } from '../../src/kpi/types.ts';
import { exact, partsOf } from '../../src/program/exact.ts';
import { groupsOfNeed } from '../../src/program/ladder-order.ts';
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
import { holding as holdingState } from './replay.ts';

/**
 * Scores, tracks, requirements and ladders against plain code (test/oracle): random programs and figures, some of which are
 * not there, late or in error.
 */
const asOf = '2026-11-23';
const late: StateReason = { code: 'unread', connection: 'prod', object: 'Deal' };

/** Programs that the check refuses for what nobody could reach, or decide, are none of these. */
function loaded(file: Json): Program | undefined {
  const result = parseProgram(JSON.stringify(file), 'random.yaml');
  if (result.ok) return result.program;
  const errors = result.findings.filter(({ severity }) => severity === 'error');
  const others = errors.filter(({ reason }) => !isAboutReach(reason));
  expect(others).toEqual([]);
  return undefined;
}

const isAboutReach = (reason: string) =>
  /unreachable|nobody can|kept only|has no limit|decided first|asked not to be held/.test(reason);

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
  } as const;
  return {
    kpi,
    unit,
    currency: unit === 'money' ? 'USD' : null,
    state: of === 'error' ? 'error' : isLate ? 'provisional' : 'current',
    stateReason: of === 'error' || isLate ? late : null,
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
  reason: mayReach === tier ? null : late,
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
  const holdings = new Map(
    program.ladders.map(({ key, tiers }) => {
      const { tier, mayReach } = own.holdings[key as keyof Drawn['holdings']];
      const known = (one: string | null) => (tiers.some((each) => each.key === one) ? one : null);
      return [key, { tier: known(tier), mayReach: known(mayReach) ?? known(tier) }] as const;
    }),
  );
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
    engine.set(kpi, { ...plain, kpi, unit, ...score, state, stateReason: late });
    const wanted = value === null ? 'none' : text(partsOf(value));
    expect(`${kpi} ${text(score)}`).toBe(`${kpi} ${wanted}`);
  }
  const as = (key: string) => noSurerThan(expected, onTrack(on, key));
  return { on, partner, engine, all: { ...on, figures: expected }, as };
}

type Drawn = typeof standing extends fc.Arbitrary<infer S> ? S : never;

/** Where a partner stands on each ladder: -1 for no tier. */
type Places = readonly number[];

/** Every way to stand on all ladders. */
function allPlaces({ ladders }: Pick<Program, 'ladders'>): Places[] {
  return ladders.reduce<Places[]>(
    (found, { tiers }) => found.flatMap((places) => [-1, ...tiers.keys()].map((place) => [...places, place])),
    [[]],
  );
}

/** What the rules make of where a partner stood, seeing on other ladders what `seen` says. */
function placesFor({ all, as }: Both, { from, seen }: { from: Places; seen: Places }): Places {
  const { ladders } = all.program;
  const keyAt = (index: number, place: number) => ladders[index]!.tiers[place]?.key ?? null;
  const holdings = new Map(
    ladders.map(({ key }, index) => {
      const tier = keyAt(index, seen[index]!);
      return [key, { tier, mayReach: tier }];
    }),
  );
  const under = (on: Standing) => ({ ...on, holdings });
  return ladders.map((ladder, index) => {
    const placeBy = (reading: 'asItIs' | 'onlyCertain') => {
      const held = keyAt(index, from[index]!);
      const tier = tierOf(under(all), ladder, { held, reading, as: (key) => under(as(key)) });
      return ladder.tiers.findIndex(({ key }) => key === tier);
    };
    const [own, most] = [placeBy('asItIs'), placeBy('onlyCertain')];
    // What cannot be judged yet costs nobody a tier, and gives nobody one.
    return own >= from[index]! ? own : Math.min(most, from[index]!);
  });
}

const isWithin = (one: Places, other: Places) => one.every((place, index) => place <= other[index]!);

/**
 * Where a partner stands once all ladders are decided, by trying every way to stand: of what it holds the most that the rules
 * leave where nothing else is held, and from there the least that they do not add anything to.
 */
function settledPlaces(both: Both, from: Places): Places {
  const tried = allPlaces(both.all.program).map((seen) => ({ seen, made: placesFor(both, { from, seen }) }));
  const kept = tried.filter(({ seen, made }) => isWithin(seen, from) && isWithin(seen, made));
  const most = from.map((_place, index) => Math.max(...kept.map(({ seen }) => seen[index]!)));
  const closed = tried.filter(({ seen, made }) => isWithin(most, seen) && isWithin(made, seen));
  return from.map((_place, index) => Math.min(...closed.map(({ seen }) => seen[index]!)));
}

/** Of those who hold something other things may be asked; here all are asked what it takes to be given it. */
function withoutKeeping(file: Json): Json {
  return JSON.parse(JSON.stringify(file), (key, value) => (key === 'keepRequirements' ? undefined : value));
}

/** Whether something must not be held: who gets more on one ladder then gets less on another one. */
function isDenying(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return false;
  const { not } = part as Json;
  const isDenied = not !== undefined && /"(holds|specialisations)"/.test(JSON.stringify(not));
  return isDenied || Object.values(part).some(isDenying);
}

/** Tiers that move on the day on which the figures do, as far as the figures do. */
function atOnce(file: Json): Json {
  const movement = { demote: 'immediately', stepsDown: 9 };
  const moving = (all: unknown) => (all as Json[]).map((one) => ({ ...one, movement }));
  return { ...file, ladders: moving(file.ladders), specialisations: moving(file.specialisations) };
}

/** A figure that is certain: while one is pending, nobody loses what rests on it. */
function onTime(of: Fed): Fed {
  return of === 'error' || of === 'empty' ? { value: exact(0), isLate: false } : { ...of, isLate: false };
}

/** Figures that are certain, and a track that nothing late keeps: that one costs nobody a tier either. */
function certain({ figures, kept, ...own }: Drawn): Drawn {
  return {
    ...own,
    figures: figures.map(onTime) as Drawn['figures'],
    kept: kept === null ? null : { ...kept, isHeld: false },
  };
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
            facts: { facts: own.facts.map(factOf), late: new Map() },
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

  it('are settled on all ladders together, also where those ask for each other in a circle', () => {
    let circles = 0;
    fc.assert(
      fc.property(programOfScores, standing, fc.boolean(), (file, own, isNew) => {
        const program = loaded(atOnce(withoutKeeping(file)));
        fc.pre(program !== undefined && !isDenying(file));
        if (groupsOfNeed(program.ladders).length < program.ladders.length) circles += 1;
        const both = bothOf(program, certain(own));
        const { ladders } = program;
        const from = ladders.map(({ key, tiers }) =>
          isNew ? -1 : tiers.findIndex((tier) => tier.key === own.holdings[key as 'main']?.tier),
        );
        const inputs: PartnerInputs = {
          partnerId: 'P',
          partner: both.partner,
          kpis: [...both.engine.values()],
          facts: { facts: own.facts.map(factOf), late: new Map() },
          mode: 'owned',
          states: ladders.flatMap(({ key, tiers }, index) => {
            const tier = tiers[from[index]!]?.key ?? null;
            const state = { ...holdingState('', '2026-01-01', '2027-01-01'), tier };
            return isNew ? [] : [{ ladder: key, state, isClosed: false }];
          }),
          ...{ absorbed: [], overrides: [], waivers: [], asked: [] },
        };
        const outcome = evaluatePartner(program, inputs, asOf);
        const wanted = settledPlaces(both, from);
        const found = new Map(outcome.ladders.map(({ ladder, state }) => [ladder.key, state.state.tier]));
        expect(Object.fromEntries(found)).toEqual(
          Object.fromEntries(
            ladders.map(({ key, tiers }, index) => [key, tiers[wanted[index]!]?.key ?? null]),
          ),
        );
      }),
      runs(60),
    );
    expect(circles).toBeGreaterThan(5);
  });
});
