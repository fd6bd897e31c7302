import { htmlText } from '../model/html-text.ts';
import { factsOf, type Notice, noticeText } from './notice.ts';
import type { WebhookFormat } from './settings.ts';

/** The body of a webhook request in the form that its receiver reads. */
export function webhookBody(notice: Notice, format: WebhookFormat): unknown {
  return shapes[format](notice);
}

const shapes: Readonly<Record<WebhookFormat, (notice: Notice) => unknown>> = {
  json: (notice) => ({ ...notice, text: noticeText(notice) }),
  slack: slackBody,
  teams: teamsBody,
};

/** A section takes 3,000 characters. */
const slackLimit = 2_900;

/** `text` is what notifications show, `blocks` what the channel does. */
function slackBody(notice: Notice): unknown {
  const section = (text: string) => ({
    type: 'section',
    text: { type: 'mrkdwn', text: text.slice(0, slackLimit) },
  });
  const facts = factsOf(notice).map(([label, words]) => `*${label}:* ${slackText(words)}`);
  const next = notice.next.map((step) => `• ${slackText(step)}`);
  return {
    text: slackText(notice.title),
    blocks: [
      section(`*${slackText(notice.title)}*\n${notice.lines.map(slackText).join('\n')}`),
      section(facts.join('\n')),
      ...(next.length === 0 ? [] : [section(`*What to do*\n${next.join('\n')}`)]),
      { type: 'context', elements: [{ type: 'mrkdwn', text: `Notice ${notice.id}` }] },
    ],
  };
}

/** The three characters that steer Slack's markup; names in a CRM can have them. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** An adaptive card in the envelope that workflows of Teams take from a webhook. */
function teamsBody(notice: Notice): unknown {
  const block = (text: string, more: Record<string, unknown> = {}) => ({
    type: 'TextBlock',
    text: cardText(text),
    wrap: true,
    ...more,
  });
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      block(notice.title, { size: 'Medium', weight: 'Bolder' }),
      ...notice.lines.map((line) => block(line)),
      {
        type: 'FactSet',
        facts: factsOf(notice).map(([title, value]) => ({ title, value: cardText(value) })),
      },
      ...(notice.next.length === 0 ? [] : [block('What to do', { weight: 'Bolder' })]),
      ...notice.next.map((step) => block(step, { fontType: 'Monospace' })),
      block(`Notice ${notice.id}`, { size: 'Small', isSubtle: true }),
    ],
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

/** Cards read Markdown: a name in a CRM must not become a link or a heading. */
function cardText(text: string): string {
  return text.replace(/[\\[\]*_`#]/g, (sign) => `\\${sign}`);
}

/** The HTML of a mail; its plain text is noticeText. */
export function mailHtml(notice: Notice): string {
  const rows = factsOf(notice).map(
    ([label, words]) => `<tr><th align="left">${htmlText(label)}</th><td>${htmlText(words)}</td></tr>`,
  );
  const steps = notice.next.map((step) => `<li><code>${htmlText(step)}</code></li>`);
  return [
    '<!doctype html><html><body>',
    `<h2>${htmlText(notice.title)}</h2>`,
    ...notice.lines.map((line) => `<p>${htmlText(line)}</p>`),
    `<table cellpadding="4">${rows.join('')}</table>`,
    ...(steps.length === 0 ? [] : [`<p>What to do:</p><ol>${steps.join('')}</ol>`]),
    '</body></html>',
  ].join('\n');
}
