import { instantOf } from '../model/clock.ts';
import type { Program } from '../program/load.ts';
import { currentPeriod } from '../program/period-names.ts';
import { alive } from '../store/alive.ts';
import type { Executor } from '../store/store.ts';
import { otherFigures } from '../tier/kept-track.ts';
import { away } from './away.ts';
import type { StateReason } from './types.ts';

/**
 * needed: dirty partners and values that time has changed; a partner is dirty from its first day. newPeriod: besides, every
 * partner without figures of the running period. all: every partner.
 */
export type Mode = 'dirty' | 'due' | 'needed' | 'newPeriod' | 'all';

export interface PageRequest {
  program: Program;
  mode: Mode;
  now: number;
  asOf: string;
  /** The last partner of the page before; '' for the first. */
  after: string;
  pageSize: number;
  only: readonly string[] | undefined;
  /** Why inputs that decide about tracks are late; nobody is looked at who still waits for one of them. */
  late: readonly StateReason[];
}

/** The next partners with something to compute, in the order of their ids. */
export async function nextPage(executor: Executor, request: PageRequest): Promise<string[]> {
  const { program, mode, after, pageSize } = request;
  // What is due by a version that kept tracks is no work for one that keeps none.
  const byTime = program.trackKeeping === undefined ? [dueSql] : [dueSql, trackSql];
  const parts = {
    all: [`select p.id from tierlink.partner p where ${alive('p')}`, dirtySql],
    dirty: [dirtySql],
    due: byTime,
    needed: [dirtySql, ...byTime],
    newPeriod: [dirtySql, ...byTime, periodSql],
  }[mode];
  const rows = await executor.query<{ id: string }>(
    `select id from (${parts.join(' union ')}) as work
     where id collate "C" > $1 and ($2::text[] is null or id = any($2::text[]))
       and $4::text is not null and $5::timestamptz is not null and $6::text is not null and $7::jsonb is not null
     group by id order by id collate "C" limit $3`,
    [
      after,
      request.only ?? null,
      pageSize,
      program.name,
      instantOf(request.now),
      currentPeriod(program, request.asOf).period,
      JSON.stringify(request.late),
    ],
  );
  return rows.map(({ id }) => id);
}

const dirtySql = 'select partner_id as id from tierlink.dirty_partner';

const dueSql = `select v.partner_id as id from tierlink.kpi_value v join tierlink.partner p on p.id = v.partner_id
  where v.program = $4 and v.next_change_at > '${away}' and v.next_change_at <= $5 and ${alive('p')}`;

/** Whose track need no longer be kept, and whose figures that decide about it are sure by now. */
const trackSql = `select t.partner_id as id from tierlink.track_due t join tierlink.partner p on p.id = t.partner_id
  where t.program = $4 and t.due_at <= $5 and ${alive('p')}
    and (t.waits_for is null or (t.waits_for <> '${JSON.stringify(otherFigures)}'
      and t.waits_for not in (select jsonb_array_elements($7::jsonb))))`;

/**
 * Partners without figures of the running period. It looks at every partner, so it is asked only until each has some; what
 * should ever be missing by mistake is made up for then.
 */
const periodSql = `select p.id from tierlink.partner p where ${alive('p')} and not exists
  (select from tierlink.kpi_period k where k.program = $4 and k.partner_id = p.id and k.period = $6)`;
