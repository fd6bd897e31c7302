import { z } from 'zod';
import { defineCommand } from '../command.ts';
import { countsOf, doctorCheckSchema, isUnanswered, showChecks } from '../doctor-lines.ts';
import { switchFlag } from '../flags.ts';
import { text } from './doctor.messages.ts';

const resultSchema = z.strictObject({
  checks: z.array(doctorCheckSchema),
  all: z.boolean().describe('Whether checks that are ok were asked for one by one.'),
  counts: z.strictObject({ ok: z.int(), warn: z.int(), fail: z.int(), unknown: z.int() }),
});

export const doctor = defineCommand({
  name: 'doctor',
  summary: text.summary,
  flags: { all: switchFlag(text.all) },
  examples: ['tierlink doctor', 'tierlink doctor --all', 'tierlink doctor --connection prod --json'],
  result: resultSchema,
  run: async ({ config, project, app, global, flags: { all } }) => {
    // It looks at the queue too, which takes longer to load than most commands take to run.
    const { examine } = await import('../../app/doctor/examine.ts');
    const checks = await examine({ config, project, app, connection: global.connection });
    const counts = countsOf(checks);
    return {
      result: { checks, all, counts },
      // Who asks before going on must not go on for want of an answer.
      exit: counts.fail > 0 || checks.some(isUnanswered) ? 1 : 0,
      next: counts.fail > 0 ? [text.next] : [],
    };
  },
  show: (result, screen) => {
    showChecks(result.checks, result.all, screen);
  },
});
