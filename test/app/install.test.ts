import { expect, it } from '@jest/globals';
import { installNeeds } from '../../src/app/install.ts';
import type { App, AppConnection } from '../../src/app.ts';
import { fakeManifest } from '../config/fake-manifest.ts';

it('a CRM that can only be deployed to says which command makes the files', async () => {
  const connection = { alias: 'prod', manifest: fakeManifest, settings: {} } as AppConnection;
  const asked = installNeeds({} as App, connection, { withOptional: true });
  await expect(asked).rejects.toMatchObject({
    code: 'INSTALL_NOT_OFFERED',
    actions: [expect.stringContaining('tierlink install source --connection prod')],
  });
});
