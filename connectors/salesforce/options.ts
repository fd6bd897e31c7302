import { readFileSync } from 'node:fs';
import { TierlinkError } from '../../src/errors.ts';
import type { ConnectorOption, SignIn } from '../../src/sync/connector-manifest.ts';
import { optionVariable } from '../../src/sync/option-variable.ts';

/** The settings of one connection, read and checked. */
export interface SalesforceOptions {
  signIn: 'jwt' | 'clientCredentials' | 'refreshToken';
  /** Address of the token endpoint's host, without a slash at its end. */
  loginUrl: string;
  clientId: string;
  clientSecret: string | undefined;
  username: string | undefined;
  /** PEM text. */
  privateKey: string | undefined;
  refreshToken: string | undefined;
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
    help: 'Signs in by client credentials when there is no private key and no refresh token.',
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
    help: 'Signs in by refresh token. Apps that rotate refresh tokens are refused: use JWT with them.',
    example: '5Aep861...',
    secret: true,
    required: false,
  },
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
];

function numberOption(key: string, label: string, help: string, value: string): ConnectorOption {
  return { key, label, help, example: value, secret: false, required: false, default: value };
}

type Given = Readonly<Record<string, string>>;

/** Throws CONFIG_MISSING or CONFIG_INVALID naming the option; makes no call. */
export function readOptions(given: Given, connection: string): SalesforceOptions {
  const invalid = (key: string, reason: string): never => {
    throw new TierlinkError('CONFIG_INVALID', { place: `connection ${connection}, ${key}`, reason });
  };
  const loginUrl = addressOf(need(given, 'loginUrl', connection), (reason) => invalid('loginUrl', reason));
  const privateKey = readKey(given, (reason) => invalid('privateKeyFile', reason));
  const signIn = signInOf(given, privateKey, connection);
  const number = (key: string, fallback: number, least = 0): number => {
    const value = text(given, key) === undefined ? fallback : Number(given[key]);
    return Number.isInteger(value) && value >= least
      ? value
      : invalid(key, `"${given[key]}" is not a whole number`);
  };
  // YAML takes 67.0 for the number 67.
  const apiVersion = (text(given, 'apiVersion') ?? '67.0').replace(/^\d\d$/, '$&.0');
  if (!/^\d\d\.0$/.test(apiVersion)) invalid('apiVersion', `"${apiVersion}" is not a version such as 67.0`);
  return {
    signIn,
    loginUrl,
    clientId: need(given, 'clientId', connection),
    clientSecret: text(given, 'clientSecret'),
    username: signIn === 'jwt' ? need(given, 'username', connection) : text(given, 'username'),
    privateKey,
    refreshToken: text(given, 'refreshToken'),
    audience: text(given, 'audience') ?? audienceOf(loginUrl),
    apiVersion,
    bulkQueryFrom: number('bulkQueryFrom', 2_000),
    bulkWriteFrom: number('bulkWriteFrom', 2_000),
    overlapMs: number('overlapSeconds', 300) * 1_000,
    currency: text(given, 'currency') ?? 'USD',
    retries: number('retries', 5),
  };
}

function text(given: Given, key: string): string | undefined {
  const value = given[key]?.trim();
  return value === '' ? undefined : value;
}

function need(given: Given, key: string, connection: string): string {
  const value = text(given, key);
  if (value !== undefined) return value;
  throw new TierlinkError('CONFIG_MISSING', {
    name: optionVariable(connection, key),
    purpose: `connection ${connection}`,
    command: `connect salesforce --alias ${connection}`,
  });
}

function signInOf(
  given: Given,
  privateKey: string | undefined,
  connection: string,
): SalesforceOptions['signIn'] {
  if (privateKey !== undefined) return 'jwt';
  if (text(given, 'refreshToken') !== undefined) return 'refreshToken';
  if (text(given, 'clientSecret') !== undefined) return 'clientCredentials';
  throw new TierlinkError('CONFIG_MISSING', {
    name: ['privateKeyFile', 'refreshToken', 'clientSecret']
      .map((key) => optionVariable(connection, key))
      .join(' or '),
    purpose: `signing in to connection ${connection}`,
    command: `connect salesforce --alias ${connection}`,
  });
}

/** Environment variables often carry the line ends of a PEM text as the two characters \n. */
function readKey(given: Given, invalid: (reason: string) => never): string | undefined {
  const inline = text(given, 'privateKey');
  const file = text(given, 'privateKeyFile');
  if (inline !== undefined) return inline.replaceAll('\\n', '\n');
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return invalid(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  }
}

function addressOf(value: string, invalid: (reason: string) => never): string {
  if (!URL.canParse(value)) return invalid(`"${value}" is not an address`);
  const url = new URL(value);
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(local && url.protocol === 'http:'))
    return invalid('it must start with https://');
  if (url.hostname.endsWith('.lightning.force.com')) {
    return invalid('lightning.force.com is for browsers; give the my.salesforce.com address');
  }
  return url.origin;
}

/** The audience of a JWT is the login host of the kind of org, or the host itself for one that is neither. */
function audienceOf(loginUrl: string): string {
  const host = new URL(loginUrl).hostname;
  if (/(^|\.)sandbox\.my\.salesforce\.com$/.test(host) || host === 'test.salesforce.com') {
    return 'https://test.salesforce.com';
  }
  return host.endsWith('.salesforce.com') ? PRODUCTION : loginUrl;
}
