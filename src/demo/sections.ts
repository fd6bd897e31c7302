import type { Disagreement, TierMove, Written } from './observe.ts';

/** One partner of the demo's first table. */
export interface PartnerLine {
  name: string;
  tier: string | null;
  /** Tier that people keep by hand in the CRM. */
  crmTier: string | null;
  /** The first figure of the program's first success factor. */
  headline: string;
  met: number;
  notMet: number;
  pending: number;
  asOf: string;
}

/** What was read of one object, as what. */
export interface ReadLine {
  object: string;
  entity: string;
  records: number;
}

/** The parts of the demo, in the order in which they are told. Every number comes from what just happened. */
export type DemoSection =
  | { kind: 'started'; crm: string; url: string; org: string; user: string; folder: string }
  | { kind: 'read'; read: ReadLine[]; calls: number; tookMs: number; held: number; invalid: number }
  | { kind: 'compared'; same: number; up: number; down: number; unknown: number }
  | {
      kind: 'wrote';
      when: 'first' | 'second' | 'third';
      written: Written[];
      calls: number;
      writeCalls: number;
      tookMs: number;
    }
  | { kind: 'partners'; headline: string; partners: PartnerLine[] }
  | { kind: 'happened'; sentences: string[] }
  | { kind: 'kpis'; moves: { partner: string; label: string; before: string; after: string }[]; all: number }
  | { kind: 'tiers'; moves: TierMove[] }
  | { kind: 'disagreements'; list: Disagreement[] }
  | { kind: 'kept'; folder: string; url: string };
