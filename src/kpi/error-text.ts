import { noEntryText, noRateText } from './need-text.ts';
import { recordName } from './record-count.ts';
import type { KpiError } from './types.ts';

/**
 * Why a figure could not be computed, in words. What is kept and what rules compare says of no record by name which one it is:
 * people rename records. (Default for `record`: one of its kind)
 */
export function errorText(error: KpiError, record = `a ${recordName(1, error.entity)}`): string {
  return [...(error.behind ?? []), reasonText(error, record)].join(': ');
}

function reasonText(error: KpiError, record: string): string {
  if (error.code === 'entry_missing')
    return `${record} cannot be counted: ${noEntryText(error.table, error.key)}`;
  const { currency, day } = error;
  const what = currency === null ? 'an amount without a currency' : `an amount in ${currency}`;
  return `${record} has ${what}, for which ${noRateText(day)}`;
}

/** The same error or reason one KPI further up, which is made of the one with this label. */
export function behind<Reason extends { behind?: readonly string[] }>(label: string, reason: Reason): Reason {
  return { ...reason, behind: [label, ...(reason.behind ?? [])] };
}
