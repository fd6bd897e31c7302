import { z } from 'zod';
import type { ServiceRole } from '../service.ts';
import { defineCommand } from './command.ts';
import { text } from './commands/start.messages.ts';
import type { Screen } from './screen.ts';

const resultSchema = z.strictObject({
  role: z.enum(['start', 'worker']),
  queue: z.string(),
  schedules: z.array(
    z.strictObject({ id: z.string(), job: z.string(), when: z.string(), next: z.string().nullable() }),
  ),
});
export type ServiceResult = z.infer<typeof resultSchema>;

/** The two commands that run until they are stopped differ only in their role. */
export function serviceCommand(role: ServiceRole, examples: readonly string[]) {
  return defineCommand({
    name: role,
    ...text[role],
    examples,
    result: resultSchema,
    run: async (call) => {
      // Only these two need the queue, which takes longer to load than most commands take to run.
      const { serve } = await import('./serve.ts');
      return { result: await serve(call, role) };
    },
    show,
  });
}

function show(result: ServiceResult, screen: Screen): void {
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
