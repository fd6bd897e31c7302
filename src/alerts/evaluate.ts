import { randomUUID } from 'node:crypto';
import { instantOf } from '../model/clock.ts';
import type { Executor, Store, Tx } from '../store/store.ts';
import { type Finding, findConditions, type Transitions, transitionsOf } from './conditions.ts';
import { closedNotice, type Notice, openedNotice } from './notice.ts';
import { readAlertRows } from './read-rows.ts';
import type { AlertSettings } from './settings.ts';

/** An open alert as it is kept. */
export interface KeptAlert {
  key: string;
  detail: Finding;
}

export interface Evaluation {
  store: Store;
  /** Epoch ms. */
  now: number;
  settings: AlertSettings;
  /** Those of the project. */
  connections: readonly string[];
  /** The program, for the words of notices. */
  program: string;
}

/** What would change now; changes nothing. */
export async function lookForTransitions(
  executor: Executor,
  { now, settings, connections }: Evaluation,
): Promise<Transitions<KeptAlert>> {
  const open = await executor.query<{ key: string; detail: Finding }>(
    `select key, detail from tierlink.alert where state = 'open' order by key`,
  );
  const { thresholds } = settings;
  const countsRejects = thresholds.invalidPercent !== null;
  const rows = await readAlertRows(executor, { connections, now, countsRejects });
  const keys = new Set(open.map(({ key }) => key));
  return transitionsOf(findConditions({ rows, thresholds, open: keys, now }), open);
}

/**
 * Opens and closes alerts by what the rows say, and puts a notice of each transition in line for each channel, in one
 * transaction: what is told is what was kept. One at a time, so that none is opened, and told, twice.
 */
export async function evaluateAlerts(evaluation: Evaluation): Promise<{ opened: number; closed: number }> {
  const { store, now, settings } = evaluation;
  return await store.transaction(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('tierlink alerts', 0))`);
    const { opened, open, closed } = await lookForTransitions(tx, evaluation);
    const at = instantOf(now);
    const head = () => ({ id: randomUUID(), at, program: evaluation.program });
    const notices: Notice[] = [];
    for (const finding of opened) {
      await keepOpened(tx, finding, at);
      notices.push(openedNotice(finding, head()));
    }
    for (const { alert, finding } of open)
      if (finding !== null) await keepDetail(tx, { ...finding, since: alert.detail.since });
    for (const { key, detail } of closed) {
      await tx.query(`update tierlink.alert set state = 'closed', closed_at = $2 where key = $1`, [key, at]);
      notices.push(closedNotice(detail, head()));
    }
    await queueNotices(tx, settings, notices);
    return { opened: opened.length, closed: closed.length };
  });
}

/** One that comes back is open anew, and nobody has acknowledged it. */
async function keepOpened(tx: Tx, finding: Finding, at: string): Promise<void> {
  const { key, condition, connection } = finding;
  await tx.query(
    `insert into tierlink.alert (key, condition, connection, state, detail, opened_at) values ($1, $2, $3, 'open', $4, $5)
     on conflict (key) do update set state = 'open', detail = excluded.detail, opened_at = excluded.opened_at,
       closed_at = null, acknowledged_at = null, acknowledged_by = null, acknowledged_reason = null`,
    [key, condition, connection, JSON.stringify(finding), at],
  );
}

/** Figures in the words move while it lasts; that is no news. */
async function keepDetail(tx: Tx, finding: Finding): Promise<void> {
  await tx.query('update tierlink.alert set detail = $2::jsonb where key = $1 and detail <> $2::jsonb', [
    finding.key,
    JSON.stringify(finding),
  ]);
}

/** Puts notices in line for every channel. */
export async function queueNotices(
  tx: Tx,
  { channels }: AlertSettings,
  notices: readonly Notice[],
): Promise<void> {
  for (const notice of notices) {
    for (const { name } of channels) {
      await tx.query(
        `insert into tierlink.notice (id, channel, message, since) values ($1, $2, $3, $4)
         on conflict (channel, id) do nothing`,
        [notice.id, name, JSON.stringify(notice), notice.at],
      );
    }
  }
}
