import { defineCommand } from '../command.ts';
import { switchFlag } from '../flags.ts';
import { readPlan } from '../plan-files.ts';
import { planSchema, shownPlan } from '../plan-result.ts';
import { showPlan } from '../plan-screen.ts';
import { text } from './plan.messages.ts';

export const planShow = defineCommand({
  name: 'plan show',
  summary: text.show.summary,
  args: { file: { help: text.show.file, required: true } },
  flags: { all: switchFlag(text.show.all) },
  examples: ['tierlink plan show changes.plan', 'tierlink plan show changes.plan --json'],
  result: planSchema,
  run: async ({ args }) => ({ result: shownPlan(readPlan(args.file), args.file) }),
  show: (result, screen) => showPlan(result, screen),
});
