import type { MatchedEntity, MatchRule } from '../model/match-keys.ts';
import type { Disagreement, SharedRecord, TierMove, Written } from './observe.ts';

/** One partner of the demo's tables. */
export interface PartnerLine {
  name: string;
  tier: string | null;
  /** The first figure of the program's first success factor, as people read it. */
  headline: string;
  /** What is met and missing for the next tier. */
  requirements: string;
  next: string | null;
  asOf: string;
  /** Connections that hold it. */
  connections: string[];
}

/** What was read of one object, as what. */
export interface ReadLine {
  connection: string;
  object: string;
  entity: string;
  records: number;
}

/** Two records of different connections that are, or may be, the same company. */
export interface MatchLine {
  id: string;
  entity: MatchedEntity;
  rule: MatchRule;
  key: string;
  one: { name: string; connections: string[] };
  other: { name: string; connections: string[] };
}

/** A figure before and after. */
export interface KpiLine {
  partner: string;
  label: string;
  before: string;
  after: string;
}

/** Calls that one connection was asked, and those of them that wrote. */
export interface CallsLine {
  connection: string;
  calls: number;
  writeCalls: number;
}

/** A pass as the demo tells it. */
export interface PassLine {
  written: Written[];
  /** API calls of the whole pass, and those of them that wrote. */
  calls: number;
  writeCalls: number;
  /** The same by connection. */
  byConnection: CallsLine[];
  tookMs: number;
}

/** Something that people did in a CRM. */
export interface Happening {
  connection: string;
  /** What people call the CRM. */
  crm: string;
  sentence: string;
}

/** The parts of the demo, in the order in which they are told. Every number comes from what just happened. */
export type DemoSection =
  | { kind: 'started'; connection: string; crm: string; url: string; org: string; user: string }
  | {
      kind: 'read';
      read: ReadLine[];
      calls: number;
      byConnection: CallsLine[];
      tookMs: number;
      held: number;
      invalid: number;
    }
  /** Only where there are several connections. */
  | { kind: 'matched'; joined: MatchLine[]; proposed: MatchLine[] }
  | { kind: 'partners'; headline: string; partners: PartnerLine[] }
  /** `shared`: records of partners that several connections hold, with the tier that each has now. */
  | { kind: 'owned'; pass: PassLine; shared: SharedRecord[] }
  | { kind: 'happened'; happenings: Happening[] }
  | {
      kind: 'changed';
      changed: number;
      kpis: KpiLine[];
      tiers: TierMove[];
      merged: number;
      pass: PassLine;
      /** Records of the partners whose tier was decided anew, where several connections hold them. */
      shared: SharedRecord[];
    }
  | { kind: 'disagreements'; list: Disagreement[] }
  | { kind: 'quiet'; pass: PassLine };
