/** How a program file writes a length of time. */

/** The most days that anything lasts: about 100 years. Days further off are none that a database can hold. */
export const mostDays = 36_500;

/** 1 to 9999 days, or months, quarters and years up to 100 years. */
const durations =
  '[1-9]\\d{0,3} days?|([1-9]\\d{0,2}|1[01]\\d{2}|1200) months?|([1-9]\\d?|[1-3]\\d{2}|400) quarters?|([1-9]\\d?|100) years?';

export const durationPattern = new RegExp(`^(${durations})$`);

/** How long a track is kept: a length of time, or to the end of a period. */
export const keepingPattern = new RegExp(`^(month|quarter|year|fiscalQuarter|fiscalYear|${durations})$`);

/** Why a text is no length of time. `rule` says how one is written. */
export function durationWords(
  { input }: { input?: unknown },
  rule = 'a length of time is written like "12 months" or "90 days"',
): string {
  const [, count, unit] = /^([1-9]\d*) (day|week|month|quarter|year)s?$/.exec(String(input)) ?? [];
  if (unit === undefined) return rule;
  const days = unit === 'day' ? Number(count) : unit === 'week' ? Number(count) * 7 : Infinity;
  if (days > mostDays) return 'a length of time is at most 100 years';
  const instead = days > 9999 ? `${Math.round(days / 365.25)} years` : `${days} days`;
  return unit === 'week'
    ? `a length of time has no weeks; write "${instead}"`
    : `at most 9999 days; write "${instead}"`;
}
