import { z } from 'zod';
import { type GoalOutcome, readGoals } from '../../../app/goals.ts';
import { type GoalState, goalStates, stateLabel } from '../../../model/states.ts';
import { dayOf } from '../../../program/civil-date.ts';
import { namedPeriod } from '../../../tier/look/period-close.ts';
import { defineCommand } from '../../command.ts';
import { textFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import type { Tone } from '../../screen.ts';
import { text } from './goals.messages.ts';

const goalSchema = z.strictObject({
  label: z.string(),
  kpi: z.string().nullable().describe('KPI of which the figures are added up; null for new partners.'),
  who: z
    .array(z.string())
    .describe('Labels of the types and regions, and countries, that count; empty for all.'),
  period: z.string().describe('Name of the period.'),
  startsOn: z.string().describe('First day of the period.'),
  endsOn: z.string().describe('Last day of the period.'),
  daysLeft: z.int().describe('Days of the period that are left, today included; 0 once it is over.'),
  goal: z.string().describe('What is to be reached, in words.'),
  actual: z
    .string()
    .nullable()
    .describe(
      'What there is so far, in words; null where there are no figures, and before the period begins.',
    ),
  window: z
    .string()
    .nullable()
    .describe('Of a KPI the days that its figure looks at, in words; null where it looks at none.'),
  windowFrom: z
    .string()
    .nullable()
    .describe('First of those days; null where the figure looks at none, or at all up to the last one.'),
  reached: z.string().nullable().describe('Percent of the goal, at most 100; null where that is not known.'),
  state: z
    .enum(Object.keys(goalStates) as GoalState[])
    .describe(
      'ahead: the period has not begun. running: not reached, and the period is not over. unknown: there are no figures.',
    ),
  partners: z
    .array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        startedOn: z.string().describe('First day in the program.'),
      }),
    )
    .describe('The new partners; empty for a KPI.'),
  unknown: z
    .int()
    .describe(
      'Partners of whom it is not known whether, or with what, they count: type, country, first day or figure is missing.',
    ),
});

const tones: Readonly<Record<GoalOutcome['state'], Tone>> = {
  ahead: 'soft',
  reached: 'good',
  running: 'wait',
  missed: 'bad',
  unknown: 'wait',
};

export const programGoals = defineCommand({
  name: 'program goals',
  summary: text.summary,
  description: text.description,
  flags: { period: textFlag('PERIOD', text.period) },
  examples: ['tierlink program goals', 'tierlink program goals --period 2026-Q3 --json'],
  result: z.strictObject({
    program: z.string(),
    asOf: z.string(),
    goals: z.array(goalSchema).describe('The goals, as in the program file.'),
  }),
  run: async ({ flags, app }) => {
    const { store, program, clock } = await app();
    const now = clock.now();
    const asOf = dayOf(now, program.timeZone);
    const day = flags.period === undefined ? asOf : namedPeriod(program, flags.period).endsOn;
    const goals = await readGoals(store, { program, now, day });
    return {
      result: {
        program: program.title,
        asOf,
        goals: goals.map(({ period, ...goal }) => ({ ...goal, ...period })),
      },
      next: [text.next],
    };
  },
  show: ({ program, asOf, goals }, screen) => {
    if (goals.length === 0) {
      screen.line(text.none);
      return;
    }
    screen.line(text.title(program, asOf));
    screen.line();
    screen.table(
      text.columns.map((title, index) => ({
        title,
        align: index >= 4 && index <= 6 ? 'right' : 'left',
        wrap: index < 2 || index === 3,
        beside: index === 3 || index === 5 || index === 6,
      })),
      goals.map((goal) => [
        goal.label,
        goal.who.join(', ') || text.everybody,
        goal.period,
        screen.tone(tones[goal.state], stateLabel('goal', goal.state)) +
          (goal.state === 'running' ? `, ${text.left(formatMany(goal.daysLeft, 'day'))}` : ''),
        goal.actual ?? '-',
        goal.goal,
        goal.reached === null ? '-' : text.share(goal.reached),
        goal.unknown === 0 ? '' : formatMany(goal.unknown, 'partner'),
      ]),
    );
    // A figure of the last 12 months says something else in the middle of a year than one of the year so far.
    for (const { label, window, windowFrom, startsOn } of goals)
      if (window !== null && windowFrom !== startsOn) screen.line(text.window(label, window), 2);
  },
});
