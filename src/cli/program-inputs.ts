import { z } from 'zod';
import { recordName } from '../kpi/record-count.ts';
import type { Program } from '../program/load.ts';
import type { CalendarDefinition } from '../program/schema/calendar.ts';
import type { CertificateCode } from '../program/schema/certificate.ts';
import type { TableContents } from '../program/schema/table.ts';
import { versionsOf } from '../program/tables.ts';

/** What the figures of a program look up and rest on: tables, the catalogue of certificates, how late data may be. */

export const inputsSchema = z
  .strictObject({
    tables: z
      .array(
        z.strictObject({
          table: z.string().describe('Key of the table.'),
          label: z.string(),
          help: z.string().nullable().describe('What it says, in a sentence; null for nothing.'),
          versions: z
            .array(
              z.strictObject({
                from: z.string().nullable().describe('First day of the version; null where it always holds.'),
                values: z.array(z.string()).describe('What it has for what, a line each.'),
              }),
            )
            .describe('The earliest first.'),
          missing: z
            .enum(['leaveOut', 'refuse'])
            .describe(
              'What a record that it has no value for means: it does not count, or there is no figure.',
            ),
        }),
      )
      .describe('What measures multiply by.'),
    certificates: z.array(z.string()).describe('What the catalogue says of certificates, a sentence each.'),
    calendars: z.array(z.string()).describe('When business calendars are open and closed, a sentence each.'),
    freshness: z
      .array(z.string())
      .describe('How late data may be before figures are provisional, a sentence each.'),
    attributes: z.array(z.string()).describe('What attributes of your own are read as, a line each.'),
  })
  .describe('What figures look up and rest on.');

export type InputsOutline = z.infer<typeof inputsSchema>;

export function inputsOf(program: Program): InputsOutline {
  const { tables, freshness, attributes } = program;
  const { default: limit, factKinds = {}, ...entities } = freshness;
  return {
    tables: Object.entries(tables).map(([table, definition]) => ({
      table,
      label: definition.label ?? table,
      help: definition.help ?? null,
      versions: versionsOf(definition).map(({ from, ...contents }) => ({
        from,
        values: valueLines(program, contents),
      })),
      missing: definition.missing,
    })),
    certificates: certificateLines(program),
    calendars: Object.entries(program.calendars).map(([key, calendar]) =>
      calendarLine(program, key, calendar),
    ),
    freshness: [
      `Data may be ${limit} late.`,
      ...Object.entries(entities).map(([entity, days]) => `Of ${recordName(2, entity)}: ${days}.`),
      ...Object.entries(factKinds).map(([kind, days]) => `Of facts "${kind}": ${days}.`),
    ],
    attributes: Object.entries(attributes).map(([attribute, type]) => `${attribute} is a ${type}`),
  };
}

function valueLines(
  { regions }: Program,
  { entries, regions: byRegion, bands, otherwise }: TableContents,
): string[] {
  const region = (key: string) => regions?.list.find((one) => one.key === key)?.label ?? key;
  return [
    ...Object.entries(entries ?? {}).map(([key, value]) => `${key}: ${value}`),
    ...Object.entries(byRegion ?? {}).map(([key, value]) => `in ${region(key)}: ${value}`),
    ...(bands ?? []).map(({ from, value }) => `from ${from}: ${value}`),
    ...(otherwise === undefined ? [] : [`everything else: ${otherwise}`]),
  ];
}

/** "Support desk (support): open on monday and tuesday from 08:00 to 17:00, Europe/Stockholm; closed on 12 days up to 2026-12-26." */
function calendarLine(
  { regions: all }: Program,
  key: string,
  { label, timeZone, open, holidays }: CalendarDefinition,
): string {
  const hours = open.map(({ days, from, to }) => `on ${days.join(', ')} from ${from} to ${to}`);
  const closed = holidays.map(({ on, countries, regions }) => {
    const places = regions?.map((one) => all?.list.find((region) => region.key === one)?.label ?? one);
    const whose = countries ?? places;
    const days = on.length === 1 ? `on ${on[0]}` : `on ${on.length} days up to ${[...on].sort().at(-1)}`;
    return `; closed ${days}${whose === undefined ? '' : ` for partners in ${whose.join(', ')}`}`;
  });
  const name = label === undefined ? key : `${label} (${key})`;
  return `${name}: open ${hours.join('; ')}, on the clock of ${timeZone}${closed.join('')}.`;
}

function certificateLines({ certificates, regions }: Program): string[] {
  if (certificates === undefined) return [];
  const region = (key: string) => regions?.list.find((one) => one.key === key)?.label ?? key;
  return [
    ...Object.entries(certificates.codes).map(
      ([code, one]) =>
        `${one.label === undefined ? code : `${code} (${one.label})`}: ${codeWords(one, region)}.`,
    ),
    ...Object.entries(certificates.lines).map(
      ([line, { counting, versions }]) =>
        `${line}: ${counting === 1 ? 'the last version counts' : `the last ${counting} versions count`}, of ${versions
          .map(({ version, from }) => `${version} (${from})`)
          .join(', ')}.`,
    ),
    certificates.unlisted === 'leaveOut'
      ? 'Certificates with another code do not count.'
      : 'Certificates with another code count as well.',
  ];
}

function codeWords(code: CertificateCode, region: (key: string) => string): string {
  const { retiredOn, countsFor, countsThrough, replacedBy, line, version, regions } = code;
  const goesOn =
    countsFor !== undefined
      ? `, and counts for ${countsFor} after that`
      : countsThrough === undefined
        ? ''
        : `, and counts through ${countsThrough}`;
  const parts = [
    ...(retiredOn === undefined ? [] : [`retired on ${retiredOn}${goesOn}`]),
    ...(replacedBy === undefined ? [] : [`replaced by ${replacedBy}`]),
    ...(line === undefined ? [] : [`of ${line}${version === undefined ? '' : ` ${version}`}`]),
    ...(regions === undefined ? [] : [`counts in ${regions.map(region).join(', ')} only`]),
  ];
  return parts.length === 0 ? 'counts' : parts.join('; ');
}
