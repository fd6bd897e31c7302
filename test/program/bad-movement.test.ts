import { describe, expect, it } from '@jest/globals';
import { parseProgram } from '../../src/program/load.ts';

/** A sound program with the lines given in place of the markers. */
function text({
  head = '',
  tiers = '',
  movement = '',
}: {
  head?: string;
  tiers?: string;
  movement?: string;
}) {
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
      - { key: gold, label: Gold, requirements: [{ kpi: points, atLeast: 30 }]${tiers} }
    movement: { ${movement} }
${head}
`;
}

function findings(parts: Parameters<typeof text>[0]): string[] {
  const result = parseProgram(text(parts), 'test.yaml');
  return result.findings.map(({ line, column, path, reason }) => `${line}:${column} ${path}: ${reason}`);
}

describe('approvals that make no sense', () => {
  it.each([
    ['{}', '17:1 approval: nothing waits by this; give downShare, upShare or always, or leave it out'],
    [
      '{ downShare: 5 %, always: down }',
      '17:13 approval.downShare: says nothing beside "always: down", by which every one waits; leave one of them out',
    ],
    [
      '{ upShare: 100 % }',
      '17:13 approval.upShare: nobody ever waits: more than all partners cannot move; give less than 100 %',
    ],
    ['{ downShare: 5 }', '17:13 approval.downShare: a share is written like 5 % or 2.5 %'],
    [
      '{ downShar: 5 % }',
      '17:13 approval.downShar: "downShar" is not a known key; did you mean "downShare"?',
    ],
    ['{ always: never }', '17:13 approval.always: has to be one of down, up, both'],
  ])('approval: %s', (approval, expected) => {
    expect(findings({ head: `approval: ${approval}` })).toContain(expected);
  });

  it('are wanted where no ladder is', () => {
    const bare = text({}).replace(/ladders:[\s\S]*/, 'approval: { always: down }\n');
    const { findings: found } = parseProgram(bare, 'test.yaml');
    expect(found.map(({ reason }) => reason)).toEqual([
      'there is nothing to approve in a program without ladders; leave it out',
    ]);
  });
});

describe('days of grace where reviews take tiers', () => {
  it.each([
    ['review: year, grace: { days: 60 }', 60, 366],
    ['review: month, grace: { days: 10 }', 10, 31],
    [
      'promote: at_review, review: { promotions: month, demotions: { on: [01-31] } }, grace: { days: 183 }',
      183,
      366,
    ],
    ['review: { on: [01-01, 01-31, 12-01] }, grace: { days: 31 }', 31, 335],
  ])('%s is told how long they can last, and what to write instead', (movement, days, longest) => {
    const [found, ...others] = findings({ movement });
    expect(found).toMatch(
      `ladders.0.movement.grace: a tier is lost at a review only, so that these ${days} days can last ${longest} days after the warning; for ${days} days write grace: { reviews: 0 } and inForceAfter: ${days} days in the review`,
    );
    expect(others).toEqual([]);
  });

  it.each([
    'review: year, grace: { days: 184 }',
    'review: quarter, grace: { days: 60 }',
    'review: day, grace: { days: 30 }',
    'review: month, grace: { days: 61 }',
    'demote: immediately, review: year, grace: { days: 60 }',
    'review: { every: year, inForceAfter: 60 days }, grace: { reviews: 0 }',
  ])('%s is sound', (movement) => {
    expect(findings({ movement })).toEqual([]);
  });
});

describe('review calendars that make no sense', () => {
  it.each([
    'review: { promotions: month, demotions: { on: [02-01] } }',
    'promote: at_review, demote: never, review: { promotions: month, demotions: year }',
  ])('%s is sound once what is advised is done', (movement) => {
    const [found, ...others] = findings({ movement });
    const remedy = /write (review: (?:\w+|\{.*\}))/.exec(found!)![1]!;
    expect(others).toEqual([]);
    expect(findings({ movement: movement.replace(/review: \{.*\}/, remedy) })).toEqual([]);
  });

  it.each([
    ['review: weekly', '16:17 ladders.0.movement.review: has to be one of day, month, '],
    ['review: {}', 'reviews are held either "every" period or "on" days of the year'],
    [
      'review: { every: year, on: [01-01] }',
      'reviews are held either "every" period or "on" days of the year',
    ],
    ['review: { on: [02-30] }', '02-30 is no day of the year'],
    ['review: { every: weekly }', '16:27 ladders.0.movement.review.every: has to be one of day, month, '],
    [
      'promote: at_review, review: { promotions: month }',
      '16:37 ladders.0.movement.review: says nothing of demotions; where the two are apart, each has its reviews',
    ],
    [
      'promote: at_review, review: { every: month, promotions: month, demotions: year }',
      '16:47 ladders.0.movement.review.every: promotions and demotions each have their own; put it into them',
    ],
    [
      'promote: at_review, review: { promotions: month, demotions: { every: month } }',
      'ladders.0.movement.review: promotions and demotions have the same reviews; say them once',
    ],
    [
      'review: { promotions: month, demotions: year }',
      'ladders.0.movement.review.promotions: says nothing beside "promote: immediately"; write review: year, or promote: at_review',
    ],
    [
      'promote: at_review, demote: never, review: { promotions: month, demotions: year }',
      'ladders.0.movement.review.demotions: says nothing beside "demote: never", by which no tier is lost; write review: month',
    ],
    [
      'review: { promotions: month, demotions: { on: [02-01] } }',
      'ladders.0.movement.review.promotions: says nothing beside "promote: immediately"; write review: { on: [ 02-01 ] }, or promote: at_review',
    ],
    [
      'promote: at_review, review: { promotions: month, demotions: { on: [02-30] } }',
      'ladders.0.movement.review.demotions.on.0: 02-30 is no day of the year',
    ],
    [
      'promote: at_review, review: { promotions: monthly, demotions: year }',
      'ladders.0.movement.review.promotions: has to be one of day, month, ',
    ],
    [
      'promote: at_review, review: { promotion: month, demotions: year }',
      'ladders.0.movement.review.promotion: "promotion" is not a known key; did you mean "promotions"?',
    ],
    [
      'promote: at_review, review: { promotions: month, demotions: { every: year, inForceAfter: 2 months } }',
      'what is decided on 2027-01-01 would hold from 2027-03-01, after the next review (2027-02-01)',
    ],
    [
      'demote: immediately, promote: at_review, review: { promotions: month, demotions: { every: year, inForceAfter: 10 days } }',
      'nothing is decided at these reviews; leave it out, or write demote: at_review',
    ],
    [
      'review: { every: year, onAnniversaryOf: startedOnn }',
      '16:40 ladders.0.movement.review.onAnniversaryOf: "startedOnn" is not an attribute of partner; did you mean "startedOn"?',
    ],
    [
      'review: { every: year, onAnniversaryOf: extra.signedOn }',
      '"extra.signedOn" is no date; say attributes: { partner.extra.signedOn: date }',
    ],
    ['review: { every: year, onAnniversaryOf: country }', '"country" is no date'],
    [
      'review: { every: year, onAnniversaryOf: parent.startedOn }',
      '"parent.startedOn" is not the partner\'s own attribute',
    ],
    [
      'review: { every: year, day: 3, onAnniversaryOf: startedOn }',
      'review.day: the date of the partner says which day it is; leave it out',
    ],
    [
      'review: { every: fiscalYear, onAnniversaryOf: startedOn }',
      'review.every: anniversaries come each month, quarter, halfYear or year',
    ],
    [
      'review: { on: [01-31], onAnniversaryOf: startedOn }',
      'review.onAnniversaryOf: says nothing beside "on", which names days of the calendar; write every: year instead',
    ],
    [
      'promote: at_review, review: { onAnniversaryOf: startedOn, promotions: month, demotions: year }',
      'review.onAnniversaryOf: promotions and demotions each have their own; put it into them',
    ],
    [
      'promote: at_review, review: { promotions: month, demotions: { every: year, onAnniversaryOf: startedOnn } }',
      'review.demotions.onAnniversaryOf: "startedOnn" is not an attribute of partner; did you mean "startedOn"?',
    ],
    [
      'promote: at_review, review: { promotions: { every: month, onAnniversaryOf: startedOn }, demotions: { every: year, onAnniversaryOf: tierSince } }',
      'review: promotions are counted from startedOn and demotions from tierSince; count both from one date, or hold one of them on days of the calendar',
    ],
    [
      'promote: at_review, review: { promotions: month, demotions: { every: year, onAnniversaryOf: tierSince, inForceAfter: 10 days } }',
      'review.demotions.inForceAfter: an anniversary may be the day before a review of the other direction',
    ],
    [
      'review: { every: month, onAnniversaryOf: startedOn, inForceAfter: 2 months }',
      'would hold from 2027-03-01, after the next review',
    ],
    ['review: { on: [1-1] }', 'a day of the year is written like 01-31, the month first'],
    ['review: { on: [01-01, 01-01] }', '01-01 is there twice'],
    ['review: { on: [01-01], day: 3 }', 'says nothing beside "on", which names whole days; leave it out'],
    ['review: { every: day, day: 3 }', 'every day is a review; leave it out, or write every: month'],
    ['review: { every: month, dayy: 3 }', '"dayy" is not a known key; did you mean "day"?'],
    [
      'review: { every: year, cancel: never }',
      'what is decided holds at once; leave it out, or give inForceAfter',
    ],
    [
      'review: { every: year, inForceAfter: soon }',
      'a length of time is written like "12 months" or "90 days"',
    ],
    [
      'review: { every: quarter, inForceAfter: 4 months }',
      'what is decided on 2027-01-01 would hold from 2027-05-01, after the next review (2027-04-01)',
    ],
    [
      'review: { every: year, inForceAfter: 1 month, cancel: never }',
      'who recovers would lose the tier and get it back on the same day; write promote: at_review, or cancel: recovered',
    ],
    [
      'demote: never, review: { every: year, inForceAfter: 1 month }',
      'nothing is decided at reviews; leave it out, or write promote: at_review',
    ],
  ])('%s', (movement, expected) => {
    const found = findings({ movement });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
    expect(found[0]).toMatch(/^16:\d+ ladders\.(main|0)\.movement/);
  });

  it.each([
    'review: day',
    'review: { every: month, day: 31 }',
    'review: { on: [02-29, 08-31], inForceAfter: 30 days }',
    'promote: at_review, review: { every: year, inForceAfter: 1 month, cancel: never }',
  ])('%s is sound', (movement) => {
    expect(findings({ movement })).toEqual([]);
  });
});

describe('policies that make no sense', () => {
  it.each([
    ['demote: never, lock: { for: 12 months }', 'lock: says nothing beside "demote: never"'],
    ['demote: never, noLossBefore: 2027-01-01', 'noLossBefore: says nothing beside "demote: never"'],
    ['demote: never, floor: silver', 'floor: says nothing beside "demote: never"'],
    ['demote: immediately, grace: { reviews: 1 }', 'nothing waits for reviews; write grace: { days: 30 }'],
    ['demote: sometimes', 'has to be one of at_review, immediately, never'],
    ['lock: {}', 'lock: nothing is kept by this; give "for", "until" or both, or leave it out'],
    ['lock: { until: 04-31 }', 'lock.until: 04-31 is no day of the year'],
    ['lock: { form: 1 year }', '"form" is not a known key; did you mean "for"?'],
    ['minimumTenure: long', 'a length of time is written like "12 months" or "90 days"'],
    ['stepsUp: 2', 'stepsUp: the ladder has 2 tiers, so that this limits nobody; leave it out'],
  ])('%s', (movement, expected) => {
    const found = findings({ movement });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it.each([
    'demote: immediately',
    'demote: immediately, grace: { days: 30 }',
    'lock: { for: 6 months, until: 01-01 }, minimumTenure: 90 days, stepsUp: 1',
  ])('%s is sound', (movement) => {
    expect(findings({ movement })).toEqual([]);
  });
});

describe('times that tiers ask for', () => {
  const platinum = (tenure: string, more: { movement?: string } = {}) =>
    findings({
      tiers: ` }
      - { key: platinum, label: Platinum, minimumTenure: ${tenure}, requirements: { kpi: points, atLeast: 90 }`,
      ...more,
    });

  it.each([
    ['{}', 'minimumTenure: asks for no time; give "inProgram", "inTierBelow" or both, or leave it out'],
    ['{ inTier: 1 year }', '"inTier" is not a known key; the keys here are inProgram, inTierBelow'],
    ['{ inProgram: long }', 'a length of time is written like "12 months" or "90 days"'],
  ])('%s', (tenure, expected) => {
    const found = platinum(tenure);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it('are for a tier below only where there is one', () => {
    const head =
      'specialisations: [{ key: a, label: A, requirements: { kpi: points, atLeast: 3 }, minimumTenure: { inTierBelow: 1 year } }]';
    expect(findings({ head })).toContainEqual(expect.stringContaining('"inTierBelow" is not a known key'));
    const lowest = `
  - { key: other, label: Other, beside: true, tiers: [{ key: one, label: One, minimumTenure: { inTierBelow: 1 year } }] }`;
    expect(findings({ movement: `}${lowest}`.slice(0, -1) })).toEqual([
      expect.stringContaining(
        'ladders.1.tiers.0.minimumTenure.inTierBelow: One is the lowest tier, so that there is none below it',
      ),
    ]);
  });

  it('say nothing where a lower tier asks for as long', () => {
    const titan = (inProgram: string) =>
      platinum(`{ inProgram: 1 year }, requirements: { kpi: points, atLeast: 90 } }
      - { key: titan, label: Titan, minimumTenure: { inProgram: ${inProgram} }`);
    const reason =
      'ladders.0.tiers.3.minimumTenure.inProgram: Platinum below it takes 1 year in the program already, and who rises passes it; ask for more, or leave it out';
    expect(titan('12 months')).toContainEqual(expect.stringContaining(reason));
    expect(titan('365 days')).toContainEqual(expect.stringContaining(reason));
    expect(titan('366 days')).not.toContainEqual(expect.stringContaining('minimumTenure'));
    expect(titan('2 years')).not.toContainEqual(expect.stringContaining('minimumTenure'));
  });

  it('take the place of the time of the ladder', () => {
    const movement = 'minimumTenure: 6 months';
    expect(platinum('{ inTierBelow: 1 year }', { movement })).toEqual([]);
    const both = { tiers: ', minimumTenure: { inProgram: 1 year }', movement };
    expect(findings(both)).toEqual([
      expect.stringContaining(
        'movement.minimumTenure: each tier above the lowest says its own time, which counts instead; leave it out',
      ),
    ]);
  });
});

describe('requirements to keep a tier', () => {
  it.each([
    [
      'keepRequirements: [{ kpi: points, atLeast: 40 }]',
      'Gold is reached with points at least 30 and kept only with at least 40; ask for less to keep it',
    ],
    [
      'keepRequirements: [{ kpi: points, atLeast: 20 }, { id: less, kpi: points, lessThan: 10 }]',
      'nobody can keep Gold: points cannot be at least 20 and less than 10 at once',
    ],
    [
      'keepRequirements: [{ kpi: pionts, atLeast: 20 }]',
      '"pionts" is not a KPI of this program; did you mean "points"?',
    ],
    ['keepRequirement: [{ kpi: points, atLeast: 20 }]', 'did you mean "keepRequirements"?'],
  ])('%s', (keep, expected) => {
    const found = findings({ tiers: `, ${keep}` });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it('are sound where they ask for less, or for something else', () => {
    expect(findings({ tiers: ', keepRequirements: [{ kpi: points, atLeast: 20 }]' })).toEqual([]);
    expect(findings({ tiers: ', keepRequirements: { not: { kpi: points, atLeast: 90 } }' })).toEqual([]);
  });

  it('are refused for a tier that asks for nothing', () => {
    const program = text({}).replace(
      'label: Silver }',
      'label: Silver, keepRequirements: [{ kpi: points, atLeast: 1 }] }',
    );
    const { findings: found } = parseProgram(program, 'test.yaml');
    expect(found.map(({ reason }) => reason)).toEqual([
      'everybody reaches Silver, which asks for nothing; write them as its requirements',
    ]);
  });
});

describe('requirements for a fact', () => {
  const asking = (requirement: string) =>
    parseProgram(
      text({}).replace('[{ kpi: points, atLeast: 30 }]', `[{ kpi: points, atLeast: 30 }, ${requirement}]`),
      'test.yaml',
    ).findings.map(({ reason }) => reason);

  it.each([
    [
      '{ id: both, fact: plan, kpi: points, atLeast: 1 }',
      'a requirement is exactly one of all, any, atLeastOf, not, kpi, partner, fact, holds, specialisations',
    ],
    ['{ noFact: plan }', '"noFact" is not a known key; did you mean "fact"?'],
    ['{ fact: 3 }', 'has to be a text; here is 3'],
  ])('%s', (requirement, expected) => {
    expect(asking(requirement)).toEqual([expected]);
  });

  it('are sound alone, in a choice and denied', () => {
    expect(asking('{ fact: plan }')).toEqual([]);
    expect(asking('{ any: [{ fact: plan }, { not: { fact: complaint } }] }')).toEqual([]);
  });
});
