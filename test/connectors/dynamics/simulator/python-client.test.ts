import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { startDynamicsSimulator } from '../../../../connectors/dynamics/simulator/server.ts';
import { createSimulatedOrg } from '../../../../connectors/dynamics/simulator/simulated-org.ts';
import { fromPackageRoot } from '../../../../src/package-root.ts';
import { describeWith } from '../../../services/describe-with.ts';
import { pythonWith } from '../../../services/python.ts';

const run = promisify(execFile);
const python = pythonWith('PowerPlatform.Dataverse');
const here = fromPackageRoot('test/connectors/dynamics/simulator');
const describe = describeWith(
  { 'PowerPlatform-Dataverse-Client': python },
  {
    install: `python3 -m venv .venv && .venv/bin/pip install -r test/connectors/dynamics/simulator/requirements.txt`,
    mayBeMissing: true,
  },
);

describe('Microsoft’s Python client', () => {
  it('signs in and works with tables, records, queries, files, frames and batches, unchanged', async () => {
    const { org, users, clientId, administratorRoleId } = createSimulatedOrg({ empty: true });
    org.grants.rolesOfUser.set(users.integration, new Set([administratorRoleId]));
    const simulator = await startDynamicsSimulator({ org, tls: 'authority' });
    simulator.entra.apps.add({ clientId, secrets: [{ value: 'secret' }], certificates: [] });
    const folder = mkdtempSync(join(tmpdir(), 'tierlink-python-'));
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, simulator.ca);
    try {
      const authority = new URL(simulator.entra.authority).origin;
      const options = [simulator.url, authority, org.tenantId, clientId, 'secret'];
      const { stdout } = await run(python!, [join(here, 'python-client.py'), ...options], {
        env: { ...process.env, REQUESTS_CA_BUNDLE: ca, PYTHONDONTWRITEBYTECODE: '1' },
      });
      expect(stdout.trim().split('\n')).toEqual([
        'certificates',
        'tables',
        'records',
        'queries',
        'files',
        'frames',
        'batches',
        'refusals',
      ]);
    } finally {
      rmSync(folder, { recursive: true });
      await simulator.close();
    }
  }, 120_000);
});
