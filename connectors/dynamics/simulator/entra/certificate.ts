import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

export interface KeyPair {
  /** PEM. */
  key: string;
  cert: string;
}

export interface TestAuthority {
  /** PEM of the certificate that clients have to trust, as with NODE_EXTRA_CA_CERTS. */
  ca: string;
  /** Key and certificate of a server on loopback. */
  server: KeyPair;
}

const dayMs = 86_400_000;
const curve = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
} as const;

type Keys = webcrypto.CryptoKeyPair;

const makeKeys = async (algorithm: typeof curve | typeof rsa): Promise<Keys> =>
  (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as Keys;

/** An authority of its own that signs one certificate for loopback; nothing outlives the process. */
export async function makeAuthority(nowMs: number): Promise<TestAuthority> {
  const [keys, serverKeys] = await Promise.all([makeKeys(curve), makeKeys(curve)]);
  const flags = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...validFrom(nowMs),
    name: 'CN=Simulated authority',
    keys,
    signingAlgorithm: curve,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(flags, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const cert = await X509CertificateGenerator.create({
    ...validFrom(nowMs),
    subject: 'CN=localhost',
    issuer: ca.subject,
    publicKey: serverKeys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: curve,
    extensions: await serverExtensions(keys, serverKeys),
  });
  return { ca: pemOf(ca), server: await pairOf(serverKeys, cert) };
}

/** With the identifiers of both keys, without which Python from 3.13 on takes no certificate (VERIFY_X509_STRICT). */
async function serverExtensions(authority: Keys, server: Keys): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension([
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
      { type: 'ip', value: '::1' },
    ]),
    await SubjectKeyIdentifierExtension.create(server.publicKey),
    await AuthorityKeyIdentifierExtension.create(authority.publicKey),
  ];
}

/** A key pair with which an app signs its assertions, as its owner would make one. */
export async function makeAppCertificate(nowMs: number): Promise<KeyPair> {
  const keys = await makeKeys(rsa);
  const cert = await X509CertificateGenerator.createSelfSigned({
    ...validFrom(nowMs),
    name: 'CN=app',
    keys,
    signingAlgorithm: rsa,
  });
  return await pairOf(keys, cert);
}

const pemOf = (cert: X509Certificate): string => `${cert.toString('pem')}\n`;

async function pairOf({ privateKey }: Keys, cert: X509Certificate): Promise<KeyPair> {
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey)).toString('base64');
  const lines = key.match(/.{1,64}/g)?.join('\n') ?? '';
  return { key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`, cert: pemOf(cert) };
}

/** From the day before, so that clocks need not agree, for a year. */
function validFrom(nowMs: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - dayMs), notAfter: new Date(nowMs + 365 * dayMs) };
}
