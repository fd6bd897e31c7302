import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { fullImportRows, importSections, smallImportRows } from './cases/import.ts';
import { fullKpiSize, kpisSections, smallKpiSize } from './cases/kpis.ts';
import { lifeCases, lifeSections } from './cases/life.ts';
import { loadCase } from './cases/load.ts';
import { queueCase } from './cases/queue.ts';
import { throttledSections } from './cases/throttled.ts';
import { verifyCase } from './cases/verify.ts';
import { benchCrms, crmNames, findCrm } from './crm/all.ts';
import { printSection, type Section } from './section.ts';
import { openSite, type Site } from './site.ts';
import { fullSize, smallSize } from './size.ts';

const cases = ['load', ...lifeCases, 'verify', 'throttled', 'kpis', 'import', 'queue'] as const;
const help = `Measures Tierlink on its simulator; every ratio is one within the same run.

  npm run bench -- [--crm CRM] [--small] [--only CASE,...] [--json]

  --crm     ${crmNames.join(' or ')} (default: ${benchCrms[0].manifest.id})
  --small   a hundredth of the records: is it whole, not is it fast
  --only    some of: ${cases.join(', ')}
  --json    the figures as JSON on stdout
`;

/** Longest time for everything; whoever waits for it in CI must not wait for ever. */
const limitMs = 90 * 60_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      crm: { type: 'string', default: benchCrms[0].manifest.id },
      small: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const wanted = new Set(values.only?.split(',') ?? cases);
  const unknown = [...wanted].filter((name) => !(cases as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Error(`--only: there is no case ${unknown.join(', ')}\n\n${help}`);
  const crm = findCrm(values.crm);
  const size = values.small ? smallSize : fullSize;
  const site = openSite({ crm, size, say: (line) => process.stderr.write(`… ${line}\n`) });
  try {
    const sections: Section[] = [];
    for await (const section of run(site, wanted)) {
      sections.push(section);
      if (!values.json) process.stdout.write(printSection(section));
    }
    if (values.json) process.stdout.write(`${JSON.stringify(report(site, sections), null, 2)}\n`);
  } finally {
    await site.close();
  }
}

async function* run(site: Site, wanted: ReadonlySet<string>): AsyncGenerator<Section> {
  if (wanted.has('load')) yield await loadCase(site);
  if (lifeCases.some((name) => wanted.has(name))) yield* await lifeSections(site, wanted);
  if (wanted.has('verify')) yield await verifyCase(site);
  if (wanted.has('throttled')) yield* await throttledSections(site);
  if (wanted.has('kpis')) yield* kpisSections(site, site.size === smallSize ? smallKpiSize : fullKpiSize);
  if (wanted.has('import'))
    yield* importSections(site, site.size === smallSize ? smallImportRows : fullImportRows);
  if (wanted.has('queue')) yield await queueCase(site, site.size === smallSize ? 50 : 500);
}

function report({ crm, size }: Site, sections: readonly Section[]): Record<string, unknown> {
  const [cpu] = cpus();
  return {
    machine: {
      node: process.version,
      cpu: cpu?.model,
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
    },
    crm: crm.manifest.id,
    size,
    cases: Object.fromEntries(sections.map(({ name, figures }) => [name, figures])),
  };
}

const timer = setTimeout(() => {
  process.stderr.write(`given up after ${limitMs / 60_000} minutes\n`);
  process.exit(1);
}, limitMs);
timer.unref();
// An interruption ends the process in the ordinary way, so that servers and folders go with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

await main();
