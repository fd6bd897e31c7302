import { basename } from 'node:path';
import type { InstallPlan, PlannedStep } from '../install/file.ts';
import { text } from './commands/install/install.messages.ts';
import type { Screen, Tone } from './screen.ts';

/** How a plan of an installation is shown. */

const tones: Readonly<Record<PlannedStep['action'], Tone>> = {
  create: 'strong',
  extend: 'strong',
  exists: 'good',
  reuse: 'good',
  missing: 'wait',
  byHand: 'wait',
  conflict: 'bad',
};

/** Reasons and values that a line tells; --json has all. */
const toldReasons = 2;
const toldValues = 6;

export function showInstallPlan(plan: InstallPlan, screen: Screen): void {
  screen.line(text.about(plan.connection, plan.orgName, plan.id));
  screen.line();
  showSteps(plan.steps, screen, plan.begun?.objects);
  showBegun(plan, screen);
  showHand(plan.steps, screen);
  showRights(plan, screen);
  showAutomations(plan, screen);
}

/** One line for each part, with what asks for it. begun: objects with which an installation is not done. */
export function showSteps(
  steps: readonly PlannedStep[],
  screen: Screen,
  begun: readonly string[] = [],
): void {
  const word = (step: PlannedStep) => (isBegun(step, begun) ? text.goOn : text.actions[step.action]);
  screen.table(
    text.columns.map((title, index) => ({ title, wrap: index === 4, beside: index < 3 })),
    steps.map((step) => [
      screen.tone(tones[step.action], word(step)),
      text.kinds[step.kind],
      step.name,
      [step.type ?? '', ...addedTo(step)].filter((part) => part !== '').join('; '),
      reasonsOf(step),
    ]),
  );
  screen.line();
  screen.line(text.sum(countsOf(steps, word)));
}

/** What an installation has made may not be seen yet, so it cannot be said to be lacking. */
function isBegun({ action, object }: PlannedStep, begun: readonly string[]): boolean {
  return action === 'extend' && object !== null && begun.includes(object);
}

function showBegun({ begun }: InstallPlan, screen: Screen): void {
  if (begun === null) return;
  screen.line();
  screen.line(text.begun(begun.run, begun.objects.join(', ')));
}

/** Values of something new say themselves; only what is added to what is there is news. */
function addedTo({ action, adds }: PlannedStep): string[] {
  if (action !== 'extend' || adds.length === 0) return [];
  const told = adds.slice(0, toldValues).map(({ label }) => label);
  const more = adds.length - told.length;
  return [text.adds([...told, ...(more > 0 ? [text.more(more)] : [])].join(', '))];
}

function reasonsOf({ why }: PlannedStep): string {
  const told = why.slice(0, toldReasons).map(({ file, line }) => text.reason(basename(file), line));
  const more = why.length - told.length;
  return [...told, ...(more > 0 ? [text.more(more)] : [])].join(', ');
}

function countsOf(steps: readonly PlannedStep[], wordOf: (step: PlannedStep) => string): string[] {
  return [...Object.values(text.actions), text.goOn].flatMap((word) => {
    const count = steps.filter((step) => wordOf(step) === word).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
}

/** What a person has to do, with the way to it. */
export function showHand(steps: readonly PlannedStep[], screen: Screen): void {
  const conflicts = steps.filter(({ action }) => action === 'conflict');
  const byHand = steps.filter(({ action }) => action === 'missing' || action === 'byHand');
  showLines(conflicts, text.conflicts, screen);
  showLines(byHand, text.byHand, screen);
}

function showLines(steps: readonly PlannedStep[], title: string, screen: Screen): void {
  if (steps.length === 0) return;
  screen.line();
  screen.line(title);
  for (const { kind, name, note, setUp } of steps)
    screen.line(`  ${text.handLine(`${text.kinds[kind]} ${name}`, note, setUp)}`, 4);
}

function showRights({ lacks }: InstallPlan, screen: Screen): void {
  if (lacks !== null && lacks.length === 0) return;
  screen.line();
  screen.line(lacks === null ? text.lacksUnknown : text.lacks(lacks.join(', ')));
}

function showAutomations({ automations, automationsUnknown }: InstallPlan, screen: Screen): void {
  screen.line();
  if (automations === null) screen.line(text.automationsUnknown(automationsUnknown ?? ''));
  else if (automations.length === 0) screen.line(text.noAutomations);
  else {
    screen.line(text.automations);
    screen.table(
      text.automationColumns.map((title, index) => ({ title, wrap: index > 2 })),
      automations.map(({ object, kind, name, when, setUp }) => [object, kind, name, when, setUp]),
    );
  }
}
