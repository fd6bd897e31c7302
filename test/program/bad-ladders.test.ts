import { describe, expect, it } from '@jest/globals';
import { parseProgram } from '../../src/program/load.ts';
import { findings } from './good-program.ts';

/** A sound program, in which Gold asks for `asked` and the lines given stand at the end. */
function text(asked: string, tail = specialisations): string {
  return `name: test
title: Test
version: '1'
validFrom: 2026-01-01
timeZone: UTC
currency: { code: USD }
partnerTypes: [{ key: reseller, label: Reseller }]
kpis:
  points: { label: Points, help: Points, unit: number, measure: { sum: fact.quantity } }
ladders:
  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: points, atLeast: 3 }, ${asked}] }
${tail}
`;
}

const specialisations = `specialisations:
  - { key: security, label: Security, requirements: { kpi: points, atLeast: 1 } }
  - { key: cloud, label: Cloud, requirements: { kpi: points, atLeast: 1 } }`;

describe('limits for kinds of facts', () => {
  it('are for kinds that requirements ask for, not for what looks like one', () => {
    const limits = (kind: string) =>
      text('{ fact: council seat }', `freshness: { factKinds: { ${kind}: 400 days } }`);
    expect(findings(limits('Council Seat'))).toEqual([]);
    expect(findings(limits('visits'))).toEqual([]);
    // A KPI may read it.
    expect(parseProgram(limits('council seet'), 'test.yaml')).toMatchObject({
      ok: true,
      findings: [
        {
          severity: 'warning',
          line: 16,
          column: 27,
          path: 'freshness.factKinds.council seet',
          reason: 'no requirement asks for a fact "council seet"; did you mean "council seat"?',
        },
      ],
    });
  });
});

describe('ladders counted as specialisations', () => {
  const levels = `  - key: backup
    label: Backup
    beside: true
    tiers: [{ key: known, label: Known, requirements: { kpi: points, atLeast: 1 } }, { key: expert, label: Expert, requirements: { kpi: points, atLeast: 2 } }]`;
  const asked = '{ specialisations: { atLeast: 1, of: [backup] } }';
  const instead =
    '; backup is a ladder of tiers, and such are counted by atLeastOf: { n: 1, of: [{ holds: { ladder: backup, atLeast: expert } }] }';

  it('are told how they are counted', () => {
    expect(findings(text(asked, levels))).toEqual([
      `15:81 ladders.0.tiers.1.requirements.1.specialisations: the program has no specialisations${instead}`,
    ]);
    expect(findings(text(asked, `${levels}\n${specialisations}`))).toEqual([
      `15:117 ladders.0.tiers.1.requirements.1.specialisations.of.0: "backup" is no specialisation${instead}`,
    ]);
    const right = '{ atLeastOf: { n: 1, of: [{ holds: { ladder: backup, atLeast: expert } }] } }';
    expect(findings(text(right, levels))).toEqual([]);
  });
});

describe('what tiers ask of other ladders', () => {
  it.each([
    [
      '{ holds: { ladder: securty } }',
      '15:90 ladders.0.tiers.1.requirements.1.holds.ladder: "securty" is no ladder and no specialisation; did you mean "security"?',
    ],
    [
      '{ holds: { ladder: security, atLeast: gold } }',
      '15:108 ladders.0.tiers.1.requirements.1.holds.atLeast: Security is a specialisation, which is held or not; leave it out',
    ],
    [
      '{ specialisations: { atLeast: 3 } }',
      '15:100 ladders.0.tiers.1.requirements.1.specialisations.atLeast: asks for 3 of 2',
    ],
    [
      '{ specialisations: { of: [security, clod] } }',
      '15:115 ladders.0.tiers.1.requirements.1.specialisations.of.1: "clod" is no specialisation; did you mean "cloud"?',
    ],
    [
      '{ specialisations: { of: [security], includingOneOf: [cloud] } }',
      '15:133 ladders.0.tiers.1.requirements.1.specialisations.includingOneOf.0: "cloud" does not count here: it is not under "of"',
    ],
    [
      '{ holds: { ladder: main, atLeast: silver } }',
      '15:79 ladders.0.tiers.1.requirements.1: Main cannot ask for itself; for what keeping a tier takes, write keepRequirements, and for one step at a time movement: { stepsUp: 1 }',
    ],
  ])('%s', (asked, expected) => {
    expect(findings(text(asked))).toEqual([expected]);
  });

  it('are specialisations of the program', () => {
    expect(findings(text('{ specialisations: { atLeast: 1 } }', ''))).toEqual([
      '15:81 ladders.0.tiers.1.requirements.1.specialisations: the program has no specialisations',
    ]);
  });

  describe('by number', () => {
    const seat = (counted: string) =>
      `${specialisations}
  - { key: council, label: Partner council,${counted} requirements: { fact: council seat } }`;
    const warnings = (asked: string, tail: string) => {
      const parsed = parseProgram(text(asked, tail), 'test.yaml');
      return [parsed.ok, parsed.findings.map(({ path, reason }) => `${path}: ${reason}`)];
    };

    it('warn of a seat that counts without a word about it', () => {
      const one = '{ specialisations: { atLeast: 2 } }';
      expect(warnings(one, seat(''))).toEqual([
        true,
        [
          'ladders.0.tiers.1.requirements.1.specialisations: counts Partner council, for which only a fact is asked; write "counted: false" there if it is no specialisation, "counted: true" if it is, or "of" here with those that count',
        ],
      ]);
      expect(warnings(one, seat(' counted: false,'))).toEqual([true, []]);
      expect(warnings(one, seat(' counted: true,'))).toEqual([true, []]);
      expect(warnings('{ specialisations: { of: [cloud, council] } }', seat(''))).toEqual([true, []]);
      const facts = specialisations.replaceAll('{ kpi: points, atLeast: 1 }', '{ fact: audit }');
      expect(warnings(one, facts)).toEqual([true, []]);
    });

    it('cannot ask for one that does not count', () => {
      const tail = seat(' counted: false,');
      expect(findings(text('{ specialisations: { atLeast: 3 } }', tail))).toEqual([
        '15:100 ladders.0.tiers.1.requirements.1.specialisations.atLeast: asks for 3 of 2',
      ]);
      expect(findings(text('{ specialisations: { includingOneOf: [council] } }', tail))).toEqual([
        '15:117 ladders.0.tiers.1.requirements.1.specialisations.includingOneOf.0: "council" does not count here: it says "counted: false"; leave that out, or write "of" with those that count',
      ]);
      expect(findings(text('{ specialisations: { of: [council] } }', tail))).toEqual([]);
    });
  });

  it('are told once where they ask for each other in a circle', () => {
    const tail = `specialisations:
  - { key: security, label: Security, requirements: { holds: { ladder: cloud } } }
  - { key: cloud, label: Cloud, requirements: { any: [{ kpi: points, atLeast: 1 }, { holds: { ladder: main, atLeast: gold } }] } }`;
    expect(findings(text('{ not: { holds: { ladder: security } } }', tail))).toEqual([
      '15:81 ladders.0.tiers.1.requirements.1.not: none of them could be decided first: Main Gold asks for Security asks for Cloud asks for Main Gold',
    ]);
  });

  it('are told among specialisations alone', () => {
    const tail = `specialisations:
  - { key: security, label: Security, requirements: { holds: { ladder: cloud } } }
  - { key: cloud, label: Cloud, requirements: { holds: { ladder: security } } }`;
    expect(findings(text('{ kpi: points, atLeast: 4, id: more }', tail))).toEqual([
      '17:39 specialisations.0.requirements: none of them could be decided first: Security asks for Cloud asks for Security',
    ]);
  });

  it('may go round in a circle from ladder to ladder as long as it does not from tier to tier', () => {
    const tail = `specialisations:
  - { key: security, label: Security, requirements: [{ kpi: points, atLeast: 1 }, { holds: { ladder: main, atLeast: silver } }] }
  - { key: cloud, label: Cloud, requirements: [{ kpi: points, atLeast: 1 }, { holds: { ladder: main } }] }`;
    expect(findings(text('{ specialisations: { atLeast: 2 } }', tail))).toEqual([]);
  });

  it('names every tier of a circle, also those that are asked for because they are below another one', () => {
    const tail = `    hold: cumulative
specialisations:
  - { key: security, label: Security, requirements: { holds: { ladder: side, atLeast: high } } }`;
    const side = `
  - key: side
    label: Side
    beside: true
    hold: cumulative
    tiers:
      - { key: low, label: Low, requirements: { holds: { ladder: main, atLeast: gold } } }
      - { key: high, label: High, requirements: { kpi: points, atLeast: 9 } }`;
    const file = text('{ holds: { ladder: security } }', tail).replace(
      '\nspecialisations:',
      `${side}\nspecialisations:`,
    );
    expect(findings(file)).toEqual([
      '15:79 ladders.0.tiers.1.requirements.1: none of them could be decided first: Main Gold asks for Security asks for Side High asks for Side Low asks for Main Gold',
    ]);
  });

  it('is never that something is not held where the circle comes back', () => {
    const tail = `specialisations:
  - { key: security, label: Security, requirements: { not: { holds: { ladder: main, atLeast: silver } } } }
  - { key: cloud, label: Cloud, requirements: { not: { holds: { ladder: side, atLeast: high } } } }`;
    const side = `  - key: side
    label: Side
    beside: true
    tiers:
      - { key: low, label: Low, requirements: { holds: { ladder: cloud } } }
      - { key: high, label: High, requirements: { kpi: points, atLeast: 9 } }`;
    const file = text('{ kpi: points, atLeast: 4, id: more }', tail).replace(
      '\nspecialisations:',
      `\n${side}\nspecialisations:`,
    );
    expect(findings(file)).toEqual([
      '24:49 specialisations.1.requirements.not: Side rests on Cloud in turn, and where it does, nothing of it can be asked not to be held; leave the "not" out, or what Side asks for',
    ]);
  });

  it('is asked by tiers only', () => {
    const track = `${specialisations}
tracks:
  - { key: one, label: One, when: { holds: { ladder: security } } }
  - { key: other, label: Other }`;
    expect(findings(text('{ id: more, kpi: points, atLeast: 4 }', track))).toEqual([
      '20:29 tracks.0.when: only a tier asks for what is held on other ladders; here a condition reads figures and the partner',
    ]);
  });
});

describe('specialisations', () => {
  it.each([
    [
      '{ key: main, label: Security, requirements: { kpi: points, atLeast: 1 } }',
      ['17:7 specialisations.0.key: "main" is the key of a ladder already'],
    ],
    [
      '{ key: security, label: Security, requirements: { kpi: pints, atLeast: 1 } }',
      [
        '17:55 specialisations.0.requirements.kpi: "pints" is not a KPI of this program; did you mean "points"?',
      ],
    ],
    [
      '{ key: security, label: Security, requirements: { kpi: points, atLeast: 1 }, movement: { floor: security } }',
      [
        '17:94 specialisations.0.movement.floor: a specialisation is held or not; so that none is taken, write demote: never',
      ],
    ],
    ['{ key: security, label: Security }', ['17:5 specialisations.0.requirements: is missing']],
  ])('%s', (line, expected) => {
    expect(findings(text('{ id: more, kpi: points, atLeast: 4 }', `specialisations:\n  - ${line}`))).toEqual(
      expected,
    );
  });
});

describe('a ladder held by companies', () => {
  it('asks for figures of the company, also behind a score', () => {
    const tail = `  - { key: other, label: Other, beside: true, heldBy: company, tiers: [{ key: one, label: One, requirements: { any: [{ kpi: all, atLeast: 1 }, { kpi: points, atLeast: 4 }, { kpi: company, atLeast: 1 }] } }] }`;
    const kpis = `  company: { label: C, help: c, unit: number, rollUp: company, measure: { sum: fact.quantity } }
  all: { label: A, help: a, unit: points, score: { linear: { of: points, full: 1, points: 1 } } }
ladders:`;
    const found = findings(text('{ id: more, kpi: points, atLeast: 4 }', tail).replace('ladders:', kpis));
    const reason =
      'the tier is that of the company, and points counts the partner alone; give points rollUp: company';
    expect(found).toEqual([
      `18:120 ladders.1.tiers.0.requirements.any.0.kpi: ${reason}`,
      `18:146 ladders.1.tiers.0.requirements.any.1.kpi: ${reason}`,
    ]);
    const bound = tail.replace('{ any: [', '{ any: [{ kpi: company, atLeast: { kpi: points } }, ');
    expect(
      findings(text('{ id: more, kpi: points, atLeast: 4 }', bound).replace('ladders:', kpis)),
    ).toContain(`18:145 ladders.1.tiers.0.requirements.any.0.atLeast.kpi: ${reason}`);
  });

  it('are told from those of partners, whose own figures are not measured against the whole company', () => {
    const kpis = `  company: { label: C, help: c, unit: number, rollUp: company, measure: { sum: fact.quantity } }
  both: { label: B, help: b, unit: points, score: { sum: [company, points] } }
ladders:`;
    const compared = (kpi: string) =>
      findings(text(`{ id: more, kpi: points, atLeast: { kpi: ${kpi} } }`, '').replace('ladders:', kpis));
    expect(compared('company')).toContainEqual(
      expect.stringMatching(
        /atLeast\.kpi: compares figures of the company \(company\) with those of the partner alone \(points\)$/,
      ),
    );
    // A score that mixes them is told once, at the score.
    expect(compared('both').filter((one) => one.includes('of the partner alone'))).toHaveLength(1);
  });
});
