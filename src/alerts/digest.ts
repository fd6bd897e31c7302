import { randomUUID } from 'node:crypto';
import { instantOf } from '../model/clock.ts';
import { readSetting, writeSetting } from '../store/settings.ts';
import type { Executor, Store } from '../store/store.ts';
import { queueNotices } from './evaluate.ts';
import type { Notice } from './notice.ts';
import type { AlertSettings } from './settings.ts';

const settingKey = 'alerts.digest';

/** So many partners are named; the others are counted. */
const named = 20;

export interface DigestRequest {
  store: Store;
  /** Epoch ms. */
  now: number;
  settings: AlertSettings;
  program: { name: string; title: string };
}

/** note: its timing is new, and is counted from the moment that is noted. write: its time has come. */
export type DigestWork = 'nothing' | 'note' | 'write';

/**
 * What is to be done of the digest, by when the last one was written; changes nothing. The first one waits for its time, and
 * several that were missed are one.
 */
export async function digestWork({ store, now, settings }: DigestRequest): Promise<DigestWork> {
  if (settings.digest === null || settings.channels.length === 0) return 'nothing';
  const kept = await readSetting<{ at: string; digest: string }>(store.db, settingKey);
  if (kept?.digest !== settings.digest) return 'note';
  // It brings the queue with it, which most commands never need.
  const { nextRun, parseTiming } = await import('../queue/timing.ts');
  const next = nextRun(parseTiming(settings.digest, 'alerts.digest'), Date.parse(kept.at));
  return next !== undefined && next <= now ? 'write' : 'nothing';
}

/** Does what is to be done of the digest. */
export async function workOffDigest(request: DigestRequest): Promise<void> {
  const work = await digestWork(request);
  if (work === 'note') await noteTiming(request);
  if (work === 'write') await queueDigest(request);
}

async function noteTiming({ store, now, settings }: DigestRequest): Promise<void> {
  await writeSetting(store.db, { key: settingKey, ...keptNow(settings, now) });
}

/** Writes the digest of who is about to lose a tier, once for each time that it is due. */
async function queueDigest(request: DigestRequest): Promise<void> {
  const { store, now, settings, program } = request;
  await store.transaction(async (tx) => {
    const risks = await readRisks(tx, program.name);
    await queueNotices(tx, settings, [digestNotice(risks, { at: instantOf(now), program: program.title })]);
    const { value, now: at } = keptNow(settings, now);
    await tx.query('update tierlink.setting set value = $2, updated_at = $3 where key = $1', [
      settingKey,
      JSON.stringify(value),
      at,
    ]);
  });
}

function keptNow({ digest }: AlertSettings, now: number) {
  return { value: { at: instantOf(now), digest }, now: instantOf(now) };
}

/** A partner that will lose its tier if nothing changes. */
export interface Risk {
  name: string;
  ladder: string;
  tier: string | null;
  /** due_down: it is lost, and waits for its day or an approval. */
  status: string;
  /** The day of the decision; null where none is known. */
  day: string | null;
  summary: string | null;
}

async function readRisks(executor: Executor, program: string): Promise<Risk[]> {
  return await executor.query<Risk & Record<string, unknown>>(
    `select coalesce(p.name, t.partner_id) as name, t.ladder, t.tier, t.status,
       coalesce(t.grace_until, t.next_review) as day, t.summary
     from tierlink.tier_state t left join tierlink.partner p on p.id = t.partner_id
     where t.program = $1 and t.status in ('at_risk', 'due_down') and t.closed_at is null and t.inherited_from is null
     order by coalesce(t.grace_until, t.next_review) nulls last, name, t.ladder`,
    [program],
  );
}

/** Nobody at risk is said as well: silence would look like a digest that did not come. */
export function digestNotice(risks: readonly Risk[], head: { at: string; program: string }): Notice {
  const count = risks.length;
  const title =
    count === 0
      ? 'nobody is about to lose a tier'
      : `${count} ${count === 1 ? 'tier is' : 'tiers are'} about to be lost`;
  const lines = risks.slice(0, named).map(riskLine);
  const more = count > named ? [`And ${count - named} more.`] : [];
  return {
    ...head,
    id: randomUUID(),
    kind: 'digest',
    title: `Tierlink: ${title}`,
    lines: count === 0 ? ['Every partner keeps its tier if nothing changes.'] : [...lines, ...more],
    alert: null,
    owner: count === 0 ? null : 'partner managers',
    next:
      count === 0
        ? []
        : ['tierlink partners --status at_risk', 'tierlink tier forecast', 'tierlink tier why <partner>'],
  };
}

function riskLine({ name, ladder, tier, status, day, summary }: Risk): string {
  const when = day === null ? '' : ` on ${day}`;
  const word = status === 'due_down' ? 'is lost' : 'will be lost';
  const why = summary === null ? '' : ` ${summary}`;
  return `${name}: ${tier ?? 'its tier'} (${ladder}) ${word}${when}.${why}`;
}
