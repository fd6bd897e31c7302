import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../child.ts';
import type { ImportRun, ImportTaken } from '../import-process.ts';
import type { StorePlace } from '../project.ts';
import { aimNote, count, rate, right, type Section, seconds } from '../section.ts';
import type { Site } from '../site.ts';

export const fullImportRows: readonly number[] = [50_000, 200_000, 400_000];
export const smallImportRows: readonly number[] = [2_000, 8_000];

interface Measured extends ImportTaken {
  rows: number;
}

/** Files of facts of several sizes: how long an import takes, and whether its memory grows with the file. */
export async function* importSections(site: Site, sizes: readonly number[]): AsyncGenerator<Section> {
  const places = [
    ['the embedded store', async () => await site.embeddedPlace()],
    ['PostgreSQL', async () => await site.postgresPlace()],
  ] as const;
  for (const [name, open] of places) {
    const measured: Measured[] = [];
    for (const rows of sizes) {
      const place = await open();
      if (place === undefined) break;
      site.say(`import into ${name}: ${count(rows)} rows`);
      measured.push({ rows, ...(await runIn(place, rows)) });
    }
    if (measured.length > 0) yield sectionOf(name, measured);
  }
}

async function runIn(place: StorePlace, rows: number): Promise<ImportTaken> {
  const folder = mkdtempSync(join(tmpdir(), 'tierlink-bench-import-'));
  const child = startChild('./import-process.ts');
  try {
    const run: ImportRun = { ...place, rows, file: join(folder, 'facts.csv') };
    return await child.ask('run', run);
  } finally {
    await child.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function sectionOf(name: string, measured: readonly Measured[]): Section {
  const [first, last] = [measured[0]!, measured.at(-1)!];
  return {
    name: `import into ${name}`,
    title: `Import of a file of facts into ${name}`,
    columns: [
      right('Rows'),
      right('First time'),
      right('Rows/s'),
      right('Same file again'),
      right('Memory before'),
      right('Peak memory'),
    ],
    rows: measured.map((each) => [
      count(each.rows),
      seconds(each.seconds),
      rate(each.rows, each.seconds),
      seconds(each.againSeconds),
      `${count(each.startMb)} MB`,
      `${count(each.peakMb)} MB`,
    ]),
    notes: [
      aimNote(`memory at ${count(last.rows)} rows / at ${count(first.rows)}`, last.peakMb / first.peakMb, {
        atMost: 1.15,
      }),
      `time for a row at ${count(last.rows)} rows / at ${count(first.rows)}: ${(last.seconds / last.rows / (first.seconds / first.rows)).toFixed(2)}`,
    ],
    figures: measured,
  };
}
