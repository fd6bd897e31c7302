import type { EntityName } from '../model/entities.ts';
import type { KpiState } from '../model/states.ts';
import type { KpiUnit } from '../program/schema/kpi.ts';
import type { RankEvidence } from './rank/evidence.ts';
import type { ScoreEvidence } from './score/evidence.ts';

/** Why a record that a KPI looks at does not count. */
export type ExclusionReason =
  | 'before_window'
  | 'after_window'
  /** Its own validity has ended, or has not begun. */
  | 'expired'
  | 'not_yet_valid'
  /** It ends, or what it belongs to does, before the day ahead on which it has to be valid. */
  | 'ends_soon'
  /** The validity of what it belongs to has ended or not begun: the holder of a certificate has left. */
  | 'left'
  /** The program leaves it out, with this word for it. */
  | `except ${string}`
  /** The catalogue of certificates lets its code count no longer, or not when earned so late, or does not have it. */
  | 'retired'
  | 'earned_late'
  | 'no_window'
  | 'unlisted'
  /** The entry that it takes back does not count, or is not there. */
  | 'entry_gone'
  /** Where only the newest counts: it takes another entry back, or was taken back itself. */
  | 'takes_back'
  | 'taken_back'
  /** There is a newer one, and only the newest counts. */
  | 'superseded'
  /** Only so many of the largest or smallest count, and it is none of these, or has no value to tell; or it is, but not what is asked of those. */
  | 'choice_blank'
  | 'not_chosen'
  | 'not_then'
  | 'date_blank'
  | 'start_blank'
  | 'deleted'
  | 'out_of_scope'
  | 'share_unknown'
  | 'value_blank'
  /** How much it weighs in an average is not known, or less than nothing. */
  | 'weight_blank'
  | 'weight_negative'
  /** Where each customer, person or the like is looked at: it is one of nobody, or of one that has as many as count. */
  | 'each_blank'
  | 'beyond_limit'
  | 'lesser_period'
  /** An attribute of one's own is not what the program reads it as, such as a number. */
  | 'wrong_type'
  | 'ends_before_start'
  | 'rate_missing'
  /** What refers to it, or what it is grouped with, does not come to so much as the program asks for. */
  | 'falls_short'
  /** A table that it is multiplied by has no value for it; where the program refuses that, there is no figure. */
  | 'no_entry'
  | 'entry_missing'
  /** Of a figure by region: nothing says in which region it is, or no region has its country. */
  | 'region_blank'
  /** Its code does not count in its region. */
  | 'wrong_region'
  | 'region_unknown';

/** Why there is no figure although nothing went wrong. */
export type EmptyReason =
  | 'no_records'
  | 'no_base'
  /** Of a ratio: there is something, and nothing to divide it by; or what it is divided by is below zero. */
  | 'over_zero'
  | 'below_zero'
  | 'minimum_sample'
  /** A part of a score has no figure. */
  | 'part_empty'
  /** Of a rank: the partner is in none of its groups, has no figure to be ranked by, or is among too few. */
  | 'outside'
  | 'unranked'
  | 'few_partners';

/**
 * One figure of one partner. The value is the exact rational numerator/denominator in the KPI's unit (money in the
 * program's currency, percent as 0 to 100); null where there is none, with the reason beside it.
 */
export interface KpiValue {
  program: string;
  partnerId: string;
  kpi: string;
  unit: KpiUnit;
  /** Day as of which it was computed; it holds until nextChangeAt unless a record changes. */
  asOf: string;
  state: KpiState;
  /** Why the state is not current; of what is stored only what is wrong with it, as the rest follows from the feeds. */
  stateReason: StateReason | null;
  numerator: string | null;
  denominator: string | null;
  currency: string | null;
  empty: EmptyReason | null;
  counted: number;
  excluded: number;
  /** How many records were left out, by reason. */
  excludedBy: Partial<Record<ExclusionReason, number>>;
  /** Number of records that a ratio, growth or minimum sample is based on. */
  sample: number;
  error: KpiError | null;
  /** The instant up to which all inputs are complete; null when no feed says so. */
  inputsCompleteTo: string | null;
  /** The next instant at which time alone changes it; null when none does. */
  nextChangeAt: string | null;
  /** Of a score: what it is made of. */
  score?: ScoreEvidence;
  /** Of a rank: where the partner stands among others. */
  rank?: RankEvidence;
  /**
   * Of a rank, and of what is made of it: why it is provisional although all inputs are complete. Absent where it is not.
   */
  doubt?: StateReason;
}

/**
 * Why a figure is not current: facts, of which `stateReasonText` makes sentences. They are kept with what waits for them, and
 * who waits is found again by them.
 */
export type StateReason = KpiError | (Waiting & { behind?: readonly string[] });

type Waiting =
  /** Nothing has computed it yet, or it was kept as it was while the partner was deleted or out of scope. */
  | { code: 'not_computed' }
  | { code: 'kept_away' }
  /** Since it was computed records have changed, time has moved its window, or figures that it is compared with have changed. */
  | { code: 'records_changed' }
  | { code: 'window_moved' }
  | { code: 'others_changed' }
  /** A feed was never read to its end. */
  | ({ code: 'unread' } & Place)
  /** A feed lacks an attribute. */
  | ({ code: 'hidden'; attribute: string } & Place)
  /** A feed is known to be partial; `why` as it is kept of the feed. */
  | ({ code: 'frozen'; why: string } & Place)
  /** A feed reaches to a day only, which is longer ago than the program allows. */
  | ({ code: 'late'; completeTo: string; limit: string } & Place)
  /** Of a rank: figures of so many partners of its group cannot be computed. */
  | { code: 'group_open'; partners: number }
  /** Nothing says what it waits for. */
  | { code: 'inputs_open' };

/** What brings records in. */
interface Place {
  connection: string;
  object: string;
}

/** Why a figure could not be computed, and the record that stands in the way: facts, of which `errorText` makes sentences. */
export type KpiError = {
  entity: EntityName;
  /** Our id of the record. */
  recordId: string;
  /** Labels of the KPIs by way of which it comes to this one, the nearest first; absent for its own. */
  behind?: readonly string[];
} & (
  | {
      code: 'rate_missing';
      /** Null for an amount without one. */
      currency: string | null;
      /** The day of which there is no rate, null for one that is empty; absent where the currency has no rates by date. */
      day?: string | null;
    }
  | {
      code: 'entry_missing';
      /** What the table that has nothing for it is called, and what it was looked up by; null for what is empty. */
      table: string;
      key: string | null;
    }
);

/** What a recomputation changed. */
export interface KpiChange {
  partnerId: string;
  kpi: string;
  before: KpiFigure | null;
  after: KpiFigure;
}

/** What a figure says, without when it was computed. */
export interface KpiFigure {
  state: KpiState;
  numerator: string | null;
  denominator: string | null;
  counted: number;
  excluded: number;
}
