import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { connectorOptions, readOptions, signIns } from '../../../connectors/dynamics/options.ts';

const whole = {
  url: 'https://contoso.crm4.dynamics.com/main.aspx',
  tenantId: 'contoso.example',
  clientId: '11111111-2222-3333-4444-555555555555',
  clientSecret: 'secret',
};

describe('options', () => {
  it('have defaults, and an address of which only the host counts', () => {
    expect(readOptions(whole, 'prod')).toMatchObject({
      url: 'https://contoso.crm4.dynamics.com',
      authority: 'https://login.microsoftonline.com',
      apiVersion: '9.2',
      pageSize: 5_000,
      rowsPerBatch: 125,
      rowsPerWrite: 1_000,
      overlapMs: 300_000,
      retries: 5,
      certificate: undefined,
    });
  });

  it('take another cloud, a version with its v, and smaller pages', () => {
    const given = {
      ...whole,
      authority: 'https://login.microsoftonline.us/',
      apiVersion: 'v9.1',
      pageSize: '250',
    };
    expect(readOptions(given, 'prod')).toMatchObject({
      authority: 'https://login.microsoftonline.us',
      apiVersion: '9.1',
      pageSize: 250,
    });
  });

  it('take certificate and key from files or as text', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tierlink-options-'));
    try {
      const file = join(folder, 'app.crt');
      writeFileSync(file, 'CERTIFICATE');
      const given = { ...whole, certificateFile: file, privateKey: 'a\\nb' };
      expect(readOptions(given, 'prod').certificate).toEqual({
        certificate: 'CERTIFICATE',
        privateKey: 'a\nb',
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.each([
    [{ ...whole, url: 'contoso' }, 'CONFIG_INVALID', 'url'],
    [{ ...whole, url: 'http://contoso.crm4.dynamics.com' }, 'CONFIG_INVALID', 'https'],
    [{ ...whole, apiVersion: '8.2' }, 'CONFIG_INVALID', 'apiVersion'],
    [{ ...whole, pageSize: '5001' }, 'CONFIG_INVALID', '5000'],
    [{ ...whole, retries: 'many' }, 'CONFIG_INVALID', 'retries'],
    [{ ...whole, certificateFile: '/no/such/file', privateKey: 'x' }, 'CONFIG_INVALID', 'certificateFile'],
    [{ ...whole, caFile: '/no/such/file' }, 'CONFIG_INVALID', 'caFile'],
    [{ ...whole, ca: 'Authority -----BEGIN CERTIFICATE-----' }, 'CONFIG_INVALID', 'prod, ca'],
    [{ ...whole, tenantId: ' ' }, 'CONFIG_MISSING', 'TIERLINK_PROD_TENANT_ID'],
    [{ ...whole, clientSecret: '' }, 'CONFIG_MISSING', 'TIERLINK_PROD_CLIENT_SECRET'],
    [{ ...whole, certificate: 'x' }, 'CONFIG_MISSING', 'TIERLINK_PROD_PRIVATE_KEY_FILE'],
  ])('refuse %j by name', (given, code, named) => {
    let error: unknown;
    try {
      readOptions(given, 'prod');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code, message: expect.stringContaining(named) });
    expect(String(error)).not.toContain('secret"');
  });

  it('are described, secrets marked, and sign-ins name options that exist', () => {
    const keys = connectorOptions.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(connectorOptions.filter(({ secret }) => secret).map(({ key }) => key)).toEqual([
      'clientSecret',
      'privateKey',
    ]);
    expect(signIns.flatMap(({ options }) => options.flat()).filter((key) => !keys.includes(key))).toEqual([]);
  });
});
