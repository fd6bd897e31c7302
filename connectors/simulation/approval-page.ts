/** What a browser was asked with. */
type Parameters = Readonly<Record<string, string | undefined>>;

/** What the person answered who declines, as `decision` of the link. */
export const DENIED = 'deny';

/** Whether a person is to be asked, also in a browser that is signed in. */
export function isPrompted({ prompt = '' }: Parameters): boolean {
  return /\b(login|consent|select_account)\b/.test(prompt);
}

/** The page on which a person signs in and allows an app, or not. Each answer is a link back to the same endpoint. */
export function approvalPage(asked: Parameters, usernames: readonly string[]): string {
  const { prompt: _answered, ...others } = asked;
  const given = Object.entries(others).map(([name, value = '']): [string, string] => [name, value]);
  const link = (label: string, answer: Record<string, string>): string => {
    const query = new URLSearchParams({ ...Object.fromEntries(given), ...answer });
    return `<li><a href="${escaped(`?${query}`)}">${escaped(label)}</a></li>`;
  };
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Simulated sign-in</title></head>
<body>
<h1>Simulated sign-in</h1>
<p>Nobody is asked for a password here. Allow ${escaped(asked.client_id ?? '')} as:</p>
<ul>
${usernames.map((name) => link(name, { login_hint: name })).join('\n')}
${link('Deny', { decision: DENIED })}
</ul>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
