import { afterEach, describe, expect, it } from '@jest/globals';
import { source } from '../../../connectors/dynamics/provision.ts';
import { type StandIn, startStandIn } from '../../../connectors/dynamics/stand-in.ts';
import { sourceRequest } from '../../../src/app/source.ts';
import { fromPackageRoot } from '../../../src/package-root.ts';
import { loadProgram } from '../../../src/program/load.ts';
import { loadMappings } from '../../../src/sync/mapping/mapping.ts';
import { sendSecurely } from './simulator/client.ts';

const running: StandIn[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
});

async function start(options: Parameters<typeof startStandIn>[0] = {}): Promise<StandIn> {
  const standIn = await startStandIn(options);
  running.push(standIn);
  return standIn;
}

async function get(standIn: StandIn, path: string, token: string) {
  const answer = await fetch(`${standIn.url}/api/data/v9.2/${path}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

/** Signs in as a client would that has nothing but the ready options. */
async function signIn({ options }: StandIn): Promise<string> {
  const { authority, tenantId, clientId, clientSecret, url, ca } = options as Record<string, string>;
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId!,
    client_secret: clientSecret!,
    scope: `${url}/.default`,
  };
  const { body } = await sendSecurely(`${authority}/${tenantId}/oauth2/v2.0/token`, {
    ca: ca!,
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  });
  return String(body.access_token);
}

const credential = ({ credentials }: StandIn, label: string): string =>
  credentials.find((each) => each.label === label)?.value ?? '';

describe('the stand-in', () => {
  it('starts with the sample and signs in by its ready options, as an administrator', async () => {
    const standIn = await start();
    const token = await signIn(standIn);
    const { status, body } = await get(standIn, 'accounts?$filter=customertypecode eq 5&$select=name', token);
    expect([status, (body.value as unknown[]).length]).toEqual([200, 24]);
    const { body: who } = await get(standIn, 'WhoAmI', token);
    expect(who.UserId).toBe(standIn.inside.users.integration);
    expect(standIn.calls()).toMatchObject({ total: 2, byKind: { query: 1, other: 1 } });
  });

  it('prints a token that works at once', async () => {
    const standIn = await start({ empty: true });
    const { status, body } = await get(standIn, 'accounts', credential(standIn, 'Access token'));
    expect([status, body.value]).toEqual([200, []]);
  });

  it('is an environment with the generated solution in it, whose role is all that it signs in with', async () => {
    const program = loadProgram(fromPackageRoot('programs', 'starter.yaml'));
    const files = await source(sourceRequest(program, loadMappings(fromPackageRoot('mappings', 'dynamics'))));
    const standIn = await start({ source: files });
    const token = await signIn(standIn);
    const partners = await get(standIn, 'accounts?$select=tierlink_tier,nw_partnertype', token);
    expect([partners.status, (partners.body.value as unknown[]).length]).toEqual([200, 84]);
    expect((await get(standIn, 'leads?$top=1', token)).status).toBe(200);
    expect(await get(standIn, 'incidentresolutions', token)).toMatchObject({
      status: 403,
      body: { error: { code: '0x80040220' } },
    });
    const admin = credential(standIn, "Administrator's token");
    expect((await get(standIn, 'incidentresolutions', admin)).status).toBe(200);
    const tiers = await standIn.act('quarter');
    expect(tiers).toHaveLength(4);
    expect(tiers[3]).toMatch(/^.* set the tier of .* to Gold by hand\.$/);
  });

  it('lets people act, on the clock that it was given', async () => {
    const at = Date.parse('2026-11-23T12:00:00Z');
    const standIn = await start({ now: () => at });
    const told = await standIn.act('quarter');
    expect(told[0]).toBe(
      'Rosa Rep won "Indigo Clinics - Renewal 12" (USD 640,000) with Harbour & Pine Consulting.',
    );
    await expect(standIn.act('nothing')).rejects.toThrow('There is no scene "nothing"');
  });
});
