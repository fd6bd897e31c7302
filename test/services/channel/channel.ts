import type { FaultBase } from '../../../connectors/simulation/fault-switches.ts';
import type { Program } from '../../../src/program/load.ts';
import type { ConnectorManifest } from '../../../src/sync/connector-manifest.ts';
import type { ObjectMapping } from '../../../src/sync/mapping/schema.ts';

/**
 * A small channel business in a simulated CRM, told in the words of the program model, so that one history can be played
 * in any CRM. What people do there is done as they would do it, not through the connector that is being tested.
 */
export interface Channel {
  crm: ConnectorManifest;
  /** Ready options of a connection, credentials included. */
  connect: Readonly<Record<string, string>>;
  /** The mappings that ship for this CRM, adapted. What they write is what its connection may write. */
  mappings: readonly ObjectMapping[];
  /** Epoch milliseconds of the CRM's clock. */
  now(): number;
  /** Live rows, ordered by id, as the shipped mappings mean them. A partner that left the program is a customer. */
  rows<K extends Kind>(kind: K): Row<K>[];
  /** A live row of whatever kind; undefined when there is none with this id. */
  find<K extends Kind>(kind: K, id: string): Row<K> | undefined;
  /** What is not named stays blank. */
  add<K extends Kind>(kind: K, values: Partial<Values[K]>): Deed;
  edit<K extends Kind>(kind: K, id: string, values: Partial<Values[K]>): Deed;
  remove(kind: Kind, id: string): Deed;
  /**
   * Brings back what was removed, with what went with it, under the same ids; refused for what was purged. Salesforce has
   * its recycle bin; the Dynamics environment is one whose recycle bin an admin has turned on
   * (https://learn.microsoft.com/power-apps/developer/data-platform/restore-deleted-records).
   */
  restore(id: string): Deed;
  /** Takes what was removed out of the recycle bin for good. */
  purge(id: string): Deed;
  /** The loser's people, deals and so on go to the winner. Salesforce deletes the loser; Dynamics keeps it, inactive. */
  merge(kind: 'partner' | 'customer' | 'person', ids: { winner: string; loser: string }): Deed;
  /** A partner leaves the program and is a customer from then on; a customer enters it. */
  leave(id: string): Deed;
  enter(id: string): Deed;
  /** Somebody types a tier into the CRM. */
  setTier(id: string, tier: string): Deed;
  /** Names of what only the program makes there, for the checks: ids and our keys of live rows. */
  madeByUs(entity: 'decision' | 'kpiPeriod' | 'connectionStatus'): { id: string; key: string }[];
  calls: ChannelCalls;
  /** Switches on a fault of this CRM's own simulator. */
  addFault(fault: ChannelFault): void;
  clearFaults(): void;
  /** What a call hook throws to have the CRM refuse the call with 503 and do nothing. */
  unavailable(): Error;
  /**
   * Remembers the whole CRM: records, deletions, recycle bin. Restoring may be done any number of times and in any order
   * and ends all faults. Ids and version numbers that were given away since are not given again, and cursors of before
   * the snapshot tell what is there then; cursors of the time in between mean nothing any more.
   */
  snapshot(): { restore(): void };
  /** Options of a connection under which writes take other ways, by name; `usual` is empty. */
  lanes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  close(): Promise<void>;
}

export interface ChannelOptions {
  /** Epoch milliseconds. */
  now: () => number;
  program: Program;
  /** What the connection uses instead of the shipped mappings. */
  adapt(shipped: readonly ObjectMapping[]): readonly ObjectMapping[];
}

/** What a CRM's simulator knows as a fault; its own file says which fields a kind has. */
export type ChannelFault = FaultBase & Readonly<Record<string, unknown>>;

/** What came of something that people tried: refusals of the CRM are told, not thrown. */
export type Deed = { done: true; id: string } | { done: false; why: string };

export interface Call {
  /** Method and address. */
  line: string;
  /** Whether it can change a record of the CRM. */
  isWrite: boolean;
}

/** The calls that reach the CRM, as its limits count them. */
export interface ChannelCalls {
  /** Every call so far, oldest first. */
  made(): readonly Call[];
  reset(): void;
  /** Tells each call before the CRM does it; what the hook throws is the CRM's answer. The result ends it. */
  watch(hook: (call: Call) => void): () => void;
}

/** What every kind of record says. Ids are those of the CRM; decimals and days are texts, instants ISO 8601. */
export interface Values {
  partner: {
    name: string | null;
    /** Number by which other systems know the company. */
    number: string | null;
    type: string | null;
    region: string | null;
    phone: string | null;
    website: string | null;
    country: string | null;
    startedOn: string | null;
    tier: string | null;
  };
  customer: { name: string | null; number: string | null };
  person: { name: string | null; phone: string | null; title: string | null; partner: string | null };
  deal: {
    name: string | null;
    amount: string | null;
    state: 'open' | 'won' | 'lost';
    closeOn: string | null;
    customer: string | null;
    partner: string | null;
    /** The CRM's own word; follows from the state. */
    readonly stage: string | null;
  };
  /** A further partner on a deal. Roles that the mappings do not know are kept as they are. */
  credit: { deal: string | null; partner: string | null; role: string };
  certification: {
    person: string | null;
    partner: string | null;
    code: string | null;
    issuedOn: string | null;
    expiresOn: string | null;
    status: 'active' | 'revoked';
  };
  lead: {
    name: string | null;
    partner: string | null;
    deliveredAt: string | null;
    acceptedAt: string | null;
  };
  registration: {
    company: string | null;
    partner: string | null;
    state: 'submitted' | 'approved' | 'declined';
  };
  case: {
    subject: string | null;
    customer: string | null;
    partner: string | null;
    isClosed: boolean;
    satisfaction: string | null;
    /** The CRM's own word; follows from isClosed. */
    readonly status: string | null;
  };
}

export type Kind = keyof Values;
export type Row<K extends Kind = Kind> = { id: string } & Values[K];

/** The ids of what people did; throws what the CRM refused. */
export function idsOf(...deeds: readonly Deed[]): string[] {
  return deeds.map((deed) => {
    if (!deed.done) throw new Error(`the CRM refused: ${deed.why}`);
    return deed.id;
  });
}

/** A deed in words, for the story of a history. */
export function told(deed: Deed): string {
  return deed.done ? `done ${deed.id}` : deed.why;
}

const dayMs = 86_400_000;

/** A calendar day so many days after the CRM's today. */
export function day({ now }: Pick<Channel, 'now'>, offset: number): string {
  return new Date(now() + offset * dayMs).toISOString().slice(0, 10);
}
