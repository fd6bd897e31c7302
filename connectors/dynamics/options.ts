import { X509Certificate } from 'node:crypto';
import { browserOptions, browserSignIn, signInFileKey } from '../../src/sync/browser-sign-in.ts';
import type { ConnectorOption, SignIn } from '../../src/sync/connector-manifest.ts';
import { type Given, givenOptions } from '../shared/given-options.ts';

/** The settings of one connection, read and checked. */
export interface DynamicsOptions {
  /** Origin of the environment, without a slash at its end. */
  url: string;
  tenantId: string;
  clientId: string;
  clientSecret: string | undefined;
  /** PEM texts; they win over a secret. */
  certificate: { certificate: string; privateKey: string } | undefined;
  /** Of a sign-in by browser; absolute, or from the working folder. */
  signInFile: string | undefined;
  /** Origin of the sign-in; the tenant's part of its address is added when signing in. */
  authority: string;
  /** PEM of an authority that the sign-in is trusted by beside the usual ones. */
  ca: string | undefined;
  /** 9.2, without the v. */
  apiVersion: string;
  /** Rows per page of a read, 5,000 at most. */
  pageSize: number;
  /** Rows of a $batch at most; more go out by bulk messages. */
  rowsPerBatch: number;
  /** Rows per UpsertMultiple or UpdateMultiple. */
  rowsPerWrite: number;
  /** How far behind the last pass changes are read again in tables that do not track them, in ms. */
  overlapMs: number;
  /** ISO 4217 code used where the organization does not name its currency. */
  currency: string;
  /** Attempts after the first one, for what may be repeated. */
  retries: number;
}

const PUBLIC_CLOUD = 'https://login.microsoftonline.com';

/** Rows of one page at most: https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/page-results */
const MOST_ROWS = 5_000;

/**
 * Rows of one batch. The platform takes 1,000 operations, of which a row can be three, but runs them one after the other:
 * bulk messages write larger numbers in a tenth of the time, and a batch must be over before somebody between us gives up
 * waiting.
 */
const ROWS_PER_BATCH = 125;
const MOST_BATCHED = 300;

export const connectorOptions: readonly ConnectorOption[] = [
  {
    key: 'url',
    label: 'Address of the environment',
    help: 'Where people open Dynamics 365, without what comes behind the host.',
    example: 'https://contoso.crm4.dynamics.com',
    secret: false,
    required: true,
  },
  {
    key: 'tenantId',
    label: 'Tenant',
    help: 'Directory (tenant) ID of the app registration in Microsoft Entra ID, or a domain of the tenant.',
    example: '00000000-0000-0000-0000-000000000000',
    secret: false,
    required: true,
  },
  {
    key: 'clientId',
    label: 'Application (client) ID',
    help: 'Of the app registration whose application user exists in the environment.',
    example: '00000000-0000-0000-0000-000000000000',
    secret: false,
    required: true,
  },
  {
    key: 'clientSecret',
    label: 'Client secret',
    help: "The secret's value, not its ID. Signs in when there is no certificate.",
    example: '1ab8Q~...',
    secret: true,
    required: false,
  },
  {
    key: 'certificateFile',
    label: 'Certificate file',
    help: 'PEM file with the certificate that the app registration knows.',
    example: './dynamics.crt',
    secret: false,
    required: false,
  },
  {
    key: 'certificate',
    label: 'Certificate',
    help: 'The same certificate as PEM text, for environments without files.',
    example: '-----BEGIN CERTIFICATE-----...',
    secret: false,
    required: false,
  },
  {
    key: 'privateKeyFile',
    label: 'Private key file',
    help: "PEM file with the certificate's private key.",
    example: './dynamics.key',
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
  ...browserOptions,
  {
    key: 'authority',
    label: 'Sign-in',
    help: 'Host of the sign-in. Other clouds have their own, such as https://login.microsoftonline.us.',
    example: PUBLIC_CLOUD,
    secret: false,
    required: false,
    default: PUBLIC_CLOUD,
  },
  {
    key: 'caFile',
    label: 'Authority file',
    help: 'PEM file of a certificate authority that the sign-in is trusted by as well, as for the simulator.',
    example: './simulator-ca.pem',
    secret: false,
    required: false,
  },
  {
    key: 'ca',
    label: 'Authority certificate',
    help: 'The same authority as PEM text, for environments without files.',
    example: '-----BEGIN CERTIFICATE-----...',
    secret: false,
    required: false,
  },
  {
    key: 'apiVersion',
    label: 'API version',
    help: 'Version of the Web API; 9.2 is the current one.',
    example: '9.2',
    secret: false,
    required: false,
    default: '9.2',
  },
  numberOption('pageSize', 'Page size', 'Rows per page of a read, 5000 at most.', '5000'),
  numberOption(
    'rowsPerBatch',
    'Rows per batch',
    `Rows of one $batch, ${MOST_BATCHED} at most. More of them go out by UpsertMultiple or UpdateMultiple, a page at a time.`,
    String(ROWS_PER_BATCH),
  ),
  numberOption('rowsPerWrite', 'Rows per write', 'Rows of one UpsertMultiple or UpdateMultiple.', '1000'),
  numberOption(
    'overlapSeconds',
    'Overlap',
    'Seconds that each pass reads again in tables that do not track their changes.',
    '300',
  ),
  numberOption('retries', 'Retries', 'Further attempts for a call that may be repeated.', '5'),
  {
    key: 'currency',
    label: 'Currency',
    help: 'Base currency of the organization, where the application user cannot read it.',
    example: 'EUR',
    secret: false,
    required: false,
    default: 'USD',
  },
];

export const signIns: readonly SignIn[] = [
  { id: 'secret', label: 'a client secret', options: [['clientSecret']] },
  {
    id: 'certificate',
    label: 'a certificate',
    options: [
      ['certificateFile', 'certificate'],
      ['privateKeyFile', 'privateKey'],
    ],
  },
  browserSignIn,
];

function numberOption(key: string, label: string, help: string, value: string): ConnectorOption {
  return { key, label, help, example: value, secret: false, required: false, default: value };
}

/** Throws CONFIG_MISSING or CONFIG_INVALID naming the option; makes no call. */
export function readOptions(given: Given, connection: string): DynamicsOptions {
  const options = givenOptions({ authority: PUBLIC_CLOUD, ...given }, connection, 'connect dynamics');
  const certificate = readCertificate(options);
  const clientSecret = options.text('clientSecret');
  const signInFile = readSignInFile(options);
  const credentials = ['clientSecret', 'certificateFile', signInFileKey];
  if (certificate === undefined && clientSecret === undefined && signInFile === undefined)
    throw options.missing(credentials, `signing in to connection ${connection}`);
  // YAML takes 9.0 for the number 9.
  const apiVersion = (options.text('apiVersion') ?? '9.2').replace(/^v/i, '').replace(/^\d$/, '$&.0');
  if (!/^9\.[0-9]$/.test(apiVersion))
    options.invalid('apiVersion', `"${apiVersion}" is not a version such as 9.2`);
  const pageSize = options.number('pageSize', MOST_ROWS, 1);
  if (pageSize > MOST_ROWS) options.invalid('pageSize', `it cannot be more than ${MOST_ROWS}`);
  const rowsPerBatch = options.number('rowsPerBatch', ROWS_PER_BATCH, 1);
  if (rowsPerBatch > MOST_BATCHED) options.invalid('rowsPerBatch', `it cannot be more than ${MOST_BATCHED}`);
  return {
    url: options.origin('url'),
    tenantId: options.need('tenantId'),
    clientId: options.need('clientId'),
    clientSecret,
    certificate,
    signInFile,
    authority: options.origin('authority'),
    ca: readAuthority(options),
    apiVersion,
    pageSize,
    rowsPerBatch,
    rowsPerWrite: options.number('rowsPerWrite', 1_000, 1),
    overlapMs: options.number('overlapSeconds', 300) * 1_000,
    currency: options.text('currency') ?? 'USD',
    retries: options.number('retries', 5),
  };
}

/** People sign in to an app without a secret; the platform refuses one that shows any. */
function readSignInFile(options: ReturnType<typeof givenOptions>): string | undefined {
  const file = options.text(signInFileKey);
  const others = ['clientSecret', 'certificateFile', 'certificate', 'privateKeyFile', 'privateKey'];
  const other = file === undefined ? undefined : others.find((key) => options.text(key) !== undefined);
  if (other === undefined) return file;
  return options.invalid(
    other,
    `the connection signs in by browser (${signInFileKey}); take one of the two out`,
  );
}

/** A text that is no certificate would be trusted silently for nothing: the sign-in would seem not to answer. */
function readAuthority(options: ReturnType<typeof givenOptions>): string | undefined {
  const ca = options.pem('ca', 'caFile');
  if (ca === undefined) return undefined;
  try {
    new X509Certificate(ca);
    return ca;
  } catch {
    return options.invalid(
      options.text('ca') === undefined ? 'caFile' : 'ca',
      'it is no certificate in PEM form, a text that begins with -----BEGIN CERTIFICATE-----',
    );
  }
}

function readCertificate(options: ReturnType<typeof givenOptions>): DynamicsOptions['certificate'] {
  const certificate = options.pem('certificate', 'certificateFile');
  const privateKey = options.pem('privateKey', 'privateKeyFile');
  if (certificate === undefined && privateKey === undefined) return undefined;
  if (certificate === undefined) throw options.missing(['certificateFile'], 'signing in by certificate');
  if (privateKey === undefined) throw options.missing(['privateKeyFile'], 'signing in by certificate');
  return { certificate, privateKey };
}
