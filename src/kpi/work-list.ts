import { instantOf } from '../model/clock.ts';
import type { Program } from '../program/load.ts';
import type { Executor } from '../store/store.ts';
import { currentPeriod } from './periods.ts';

/** needed: dirty partners, values that time has changed, and what was never computed. */
export type Mode = 'dirty' | 'due' | 'all' | 'needed';

export interface PageRequest {
  program: Program;
  mode: Mode;
  now: number;
  asOf: string;
  /** The last partner of the page before; '' for the first. */
  after: string;
  pageSize: number;
  only: readonly string[] | undefined;
}

const alive = 'p.deleted_at is null and p.merged_into is null and p.in_scope';

/** The next partners with something to compute, in the order of their ids. */
export async function nextPage(executor: Executor, request: PageRequest): Promise<string[]> {
  const { program, mode, after, pageSize } = request;
  const parts = {
    all: [`select p.id from tierlink.partner p where ${alive}`, dirtySql],
    dirty: [dirtySql],
    due: [dueSql],
    needed: [dirtySql, dueSql, missingSql, periodSql],
  }[mode];
  const rows = await executor.query<{ id: string }>(
    `select id from (${parts.join(' union ')}) as work
     where id collate "C" > $1 and ($2::text[] is null or id = any($2::text[]))
       and $4::text is not null and $5::timestamptz is not null and $6::text is not null
     order by id collate "C" limit $3`,
    [
      after,
      request.only ?? null,
      pageSize,
      program.name,
      instantOf(request.now),
      currentPeriod(program, request.asOf).period,
    ],
  );
  return rows.map(({ id }) => id);
}

const dirtySql = 'select partner_id as id from tierlink.dirty_partner';

const dueSql = `select v.partner_id from tierlink.kpi_value v join tierlink.partner p on p.id = v.partner_id
  where v.program = $4 and v.next_change_at <= $5 and ${alive}`;

const missingSql = `select p.id from tierlink.partner p where ${alive} and not exists
  (select from tierlink.kpi_value v where v.program = $4 and v.partner_id = p.id)`;

/** Partners without the figures of the running period: a new period has begun. */
const periodSql = `select p.id from tierlink.partner p where ${alive} and not exists
  (select from tierlink.kpi_period k where k.program = $4 and k.partner_id = p.id and k.period = $6)`;
