import { openSignInFile, type SignInFile, takeSignIn } from '../../src/sync/sign-in-file.ts';
import { replaceFile, type WholeFile } from '../../src/text-file.ts';

/** Keeps the text of a sign-in, of which nobody doubts that it works. */
export async function signInWith(file: string, text: string): Promise<void> {
  const keep = (first: readonly WholeFile[]) => {
    for (const each of first) replaceFile(each.file, each.text, each.mode);
  };
  const untried = { attempt: async () => undefined, keep };
  await takeSignIn({ file, connection: 'test' }, text, untried);
}

/** The sign-in of a connection that any text is good for. */
export function openAnySignIn(file: string): SignInFile {
  return openSignInFile({ file, connection: 'test' }, { problemOf: () => null, log: () => undefined });
}
