import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { fromPackageRoot } from '../../src/package-root.ts';
import { projectSchema } from '../../src/project.ts';
import { alertSettings, channelSecrets } from '../../src/project-alerts.ts';

const project = (alerts: unknown) =>
  projectSchema.safeParse({
    program: 'p.yaml',
    connections: { 'alert-ops': { crm: 'x', mappings: 'm' } },
    alerts,
  });
const problem = (alerts: unknown) => project(alerts).error?.issues[0];
const mail = { smtp: 'smtp.example.com', from: 'a@x.example', to: 'b@x.example' };

it('the example of docs/alerts.md is sound, and its secrets have the names that the page says', () => {
  const page = readFileSync(fromPackageRoot('docs', 'alerts.md'), 'utf8');
  const example = parse(/```yaml\n([\s\S]*?)```/.exec(page)![1]!) as { alerts: unknown };
  const parsed = projectSchema.parse({ program: 'p.yaml', ...example });
  const names = channelSecrets(parsed).map(({ name }) => name);
  expect(names).toEqual([
    'TIERLINK_ALERT_OPS_URL',
    'TIERLINK_ALERT_PARTNER_TEAM_URL',
    'TIERLINK_ALERT_MAIL_PASSWORD',
  ]);
  for (const name of [names[0]!, names[2]!]) expect(page).toContain(name);
  const { channels, digest } = alertSettings(parsed, {});
  expect(channels[2]).toMatchObject({ port: 587, tls: 'starttls' });
  expect(digest).toBe('0 8 * * 1 Europe/Stockholm');
});

describe('a channel', () => {
  it.each([
    [{ webhook: true, smtp: 'x' }, 'either a webhook'],
    [{ format: 'slack' }, 'either a webhook'],
    [{ webhook: true, to: 'b@x.example' }, 'belongs to mail'],
    [{ ...mail, format: 'slack' }, 'belongs to a webhook'],
    [{ smtp: 'x', from: 'a@x.example' }, 'is missing'],
    [{ ...mail, tls: 'none', user: 'me' }, 'would send the password'],
    [{ webhook: true, url: 'https://x.example' }, 'Unrecognized key'],
  ])('is refused: %j', (channel, reason) => {
    expect(problem({ channels: { team: channel } })?.message).toContain(reason);
  });

  it('has a name that is no part of another secret', () => {
    expect(problem({ channels: { ops: { webhook: true } } })?.message).toContain('connection alert-ops');
    expect(problem({ channels: { 'Ops!': { webhook: true } } })?.message).toContain('lower case letters');
  });
});

it('a digest has a time of its own, and thresholds are whole numbers or off', () => {
  expect(problem({ digest: 'every 300 seconds' })?.message).toBe('must be a cron line with a time zone');
  expect(problem({ digest: '0 8 * * 1' })?.path).toEqual(['alerts', 'digest']);
  expect(problem({ thresholds: { failedRuns: 0 } })?.message).toContain('from 1 to 50, or off');
  const off = project({ thresholds: { failedRuns: 'off' } });
  expect(alertSettings(off.data!, {}).thresholds.failedRuns).toBeNull();
});
