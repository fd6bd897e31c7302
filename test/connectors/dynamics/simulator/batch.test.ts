import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type SignedIn, startSignedIn } from './client.ts';

/** The body of a batch of requests: a list in a list is a change set. */
function batch(parts: readonly (string | readonly string[])[]): string {
  const part = (text: string, id?: number) =>
    [
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      ...(id === undefined ? [] : [`Content-ID: ${id}`]),
      '',
      text,
      '',
    ].join('\r\n');
  const lines = parts.map((each) =>
    typeof each === 'string'
      ? part(each)
      : `Content-Type: multipart/mixed; boundary="set"\r\n\r\n${each.map((text, index) => `--set\r\n${part(text, index + 1)}\r\n`).join('')}--set--\r\n`,
  );
  return `${lines.map((text) => `--b1\r\n${text}\r\n`).join('')}--b1--\r\n`;
}

const post = (set: string, body: unknown) =>
  `POST /api/data/v9.2/${set} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(body)}`;
const get = (path: string) => `GET /api/data/v9.2/${path} HTTP/1.1\r\nAccept: application/json\r\n`;

describe('batches of the Dataverse simulator', () => {
  let at: SignedIn;
  beforeEach(async () => {
    at = await startSignedIn();
  });
  afterEach(async () => {
    await at.close();
  });

  const send = async (parts: readonly (string | readonly string[])[], headers = {}) =>
    await at.send('POST', '$batch', batch(parts), {
      'Content-Type': 'multipart/mixed; boundary="b1"',
      ...headers,
    });
  const statuses = (body: string) =>
    [...body.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));

  it('answer each request in its order', async () => {
    const { status, headers, body } = await send([
      post('accounts', { name: 'A' }),
      get('accounts?$select=name'),
    ]);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^multipart\/mixed; boundary=batchresponse_/);
    expect(statuses(body)).toEqual([204, 200]);
    expect(body).toContain('"name":"A"');
  });

  it('count as one request, and tell those inside of them', async () => {
    at.simulator.calls.reset();
    await send([post('accounts', { name: 'A' }), [post('accounts', { name: 'B' }), post('nonsense', {})]]);
    expect(at.simulator.calls.log).toEqual(['POST /api/data/v9.2/$batch']);
    expect(at.simulator.calls.operations).toEqual([
      'POST /api/data/v9.2/accounts',
      'POST /api/data/v9.2/accounts',
      'POST /api/data/v9.2/nonsense',
    ]);
    await at.send('GET', 'accounts');
    expect(at.simulator.calls.operations.at(-1)).toBe('GET /api/data/v9.2/accounts');
  });

  it('stop at the first failure, whose status is that of the whole, and keep what was done before', async () => {
    const parts = [
      post('accounts', { name: 'A' }),
      post('accounts', { nonsense: 1 }),
      post('accounts', { name: 'C' }),
    ];
    const { status, body } = await send(parts);
    expect(status).toBe(400);
    expect(statuses(body)).toEqual([204, 400]);
    expect(at.simulator.org.dump('account').map((row) => row.name)).toEqual(['A']);
  });

  it('go on after failures where that is preferred', async () => {
    const parts = [post('accounts', { nonsense: 1 }), post('accounts', { name: 'B' })];
    const { status, body } = await send(parts, { Prefer: 'odata.continue-on-error' });
    expect(status).toBe(200);
    expect(statuses(body)).toEqual([400, 204]);
  });

  it('do all of a change set or nothing, and let its requests refer to earlier ones', async () => {
    const contact = post('contacts', { lastname: 'Doe', 'parentcustomerid_account@odata.bind': '$1' });
    const done = await send([[post('accounts', { name: 'A' }), contact]]);
    expect(statuses(done.body)).toEqual([204, 204]);
    const { org } = at.simulator;
    expect(org.dump('contact')).toMatchObject([{ parentcustomerid: org.dump('account')[0]!.accountid }]);
    const failed = await send([[post('accounts', { name: 'B' }), post('accounts', { nonsense: 1 })]]);
    expect([failed.status, statuses(failed.body)]).toEqual([400, [400]]);
    expect(org.dump('account')).toHaveLength(1);
  });

  it('refuse a reference to a request that is not there, a read inside a change set, and more than a thousand operations', async () => {
    const forward = post('contacts', { lastname: 'Doe', 'parentcustomerid_account@odata.bind': '$2' });
    expect((await send([[forward, post('accounts', { name: 'A' })]])).body).toContain(
      "Content-ID Reference: '$2' does not exist in the batch context.",
    );
    expect((await send([[get('accounts')]])).status).toBe(400);
    expect((await send(Array.from({ length: 1001 }, () => get('WhoAmI')))).status).toBe(400);
    expect(at.simulator.org.dump('account')).toEqual([]);
  });
});
