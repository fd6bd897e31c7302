import { once } from 'node:events';
import { createServer, get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What a person does on the page of the sign-in. */
export type Choice = { as: string } | 'deny';

/**
 * Opens an address as a browser does: the page, the link that the person clicks, and where it leads to, up to the callback.
 *
 * @param ca authority that it trusts beside the usual ones
 * @returns what the last address showed
 */
export async function browse(address: string, choice: Choice, ca?: string): Promise<{ html: string }> {
  const { html: page } = await open(new URL(address), ca);
  const label = choice === 'deny' ? 'Deny' : choice.as;
  const link = [...page.matchAll(/href="([^"]+)">([^<]+)</g)].find(([, , each]) => each === label)?.[1];
  if (link === undefined) throw new Error(`the page has no link ${label}:\n${page}`);
  return await open(new URL(link.replaceAll('&#38;', '&'), address), ca);
}

/** A page, wherever the address leads in the end. */
async function open(address: URL, ca: string | undefined): Promise<{ html: string }> {
  const { location, html } = await new Promise<{ location: string | undefined; html: string }>(
    (resolve, reject) => {
      const get = address.protocol === 'https:' ? getSecure : getPlain;
      const sent = get(address, ca === undefined ? {} : { ca }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        answer.on('end', () => resolve({ location: answer.headers.location, html: text }));
      });
      sent.on('error', reject);
    },
  );
  return location === undefined ? { html } : await open(new URL(location, address), ca);
}

/** Where an address leads a browser that is signed in and has allowed the app: the callback, with what it brings. */
export async function ledTo(address: string, ca?: string): Promise<URLSearchParams> {
  const silent = new URL(address);
  silent.searchParams.delete('prompt');
  const location = await new Promise<string>((resolve, reject) => {
    const get = silent.protocol === 'https:' ? getSecure : getPlain;
    const sent = get(silent, ca === undefined ? {} : { ca }, (answer) => {
      answer.resume();
      resolve(answer.headers.location ?? '');
    });
    sent.on('error', reject);
  });
  return new URL(location).searchParams;
}

/** A port of this machine that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
