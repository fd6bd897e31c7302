#!/usr/bin/env node
import { systemReason } from '../system-errors.ts';
import { commands } from './commands/index.ts';
import { text } from './messages.ts';
import { openInBrowser } from './open-browser.ts';
import { runCli } from './run.ts';

const controller = new AbortController();

/** npm and tsx pass a signal on that the terminal had sent to everybody already; that is no second wish to stop. */
const echoMs = 1_000;
let stoppedAt: number | null = null;

/** The first signal lets the page at work finish; the second one stops at once. Both keep finished work. */
function stop(): void {
  const now = performance.now();
  if (stoppedAt !== null && now - stoppedAt < echoMs) return;
  stoppedAt = now;
  if (controller.signal.aborted) {
    process.stderr.write(`\n${text.interruptedTwice}`);
    process.exit(130);
  }
  controller.abort();
}

process.on('SIGINT', stop);
process.on('SIGTERM', stop);
let isOutputLost = false;
// A reader such as `head` that has seen enough is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  isOutputLost = true;
  process.stderr.write(text.outputLost(systemReason(error)));
});

const exit = await runCli({
  argv: process.argv.slice(2),
  io: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, openAddress: openInBrowser },
  commands,
  signal: controller.signal,
});
const end = () => process.exit(isOutputLost ? 1 : exit);
// A stream that failed says so only after it has called back.
process.stdout.write('', () => process.stderr.write('', () => setImmediate(end)));
