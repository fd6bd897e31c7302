import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { commands } from '../src/cli/commands/index.ts';
import { connectors } from '../src/registry.ts';
import { fromSystemError } from '../src/system-errors.ts';
import { run } from './cli/harness.ts';

describe('what the system refuses', () => {
  it('names file, reason and remedy', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tierlink-system-'));
    const file = join(folder, 'file');
    writeFileSync(file, '');
    let thrown: unknown;
    try {
      mkdirSync(join(file, 'inside'));
    } catch (error) {
      thrown = error;
    }
    const error = fromSystemError(thrown);
    expect(error).toMatchObject({ code: 'FILE_UNUSABLE', data: { file: join(file, 'inside') } });
    expect(error?.message).toContain('not a directory (ENOTDIR)');
    expect(error?.actions[0]).toContain('Check the path');
  });

  it.each([
    ['ENOSPC', 'no space left on device', 'Free space'],
    ['EROFS', 'read-only file system', 'read-only'],
    ['EACCES', 'permission denied', 'Let the user'],
  ])('knows %s', (code, words, remedy) => {
    const thrown = Object.assign(new Error(`${code}: ${words}, write`), {
      code,
      syscall: 'write',
      path: '/x',
    });
    const error = fromSystemError(thrown);
    expect(error?.message).toContain(`/x cannot be used: ${words} (${code})`);
    expect(error?.actions[0]).toContain(remedy);
  });

  it('knows a full disk under the database', () => {
    const reason = 'could not extend file "base/5/16465": No space left on device';
    const error = fromSystemError(Object.assign(new Error(reason), { code: '53100' }));
    expect(error?.message).toBe(
      `The store has no space to grow: ${reason}. What was finished before is kept; of what was at work, nothing is half done.`,
    );
  });

  it('leaves alone what is no such failure', () => {
    expect(fromSystemError(new Error('x'))).toBeUndefined();
    expect(fromSystemError(null)).toBeUndefined();
    expect(
      fromSystemError(Object.assign(new Error('x'), { code: 'ECONNRESET', syscall: 'read' })),
    ).toBeUndefined();
  });

  it('is told by a command as an error of ours: a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const { port } = server.address() as { port: number };
    try {
      const argv = ['simulator', connectors[0]!.id, '--port', String(port)];
      const ran = await run(argv, { commands });
      expect(ran).toMatchObject({ exit: 2, out: '' });
      expect(ran.err).toContain(
        `Error SIMULATOR_PORT: Port ${port} cannot be listened on: address already in use (EADDRINUSE).`,
      );
      const demo = await run(['demo', '--port', String(port)], { commands });
      expect(demo.err).toContain('Error SIMULATOR_PORT');
    } finally {
      await new Promise((closed) => server.close(closed));
    }
  });

  it('is told by a command as an error of ours: a folder that cannot be one', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tierlink-system-')), 'file');
    writeFileSync(file, '');
    const ran = await run(['init', join(file, 'project'), '--crm', connectors[0]!.id], { commands });
    expect(ran).toMatchObject({ exit: 1, out: '' });
    expect(ran.err).toContain('Error FILE_UNUSABLE');
    const demo = await run(['demo', '--folder', join(file, 'demo')], { commands });
    expect(demo.err).toContain('Error FILE_UNUSABLE');
  });
});
