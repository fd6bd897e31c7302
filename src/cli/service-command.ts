import { z } from 'zod';
import { createLogger } from '../app/logger.ts';
import { openApp } from '../app.ts';
import { nextRun } from '../queue/timing.ts';
import { refuseEmbeddedWorker, type ServiceRole, startService } from '../service.ts';
import type { CommandCall } from './command.ts';
import { defineCommand } from './command.ts';
import { text } from './commands/start.messages.ts';
import type { FlagSet } from './flags.ts';
import type { Screen } from './screen.ts';
import { untilAborted } from './until-aborted.ts';

const resultSchema = z.strictObject({
  role: z.enum(['start', 'worker']),
  queue: z.string(),
  schedules: z.array(
    z.strictObject({ id: z.string(), job: z.string(), when: z.string(), next: z.string().nullable() }),
  ),
});
type Result = z.infer<typeof resultSchema>;
// biome-ignore lint/complexity/noBannedTypes: a command without arguments
type Call = CommandCall<FlagSet, {}, Result>;

/** The two commands that run until they are stopped differ only in their role. */
export function serviceCommand(role: ServiceRole, examples: readonly string[]) {
  return defineCommand({
    name: role,
    ...text[role],
    examples,
    result: resultSchema,
    run: async (call) => ({ result: await serve(call, role) }),
    show,
  });
}

/** Runs until the signal ends. */
async function serve(
  call: Pick<Call, 'config' | 'project' | 'signal' | 'publish'>,
  role: ServiceRole,
): Promise<Result> {
  const config = call.config();
  if (role === 'worker') refuseEmbeddedWorker(config);
  const logger = createLogger(config.settings.LOG_LEVEL, process.stderr);
  const command = `tierlink ${role}`;
  const app = await openApp({ config, project: call.project(), logger, command, alone: role === 'start' });
  try {
    const service = await startService(app, role);
    const result = {
      role,
      queue: service.queue.kind,
      schedules: role === 'worker' ? [] : service.schedules.map(describe(app.clock.now())),
    };
    call.publish({ result });
    await untilAborted(call.signal);
    logger.info({ role }, 'stopping');
    await service.stop();
    return result;
  } finally {
    await app.close();
  }
}

function describe(now: number) {
  return ({ id, job, timing }: { id: string; job: string; timing: Parameters<typeof nextRun>[0] }) => {
    const next = nextRun(timing, now);
    return {
      id,
      job,
      when: 'cron' in timing ? text.cron(timing.cron, timing.timeZone) : text.every(timing.everySeconds),
      next: next === undefined ? null : new Date(next).toISOString(),
    };
  };
}

function show(result: Result, screen: Screen): void {
  screen.line(text.running(result.role, result.queue));
  if (result.schedules.length === 0) {
    screen.line(text.noSchedules);
    return;
  }
  screen.line();
  screen.table(
    text.columns.map((title) => ({ title })),
    result.schedules.map(({ id, when, next }) => [id, when, screen.instant(next)]),
  );
}
