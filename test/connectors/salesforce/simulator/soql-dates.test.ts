import { describe, expect, it } from '@jest/globals';
import { createSource } from './soql-source.ts';

const closing = (options: Parameters<typeof createSource>[0], ...days: string[]) => {
  const org = createSource(options);
  for (const day of days) org.add('Opportunity', { Name: day, CloseDate: day });
  return (where: string) => org.names('Opportunity', where);
};

describe('date literals on a Monday, 2026-11-23', () => {
  const every = Array.from({ length: 1300 }, (_, i) =>
    new Date(Date.UTC(2024, 11, 1) + i * 86_400_000).toISOString().slice(0, 10),
  );
  const days = closing({}, ...every);
  const spans: Array<[string, string, string]> = [
    ['YESTERDAY', '2026-11-22', '2026-11-22'],
    ['TODAY', '2026-11-23', '2026-11-23'],
    ['TOMORROW', '2026-11-24', '2026-11-24'],
    ['LAST_WEEK', '2026-11-15', '2026-11-21'],
    ['THIS_WEEK', '2026-11-22', '2026-11-28'],
    ['NEXT_WEEK', '2026-11-29', '2026-12-05'],
    ['LAST_MONTH', '2026-10-01', '2026-10-31'],
    ['THIS_MONTH', '2026-11-01', '2026-11-30'],
    ['NEXT_MONTH', '2026-12-01', '2026-12-31'],
    ['THIS_QUARTER', '2026-10-01', '2026-12-31'],
    ['LAST_QUARTER', '2026-07-01', '2026-09-30'],
    ['NEXT_QUARTER', '2027-01-01', '2027-03-31'],
    ['THIS_YEAR', '2026-01-01', '2026-12-31'],
    ['LAST_YEAR', '2025-01-01', '2025-12-31'],
    ['NEXT_YEAR', '2027-01-01', '2027-12-31'],
    ['LAST_90_DAYS', '2026-08-25', '2026-11-23'],
    ['NEXT_90_DAYS', '2026-11-24', '2027-02-21'],
    ['LAST_N_DAYS:1', '2026-11-22', '2026-11-23'],
    ['LAST_N_DAYS:0', '2026-11-23', '2026-11-23'],
    ['NEXT_N_DAYS:2', '2026-11-24', '2026-11-25'],
    ['N_DAYS_AGO:3', '2026-11-20', '2026-11-20'],
    ['LAST_N_WEEKS:2', '2026-11-08', '2026-11-21'],
    ['N_WEEKS_AGO:2', '2026-11-08', '2026-11-14'],
    ['NEXT_N_MONTHS:2', '2026-12-01', '2027-01-31'],
    ['LAST_N_MONTHS:3', '2026-08-01', '2026-10-31'],
    ['N_MONTHS_AGO:1', '2026-10-01', '2026-10-31'],
    ['LAST_N_QUARTERS:2', '2026-04-01', '2026-09-30'],
    ['N_YEARS_AGO:1', '2025-01-01', '2025-12-31'],
    ['THIS_FISCAL_YEAR', '2026-01-01', '2026-12-31'],
  ];

  it.each(spans)('%s goes from %s to %s', (literal, from, to) => {
    const found = days(`CloseDate = ${literal}`);
    expect([found[0], found.at(-1)]).toEqual([from, to]);
    expect(days(`CloseDate < ${literal}`).at(-1)).toBe(dayBefore(from));
    expect(days(`CloseDate > ${literal}`)[0]).toBe(dayAfter(to));
    expect(days(`CloseDate <= ${literal}`).at(-1)).toBe(to);
    expect(days(`CloseDate >= ${literal}`)[0]).toBe(from);
    expect(days(`CloseDate != ${literal}`)).toHaveLength(every.length - found.length);
  });

  it('joins literals in a list', () => {
    expect(days('CloseDate IN (TODAY, N_DAYS_AGO:2)')).toEqual(['2026-11-21', '2026-11-23']);
  });
});

const dayBefore = (day: string) => new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
const dayAfter = (day: string) => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);

describe('fiscal literals follow the org', () => {
  const days = closing(
    { fiscalYearStartMonth: 2 },
    ...['2026-01-31', '2026-02-01', '2026-10-31', '2026-11-01', '2027-01-31', '2027-02-01'],
  );

  it('in years and quarters', () => {
    expect(days('CloseDate = THIS_FISCAL_YEAR')).toEqual([
      '2026-02-01',
      '2026-10-31',
      '2026-11-01',
      '2027-01-31',
    ]);
    expect(days('CloseDate = THIS_FISCAL_QUARTER')).toEqual(['2026-11-01', '2027-01-31']);
    expect(days('CloseDate = NEXT_FISCAL_QUARTER')).toEqual(['2027-02-01']);
    expect(days('FISCAL_QUARTER(CloseDate) = 4')).toEqual(['2026-01-31', '2026-11-01', '2027-01-31']);
    expect(days('FISCAL_YEAR(CloseDate) = 2027 AND FISCAL_MONTH(CloseDate) = 1')).toEqual(['2026-02-01']);
  });
});

describe('date-times', () => {
  const stamps = ['2026-11-22T23:30:00Z', '2026-11-23T00:30:00Z', '2026-11-23T09:00:00Z'];
  const at = (timeZone: string) => {
    const org = createSource({ timeZone });
    for (const stamp of stamps) org.add('Account', { Name: stamp, CreatedDate: Date.parse(stamp) });
    return (where: string) => org.names('Account', where);
  };

  it('compare as instants whatever their offset', () => {
    const found = at('UTC');
    expect(found('CreatedDate = 2026-11-23T01:30:00+01:00')).toEqual([stamps[1]]);
    expect(found('CreatedDate >= 2026-11-22T19:30:00-05:00')).toEqual([stamps[1], stamps[2]]);
    expect(found('CreatedDate < 2026-11-23T00:30:00.000Z')).toEqual([stamps[0]]);
  });

  it("take a literal's days in the caller's time zone", () => {
    expect(at('UTC')('CreatedDate = TODAY')).toEqual([stamps[1], stamps[2]]);
    expect(at('Europe/Berlin')('CreatedDate = TODAY')).toEqual(stamps);
    expect(at('America/New_York')('CreatedDate = TODAY')).toEqual([stamps[2]]);
    expect(at('America/New_York')('CreatedDate = YESTERDAY')).toEqual([stamps[0], stamps[1]]);
  });

  it('give their parts in UTC, or in the zone of the caller when converted', () => {
    expect(at('UTC')('DAY_ONLY(CreatedDate) = 2026-11-22')).toEqual([stamps[0]]);
    expect(at('Europe/Berlin')('DAY_ONLY(convertTimezone(CreatedDate)) = 2026-11-22')).toEqual([]);
    expect(at('Europe/Berlin')('HOUR_IN_DAY(convertTimezone(CreatedDate)) = 10')).toEqual([stamps[2]]);
    expect(at('UTC')('DAY_IN_WEEK(CreatedDate) = 2')).toEqual([stamps[1], stamps[2]]);
    expect(at('UTC')('CALENDAR_YEAR(CreatedDate) = 2026 AND CALENDAR_MONTH(CreatedDate) = 11')).toEqual(
      stamps,
    );
  });
});

describe('values of the wrong kind', () => {
  const org = createSource();

  it.each([
    ['CreatedDate', "'2026-11-23T00:00:00Z'", 'dateTime and should not be enclosed in quotes'],
    ['CreatedDate', '2026-11-23', 'dateTime and should not be enclosed in quotes'],
    ['AnnualRevenue', "'5'", 'double and should not be enclosed in quotes'],
    ['Name', '5', 'string and should be enclosed in quotes'],
    ['IsDeleted', "'true'", 'boolean and should not be enclosed in quotes'],
    ['OwnerId', '5', 'ID and should be enclosed in quotes'],
  ])('are refused: %s = %s', (field, value, wording) => {
    const refused = org.refusal(`SELECT Id FROM Account WHERE ${field} = ${value}`);
    expect(refused.code).toBe('INVALID_FIELD');
    expect(refused.message).toContain(
      `value of filter criterion for field '${field}' must be of type ${wording}`,
    );
  });

  it.each(['2026-02-30', '2026-13-01'])('are refused: the date %s', (day) => {
    expect(org.refusal(`SELECT Id FROM Opportunity WHERE CloseDate = ${day}`).code).toBe('MALFORMED_QUERY');
  });
});
