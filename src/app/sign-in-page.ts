/** What a browser came with: what was asked for, a refusal, or the answer to something else. */
export type Outcome = 'granted' | 'refused' | 'stranger';

const words: Readonly<Record<Outcome, readonly [title: string, line: string]>> = {
  granted: ['Back to Tierlink', 'Tierlink has what it needs to go on. You can close this window.'],
  refused: [
    'Not signed in',
    'The sign-in did not succeed; the terminal says why. You can close this window.',
  ],
  stranger: [
    'Not this sign-in',
    'This is of another sign-in than the one that Tierlink waits for. You can close this window.',
  ],
};

/** The page that a browser ends on when it has brought a sign-in back. It repeats nothing of what it was given. */
export function signInPage(outcome: Outcome): string {
  const [title, line] = words[outcome];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body><main><h1>${title}</h1><p>${line}</p></main></body>
</html>
`;
}
