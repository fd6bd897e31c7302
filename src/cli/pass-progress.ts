import type { PassProgress } from '../sync/engine.ts';
import { formatCount } from './format.ts';
import { text } from './messages.ts';
import type { Progress, ProgressStep } from './progress.ts';

/** Shows a pass while it goes on: one line for each object read and each further step. */
export function showPass(progress: Progress, connections: number): (event: PassProgress) => void {
  const steps = new Map<string, { step: ProgressStep; done: number }>();
  return (event) => {
    const name = nameOf(event, connections);
    const key = `${event.connection} ${event.step} ${event.object}`;
    const known = steps.get(key) ?? { step: progress.step(name), done: 0 };
    steps.set(key, known);
    if (event.done !== undefined) known.done = event.done;
    if (event.state === 'going') known.step.at(known.done, event.total ?? null);
    else if (event.state !== 'started') known.step.end(endOf(event, known.done));
  };
}

function nameOf({ connection, step, object }: PassProgress, connections: number): string {
  const what = object ?? text.steps[step];
  return connection === null || connections < 2 ? what : `${connection} ${what}`;
}

function endOf({ state, reason, step }: PassProgress, done: number): string {
  if (state === 'failed') return text.stepFailed(reason ?? '');
  if (state === 'skipped') return text.stepSkipped;
  return step === 'check' || step === 'metadata' ? text.stepDone : text.stepCount(formatCount(done));
}
