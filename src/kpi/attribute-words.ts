import { aggregateOf } from '../program/check/kpi.ts';
import type { MeasureDefinition } from '../program/schema/kpi.ts';

/** What people call the attributes of records, in sentences about one record. */

const own: Readonly<Record<string, string>> = {
  closeOn: 'close date',
  convertedOn: 'conversion date',
  createdAt: 'creation date',
  deliveredAt: 'delivery date',
  acceptedAt: 'acceptance date',
  registeredAt: 'registration date',
  openedAt: 'opening date',
  closedAt: 'closing date',
  startedOn: 'start date',
  endedOn: 'end date',
  leftOn: 'last day',
  issuedOn: 'issue date',
  expiresOn: 'expiry date',
  occurredOn: 'date',
  employees: 'number of employees',
  types: 'partner type',
};

/** "customer.extra.marketSegment" as "customer's market segment", "closeOn" as "close date". */
export function pathWords(path: string): string {
  const names = path.split('.').filter((name) => name !== 'extra');
  return names.map((name) => own[name] ?? nameWords(name)).join("'s ");
}

/** The name of an attribute as people write it: "marketSegment" as "market segment". */
export function nameWords(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, ' $&').toLowerCase();
}

/** The attributes of a record that have to be filled for what a measure takes of it: "amount", "opening date or closing date". */
export function valueWords(measure: MeasureDefinition): string {
  const { value } = aggregateOf(measure)!;
  if (typeof value === 'object' && 'of' in value) {
    const { daysFrom, hoursFrom, monthsSince, daysSince, to } = value;
    return eitherOf([daysFrom, hoursFrom, monthsSince, daysSince, to]);
  }
  return eitherOf([value].flat().map((path) => path.slice(path.indexOf('.') + 1)));
}

/** The dates of a record that have to be filled for it to count: "close date". */
export function dateWords({ window, times, rate }: MeasureDefinition): string {
  const windows = [window ?? []].flat().flatMap((one) => one.any ?? [one]);
  const dates = eitherOf([
    ...windows.map(({ by }) => by),
    ...[times ?? []].flat().map(({ dated }) => dated),
    rate?.by,
  ]);
  return dates === '' ? 'date' : dates;
}

function eitherOf(paths: readonly (string | undefined)[]): string {
  const words = paths.filter((path) => path !== undefined).map(pathWords);
  return [...new Set(words)].join(' or ');
}
