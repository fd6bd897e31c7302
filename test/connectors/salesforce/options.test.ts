import { describe, expect, it } from '@jest/globals';
import { manifest } from '../../../connectors/salesforce/index.ts';
import { readOptions } from '../../../connectors/salesforce/options.ts';

const good = { loginUrl: 'https://acme.my.salesforce.com/', clientId: 'id', clientSecret: 'secret' };

describe('the options of a Salesforce connection', () => {
  it('have defaults that fit every org', () => {
    expect(readOptions(good, 'sf')).toMatchObject({
      signIn: 'clientCredentials',
      loginUrl: 'https://acme.my.salesforce.com',
      apiVersion: '67.0',
      audience: 'https://login.salesforce.com',
      bulkQueryFrom: 2_000,
      bulkWriteFrom: 2_000,
      overlapMs: 300_000,
    });
  });

  it('take the API version also as YAML hands out 67.0', () => {
    expect(readOptions({ ...good, apiVersion: '67' }, 'sf').apiVersion).toBe('67.0');
  });

  it.each([
    ['https://acme.my.salesforce.com', 'https://login.salesforce.com'],
    ['https://acme--dev.sandbox.my.salesforce.com', 'https://test.salesforce.com'],
    ['https://test.salesforce.com', 'https://test.salesforce.com'],
    ['http://127.0.0.1:4100', 'http://127.0.0.1:4100'],
  ])('take the audience of a JWT from %s', (loginUrl, audience) => {
    expect(readOptions({ ...good, loginUrl }, 'sf').audience).toBe(audience);
  });

  it.each([
    [{ ...good, loginUrl: '' }, 'CONFIG_MISSING', 'TIERLINK_SF_LOGIN_URL'],
    [{ ...good, clientId: '' }, 'CONFIG_MISSING', 'TIERLINK_SF_CLIENT_ID'],
    [
      { ...good, clientSecret: '' },
      'CONFIG_MISSING',
      'TIERLINK_SF_PRIVATE_KEY_FILE or TIERLINK_SF_REFRESH_TOKEN or TIERLINK_SF_CLIENT_SECRET',
    ],
    [{ ...good, privateKey: 'k' }, 'CONFIG_MISSING', 'TIERLINK_SF_USERNAME'],
    [{ ...good, loginUrl: 'acme' }, 'CONFIG_INVALID', 'loginUrl'],
    [{ ...good, loginUrl: 'http://acme.my.salesforce.com' }, 'CONFIG_INVALID', 'https'],
    [{ ...good, loginUrl: 'https://acme.lightning.force.com' }, 'CONFIG_INVALID', 'lightning'],
    [{ ...good, apiVersion: '67.5' }, 'CONFIG_INVALID', 'apiVersion'],
    [{ ...good, bulkQueryFrom: 'many' }, 'CONFIG_INVALID', 'bulkQueryFrom'],
    [{ ...good, overlapSeconds: '-1' }, 'CONFIG_INVALID', 'overlapSeconds'],
    [{ ...good, privateKeyFile: '/no/such/file.key', username: 'u' }, 'CONFIG_INVALID', 'ENOENT'],
  ])('are refused with the place: %j', (options, code, text) => {
    let error: unknown;
    try {
      readOptions(options, 'sf');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code, message: expect.stringContaining(text) });
  });

  it('are asked for by ways to sign in that name options which exist', () => {
    const keys = manifest.options.map((option) => option.key);
    expect(keys).toEqual(expect.arrayContaining(manifest.signIns.flatMap(({ options }) => options.flat())));
  });

  it('are described for every key that is read, secrets marked', () => {
    const keys = manifest.options.map((option) => option.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(
      manifest.options
        .filter((option) => option.secret)
        .map((option) => option.key)
        .sort(),
    ).toEqual(['clientSecret', 'privateKey', 'refreshToken']);
  });
});
