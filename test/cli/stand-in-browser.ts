import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a person does on the page of the sign-in. */
export type Choice = { as: string } | 'deny';

/**
 * Opens an address as a browser does: the page, the link that the person clicks, and where it leads to, up to the callback.
 * @returns what the last address showed
 */
export async function browse(address: string, choice: Choice): Promise<{ url: URL; html: string }> {
  const page = await (await fetch(address)).text();
  const label = choice === 'deny' ? 'Deny' : choice.as;
  const link = [...page.matchAll(/href="([^"]+)">([^<]+)</g)].find(([, , each]) => each === label)?.[1];
  if (link === undefined) throw new Error(`the page has no link ${label}:\n${page}`);
  const answer = await fetch(new URL(link.replaceAll('&#38;', '&'), address));
  return { url: new URL(answer.url), html: await answer.text() };
}

/** A port of this machine that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
