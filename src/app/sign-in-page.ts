/** The page that a browser ends on when it has brought a sign-in back. It repeats nothing of what it was given. */
export function signInPage(isGranted: boolean): string {
  const [title, line] = isGranted
    ? ['Back to Tierlink', 'Tierlink has what it needs to go on. You can close this window.']
    : ['Not signed in', 'The sign-in did not succeed; the terminal says why. You can close this window.'];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body><main><h1>${title}</h1><p>${line}</p></main></body>
</html>
`;
}
