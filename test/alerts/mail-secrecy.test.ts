import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makeAuthority, type TestAuthority } from '../../connectors/dynamics/simulator/entra/certificate.ts';
import type { Notice } from '../../src/alerts/notice.ts';
import { send } from '../../src/alerts/send.ts';
import type { MailChannel } from '../../src/alerts/settings.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { compiled } from '../services/compiled.ts';
import { type MailServer, openMailServer, type Secrecy } from './receivers.ts';

const password = 'open-sesame-42';
const notice: Notice = {
  ...{ id: 'n-1', kind: 'opened', at: '2026-03-10T12:00:00.000Z', program: 'Small program' },
  ...{ title: 'Tierlink: data is old (north)', lines: ['What is known of north is 25 hours old.'] },
  ...{ alert: null, owner: null, next: [] },
};

let authority: TestAuthority;
let folder: string;
let mail: MailServer;
beforeAll(async () => {
  authority = await makeAuthority(Date.now());
  folder = mkdtempSync(join(tmpdir(), 'tierlink-mail-'));
  writeFileSync(join(folder, 'ca.pem'), authority.ca);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => await mail.close());

const secrecyOf = (from: Secrecy['from']): Secrecy => ({ from, ...authority.server });

/** The channel in front of the server. */
function channel(tls: MailChannel['tls']): Omit<MailChannel, 'password'> {
  const of = { kind: 'mail', name: 'mail', host: '127.0.0.1', port: mail.port, tls } as const;
  return { ...of, from: 'a@x.example', to: ['b@x.example'], user: 'tierlink', passwordName: 'SECRET' };
}

/** Sends from this process, which trusts nobody but whom Node does. */
async function sendFromHere(tls: MailChannel['tls']): Promise<string> {
  return await send({ ...channel(tls), password: () => password }, notice, { timeoutMs: 5000 });
}

/** Sends from a process that trusts the authority, as docs/alerts.md says how. */
async function sendTrusting(tls: MailChannel['tls']): Promise<string> {
  const program = `
    const { send } = await import(${JSON.stringify(pathToFileURL(compiled('src/alerts/send.ts')).href)});
    const channel = { ...${JSON.stringify(channel(tls))}, password: () => ${JSON.stringify(password)} };
    console.log(await send(channel, ${JSON.stringify(notice)}));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fromPackageRoot(),
    env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') },
  });
  return stdout.trim();
}

/** Neither the letter, nor for whom it is, nor who sends it was said where others can hear it. */
function expectNothingOverheard(): void {
  expect(mail.overheard.filter((line) => !/^(EHLO|STARTTLS|QUIT)\b/.test(line))).toEqual([]);
}

describe.each([
  ['starttls', 'asked', '502 command not implemented'],
  ['tls', 'first', 'it does not speak TLS there (wrong version number)'],
] as const)('mail with tls: %s', (tls, from, openly) => {
  it('is refused to a server that nobody trusts, and says whom to trust', async () => {
    mail = await openMailServer(secrecyOf(from));
    await expect(sendFromHere(tls)).rejects.toMatchObject({
      code: 'ALERT_NOT_SECRET',
      message: expect.stringContaining('unable to verify the first certificate. Nothing was sent'),
      actions: expect.arrayContaining([expect.stringContaining('NODE_EXTRA_CA_CERTS')]),
    });
    expect(mail.mails).toEqual([]);
    expectNothingOverheard();
  });

  it('reaches a server that is trusted, and nobody hears it on the way', async () => {
    mail = await openMailServer(secrecyOf(from));
    expect(await sendTrusting(tls)).toBe('250 queued as 42');
    expect(mail.mails).toEqual([expect.stringContaining('What is known of north is 25 hours old.')]);
    expectNothingOverheard();
  });

  it('is not sent to a server that keeps nothing secret', async () => {
    mail = await openMailServer();
    await expect(sendFromHere(tls)).rejects.toMatchObject({
      code: 'ALERT_NOT_SECRET',
      message: expect.stringContaining(openly),
    });
    expect(mail.mails).toEqual([]);
    expectNothingOverheard();
  });
});

it('mail with tls: none goes as it is, whatever the server offers', async () => {
  mail = await openMailServer(secrecyOf('asked'));
  expect(await sendFromHere('none')).toBe('250 queued as 42');
  expect(mail.overheard).not.toContain('STARTTLS');
  expect(mail.overheard).toContain('What is known of north is 25 hours old.');
});
