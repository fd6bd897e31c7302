import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Loopback, openLoopback } from '../../src/app/loopback.ts';
import { callbackAddress } from '../../src/sync/browser-sign-in.ts';
import { freePort } from '../cli/stand-in-browser.ts';

/** A request as given, its Host header included; the status of the answer, or null where nobody answers. */
async function ask(
  port: number,
  { path = '/sign-in?code=c&state=s', method = 'GET', host = `localhost:${port}`, to = '127.0.0.1' } = {},
): Promise<number | null> {
  return await new Promise((resolve) => {
    const sent = request({ host: to, port, path, method, headers: { host } }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.on('error', () => resolve(null));
    sent.end();
  });
}

describe('waiting for a browser', () => {
  let port: number;
  let loopback: Loopback;
  beforeEach(async () => {
    port = await freePort();
    loopback = await openLoopback(callbackAddress(port), 's');
  });
  afterEach(async () => {
    await loopback.close();
  });

  it('takes one answer to the callback address, and no other', async () => {
    expect(await ask(port)).toBe(200);
    expect(await ask(port, { path: '/sign-in?code=second&state=s' })).toBe(404);
    expect(await loopback.answer).toEqual({ code: 'c', state: 's' });
  });

  it.each([
    ['under a name of the web that leads here', { host: 'evil.example' }],
    ['for another port', { host: 'localhost:1' }],
    ['to another path', { path: '/favicon.ico' }],
    ['by another method', { method: 'POST' }],
    ['to an address that is none', { path: '//:' }],
  ])('turns away what is asked %s, and waits on', async (_what, wrong) => {
    expect(await ask(port, wrong)).toBe(404);
    expect(await ask(port, { host: `127.0.0.1:${port}` })).toBe(200);
  });

  it.each([
    ['of another sign-in', '/sign-in?code=theirs&state=theirs'],
    ['without a state', '/sign-in?code=theirs'],
    ['with neither a code nor an error', '/sign-in?state=s&code='],
  ])('counts what comes %s, changes nothing by it, and waits on', async (_what, path) => {
    expect(await ask(port, { path })).toBe(400);
    expect(await ask(port)).toBe(200);
    expect(await loopback.answer).toEqual({ code: 'c', state: 's' });
    expect(loopback.turnedAway()).toBe(1);
  });

  it('is not there for other machines, nor after it was closed', async () => {
    const { networkInterfaces } = await import('node:os');
    const outward = Object.values(networkInterfaces())
      .flat()
      .find((each) => each?.family === 'IPv4' && !each.internal)?.address;
    if (outward !== undefined) expect(await ask(port, { to: outward })).toBeNull();
    await loopback.close();
    expect(await ask(port)).toBeNull();
  });
});
