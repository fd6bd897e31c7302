import {
  type Chain,
  type ChainPlace,
  type EntryText,
  entryColumns,
  entryHash,
  lineHash,
  lockChain,
} from './audit-chain.ts';
import type { Store, Tx } from './store.ts';

/** What is wrong with the chain at one place. */
export interface ChainFault {
  /**
   * missing: a line or its entry is gone · changed: the entry is not what was sealed · out_of_place: the line does not
   * follow the one before it · inserted: an entry that never was in line for the chain.
   */
  kind: 'missing' | 'changed' | 'out_of_place' | 'inserted';
  /** How many entries. */
  entries: number;
  /** Numbers of the first and last line that it is about; null: they have none. */
  first: number | null;
  last: number | null;
  /** When the entry was made; for lines of which nothing is left, the lines around them. null where nothing says it. */
  from: string | null;
  to: string | null;
}

export interface ChainVerification {
  /** Lines that were looked at. */
  lines: number;
  head: ChainPlace;
  /** Instants of the first and last line; null where there is none. */
  from: string | null;
  to: string | null;
  /** Entries that have no line yet, and since when. */
  unsealed: { entries: number; since: string | null };
  pruned: Chain['pruned'];
  /** The first faults, by line. */
  faults: ChainFault[];
  /** How many in all. */
  faultCount: number;
  /** Where the place that was noted is; null: none was given. */
  expected: 'found' | 'not_found' | 'pruned' | null;
}

const pageSize = 2_000;

/** Faults that are told one by one. */
const toldFaults = 100;

/**
 * Computes the chain of the audit anew and compares. expect: a head that was noted elsewhere; only that shows that the end
 * of the chain was cut off, or all of it written anew. Holds up sealing and pruning meanwhile, and no writer of the audit.
 */
export async function verifyAudit(store: Store, expect?: ChainPlace): Promise<ChainVerification> {
  return await store.transaction(async (tx) => {
    const chain = await lockChain(tx, 'share');
    const walk = new Walk(chain);
    for (
      let page = await linesAfter(tx, null);
      page.length > 0;
      page = await linesAfter(tx, page.at(-1)!.seq)
    )
      for (const line of page) walk.take(line);
    walk.end();
    await lookBeside(tx, walk);
    const [unsealed] = await tx.query<{ entries: number; since: string | null }>(
      `select count(*)::integer as entries, min(a.at) as since
       from tierlink.unsealed u join tierlink.audit a on a.id = u.audit_id`,
    );
    const { pruned, head } = chain;
    const { lines, from, to, faults, faultCount } = walk;
    const expected = expect === undefined ? null : await expectedIn(tx, { chain, expect });
    return { lines, head, from, to, unsealed: unsealed!, pruned, faults, faultCount, expected };
  });
}

/** A line beside its entry, of which id is null where it is gone. */
type Line = Omit<EntryText, 'id'> & {
  id: string | null;
  seq: string;
  sealedAt: string;
  sealedEntry: string;
  hash: string;
};

async function linesAfter(tx: Tx, seq: string | null): Promise<Line[]> {
  return await tx.query<Line & Record<string, unknown>>(
    `select s.seq, s.at as "sealedAt", s.entry_hash as "sealedEntry", s.hash, ${entryColumns}
     from tierlink.seal s left join tierlink.audit a on a.id = s.audit_id
     where $1::bigint is null or s.seq > $1 order by s.seq limit $2`,
    [seq, pageSize],
  );
}

/** The chain from its first line to its last, with what was found on the way. */
class Walk {
  lines = 0;
  from: string | null = null;
  to: string | null = null;
  faults: ChainFault[] = [];
  faultCount = 0;
  #chain: Chain;
  /** The line before; its hash is null where that is not known. */
  #before: { seq: number; hash: string | null };

  constructor(chain: Chain) {
    this.#chain = chain;
    this.#before = chain.pruned;
  }

  note(fault: ChainFault): void {
    this.faultCount += 1;
    if (this.faults.length < toldFaults) this.faults.push(fault);
  }

  take(line: Line): void {
    const seq = Number(line.seq);
    const here = { entries: 1, first: seq, last: seq, from: line.sealedAt, to: line.sealedAt };
    if (seq > this.#before.seq + 1) this.#skipTo(seq, line.sealedAt);
    this.lines += 1;
    this.from ??= line.sealedAt;
    this.to = line.sealedAt;
    if (line.id === null) this.note({ kind: 'missing', ...here });
    else if (entryHash({ ...line, id: line.id }) !== line.sealedEntry || !this.#isOf(line))
      this.note({ kind: 'changed', ...here });
    if (!this.#follows(seq, line)) this.note({ kind: 'out_of_place', ...here });
    if (seq > this.#before.seq) this.#before = { seq, hash: line.hash };
  }

  /** Lines at the end are missed too, by what the chain says of itself. */
  end(): void {
    const { head } = this.#chain;
    const { seq, hash } = this.#before;
    if (seq < head.seq) this.#miss({ first: seq + 1, last: head.seq, to: null });
    else if (seq > head.seq || (hash !== null && hash !== head.hash))
      this.note({ kind: 'out_of_place', entries: 1, first: seq, last: seq, from: this.to, to: this.to });
  }

  #skipTo(seq: number, at: string): void {
    this.#miss({ first: this.#before.seq + 1, last: seq - 1, to: at });
    this.#before = { seq: seq - 1, hash: null };
  }

  /** Lines of which nothing is left. */
  #miss({ first, last, to }: { first: number; last: number; to: string | null }): void {
    this.note({ kind: 'missing', entries: last - first + 1, first, last, from: this.to, to });
  }

  #isOf(line: Line): boolean {
    return Date.parse(line.at) === Date.parse(line.sealedAt);
  }

  #follows(seq: number, line: Line): boolean {
    if (seq <= this.#before.seq) return false;
    const { hash } = this.#before;
    return hash === null || lineHash(hash, { seq, entryHash: line.sealedEntry }) === line.hash;
  }
}

/** Entries that came in beside the writer, and such as went before they had a line. */
async function lookBeside(tx: Tx, walk: Walk): Promise<void> {
  const beside = await tx.query<Pick<ChainFault, 'kind' | 'from' | 'to'> & { entries: number }>(
    `select 'inserted' as kind, count(*)::integer as entries, min(a.at) as "from", max(a.at) as "to" from tierlink.audit a
     where not exists (select from tierlink.seal s where s.audit_id = a.id)
       and not exists (select from tierlink.unsealed u where u.audit_id = a.id)
     union all
     select 'missing', count(*)::integer, null, null from tierlink.unsealed u
     where not exists (select from tierlink.audit a where a.id = u.audit_id)`,
  );
  for (const { kind, entries, from, to } of beside)
    if (entries > 0) walk.note({ kind, entries, first: null, last: null, from, to });
}

async function expectedIn(
  tx: Tx,
  { chain, expect }: { chain: Chain; expect: ChainPlace },
): Promise<'found' | 'not_found' | 'pruned'> {
  const { pruned } = chain;
  if (expect.seq < pruned.seq) return 'pruned';
  if (expect.seq === pruned.seq) return expect.hash === pruned.hash ? 'found' : 'not_found';
  const found = await tx.query('select seq from tierlink.seal where seq = $1::bigint and hash = $2', [
    expect.seq,
    expect.hash,
  ]);
  return found.length > 0 ? 'found' : 'not_found';
}
