import type { Disagreement, TierMove, Written } from './observe.ts';

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
}

/** What was read of one object, as what. */
export interface ReadLine {
  object: string;
  entity: string;
  records: number;
}

/** A figure before and after. */
export interface KpiLine {
  partner: string;
  label: string;
  before: string;
  after: string;
}

/** A pass as the demo tells it. */
export interface PassLine {
  written: Written[];
  /** API calls of the whole pass, and those of them that wrote. */
  calls: number;
  writeCalls: number;
  tookMs: number;
}

/** The parts of the demo, in the order in which they are told. Every number comes from what just happened. */
export type DemoSection =
  | { kind: 'started'; crm: string; url: string; org: string; user: string }
  | { kind: 'read'; read: ReadLine[]; calls: number; tookMs: number; held: number; invalid: number }
  | { kind: 'partners'; headline: string; partners: PartnerLine[] }
  | { kind: 'owned'; pass: PassLine }
  | { kind: 'happened'; sentences: string[] }
  | { kind: 'changed'; changed: number; kpis: KpiLine[]; tiers: TierMove[]; merged: number; pass: PassLine }
  | { kind: 'disagreements'; list: Disagreement[] }
  | { kind: 'quiet'; pass: PassLine };
