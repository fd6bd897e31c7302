import type { SimulatorContext } from '../context.ts';
import type { TokenParameters } from './token.ts';

/** The page on which a person signs in and allows the app, or not. Each answer is a link back to the same endpoint. */
export function approvalPage(parameters: TokenParameters, { org }: SimulatorContext): string {
  const users = [...org.rows('User')]
    .filter(({ IsActive }) => IsActive !== false)
    .map(({ Username }) => String(Username));
  const link = (label: string, answer: Record<string, string>) =>
    `<li><a href="${escaped(`?${answered(parameters, answer)}`)}">${escaped(label)}</a></li>`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Simulated sign-in</title></head>
<body>
<h1>Simulated sign-in</h1>
<p>Nobody is asked for a password here. Allow ${escaped(parameters.client_id ?? '')} as:</p>
<ul>
${users.map((username) => link(username, { login_hint: username })).join('\n')}
${link('Deny', { decision: 'deny' })}
</ul>
</body>
</html>
`;
}

function answered(parameters: TokenParameters, answer: Record<string, string>): URLSearchParams {
  const asked = Object.entries(parameters).filter(([name]) => name !== 'prompt');
  return new URLSearchParams({
    ...Object.fromEntries(asked.map(([name, value = '']) => [name, value])),
    ...answer,
  });
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
