// Run as a process of its own: owns the data folder as a service does, says so, and closes it when it is told to.
import { openStore } from '../../src/store/open-store.ts';

const [, , folder = ''] = process.argv;
const store = await openStore({ dataFolder: folder, alone: true, command: 'tierlink start' });
process.on('SIGTERM', async () => {
  await store.close();
  process.exit(0);
});
process.stdout.write('open\n');
setInterval(() => undefined, 1000);
