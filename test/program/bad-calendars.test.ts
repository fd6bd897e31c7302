import { describe, expect, it } from '@jest/globals';
import { parseProgram } from '../../src/program/load.ts';

/** A program with a business calendar that is right; each case breaks one line of it. */
const good = `name: test
title: Test
version: '1'
validFrom: 2026-01-01
timeZone: UTC
currency: { code: USD }
partnerTypes: [{ key: reseller, label: Reseller }]
regions: { list: [{ key: nordics, label: Nordics, countries: [SE] }] }
calendars:
  desk:
    label: Support desk
    timeZone: Europe/Stockholm
    open: [{ days: [monday, tuesday], from: 08:00, to: 12:00 }, { days: [tuesday], from: 12:00 }]
    holidays: [{ on: [2026-12-25] }, { on: [2027-06-06], regions: [nordics] }]
kpis:
  answer:
    label: Answer
    help: A.
    unit: hours
    measure: { median: { of: case, hoursFrom: openedAt, to: closedAt, calendar: desk }, window: { next: 90 days, by: closedAt } }
`;

function findings(text: string, now: string | null = null): string[] {
  return parseProgram(text, 'test.yaml', now === null ? null : Date.parse(now)).findings.map(
    ({ code, path, reason }) => `${code} ${path}: ${reason}`,
  );
}

describe('program check of business calendars', () => {
  it('has nothing against a sound file', () => {
    expect(findings(good)).toEqual([]);
  });

  it.each([
    [
      'Europe/Stockholm',
      'Stockholm',
      'PROGRAM_UNKNOWN_TIME_ZONE calendars.desk.timeZone: "Stockholm" is not a time zone',
    ],
    [
      'to: 12:00',
      'to: 08:00',
      'PROGRAM_CONTRADICTION calendars.desk.open.0: it would close at 08:00, before it opens at 08:00',
    ],
    [
      'from: 12:00',
      'from: 11:59',
      'PROGRAM_DUPLICATE calendars.desk.open.1: on tuesday it is open from 08:00 to 12:00 already',
    ],
    [
      'to: 12:00',
      'to: 25:00',
      'PROGRAM_WRONG_VALUE calendars.desk.open.0.to: a time of the day is written like 08:30',
    ],
    [
      '[2026-12-25]',
      '[2026-12-25, 2026-12-25]',
      'PROGRAM_DUPLICATE calendars.desk.holidays.0.on.1: 2026-12-25 is there twice',
    ],
    [
      'regions: [nordics]',
      'regions: [nordic]',
      'PROGRAM_UNKNOWN_REGION calendars.desk.holidays.1.regions.0: "nordic" is not a region; did you mean "nordics"?',
    ],
    [
      'regions: [nordics]',
      'countries: [SE, " "]',
      'PROGRAM_WRONG_VALUE calendars.desk.holidays.1.countries.1: a country is not blank',
    ],
    [
      'regions: [nordics]',
      'regions: [nordics], countries: [SE]',
      'PROGRAM_NOT_ONE_OF calendars.desk.holidays.1: holidays are of countries or of regions, not both',
    ],
    [
      'regions: { list: [{ key: nordics, label: Nordics, countries: [SE] }] }\n',
      '',
      'PROGRAM_MISSING_PART calendars.desk.holidays.1.regions: the program has no regions',
    ],
    ['calendar: desk', 'calendar: "Support desk"', 'PROGRAM_WRONG_VALUE kpis.answer.measure.median'],
    [
      'calendar: desk',
      'calendar: disk',
      'PROGRAM_UNKNOWN_CALENDAR kpis.answer.measure.median.calendar: "disk" is not a calendar of the program; did you mean "desk"?',
    ],
    ['{ next:', '{ bad: 1, next:', 'PROGRAM_UNKNOWN_KEY'],
  ])('%s, written as %s', (from, to, expected) => {
    expect(good).toContain(from);
    expect(findings(good.replace(from, to))[0]).toContain(expected);
  });

  it.each([
    ['{ hoursFrom: openedAt, atMost: 8 }', 'PROGRAM_INCOMPLETE', 'hoursFrom needs "to", the later instant'],
    [
      '{ hoursFrom: openedAt, to: closedAt, is: 8 }',
      'PROGRAM_WRONG_TYPE',
      'a number of hours is compared with atLeast',
    ],
    [
      '{ hoursFrom: openedAt, to: closedAt, atMost: soon }',
      'PROGRAM_WRONG_TYPE',
      'must be a number of hours',
    ],
    [
      '{ hoursFrom: openedAt, daysFrom: openedAt, to: closedAt, atMost: 8 }',
      'PROGRAM_NOT_ONE_OF',
      'a condition is exactly one of',
    ],
    [
      '{ attribute: status, calendar: desk, is: open }',
      'PROGRAM_MISPLACED',
      'says something of daysFrom or hoursFrom only',
    ],
    [
      '{ hoursFrom: openedAt, to: closedAt, calendar: disk, atMost: 8 }',
      'PROGRAM_UNKNOWN_CALENDAR',
      '"disk" is not a calendar',
    ],
  ])('refuses the condition %s', (where, code, reason) => {
    const [found] = findings(good.replace(', window: { next', `, where: ${where}, window: { next`));
    expect(found).toContain(code);
    expect(found).toContain(reason);
  });

  it('warns of holidays that end before the days that figures look at, as of the day of the check', () => {
    const warning = (index: number, year: number, until: string) =>
      `PROGRAM_HOLIDAYS_END calendars.desk.holidays.${index}: they end with ${year}, and figures look at records up to ${until}: their holidays of later years are taken for business days; add them`;
    expect(findings(good, '2026-10-02T00:00:00Z')).toEqual([]);
    expect(findings(good, '2026-10-03T00:00:00Z')).toEqual([warning(0, 2026, '2027-01-01')]);
    expect(findings(good, '2028-01-01T00:00:00Z')).toEqual([
      warning(0, 2026, '2028-03-31'),
      warning(1, 2027, '2028-03-31'),
    ]);
    const longer = good.replace('[2026-12-25] }', '[2026-12-25] }, { on: [2029-01-01] }');
    expect(findings(longer, '2027-01-01T00:00:00Z')).toEqual([]);
  });
});
