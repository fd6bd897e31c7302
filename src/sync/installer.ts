import type { ConnectorHost } from './connector-manifest.ts';
import type { SourceRequest } from './mapping/provision.ts';

/**
 * What a CRM offers for being set up over the wire, beside Connector. The parts are the very ones that the connector's
 * `source` writes into files, so that the two ways of installing cannot drift.
 */
export interface Installing {
  /** What the mappings need, each part after those that it builds on. Makes no call. */
  parts(request: SourceRequest): Promise<InstallPart[]>;
  /** Makes an instance for one connection, as ConnectorManifest.connect does. Makes no call. */
  connect(options: Readonly<Record<string, string>>, host: ConnectorHost): Installer;
}

/** Every member throws TierlinkError (codes CRM_*), and SYNC_ORG_CHANGED on another org than the pinned one. */
export interface Installer {
  /** What of the parts is there, in their order, and whether the user may make the others. Reads only. */
  inspect(parts: readonly InstallPart[]): Promise<Inspection>;
  /**
   * Makes a part, or adds to it what it lacks, and waits until it can be used. Called only for what was found to be lacking;
   * never takes away nor narrows. May be told again what it has done already, and then does nothing. A signal ends waiting,
   * not what the CRM was told already.
   */
  apply(lacking: LackingPart, signal?: AbortSignal): Promise<void>;
  /** Waits for what is still being made, and shows to people, and to inspect, what was made of these objects; those that are
   * not there are left out. Repeated, it is the same as once. The signal is as for apply. */
  publish(objects: readonly string[], signal?: AbortSignal): Promise<void>;
  /** The org's own automation that writing to these objects may set off; only what is switched on. Reads only. */
  automations(objects: readonly string[]): Promise<Automation[]>;
}

/**
 * package: what holds the others together in the CRM · values: those of a list that several fields share · permission: a
 * permission set or role · layout: where people see the fields.
 */
export const partKinds = ['package', 'object', 'field', 'key', 'values', 'permission', 'layout'] as const;
export type PartKind = (typeof partKinds)[number];

export interface InstallPart {
  kind: PartKind;
  /** API name; that of a field with its object before it, as in account.tier. Unique within the kind. */
  name: string;
  label: string;
  /** Object that the part belongs to; null for one that belongs to none. */
  object: string | null;
  /**
   * What may be done about it. create: made where it is not there, and completed · extend: other people's, so that it has to
   * be there, and lacks may be added · never: it has to be there as it is · byHand: a person does it, along setUp.
   */
  may: 'create' | 'extend' | 'never' | 'byHand';
  want: WantedShape;
  /** Which lines of mappings ask for it. */
  why: readonly PartReason[];
  /** Parts without which it cannot be made, as partId says. */
  needs: readonly string[];
  /** The part that may bring it along when it is made, as partId says. (Default: none) */
  comesWith?: string;
  /** The way to it in the CRM's own set-up, as a person clicks it. */
  setUp: string;
  /** What the connector itself wants to know again when it makes the part. */
  detail: unknown;
}

/** What a part has to be. Words are the CRM's own. */
export interface WantedShape {
  /** The first one is made, each of them serves; none: whatever it is. */
  types: readonly string[];
  /** Traits that have to be so. */
  exactly: Readonly<Record<string, string | number | boolean>>;
  /** Traits of which more serves as well, such as a length. */
  atLeast: Readonly<Record<string, number>>;
  /** What has to be among its values or rights, with labels. */
  includes: Readonly<Record<string, string>>;
}

/** What a part was found to be; traits and values of which nobody asks may be left out. */
export interface FoundShape {
  type: string;
  traits: Readonly<Record<string, string | number | boolean>>;
  values: readonly string[];
  /** Why it cannot be used yet although it is there, such as an index that is being built; null where it can. */
  unfinished: string | null;
  /** Why it cannot be told what it has; then a person looks. (Default: it can) */
  unseen?: string;
  /** What is changed in its stead when it is completed, such as a list of values that others share. (Default: the part itself.) */
  through?: string;
}

/** file: of the mapping; path: the keys that lead to the line. */
export type PartReason = { file: string; path: readonly string[] };

/** found: null where it is not there. adds: of want.includes what it lacks. */
export type LackingPart = { part: InstallPart; found: FoundShape | null; adds: readonly string[] };

/** found: in the order of the parts, null for what is not there. lacks: rights that installing them takes and that the
 * user does not have; null where that could not be found out. */
export type Inspection = { found: (FoundShape | null)[]; lacks: string[] | null };

export interface Automation {
  object: string;
  /** In the CRM's own words, such as "Apex trigger". */
  kind: string;
  name: string;
  /** What sets it off, in words; such as "on update of creditlimit". */
  when: string;
  /** The way to it in the CRM's own set-up. */
  setUp: string;
}

/** Names a part within a connection. */
export function partId({ kind, name }: Pick<InstallPart, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}

/** Under which setting an installation notes what it has in hand on a connection; it is about the org of the moment. */
export function installKey(connection: string): string {
  return `install ${connection}`;
}
