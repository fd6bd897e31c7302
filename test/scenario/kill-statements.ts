import type { Store } from '../../src/store/store.ts';
import type { DeathByStatement } from './kill-words.ts';

/** Counts what a store sends to its database, and ends the process where it is told to. */
export interface StatementCounter {
  counts: { statements: number; commits: number };
  /** Counts from 0 on; null: nobody dies. */
  begin(death: DeathByStatement | null): void;
  /** A death that is due later than this is off, and so is one at a statement that has not come. */
  end(): void;
}

export function countStatements({ pool }: Store): StatementCounter {
  let due: NodeJS.Timeout | undefined;
  let sent: (text: string) => void = () => undefined;
  const counter: StatementCounter = {
    counts: { statements: 0, commits: 0 },
    begin: () => undefined,
    end: () => {
      clearTimeout(due);
      sent = () => undefined;
    },
  };
  counter.begin = (death) => {
    const counts = { statements: 0, commits: 0 };
    let met = 0;
    counter.counts = counts;
    sent = (text) => {
      counts.statements += 1;
      if (isCommit(text)) counts.commits += 1;
      if (death === null || !text.includes(death.text ?? '')) return;
      met += 1;
      if (met === death.at) due = dieSoon(death.afterMs);
    };
  };
  pool.on('acquire', (client) => countQueries(client as unknown as Client, (text) => sent(text)));
  return counter;
}

const isCommit = (text: string) => /^commit\b/i.test(text);

interface Client {
  query: ((...given: unknown[]) => unknown) & { isCounted?: boolean };
}

function countQueries(client: Client, sent: (text: string) => void): void {
  const { query } = client;
  if (query.isCounted === true) return;
  const counted: Client['query'] = (...given) => {
    const answer = query.apply(client, given);
    sent(textOf(given[0]));
    return answer;
  };
  counted.isCounted = true;
  client.query = counted;
}

function textOf(query: unknown): string {
  return typeof query === 'string' ? query : String((query as { text?: unknown } | undefined)?.text ?? '');
}

function dieSoon(afterMs: number): NodeJS.Timeout | undefined {
  const die = () => process.kill(process.pid, 'SIGKILL');
  if (afterMs > 0) return setTimeout(die, afterMs);
  die();
  return undefined;
}
