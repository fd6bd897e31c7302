import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openStore } from '../src/store/open-store.ts';
import { importFile } from '../src/sync/import/import.ts';
import { serve } from './child.ts';
import { benchClock } from './clock.ts';
import { secondsSince } from './drain.ts';
import type { StorePlace } from './project.ts';

/** The process that imports one file. */

export interface ImportRun extends StorePlace {
  /** Path of the file, which is made first. */
  file: string;
  rows: number;
}

export interface ImportTaken {
  /** Of the first time, and of the same file again, which changes nothing. */
  seconds: number;
  againSeconds: number;
  /** Memory before the import and most of it since the process began, MB. */
  startMb: number;
  peakMb: number;
}

const partners = 1000;

async function run({ databaseUrl, folder, file, rows }: ImportRun): Promise<ImportTaken> {
  await pipeline(Readable.from(linesOf(rows)), createWriteStream(file));
  const store = await openStore({ databaseUrl, dataFolder: folder });
  const options = {
    store,
    clock: benchClock(Date.now()),
    context: { timeZone: 'UTC', currency: 'EUR' },
    author: 'bench',
    file,
  };
  const names = Array.from({ length: partners }, (_, n) => `Partner ${n},P-${n}`);
  await importFile('partners', ['name,number', ...names].join('\n'), options);
  const startMb = Math.round(process.memoryUsage().rss / 2 ** 20);
  const taken: number[] = [];
  for (const changed of ['created', 'unchanged'] as const) {
    const from = performance.now();
    const report = await importFile('facts', () => createReadStream(file), options);
    taken.push(secondsSince(from));
    if (report[changed] !== rows) throw new Error(`${report[changed]} of ${rows} rows ${changed}`);
  }
  const [seconds, againSeconds] = taken as [number, number];
  await store.close();
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
  return { seconds, againSeconds, startMb, peakMb };
}

function* linesOf(rows: number): Generator<string> {
  yield 'partner,kind,occurred_on,quantity,dimension,subject,author,reason\n';
  for (let n = 0; n < rows; n += 1)
    yield `Partner ${n % partners},usage,2026-0${1 + (n % 9)}-1${n % 10},${n}.5,Suite ${n % 50},Tenant ${n},Kim Lund,Plan of 12 March\n`;
}

serve({ run });
