// Run as a process of its own: locks the folder, says so, and lives until it is killed. It shares nothing.
import { lockFolder } from '../../src/store/enter-folder.ts';

const [, , folder = ''] = process.argv;
await lockFolder(folder, { command: 'tierlink start' });
process.stdout.write('locked\n');
setInterval(() => undefined, 1000);
