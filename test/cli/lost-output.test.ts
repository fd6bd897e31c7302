import { spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { compiled } from '../services/compiled.ts';

// A device that is always full: not every system has one.
(existsSync('/dev/full') ? it : it.skip)('output that cannot be written ends with 1 and says why', () => {
  const ran = spawnSync(process.execPath, [compiled('src/cli/main.ts'), '--version'], {
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    encoding: 'utf8',
  });
  expect(ran.status).toBe(1);
  expect(ran.stderr).toContain('could not be written: no space left on device (ENOSPC)');
});
