import { generate } from 'selfsigned';

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
/** Otherwise it would be SHA-1, which nobody takes any more. */
const algorithm = 'sha256';

/** An authority of its own that signs one certificate for loopback; nothing outlives the process. */
export async function makeAuthority(nowMs: number): Promise<TestAuthority> {
  const valid = validFrom(nowMs);
  const authority = await generate([{ name: 'commonName', value: 'Simulated authority' }], {
    ...valid,
    keyType: 'ec',
    algorithm,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...valid,
    keyType: 'ec',
    algorithm,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { ca: authority.cert, server: { key: server.private, cert: server.cert } };
}

/** A key pair with which an app signs its assertions, as its owner would make one. */
export async function makeAppCertificate(nowMs: number): Promise<KeyPair> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'app' }], {
    ...validFrom(nowMs),
    keySize: 2048,
    algorithm,
  });
  return { key, cert };
}

/** From the day before, so that clocks need not agree, for a year. */
function validFrom(nowMs: number): { notBeforeDate: Date; notAfterDate: Date } {
  return { notBeforeDate: new Date(nowMs - dayMs), notAfterDate: new Date(nowMs + 365 * dayMs) };
}
