import { browserOptions, browserSignIn, signInFileKey } from '../../src/sync/browser-sign-in.ts';
import type { ConnectorOption, SignIn } from '../../src/sync/connector-manifest.ts';
import { type Given, type GivenOptions, givenOptions } from '../shared/given-options.ts';

/** The settings of one connection, read and checked. */
export interface SalesforceOptions {
  signIn: 'jwt' | 'clientCredentials' | 'refreshToken' | 'browser';
  /** Address of the token endpoint's host, without a slash at its end. */
  loginUrl: string;
  clientId: string;
  clientSecret: string | undefined;
  username: string | undefined;
  /** PEM text. */
  privateKey: string | undefined;
  refreshToken: string | undefined;
  /** Absolute, or from the working folder. */
  signInFile: string | undefined;
  audience: string;
  apiVersion: string;
  bulkQueryFrom: number;
  bulkWriteFrom: number;
  /** How far behind the safe watermark each pass reads again, in ms. */
  overlapMs: number;
  /** ISO 4217 code used where the org does not name its currency. */
  currency: string;
  /** Attempts after the first one, for what may be repeated. */
  retries: number;
}

const PRODUCTION = 'https://login.salesforce.com';

export const connectorOptions: readonly ConnectorOption[] = [
  {
    key: 'loginUrl',
    label: 'Address of the org',
    help: "The org's own My Domain. Client credentials work only there; JWT also works with https://login.salesforce.com (production) and https://test.salesforce.com (sandboxes).",
    example: 'https://acme.my.salesforce.com',
    secret: false,
    required: true,
  },
  {
    key: 'clientId',
    label: 'Consumer key',
    help: 'Consumer key of the External Client App (or of an older connected app).',
    example: '3MVG9...',
    secret: false,
    required: true,
  },
  {
    key: 'clientSecret',
    label: 'Consumer secret',
    help: 'Signs in by client credentials where nothing else does; with a refresh token or a browser, where the app asks for it as well.',
    example: '1A2B3C...',
    secret: true,
    required: false,
  },
  {
    key: 'username',
    label: 'Integration user',
    help: 'User name of the integration user; needed for JWT.',
    example: 'tierlink@acme.com',
    secret: false,
    required: false,
  },
  {
    key: 'privateKeyFile',
    label: 'Private key file',
    help: 'PEM file with the private key whose certificate is on the app; signs in by JWT.',
    example: './salesforce.key',
    secret: false,
    required: false,
  },
  {
    key: 'privateKey',
    label: 'Private key',
    help: 'The same key as PEM text, for environments without files.',
    example: '-----BEGIN PRIVATE KEY-----...',
    secret: true,
    required: false,
  },
  {
    key: 'refreshToken',
    label: 'Refresh token',
    help: 'Signs in by a refresh token from elsewhere. Apps that rotate refresh tokens are refused: use a browser or JWT with them.',
    example: '5Aep861...',
    secret: true,
    required: false,
  },
  ...browserOptions,
  {
    key: 'audience',
    label: 'JWT audience',
    help: 'Only for unusual set-ups. Default: the login host that fits loginUrl.',
    example: PRODUCTION,
    secret: false,
    required: false,
  },
  numberOption('apiVersion', 'API version', 'API version; every org of late 2026 has 67.0.', '67.0'),
  numberOption(
    'bulkQueryFrom',
    'Bulk query from',
    'Reads with more records than this use Bulk API 2.0.',
    '2000',
  ),
  numberOption(
    'bulkWriteFrom',
    'Bulk write from',
    'Writes with more rows than this use Bulk API 2.0.',
    '2000',
  ),
  numberOption(
    'overlapSeconds',
    'Overlap',
    'Seconds that each pass reads again behind its watermark.',
    '300',
  ),
  numberOption('retries', 'Retries', 'Further attempts for a call that may be repeated.', '5'),
  {
    key: 'currency',
    label: 'Currency',
    help: 'Main currency of the org, where the org does not tell it (orgs with a single currency).',
    example: 'EUR',
    secret: false,
    required: false,
    default: 'USD',
  },
];

export const signIns: readonly SignIn[] = [
  {
    id: 'jwt',
    label: 'a private key (JWT bearer)',
    options: [['username'], ['privateKeyFile', 'privateKey']],
  },
  { id: 'secret', label: 'a consumer secret (client credentials)', options: [['clientSecret']] },
  { id: 'refresh', label: 'a refresh token', options: [['refreshToken'], ['clientSecret']] },
  browserSignIn,
];

function numberOption(key: string, label: string, help: string, value: string): ConnectorOption {
  return { key, label, help, example: value, secret: false, required: false, default: value };
}

/** Throws CONFIG_MISSING or CONFIG_INVALID naming the option; makes no call. */
export function readOptions(given: Given, connection: string): SalesforceOptions {
  const options = givenOptions(given, connection, 'connect salesforce');
  const loginUrl = loginAddress(options);
  const privateKey = options.pem('privateKey', 'privateKeyFile');
  const signIn = signInOf(options, privateKey, connection);
  // YAML takes 67.0 for the number 67.
  const apiVersion = (options.text('apiVersion') ?? '67.0').replace(/^\d\d$/, '$&.0');
  if (!/^\d\d\.0$/.test(apiVersion))
    options.invalid('apiVersion', `"${apiVersion}" is not a version such as 67.0`);
  return {
    signIn,
    loginUrl,
    clientId: options.need('clientId'),
    clientSecret: options.text('clientSecret'),
    username: signIn === 'jwt' ? options.need('username') : options.text('username'),
    privateKey,
    refreshToken: options.text('refreshToken'),
    signInFile: options.text(signInFileKey),
    audience: options.text('audience') ?? audienceOf(loginUrl),
    apiVersion,
    bulkQueryFrom: options.number('bulkQueryFrom', 2_000),
    bulkWriteFrom: options.number('bulkWriteFrom', 2_000),
    overlapMs: options.number('overlapSeconds', 300) * 1_000,
    currency: options.text('currency') ?? 'USD',
    retries: options.number('retries', 5),
  };
}

function signInOf(
  options: GivenOptions,
  privateKey: string | undefined,
  connection: string,
): SalesforceOptions['signIn'] {
  if (options.text(signInFileKey) !== undefined) {
    const others = ['privateKeyFile', 'privateKey', 'refreshToken'];
    const other = others.find((key) => options.text(key) !== undefined);
    if (other === undefined) return 'browser';
    options.invalid(other, `the connection signs in by browser (${signInFileKey}); take one of the two out`);
  }
  if (privateKey !== undefined) return 'jwt';
  if (options.text('refreshToken') !== undefined) return 'refreshToken';
  if (options.text('clientSecret') !== undefined) return 'clientCredentials';
  const ways = ['privateKeyFile', 'refreshToken', 'clientSecret', signInFileKey];
  throw options.missing(ways, `signing in to connection ${connection}`);
}

function loginAddress(options: GivenOptions): string {
  const origin = options.origin('loginUrl');
  if (new URL(origin).hostname.endsWith('.lightning.force.com'))
    options.invalid('loginUrl', 'lightning.force.com is for browsers; give the my.salesforce.com address');
  return origin;
}

/** The audience of a JWT is the login host of the kind of org, or the host itself for one that is neither. */
function audienceOf(loginUrl: string): string {
  const host = new URL(loginUrl).hostname;
  if (/(^|\.)sandbox\.my\.salesforce\.com$/.test(host) || host === 'test.salesforce.com') {
    return 'https://test.salesforce.com';
  }
  return host.endsWith('.salesforce.com') ? PRODUCTION : loginUrl;
}
