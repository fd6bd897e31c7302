import { type ConnectRequest, chosenSignIn, missingOptions, signInOptions } from '../app/connect.ts';
import { browserSignIn } from '../sync/browser-sign-in.ts';
import type { ConnectorOption, SignIn } from '../sync/connector-manifest.ts';
import { optionVariable } from '../sync/option-variable.ts';
import { text } from './commands/connect.messages.ts';
import type { Prompt } from './prompt.ts';

type Request = Omit<ConnectRequest, 'host'>;

/** What a person answered, by option key. */
export interface Answers {
  options: Record<string, string>;
  /** The person wants to sign in by browser, which makes what that way needs. */
  browser: boolean;
}

/**
 * Asks a person for what a connection needs and is set nowhere yet: what is required, and one way to sign in.
 *
 * @param browser whether that way is chosen already
 */
export async function askForConnection(prompt: Prompt, request: Request, browser: boolean): Promise<Answers> {
  const options = await askAll(prompt, request.alias, missingOptions(request));
  if (browser) return { options, browser };
  const signIn = chosenSignIn(request) ?? (await askSignIn(prompt, request.manifest.signIns));
  if (signIn === undefined) return { options, browser: false };
  const isNew = signInOptions(request, signIn);
  if (signIn === browserSignIn) return { options, browser: isNew.length > 0 };
  return { options: { ...options, ...(await askAll(prompt, request.alias, isNew)) }, browser: false };
}

async function askAll(
  prompt: Prompt,
  alias: string,
  options: readonly ConnectorOption[],
): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const { key, label, help, secret } of options) {
    const flag = secret ? optionVariable(alias, key) : `--option ${key}=...`;
    const answer = await prompt.ask({ flag, label, help, secret });
    if (answer !== '') answers[key] = answer;
  }
  return answers;
}

async function askSignIn(prompt: Prompt, signIns: readonly SignIn[]): Promise<SignIn | undefined> {
  const [first, ...others] = signIns;
  if (first === undefined || others.length === 0) return first;
  for (;;) {
    const answer = await prompt.ask({
      flag: '--option',
      label: text.signInBy,
      help: text.signIns(signIns.map(({ id, label }) => `${id}: ${label}`)),
      default: first.id,
    });
    const chosen = signIns.find(({ id }) => id === answer.toLowerCase());
    if (chosen !== undefined) return chosen;
  }
}
