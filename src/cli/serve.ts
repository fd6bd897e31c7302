import { createLogger } from '../app/logger.ts';
import { openApp } from '../app.ts';
import { nextRun } from '../queue/timing.ts';
import { refuseEmbeddedWorker, type ServiceRole, startService } from '../service.ts';
import type { CommandCall } from './command.ts';
import { text } from './commands/start.messages.ts';
import type { FlagSet } from './flags.ts';
import type { ServiceResult } from './service-command.ts';
import { untilAborted } from './until-aborted.ts';

// biome-ignore lint/complexity/noBannedTypes: a command without arguments
type Call = CommandCall<FlagSet, {}, ServiceResult>;

/** Runs until the signal ends. Throws what ended the store before that: nothing in this process brings it back. */
export async function serve(
  call: Pick<Call, 'config' | 'project' | 'signal' | 'publish'>,
  role: ServiceRole,
): Promise<ServiceResult> {
  const config = call.config();
  if (role === 'worker') refuseEmbeddedWorker(config);
  const logger = createLogger(config.settings.LOG_LEVEL, process.stderr);
  const command = `tierlink ${role}`;
  const app = await openApp({ config, project: call.project(), logger, command, alone: role === 'start' });
  const lost = new Promise<never>((_resolve, reject) => void app.store.onLost(reject));
  // It may come while nobody waits for it, such as at the start, which fails by itself then.
  lost.catch(() => undefined);
  try {
    const service = await Promise.race([startService(app, role), lost]);
    const result = {
      role,
      queue: service.queue.kind,
      schedules: role === 'worker' ? [] : service.schedules.map(describe(app.clock.now())),
    };
    call.publish({ result });
    try {
      await Promise.race([untilAborted(call.signal), lost]);
    } finally {
      logger.info({ role }, 'stopping');
      await service.stop();
    }
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
