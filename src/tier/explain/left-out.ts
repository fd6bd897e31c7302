import type { Fraction } from 'fraction.js';
import { nameWords } from '../../kpi/attribute-words.ts';
import { areOthersApart, basePart, entityOfMeasure } from '../../kpi/base-part.ts';
import { chosenWords, eachWords } from '../../kpi/need-text.ts';
import { recordCount, recordName } from '../../kpi/record-count.ts';
import { type KpiRecord, type KpiRecords, kpiRecords } from '../../kpi/records.ts';
import type { ExclusionReason } from '../../kpi/types.ts';
import { aggregateOf, measuresOf } from '../../program/check/kpi.ts';
import { sinceOf } from '../../program/check/length.ts';
import { exact } from '../../program/exact.ts';
import type { Program } from '../../program/load.ts';
import type { MeasureDefinition } from '../../program/schema/kpi.ts';
import type { KpiDefinition } from '../../program/schema/schema.ts';
import { measuredBehind } from '../../program/score-parts.ts';
import type { Executor } from '../../store/store.ts';
import { quantityText } from './wording.ts';

/** A record that does not count, and for which figure. */
export interface NotCounted extends KpiRecord {
  kpi: string;
  kpiLabel: string;
}

/** The records behind the figures of one partner, as sentences count them. */
export interface BehindFigures {
  /** By measured KPI: "23 deals", "3 people, 4 certificates (1 expired)". */
  texts: Map<string, string>;
  /** The first of those left out, and how many there are in all. */
  notCounted: NotCounted[];
  notCountedInAll: number;
}

/** Looks up the records behind some figures; the number of those left out is always that of the list. */
export async function behindFigures(
  executor: Executor,
  request: {
    program: Program;
    partnerId: string;
    now: number;
    kpis: readonly string[];
    /** The track on which they are looked at; null for all. (Default: all) */
    track?: string | null;
    limit: number;
  },
): Promise<BehindFigures> {
  const { program, partnerId, now, limit } = request;
  const texts = new Map<string, string>();
  const left: NotCounted[][] = [];
  const measured = new Set(request.kpis.flatMap((kpi) => measuredBehind(program, kpi, request.track)));
  for (const kpi of measured) {
    const records = await kpiRecords(executor, { program, kpi, partnerId, now });
    texts.set(kpi, countText(program, kpi, records));
    const kpiLabel = program.kpis[kpi]!.label;
    left.push(nearest(records.excluded).map((record) => ({ ...record, kpi, kpiLabel })));
  }
  return {
    texts,
    notCounted: onceEach(left.flatMap((records) => records.slice(0, limit))),
    notCountedInAll: onceEach(left.flat()).length,
  };
}

/** A deal that two figures leave out for the same reason is one line that names both. */
function onceEach(records: readonly NotCounted[]): NotCounted[] {
  const byRecord = new Map<string, NotCounted>();
  for (const record of records) {
    const key = `${record.id} ${record.why}`;
    const known = byRecord.get(key);
    byRecord.set(
      key,
      known === undefined ? record : { ...known, kpiLabel: `${known.kpiLabel}, ${record.kpiLabel}` },
    );
  }
  return [...byRecord.values()];
}

/** What a person can still mend comes first: everything but the calendar; then the nearest misses. */
function nearest(excluded: readonly KpiRecord[]): KpiRecord[] {
  const isCalendar = ({ reason }: KpiRecord) => reason === 'before_window' || reason === 'after_window';
  return [...excluded.filter((record) => !isCalendar(record)), ...excluded.filter(isCalendar)];
}

function countText(program: Program, kpi: string, { included, excluded, others }: KpiRecords): string {
  const definition = program.kpis[kpi]!;
  const base = basePart(definition);
  const measures = measuresOf(definition).map(({ measure }) => measure);
  const whole = recordsText(measures[base]!, included);
  // A record that counts in both has the name of the other part.
  const inBoth = included.filter(({ part }) => part === 'before' || part === 'of');
  const other = () => recordsText(measures[1 - base]!, [...inBoth, ...others]);
  const counted = isOverTime(definition)
    ? `${whole}, compared with ${other()}`
    : definition.ratio !== undefined && (others.length > 0 || areOthersApart(definition))
      ? `${other()}, by ${whole}`
      : whole;
  const failing = definition.every === undefined ? 0 : included.filter(({ part }) => part === 'unmet').length;
  const fails = failing === 0 ? '' : `, of which ${failing} ${failing === 1 ? 'fails' : 'fail'}`;
  const left = leftText(program, { definition, excluded });
  return `${counted}${fails}${left === '' ? '' : ` (${left})`}`;
}

/** Whether it compares the present with the past. */
function isOverTime({ growth, difference }: KpiDefinition): boolean {
  return (growth ?? difference) !== undefined;
}

/** "23 deals", "3 people, 4 certificates"; of the partner itself what is taken from it: "40 employees", "18 months since 2025-05-30". */
function recordsText(measure: MeasureDefinition, records: readonly KpiRecord[]): string {
  const entity = entityOfMeasure(measure);
  const { sum } = measure;
  if (entity === 'partner' && typeof sum === 'string') {
    const total = records.reduce((all, { value }) => all.add(exact(value ?? '0')), exact(0));
    return numberOfPartner(total, sum.slice('partner.'.length));
  }
  const since = sinceOfPartner(measure, records);
  if (since !== null) return since;
  const count = recordCount(records.length, entity);
  const people = peopleText(measure, records);
  return people === '' ? count : `${people}, ${count}`;
}

/** Since when the partner itself counts, and how long that is; null for another measure, and for several of a company. */
function sinceOfPartner(measure: MeasureDefinition, records: readonly KpiRecord[]): string | null {
  const [record, ...others] = records;
  if (entityOfMeasure(measure) !== 'partner' || record === undefined || others.length > 0) return null;
  return isSince(measure) ? record.comesTo : null;
}

function isSince(measure: MeasureDefinition): boolean {
  const { value } = aggregateOf(measure)!;
  return typeof value !== 'string' && sinceOf(value) !== undefined;
}

/** "1,400 employees"; an attribute of one's own goes by its name in words, which is known in one number only: "consultants: 1". */
function numberOfPartner(total: Fraction, attribute: string): string {
  const number = quantityText(total, { unit: 'number', currency: null });
  if (attribute === 'employees') return `${number} ${recordName(total.equals(1) ? 1 : 2, 'employee')}`;
  const name = nameWords(attribute.replace(/^extra\./, ''));
  return total.equals(1) ? `${name}: ${number}` : `${number} ${name}`;
}

/** Where people are counted, the evidence says how many; their certificates come after. */
function peopleText(measure: MeasureDefinition, included: readonly KpiRecord[]): string {
  const chosen = aggregateOf(measure);
  if (chosen?.aggregate !== 'distinct' || !/\.person(\.|$)/.test(String(chosen.value))) return '';
  return recordCount(new Set(included.map(({ identity }) => identity)).size, 'person');
}

const short: Readonly<
  Record<Exclude<ExclusionReason, 'each_blank' | 'not_chosen' | `except ${string}`>, string>
> = {
  before_window: 'before the window',
  after_window: 'after the window',
  expired: 'expired',
  not_yet_valid: 'not yet valid',
  ends_soon: 'ending too soon',
  left: 'of people who left',
  retired: 'retired',
  no_window: 'in none of the windows',
  earned_late: 'earned after their retirement',
  unlisted: 'not in the catalogue',
  entry_gone: 'of entries that do not count',
  takes_back: 'taking others back',
  taken_back: 'taken back',
  superseded: 'older than the one that counts',
  choice_blank: 'without a value to be chosen by',
  not_then: 'chosen, but not as asked',
  date_blank: 'without a date',
  start_blank: "without the partner's start",
  deleted: 'deleted',
  out_of_scope: 'out of scope',
  share_unknown: 'with unclear shares',
  value_blank: 'without a value',
  weight_blank: 'without a weight',
  weight_negative: 'with a weight below zero',
  beyond_limit: 'beyond what counts of each',
  lesser_period: 'not of the best period of each',
  wrong_type: 'with a value of the wrong type',
  ends_before_start: 'ending before they begin',
  rate_missing: 'without a rate',
  falls_short: 'short of what it takes',
  no_entry: 'without a value in a table',
  entry_missing: 'without a value in a table',
  wrong_region: 'that do not count in their region',
  region_blank: 'without a country',
  region_unknown: 'of a country in no region',
};

/** "2 before the window, 1 without a value"; a word of the program for an exception adds to the same word of ours. */
function leftText(
  program: Program,
  { definition, excluded }: { definition: KpiDefinition; excluded: readonly KpiRecord[] },
): string {
  const counts = new Map<string, number>();
  for (const { reason, part } of excluded) {
    if (reason === null) continue;
    const word = leftWord(program, { definition, reason, part });
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, left], [, right]) => right - left);
  return sorted.map(([word, count]) => `${count} ${word}`).join(', ');
}

/** What is said in the words of the measure. */
const ofMeasure: ReadonlySet<ExclusionReason> = new Set([
  'each_blank',
  'ends_before_start',
  'not_chosen',
] as const);

/** Without what is not there, by the name that the program gives it: "without a value for customer". */
function leftWord(
  { attributes }: Program,
  { definition, reason, part }: { definition: KpiDefinition; reason: ExclusionReason; part: string },
): string {
  if (reason.startsWith('except ')) return reason.slice('except '.length);
  if (!ofMeasure.has(reason)) return short[reason as keyof typeof short];
  const { measure } = measuresOf(definition).find(({ at }) => at.at(-1) === part)!;
  if (reason === 'ends_before_start') return isSince(measure) ? 'dated in time to come' : short[reason];
  if (reason === 'not_chosen') return `not ${chosenWords(attributes, measure)}`;
  return `without a value for ${eachWords(measure.perEach!)}`;
}
