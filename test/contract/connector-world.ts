import type { Connector, CrmRecord, CrmValue, ReadRequest, RecordPage } from '../../src/sync/connector.ts';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';

/** A CRM with a connector on it, as the contract suite sees it: what people and the platform do is done from outside. */
export interface ConnectorWorld {
  connector: Connector;
  names: WorldNames;
  insert(object: string, rows: readonly Record<string, CrmValue>[]): string[];
  update(object: string, id: string, fields: Record<string, CrmValue>): void;
  remove(object: string, id: string): void;
  restore(object: string, id: string): void;
  merge(object: string, winner: string, loser: string): void;
  hide(object: string, field: string): void;
  /** Switches a fault on for the next call (or row) that it fits. */
  fault(kind: 'lostAnswer' | 'quota' | 'locked', object: string): void;
  /** Live rows by the names of the CRM's fields. */
  rows(object: string): Record<string, unknown>[];
  close(): Promise<void>;
}

/** What the suite's objects and fields are called there. */
export interface WorldNames {
  company: string;
  deal: string;
  /** Required text of both objects. */
  name: string;
  /** Text of a company that may be blank. */
  phone: string;
  /** Whole number of a company. */
  size: string;
  /** Key field of a company. */
  key: string;
  /** Decimal, date and lookup of a deal; the path to its company's name. */
  amount: string;
  date: string;
  company_of_deal: string;
  company_name_of_deal: string;
  /** Fields that a new deal needs beside its name. */
  dealBasics: Record<string, CrmValue>;
  /** A field that nobody may write. */
  readOnly: string;
  /** A record type of companies that exists, or null where the CRM has none, and how a row is given it. */
  recordType: string | null;
  withRecordType: Record<string, CrmValue>;
  /** The filter of a scope, in the CRM's own language, for companies of this name. */
  filterByName(name: string): string;
}

/** A host for tests: waits nothing, counts what is spent, and can refuse. */
export interface TestHost extends ConnectorHost {
  spent: string[];
  waited: number[];
  refuse: Error | undefined;
  pinned: string | null;
}

export function testHost(now: () => number = Date.now): TestHost {
  const host: TestHost = {
    connection: 'test',
    spent: [],
    waited: [],
    refuse: undefined,
    pinned: null,
    pinnedOrg: async () => host.pinned,
    now,
    sleep: async (ms) => {
      host.waited.push(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
    spend: async (calls, kind) => {
      if (host.refuse !== undefined) throw host.refuse;
      for (let call = 0; call < calls; call += 1) host.spent.push(kind);
    },
    random: () => 0.5,
    log: () => undefined,
  };
  return host;
}

export const quietly = { assignmentRules: false, allowDuplicates: false };
export const everything = { name: 'all' };

export async function pagesOf<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const page of pages) list.push(page);
  return list;
}

/** All records of a read. */
export async function readAll(
  connector: Pick<Connector, 'read'>,
  request: ReadRequest,
): Promise<CrmRecord[]> {
  return (await pagesOf<RecordPage>(connector.read(request))).flatMap((page) => page.records);
}

/** Where changes begin once everything was read. */
export async function cursorNow(connector: Pick<Connector, 'read'>, object: string): Promise<unknown> {
  const pages = await pagesOf(connector.read({ object, fields: [], scope: everything }));
  return pages.at(-1)?.cursor;
}
