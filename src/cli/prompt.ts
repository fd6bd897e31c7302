import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { TierlinkError } from '../errors.ts';
import type { Io } from './io.ts';

export interface Question {
  /** The flag (or variable) that answers it without a terminal. */
  flag: string;
  label: string;
  help?: string;
  default?: string;
  secret?: boolean;
}

/** Asks a person. Without a terminal nothing is ever asked: it fails naming the flag. */
export interface Prompt {
  /** Whether there is somebody to ask. */
  canAsk: boolean;
  ask(question: Question): Promise<string>;
  /** Tells a person where to go on, also where nothing else is told, and opens the address where `open` is true. */
  lead(where: { text: string; address: string; open: boolean }): void;
}

export function createPrompt(
  io: Io,
  allowed: { input: boolean; json: boolean },
  command: string,
  signal: AbortSignal,
): Prompt {
  const canAsk = allowed.input && !allowed.json && io.stdin.isTTY === true && io.stderr.isTTY === true;
  return {
    canAsk,
    ask: async (question) => {
      if (!canAsk) {
        throw new TierlinkError('USAGE', {
          reason: `${question.flag} is needed: ${question.label}`,
          command,
        });
      }
      const typed = (await askTerminal(io, question, signal)).trim();
      return typed === '' && question.default !== undefined ? question.default : typed;
    },
    lead: ({ text, address, open }) => {
      io.stderr.write(`${text}\n${address}\n`);
      if (open) io.openAddress(address);
    },
  };
}

/** What is typed as a secret is not echoed. */
async function askTerminal(io: Io, question: Question, signal: AbortSignal): Promise<string> {
  const shown = question.default === undefined ? '' : ` [${question.default}]`;
  if (question.help !== undefined) io.stderr.write(`${question.help}\n`);
  const label = `${question.label}${shown}: `;
  // What is typed is redrawn together with the label; a secret is not, so its label is printed beforehand.
  if (question.secret === true) io.stderr.write(label);
  const echo = new Writable({
    write: (chunk, _encoding, done) => {
      if (question.secret !== true) io.stderr.write(String(chunk));
      done();
    },
  });
  const lines = createInterface({ input: io.stdin, output: echo, terminal: true });
  try {
    return await lines.question(question.secret === true ? '' : label, { signal });
  } finally {
    lines.close();
    if (question.secret === true) io.stderr.write('\n');
  }
}
