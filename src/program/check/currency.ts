import type { MeasureDefinition, WindowDefinition } from '../schema/kpi.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import { thresholdValue } from '../threshold.ts';
import type { Report } from './check.ts';
import type { FilterTarget } from './filter.ts';
import { checkDateAttribute } from './length.ts';

/** Reports rates that are not in the order of their days. */
export function checkCurrency(report: Report, { currency }: ProgramDefinition): void {
  for (const [code, rates] of Object.entries(currency.rates)) {
    if (!Array.isArray(rates)) continue;
    rates.forEach(({ from }, index) => {
      const before = rates[index - 1];
      if (before !== undefined && before.from >= from) {
        const path: PathKey[] = ['currency', 'rates', code, index, 'from'];
        report('PROGRAM_WRONG_ORDER', path, `is not after ${before.from}; the earliest is first`);
      }
    });
  }
}

/** Reports an amount in a currency that the program has no one rate for; returns whether there is one. */
export function checkCurrencyOf(
  report: Report,
  { currency }: Pick<ProgramDefinition, 'currency'>,
  figure: string | number,
  path: PathKey[],
): boolean {
  if (thresholdValue({ currency }, figure) !== undefined) return true;
  const code = String(figure).split(' ')[1]!;
  const known = [currency.code, ...Object.keys(currency.rates)].join(', ');
  const reason = Object.hasOwn(currency.rates, code)
    ? `the rates of ${code} are by date; write the threshold in ${currency.code}`
    : `the program has no rate for ${code}; it knows ${known}`;
  report('PROGRAM_UNKNOWN_CURRENCY', path, reason, ['currency']);
  return false;
}

/** Reports what is wrong with the day whose rates a measure takes. */
export function checkRate(
  report: Report,
  measure: MeasureDefinition,
  { entity, program, path }: FilterTarget & { path: PathKey[] },
): void {
  const { rate } = measure;
  if (rate === undefined) return;
  const at = [...path, 'rate'];
  if ((rate.by === undefined) === (rate.at === undefined)) {
    report('PROGRAM_NOT_ONE_OF', at, 'is either by a date of the record, or at evaluation or windowEnd');
    return;
  }
  if (!Object.values(program.currency.rates).some(Array.isArray))
    report('PROGRAM_MISSING_PART', at, 'no rate of the program is by date', ['currency']);
  if (rate.by !== undefined)
    checkDateAttribute(report, { entity, program, text: rate.by, path: [...at, 'by'] });
  const ends = [measure.window ?? []].flat().some(hasEnd);
  if (rate.at === 'windowEnd' && !ends)
    report(
      'PROGRAM_INCOMPLETE',
      [...at, 'at'],
      'needs a window with an end: last, lastFull, current or previous',
    );
}

/** Whether a window ends on a day that is over. */
export function hasEnd({ last, lastFull, current, previous }: WindowDefinition): boolean {
  return (last ?? lastFull ?? current ?? previous) !== undefined;
}
