import { createServer, type Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import { makeDemoProject } from '../../src/demo/demo-project.ts';
import { connectors } from '../../src/registry.ts';
import { run } from './harness.ts';
import { newFolder } from './world.ts';

it('one interruption ends a command whose store does not answer, and does not wait for it to close', async () => {
  const folder = newFolder();
  await makeDemoProject(folder, connectors[0]!);
  const interruption = new AbortController();
  // The driver waits for the answer to its first words for ten seconds.
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    interruption.abort();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  const began = performance.now();
  const { exit, err } = await run(['status'], {
    commands,
    environment: { TIERLINK_PROJECT: folder, DATABASE_URL: `postgres://127.0.0.1:${port}/tierlink` },
    signal: interruption.signal,
    patience: { workMs: 50, closingMs: 50 },
  });
  expect({ exit, err }).toEqual({ exit: 130, err: expect.stringContaining('INTERRUPTED') });
  expect(performance.now() - began).toBeLessThan(9_000);
  for (const socket of sockets) socket.destroy();
  server.close();
});
