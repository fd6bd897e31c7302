import { stories } from './killed-stories.ts';
import { commandOf } from './published.ts';

/** Commands that change rows or files of a project, and the test in which each of them dies on the way. */

/** Those that die after each of their steps in killed.test.ts. */
export const killedHere: ReadonlySet<string> = new Set(
  stories.map(({ name }) => commandOf(name.split(/[ ,]+/))!.name),
);

const dying = 'a process that dies again and again, before or after a call, ends as one that does not';
const jobs = [
  'test/contract/job.ts',
  'killed half-way and run again ends as run once, wherever it was killed',
] as const;

/** Those that die elsewhere: file, and words of its tests. */
export const killedElsewhere: Readonly<Record<string, readonly (readonly [file: string, words: string])[]>> =
  {
    init: [['test/app/connect-killed.test.ts', 'a project that was begun is finished by the same init']],
    connect: [['test/app/connect-killed.test.ts', 'a connection that is new is there whole or not at all']],
    sync: [
      ['test/scenario/kill-size.ts', 'ends as one clean run wherever it dies: in the store and in every CRM'],
      jobs,
    ],
    apply: [
      ['test/plan/plan-kill.test.ts', 'ends by the same command as if it had never been'],
      ['test/scenario/kill-plans.test.ts', 'ends as one clean run when it is given again'],
    ],
    verify: [['test/scenario/kill-plans.test.ts', 'verify']],
    'rejects fix': [['test/scenario/kill-plans.test.ts', 'rejects fix']],
    'install apply': [
      ['test/connectors/salesforce/install-kill.test.ts', dying],
      ['test/connectors/dynamics/install-kill.test.ts', dying],
    ],
    audit: [['test/store/audit-chain.test.ts', 'goes on where a process died, in sealing and in pruning']],
    start: [jobs],
    worker: [jobs],
  };

/** Those that nobody needs to kill, with the reason. */
export const neverKilled: Readonly<Record<string, string>> = {
  plan: 'It notes a run and writes one file, whole or not at all; what is compared is rolled back.',
  undo: 'It notes a run and writes one file, whole or not at all; what is compared is rolled back.',
  'plan choose': 'It writes one file, whole or not at all, and nothing else.',
  demo: 'It makes a project of its own each time.',
};
