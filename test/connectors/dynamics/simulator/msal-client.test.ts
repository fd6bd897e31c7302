import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { startStandIn } from '../../../../connectors/dynamics/stand-in.ts';
import { fromPackageRoot } from '../../../../src/package-root.ts';
import { callbackAddress, USUAL_CALLBACK_PORT } from '../../../../src/sync/browser-sign-in.ts';
import { describeWith } from '../../../services/describe-with.ts';
import { pythonWith } from '../../../services/python.ts';

const python = pythonWith('msal');
const script = fromPackageRoot('test/connectors/dynamics/simulator/msal-client.py');
const describe = describeWith(
  { 'MSAL for Python': python },
  {
    install: `python3 -m venv .venv && .venv/bin/pip install -r test/connectors/dynamics/simulator/requirements.txt`,
    mayBeMissing: true,
  },
);

describe('MSAL for Python', () => {
  it('signs a person in by browser, renews that, and tells that it was denied', async () => {
    const standIn = await startStandIn({ empty: true });
    const folder = mkdtempSync(join(tmpdir(), 'tierlink-msal-'));
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, standIn.simulator.ca);
    const { url, authority, tenantId, clientId } = standIn.options;
    try {
      const given = [url!, authority!, tenantId!, clientId!, callbackAddress(USUAL_CALLBACK_PORT).href];
      const { stdout } = await promisify(execFile)(python!, [script, ...given], {
        env: { ...process.env, REQUESTS_CA_BUNDLE: ca, PYTHONDONTWRITEBYTECODE: '1' },
      });
      expect(stdout.trim().split('\n')).toEqual([
        'signed in as admin@contoso.example',
        'renewed',
        'access_denied',
      ]);
    } finally {
      rmSync(folder, { recursive: true });
      await standIn.close();
    }
  }, 120_000);
});
