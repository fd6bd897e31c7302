import { TierlinkError } from '../errors.ts';
import { type EntityName, entities } from '../model/entities.ts';
import { canonicalDecimal } from '../model/values.ts';
import { measuresOf } from '../program/check/kpi.ts';
import { addDays, dayOf } from '../program/civil-date.ts';
import { notOfTypeText } from '../program/custom-attributes.ts';
import { exactRatio, exactText } from '../program/exact.ts';
import type { Program } from '../program/load.ts';
import { choiceOf } from '../program/schema/choice.ts';
import type { MeasureDefinition } from '../program/schema/kpi.ts';
import { periodWords } from '../program/schema/movement.ts';
import { isMeasured, measuredBehind } from '../program/score-parts.ts';
import { tableLabel } from '../program/table-label.ts';
import { firstLinkSql } from '../store/first-link.ts';
import type { Executor } from '../store/store.ts';
import { dateWords, pathWords, valueWords } from './attribute-words.ts';
import { areOthersApart, basePart } from './base-part.ts';
import { joined, type KpiRecord, type KpiRecords } from './joined-records.ts';
import {
  chosenWords,
  comesToText,
  eachText,
  eachWords,
  noEntryText,
  noRateText,
  shortText,
  sinceText,
  unratedDay,
  weightText,
} from './need-text.ts';
import { periodOf } from './sql/each.ts';
import { type MeasureSql, measureSql } from './sql/measure.ts';
import { rowsText } from './sql/rows.ts';
import { sharedSql } from './sql/source.ts';
import { Parameters } from './sql/sql-parts.ts';
import type { ExclusionReason } from './types.ts';
import { isValidity, windowRange } from './windows.ts';

interface RecordRow {
  partner_id: string;
  id: string;
  name: string | null;
  connection: string | null;
  object: string | null;
  crm_id: string | null;
  date: string | null;
  until: string | null;
  why: ExclusionReason | null;
  value: string | null;
  amount: string | null;
  currency: string | null;
  share: string | null;
  identity: string | null;
  needs: (string | null)[];
  times: string | null;
  /** Where different texts are counted: which one it is, as it is written. */
  written: string | null;
  weight: string | null;
  each_number: [sum: string, divisor: string] | null;
  /** Where the best period of each counts: its number. */
  period: number | null;
  missing: [table: string, key: string | null] | null;
  mistyped: [index: string, written: string] | null;
  rate_day: string | null;
  country: string | null;
  /** Where the value is the time since a date: that date, and how much it is. */
  since: [date: string, length: string] | null;
  /** The window of the measure that it is outside of. */
  outside: number | null;
}

export interface KpiRecordsRequest {
  program: Program;
  kpi: string;
  partnerId: string;
  now: number;
  asOf?: string;
  limit?: number;
}

/** The records behind one figure, and those left out with the reason; from the same rows that the figure is made of. */
export async function kpiRecords(executor: Executor, request: KpiRecordsRequest): Promise<KpiRecords> {
  const { program, kpi, partnerId } = request;
  const definition = program.kpis[kpi];
  if (definition === undefined) {
    const known = Object.keys(program.kpis).join(', ');
    throw new TierlinkError('KPI_UNKNOWN', { program: program.name, kpi, known });
  }
  const asOf = request.asOf ?? dayOf(request.now, program.timeZone);
  if (!isMeasured(program, kpi)) return await recordsOfParts(executor, { ...request, asOf });
  const parts: KpiRecord[][] = [];
  for (const index of measuresOf(definition).keys()) {
    const asked = { program, kpi, index, asOf, partners: [partnerId], limit: request.limit ?? 10_000 };
    parts.push((await listed(executor, asked)).map(({ record }) => record));
  }
  return { asOf, ...joined(definition, parts) };
}

/**
 * The records that a measured KPI leaves out of the figures of partners for one of some reasons, by one statement; of a KPI
 * of two measures those of the one that the figure is based on, and of a ratio of two entities those of both. Each comes once for every partner whose figure misses it.
 */
export async function excludedRecords(
  executor: Executor,
  request: Omit<KpiRecordsRequest, 'partnerId' | 'limit'> & {
    partners: readonly string[];
    reasons: readonly ExclusionReason[];
  },
): Promise<{ partnerId: string; record: KpiRecord }[]> {
  const { program, kpi, partners, reasons } = request;
  const asOf = request.asOf ?? dayOf(request.now, program.timeZone);
  const definition = program.kpis[kpi]!;
  const base = basePart(definition);
  const found: { partnerId: string; record: KpiRecord }[] = [];
  for (const index of areOthersApart(definition) ? [base, 1 - base] : [base])
    found.push(...(await listed(executor, { program, kpi, index, asOf, partners, reasons })));
  return found;
}

/** The records of one measure of a KPI, with the partner for which they are looked at. */
async function listed(
  executor: Executor,
  asked: {
    program: Program;
    kpi: string;
    /** Which of its measures. */
    index: number;
    asOf: string;
    partners: readonly string[];
    /** Only those that are left out for one of these. (Default: all records) */
    reasons?: readonly ExclusionReason[];
    /** (Default: no limit) */
    limit?: number;
  },
): Promise<{ partnerId: string; record: KpiRecord }[]> {
  const { program, kpi, asOf } = asked;
  const definition = program.kpis[kpi]!;
  const { regional, rollUp } = definition;
  const { measure, at } = measuresOf(definition)[asked.index]!;
  const regions = regional === undefined ? undefined : [{ figure: 0, region: regional.region }];
  const parameters = new Parameters();
  parameters.askFor(asked.partners, rollUp);
  const compiled = measureSql({ program, measure, asOf, parameters, isListed: true, regions });
  const text = rowsText(compiled.rows);
  const list = listSql(compiled, {
    rows: text,
    shared: sharedSql(parameters),
    reasons: asked.reasons === undefined ? null : parameters.add([...asked.reasons], 'text[]'),
    limit: asked.limit === undefined ? null : parameters.add(asked.limit, 'integer'),
  });
  const statement = parameters.usedBy(list);
  const rows = await executor.query<RecordRow & Record<string, unknown>>(statement.sql, statement.parameters);
  const part = String(at.at(-1));
  return rows.map((row) => ({
    partnerId: row.partner_id,
    record: recordOf(row, { program, kpi, measure, compiled, part, asOf }),
  }));
}

/** The partner's records behind each measured KPI that a score or a rank rests on, one KPI after the other. */
async function recordsOfParts(
  executor: Executor,
  request: KpiRecordsRequest & { asOf: string },
): Promise<KpiRecords> {
  const found: KpiRecords = { asOf: request.asOf, included: [], excluded: [], others: [], elsewhere: [] };
  const behind = measuredBehind(request.program, request.kpi);
  for (const kpi of behind) {
    const own = await kpiRecords(executor, { ...request, kpi });
    for (const list of ['included', 'excluded', 'others', 'elsewhere'] as const)
      found[list].push(...own[list].map((record) => ({ ...record, part: kpi })));
  }
  return { ...found, excluded: onceOutside(request.program, { behind, excluded: found.excluded }) };
}

/**
 * A record that is in no region is left out of each of them; it is listed once, under the KPI itself unless that counts it too.
 */
function onceOutside(
  { kpis }: Program,
  { behind, excluded }: { behind: readonly string[]; excluded: readonly KpiRecord[] },
): KpiRecord[] {
  const seen = new Set<string>();
  return excluded.flatMap((record) => {
    const whole = kpis[record.part]!.regional?.of;
    if (whole === undefined || !outside.has(record.reason)) return [record];
    const key = `${whole} ${record.id}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [behind.includes(whole) ? record : { ...record, part: whole }];
  });
}

const outside: ReadonlySet<ExclusionReason | null> = new Set(['region_blank', 'region_unknown'] as const);

/** SQL for what people call a record of an entity, whose table is `n`. */
export function recordNameSql(entity: EntityName): string {
  return nameColumns[entity] ?? 'null::text';
}

const nameColumns: Readonly<Partial<Record<EntityName, string>>> = {
  deal: 'n.name',
  lead: 'coalesce(n.name, n.company)',
  person: 'n.name',
  certification: `concat_ws(', ', (select p.name from tierlink.person p where p.id = n.person), coalesce(n.name, n.code))`,
  case: `concat_ws(' ', n.number, n.subject)`,
  fact: `concat_ws(', ', n.kind, n.entry, 'takes back ' || n.reverses)`,
  partner: 'n.name',
};

function listSql(
  measure: MeasureSql,
  {
    rows,
    shared,
    reasons,
    limit,
  }: { rows: string; shared: string; reasons: string | null; limit: string | null },
): string {
  const days = (kind: string) => measure.windows.map((_window, index) => `x.${kind}_${index}`).join(', ');
  const isDated = measure.windows.length > 0;
  const ends = isDated ? `least(${days('ends')})` : 'null::date';
  const reasonsOfWindows = measure.windows.flatMap(({ reasons: { before, after } }) => [before, after]);
  const isOutside = isDated
    ? `x.why in (${[...new Set(reasonsOfWindows)].map((reason) => `'${reason}'`).join(', ')})`
    : 'false';
  const validEnds = measure.windows.flatMap(({ window }, index) =>
    isValidity(window) ? [`x.through_${index}`] : [],
  );
  const until = validEnds.length === 0 ? 'null::date' : `least(${validEnds.join(', ')})`;
  const begins = isDated ? `coalesce(${days('begins')})` : 'null::date';
  return `with recursive ${shared}, x as (${rows})
    select x.partner_id, x.id, ${recordNameSql(measure.entity)} as name, l.connection, l.object, l.crm_id, x.why, x.value, x.amount, x.currency, x.share,
      x.identity, ${measure.needs.some(({ of }) => of === 'group') ? 'x.needs || x.group_needs' : 'x.needs'} as needs, x.times, x.written,
      ${measure.rows.weight === null ? 'null' : 'x.weight'}::text as weight, ${measure.each === null ? 'null' : 'array[x.each_sum, x.each_divisor]'}::text[] as each_number, ${measure.each?.best === undefined ? 'null' : `x.${periodOf}`}::integer as period, x.missing, x.mistyped, x.rate_day::text as rate_day,
      x.country, x.since, x.outside,
      (case when ${isOutside} then coalesce(x.outside_day, ${begins}, ${ends}) else coalesce(${begins}, ${ends}) end)::text as date, (${until})::text as until
    from x join tierlink.${entities[measure.entity].table} n on n.id = x.id
    left join lateral (${firstLinkSql(measure.entity, 'x.id')}) l on true
    where ${reasons === null ? `x.why is distinct from 'far'` : `x.why = any(${reasons})`}
    order by x.partner_id collate "C", x.why is not null, date desc nulls last, x.id collate "C"
    ${limit === null ? '' : `limit ${limit}`}`;
}

interface RecordContext {
  program: Program;
  kpi: string;
  measure: MeasureDefinition;
  compiled: MeasureSql;
  part: string;
  asOf: string;
}

const plainNumber = { unit: 'number', currency: null } as const;

function recordOf(row: RecordRow, context: RecordContext): KpiRecord {
  return {
    entity: context.compiled.entity,
    id: row.id,
    name: row.name,
    connection: row.connection,
    object: row.object,
    crmId: row.crm_id,
    date: row.date,
    until: row.until,
    part: context.part,
    value: contributionOf(row, context.compiled),
    amount: canonicalDecimal(row.amount ?? ''),
    currency: row.currency,
    share: canonicalDecimal(row.share ?? ''),
    identity: row.identity,
    comesTo: allText(row, context),
    times:
      row.times === null ? null : exactText(exactRatio(row.times, String(context.compiled.timesDenominator))),
    reason: row.why,
    why: row.why === null ? null : reasonText(row.why, { ...context, row }),
  };
}

/** All that is told of a record beside its value. */
function allText(row: RecordRow, { program, measure, compiled }: RecordContext): string | null {
  const { needs, weightDenominator, each } = compiled;
  // An amount that a table multiplies is points or the like by then.
  const isMoney = row.amount !== null && measure.times === undefined;
  const ofAll = [
    row.why !== null || row.since === null ? null : sinceText(measure, row.since),
    comesToText(program, { needs, numbers: row.needs }),
    row.weight === null ? null : weightText(row.weight, weightDenominator),
    row.why !== null || each === null
      ? null
      : eachText(each, row.each_number!, {
          quantity: isMoney ? { unit: 'money', currency: program.currency.code } : plainNumber,
          period: row.period,
        }),
  ].filter((text) => text !== null);
  return ofAll.length === 0 ? null : ofAll.join(', ');
}

function contributionOf({ why, value }: RecordRow, { rowDenominator }: MeasureSql): string | null {
  if (why !== null || value === null || rowDenominator === null) return null;
  return exactText(exactRatio(value, String(rowDenominator)));
}

/** Why a record is left out, in words that a partner manager can repeat. */
function reasonText(
  reason: ExclusionReason,
  context: {
    program: Program;
    measure: MeasureDefinition;
    compiled: MeasureSql;
    asOf: string;
    row: RecordRow;
  },
): string {
  const { measure, asOf, row } = context;
  const each = measure.perEach === undefined ? '' : eachWords(measure.perEach);
  const best = measure.perEach?.best?.period;
  const weight = pathWords(measure.weightedBy ?? '');
  const chosen = chosenWords(context.program.attributes, measure);
  const { date, currency } = row;
  if (reason === 'falls_short')
    return shortText(context.program, {
      needs: context.compiled.needs,
      numbers: row.needs,
      value: row.written?.trim() ?? null,
    });
  if (reason === 'no_entry' || reason === 'entry_missing') return missingText(context.program, row.missing!);
  if (reason === 'wrong_type') return wrongTypeText(context.compiled, ...row.mistyped!);
  if (isExcept(reason)) return reason.slice('except '.length);
  if (reason === 'region_blank' || reason === 'region_unknown') return regionText(reason, context);
  if (reason === 'before_window') return beforeText(context);
  if (reason === 'after_window') {
    return date === asOf
      ? `dated ${date}, today; it counts from ${addDays(asOf, 1)}`
      : `dated ${date ?? '?'}, after the window`;
  }
  return {
    expired: `ended ${date ?? ''}`.trim(),
    ends_soon: `${date !== null && date < asOf ? 'ended' : 'ends'} on ${date ?? '?'}, too soon`,
    not_yet_valid: `valid from ${date ?? '?'}`,
    left: `its holder left on ${date ?? '?'}`,
    retired: `the catalogue lets its code count through ${date ?? '?'}`,
    no_window: `${date === null ? '' : `dated ${date}, `}in none of the windows`,
    earned_late: 'earned when its code was retired already',
    unlisted: 'its code is not in the catalogue',
    wrong_region: 'its code does not count in its region',
    entry_gone: 'the entry that it takes back does not count',
    takes_back: 'it takes another entry back',
    taken_back: 'another entry takes it back',
    superseded: 'there is a newer one',
    choice_blank: emptyText(pathWords(choiceOf(measure)?.by ?? '')),
    not_chosen: `it is not ${chosen}`,
    not_then: `it is ${chosen}, but does not satisfy what is asked of it`,
    date_blank: emptyText(dateWords(measure)),
    start_blank: "the partner's first day in the program is empty",
    deleted: 'deleted in the CRM',
    out_of_scope: 'no longer in the scope of its mapping',
    share_unknown: "the shares of the deal's partners do not add up to 100",
    value_blank: emptyText(valueWords(measure)),
    weight_blank: emptyText(weight),
    weight_negative: `its ${weight} is below zero`,
    each_blank: emptyText(each),
    lesser_period: `its ${each} has a better ${best === undefined ? '' : periodWords[best]}`,
    beyond_limit: `its ${each} has ${measure.perEach?.records} that count already`,
    ends_before_start:
      row.since === null ? 'it ends before it begins' : `dated ${row.since[0]}, which is to come`,
    rate_missing:
      currency === null
        ? 'its currency is empty'
        : `${noRateText(unratedDay(context.program, { currency, day: row.rate_day }))} for ${currency}`,
  }[reason];
}

function emptyText(attribute: string): string {
  return `its ${attribute} is empty`;
}

function missingText(program: Program, [table, key]: NonNullable<RecordRow['missing']>): string {
  return noEntryText(tableLabel(program, table), key);
}

function wrongTypeText({ typed }: MeasureSql, index: string, written: string): string {
  const { text, path } = typed[Number(index)]!;
  return `its ${pathWords(text)} "${written}" ${notOfTypeText(path.type)}`;
}

function regionText(
  reason: 'region_blank' | 'region_unknown',
  { program, compiled, row }: { program: Program; compiled: MeasureSql; row: RecordRow },
): string {
  const attribute = program.regions!.records[compiled.entity]!;
  return reason === 'region_blank'
    ? `in no region: its ${pathWords(attribute)} is empty`
    : `in no region: none has its ${pathWords(attribute)} "${row.country}"`;
}

function isExcept(reason: ExclusionReason): reason is `except ${string}` {
  return reason.startsWith('except ');
}

function beforeText({ program, compiled, asOf, row }: WindowContext): string {
  const { window } = compiled.windows[row.outside!]!;
  const from = window.by === undefined ? null : windowRange(window, asOf, program).from;
  const begins = from === null ? '' : `, which begins on ${from}`;
  return `dated ${row.date ?? '?'}, before the window${begins}`;
}

interface WindowContext {
  program: Program;
  compiled: MeasureSql;
  asOf: string;
  row: RecordRow;
}

export type { KpiRecord, KpiRecords };
