import { z } from 'zod';
import { findPartner } from '../../../app/partners.ts';
import type { App } from '../../../app.ts';
import { TierlinkError } from '../../../errors.ts';
import { namedErrors } from '../../../kpi/error-records.ts';
import { rankText } from '../../../kpi/rank/words.ts';
import { readKpis } from '../../../kpi/read.ts';
import { type KpiRecord, kpiRecords } from '../../../kpi/records.ts';
import { scoreLines } from '../../../kpi/score/words.ts';
import { knownId } from '../../../model/record-id.ts';
import { exact, toDecimal } from '../../../program/exact.ts';
import type { Program } from '../../../program/load.ts';
import { keyNamed, namedKpis } from '../../../program/names.ts';
import { isMeasured } from '../../../program/score-parts.ts';
import { defineCommand } from '../../command.ts';
import { formatFigure, withSeparators } from '../../figure.ts';
import { noteOnFigure } from '../../figure-note.ts';
import { switchFlag } from '../../flags.ts';
import { formatCount, formatMany } from '../../format.ts';
import { kpiValueSchema, shownKpi } from '../../kpi-value.ts';
import type { ShownPart } from '../../score-part.ts';
import type { Screen } from '../../screen.ts';
import { stateWord } from '../../state-words.ts';
import { text } from './kpi.messages.ts';

const recordSchema = z.strictObject({
  entity: z.string(),
  id: z.string(),
  name: z.string().nullable(),
  connection: z.string().nullable(),
  object: z.string().nullable(),
  crmId: z.string().nullable(),
  date: z.string().nullable(),
  until: z.string().nullable(),
  part: z.string(),
  partLabel: z
    .string()
    .nullable()
    .describe(
      'Of a composed KPI the label of the figure that the record stands behind; null for a measured one.',
    ),
  value: z.string().nullable(),
  amount: z.string().nullable(),
  currency: z.string().nullable(),
  share: z.string().nullable(),
  comesTo: z.string().nullable(),
  times: z.string().nullable(),
  reason: z.string().nullable(),
  why: z.string().nullable(),
});
const resultSchema = z.strictObject({
  partner: z.strictObject({ id: z.string(), name: z.string() }),
  program: z.string(),
  currency: z.string().describe('ISO 4217 code of the currency in which amounts of records count.'),
  values: z.array(kpiValueSchema),
  records: z
    .strictObject({
      included: z.array(recordSchema),
      excluded: z.array(recordSchema),
      others: z.array(recordSchema),
    })
    .nullable(),
});
type Result = z.infer<typeof resultSchema>;

export const kpiShow = defineCommand({
  name: 'kpi show',
  summary: text.show.summary,
  args: {
    partner: { help: text.show.partner, required: true },
    kpi: { help: text.show.kpi, required: false },
  },
  flags: { records: switchFlag(text.show.records) },
  examples: ['tierlink kpi show "Acme Partners"', 'tierlink kpi show "Acme Partners" winRate --records'],
  result: resultSchema,
  run: async ({ args, flags, app }) => {
    const opened = await app();
    const kpi = args.kpi === undefined ? undefined : kpiMeant(opened, args.kpi);
    if (flags.records && kpi === undefined) {
      throw new TierlinkError('USAGE', { reason: text.show.needsKpi, command: 'kpi show' });
    }
    const partner = await findPartner(opened.store, args.partner);
    const result = await readResult(opened, { partner, kpi, records: flags.records });
    const some = result.values.find(({ counted }) => counted > 0);
    const next = flags.records || some === undefined ? [] : [text.show.next(partner.name, kpi ?? some.kpi)];
    const isUnknown = result.values.every(({ state }) => state === 'not_calculated');
    const nextWhy = opened.program.ladders.length === 0 ? [] : [text.show.nextWhy(partner.name)];
    return { result, next: isUnknown ? [text.show.nextSync] : [...next, ...nextWhy] };
  },
  show: (result, screen) => {
    screen.line(text.show.title(screen.tone('strong', result.partner.name), result.program));
    screen.line();
    showValues(result, screen);
    const [first, ...others] = result.values;
    if (first !== undefined && others.every(({ region }) => region !== null)) {
      showParts(first.parts, screen);
      if (first.rank !== null) screen.line(`  ${first.rank.text}`);
    }
    if (result.records !== null) showRecords(result, result.records, screen);
  },
});

async function readResult(
  { store, program, clock }: App,
  asked: { partner: { id: string; name: string }; kpi: string | undefined; records: boolean },
): Promise<Result> {
  const { partner, kpi } = asked;
  const now = clock.now();
  const values = await readKpis(store, { program, partners: [partner.id], now });
  const figures = new Map(values.map((value) => [value.kpi, value]));
  const shown = values.filter((value) => isAsked(program, value.kpi, kpi));
  const asShown = shownRecord(program, kpi !== undefined && !isMeasured(program, kpi));
  const records =
    asked.records && kpi !== undefined
      ? await kpiRecords(store, { program, kpi, partnerId: partner.id, now })
      : null;
  const errors = new Map(
    (
      await namedErrors(
        store,
        shown.flatMap(({ error }) => error ?? []),
      )
    ).map((one) => [one.error, one]),
  );
  return {
    partner: { id: partner.id, name: partner.name },
    program: program.title,
    currency: program.currency.code,
    values: shown.map((value) =>
      shownKpi(value, {
        region: program.kpis[value.kpi]!.regional?.region ?? null,
        label: program.kpis[value.kpi]!.label,
        shown: formatFigure(value),
        note: noteOnFigure(program, value),
        parts: scoreLines(program, value.kpi, figures),
        error: value.error === null ? null : errors.get(value.error)!,
        rankText: value.rank === undefined ? null : rankText(program, value.rank),
      }),
    ),
    records: records && {
      included: records.included.map(asShown),
      excluded: records.excluded.map(asShown),
      others: records.others.map(asShown),
    },
  };
}

/** Of one KPI its figures by region as well; of all of them only the whole, or nobody could see it. */
function isAsked({ kpis }: Program, kpi: string, asked: string | undefined): boolean {
  const { regional } = kpis[kpi]!;
  return asked === undefined ? regional === undefined : kpi === asked || regional?.of === asked;
}

/** A record of a composed KPI stands behind one of the figures that it is made of. */
function shownRecord({ kpis }: Program, isComposed: boolean) {
  return ({ identity: _identity, ...record }: KpiRecord): ShownRecord => ({
    ...record,
    partLabel: isComposed ? kpis[record.part]!.label : null,
  });
}

/** The KPI of a key, or of the label that tables show. Throws KPI_UNKNOWN. */
function kpiMeant({ program }: App, kpi: string): string {
  const found = keyNamed(namedKpis(program), kpi);
  if (found !== undefined) return found;
  const known = Object.keys(program.kpis).join(', ');
  throw new TierlinkError('KPI_UNKNOWN', { program: program.name, kpi, known });
}

function showValues({ values }: Result, screen: Screen): void {
  screen.table(
    text.show.columns.map((title, index) => ({
      title,
      align: [1, 3, 4].includes(index) ? ('right' as const) : ('left' as const),
      once: index > 4,
    })),
    values.map((value) => [
      value.label,
      value.shown,
      stateWord(screen, 'kpi', value.state),
      formatCount(value.counted),
      formatCount(value.excluded),
      value.asOf,
      screen.instant(value.inputsCompleteTo),
    ]),
  );
  for (const { label, stateReason, error, note } of values) {
    if (note !== null) screen.line(`  ${label}: ${note}`);
    if (error !== null) screen.line(`  ${label}: ${error}`);
    else if (stateReason !== null) screen.line(`  ${label}: ${stateReason}`);
  }
}

function showParts(parts: readonly ShownPart[], screen: Screen): void {
  if (parts.length === 0) return;
  screen.line();
  screen.line(text.show.madeOf);
  screen.table(
    text.show.partColumns.map((title, index) => ({ title, wrap: index === 3 })),
    parts.map(({ depth, label, figure, points, counts, note }) => [
      `${'  '.repeat(depth)}${label}`,
      figure,
      counts ? points : text.show.notCounted,
      note ?? '',
    ]),
  );
}

function showRecords({ currency }: Result, records: NonNullable<Result['records']>, screen: Screen): void {
  screen.line();
  screen.line(text.show.counted(formatMany(records.included.length, 'record')));
  showList(records.included, screen, currency);
  screen.line();
  screen.line(text.show.leftOut(formatMany(records.excluded.length, 'record')));
  showList(records.excluded, screen, currency);
  if (records.others.length === 0) return;
  screen.line();
  screen.line(othersHeading(records.others));
  showList(records.others.map(alone), screen, currency);
}

type ShownRecord = z.infer<typeof recordSchema>;

/** The part of a ratio is compared with nothing; behind a composed KPI may stand both. */
function othersHeading(others: readonly ShownRecord[]): string {
  const count = formatMany(others.length, 'record');
  if (others.some(({ partLabel }) => partLabel !== null)) return text.show.beside(count);
  return others.some(({ part }) => part === 'of') ? text.show.alone(count) : text.show.others(count);
}

/** What stands apart is in the part and in no whole, or in the past and not in the present. */
function alone(record: ShownRecord): ShownRecord {
  return { ...record, part: { of: 'alone', before: 'past' }[record.part] ?? record.part };
}

function showList(records: readonly ShownRecord[], screen: Screen, currency: string): void {
  if (records.length === 0) return;
  screen.table(
    [
      { title: 'RECORD' },
      { title: 'NAME', wrap: true },
      { title: 'DATE' },
      { title: 'AMOUNT', align: 'right' },
      { title: 'SHARE', align: 'right' },
      { title: 'COUNTS', align: 'right' },
      { title: 'IN' },
      { title: 'WHY', wrap: true },
    ],
    records.map((record) => [
      knownId(record),
      record.name ?? '',
      record.date ?? '',
      ownAmount(record, currency),
      record.share === null || record.share === '100' ? '' : `${record.share} %`,
      record.value === null ? '' : formatRecordValue(record, currency),
      record.partLabel ?? text.show.parts[record.part] ?? '',
      record.why ?? noteOf(record),
    ]),
  );
}

/** What a record that counts comes to, what tables make of it, and how long it counts. */
function noteOf({ comesTo, times, until }: ShownRecord): string {
  return [
    comesTo,
    times === null ? null : text.show.times(times),
    until === null ? null : text.show.until(until),
  ]
    .filter((part) => part !== null)
    .join(', ');
}

/** The record's own amount, where it is not what counts anyway. */
function ownAmount({ amount, currency: own, share, value }: ShownRecord, currency: string): string {
  const isWhole = share === '100' && own === currency && value !== null;
  if (amount === null || isWhole) return '';
  return `${own ?? ''} ${withSeparators(amount)}`.trim();
}

/** In cents where the figure itself is shown without them, so that the records add up. */
function formatRecordValue({ value, amount }: ShownRecord, currency: string): string {
  const number = withSeparators(toDecimal(exact(value!), 2)).replace(/\.00$/, '');
  return amount === null ? number : `${currency} ${number}`;
}
