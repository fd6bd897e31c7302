import { isTierlinkError } from '../../src/errors.ts';
import { applyPlan } from '../../src/plan/apply.ts';
import { parsePlan } from '../../src/plan/file.ts';
import { makeFixPlan } from '../../src/plan/fixes.ts';
import { breakLink, makeLink, setApart } from '../../src/sync/links/changes.ts';
import { listRejects } from '../../src/sync/push/rejects.ts';
import { runVerify } from '../../src/verify/verify.ts';
import type { ChannelEngine } from '../services/channel-engine.ts';
import type { Task } from './kill-words.ts';

/** What a command that is given again says when it had been done to its end. */
const done: ReadonlySet<string> = new Set(['PLAN_APPLIED', 'LINK_BROKEN', 'LINK_SAME']);

/** Does what a command asks for; given again after a death it goes on. Returns 0: how much it writes is not its answer. */
export async function doTask({ engine, connections }: ChannelEngine, task: Task): Promise<number> {
  const own = { engine: { ...engine, actor: 'admin' }, connections };
  try {
    await tasks[task.do](own, task as never);
  } catch (error) {
    if (!isTierlinkError(error) || !done.has(error.code)) throw error;
  }
  return 0;
}

type Site = Pick<ChannelEngine, 'engine' | 'connections'>;
type Doing = { [Do in Task['do']]: (site: Site, task: Extract<Task, { do: Do }>) => Promise<unknown> };

const tasks: Doing = {
  apply: async ({ engine, connections: configured }, { plan }) => {
    const request = { engine, file: 'it.plan', configured, confirm: new Map(), limit: 500 };
    return await applyPlan({ ...request, plan: parsePlan(plan, 'it.plan') });
  },
  verify: ({ engine, connections }) => runVerify(engine, connections[0]!, { days: 28, full: true }),
  break: ({ engine, connections }, task) =>
    breakLink(engine, { link: linkOf(connections, task), reason: 'wrong' }),
  make: ({ engine, connections }, task) =>
    makeLink(engine, { link: linkOf(connections, task), to: task.to, reason: 'right' }),
  apart: ({ engine }, { records }) =>
    setApart(engine, { entity: 'partner', records, reason: 'two companies', takeBack: false }),
  fix: async ({ engine, connections: configured }, { typed }) => {
    const rejects = await listRejects(engine.store);
    return await makeFixPlan(
      { engine, configured },
      rejects.map((reject) => ({ reject, typed })),
    );
  },
};

function linkOf(
  connections: Site['connections'],
  { object, crmId }: Pick<Extract<Task, { do: 'break' }>, 'object' | 'crmId'>,
) {
  return { connection: connections[0]!.alias, object, crmId, entity: 'partner' as const };
}
