import { spawn } from 'node:child_process';

/** The system's own way to open an address; none of them goes through a shell. */
const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Opens an address in the person's browser. Where there is none nothing happens: the address is printed as well. */
export function openInBrowser(address: string): void {
  const [command, ...before] = openers[process.platform] ?? ['xdg-open'];
  const opener = spawn(command, [...before, address], { stdio: 'ignore', detached: true });
  opener.on('error', () => undefined);
  opener.unref();
}
