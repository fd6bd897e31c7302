import { expect, it } from '@jest/globals';
import type { Notice } from '../../src/alerts/notice.ts';
import { send } from '../../src/alerts/send.ts';
import { webhookBody } from '../../src/alerts/shapes.ts';
import { openWebhook } from './receivers.ts';

const notice: Notice = {
  ...{ id: 'n-1', kind: 'opened', at: '2026-03-10T12:00:00.000Z', program: 'Small program' },
  title: 'Tierlink: data is old (north)',
  lines: ['What is known of north is 25 hours old.'],
  alert: { key: 'age:north', condition: 'age', connection: 'north', since: '2026-03-09T11:00:00.000Z' },
  owner: 'who operates Tierlink',
  next: ['tierlink sync --connection north'],
};

it('a channel that never answers is given up after its time', async () => {
  const hook = await openWebhook();
  hook.answers = 'hang';
  const channel = {
    kind: 'webhook',
    name: 'ops',
    format: 'json',
    urlName: 'X',
    url: () => hook.url,
  } as const;
  await expect(send(channel, notice, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'ALERT_TIMED_OUT' });
  await hook.close();
});

it('plain JSON has every field and the words', () => {
  expect(webhookBody(notice, 'json')).toEqual({
    ...notice,
    text: [
      'What is known of north is 25 hours old.',
      '',
      'Since: 2026-03-09 11:00 UTC',
      'Whose job: who operates Tierlink',
      'Program: Small program',
      'Alert: age:north',
      '',
      'What to do:',
      '  tierlink sync --connection north',
    ].join('\n'),
  });
});

it('Teams gets names as text, not as Markdown', () => {
  const card = JSON.stringify(webhookBody({ ...notice, lines: ['[x](http://y)'] }, 'teams'));
  expect(card).toContain('\\\\[x\\\\](http://y)');
});
