import { z } from 'zod';
import { demoFolder } from '../../demo/demo-project.ts';
import { closeDemo, runDemo } from '../../demo/run-demo.ts';
import type { DemoSection } from '../../demo/sections.ts';
import { packageRoot } from '../../package-root.ts';
import { connectors, findConnector } from '../../registry.ts';
import type { ConnectorManifest } from '../../sync/connector-manifest.ts';
import { defineCommand } from '../command.ts';
import { demoTeller } from '../demo-screen.ts';
import { formatFigure } from '../figure.ts';
import { choiceFlag, integerFlag, switchFlag, textFlag } from '../flags.ts';
import { showPass } from '../pass-progress.ts';
import { requirementCounts } from '../requirement-counts.ts';
import { untilAborted } from '../until-aborted.ts';
import { text } from './demo.messages.ts';

const resultSchema = z.strictObject({
  folder: z.string().nullable(),
  simulators: z.array(z.strictObject({ connection: z.string(), crm: z.string(), url: z.string() })),
  sections: z.array(z.looseObject({ kind: z.string() })),
});

/** Stands for every CRM at once: one program on all of them. */
const allCrms = 'both';

export const demo = defineCommand({
  name: 'demo',
  summary: text.summary,
  description: text.description,
  flags: {
    keep: switchFlag(text.keep),
    folder: textFlag('FOLDER', text.folder),
    crm: choiceFlag('CRM', text.crm, [...connectors.map(({ id }) => id), allCrms]),
    port: integerFlag('N', text.port, { min: 1, max: 65_536 - connectors.length }),
  },
  examples: [
    'tierlink demo',
    `tierlink demo --crm ${connectors[1]!.id}`,
    `tierlink demo --crm ${allCrms}`,
    'tierlink demo --keep',
    'tierlink demo --keep --folder ../tierlink-demo',
  ],
  result: resultSchema,
  run: async ({ flags, screen, signal, progress, publish, isNpmScript }) => {
    const manifests = manifestsOf(flags.crm);
    const isKept = flags.keep || flags.folder !== undefined;
    const { folder, keep, discard } = demoFolder(isKept ? { named: flags.folder } : 'temporary');
    const sections: DemoSection[] = [];
    let isDone = false;
    // Each pass has its own lines, which go when its part is told.
    const newProgress = () => showPass(progress, manifests.length);
    let showProgress = newProgress();
    const show = demoTeller(screen, manifests.length);
    screen.line(text.opening(manifests.map(({ label }) => label)));
    if (manifests.length > 1) screen.line(text.story(manifests[0]!.label, manifests.at(-1)!.label));
    try {
      const played = await runDemo({
        manifests,
        folder,
        port: flags.port,
        signal,
        words: { figure: formatFigure, requirements: requirementCounts },
        tell: (section) => {
          sections.push(section);
          progress.clear();
          showProgress = newProgress();
          show(section);
        },
        onProgress: (event) => showProgress(event),
      });
      const simulators = played.crms.map(({ alias, manifest, simulator }) => ({
        connection: alias,
        crm: manifest.id,
        url: simulator.url,
      }));
      const result = { folder: isKept ? folder : null, simulators, sections };
      try {
        if (!isKept) return { result, next: nextSteps(isNpmScript, flags.crm) };
        keep();
        isDone = true;
        // The visitor may want to start the service, which must own the store.
        await played.app.close();
        publish({ result, next: nextInside(result, isNpmScript) });
        await untilAborted(signal);
        return { result };
      } finally {
        await closeDemo(played);
      }
    } finally {
      if (!isDone) discard();
    }
  },
  show: ({ folder, simulators }, screen) => {
    screen.line(text.end);
    if (folder === null) return;
    screen.line();
    const urls = simulators.map(({ url }) => url).join(text.and);
    const isSeveral = simulators.length > 1;
    screen.line(isSeveral ? text.keptSeveral(folder, urls) : text.kept(folder, urls));
    screen.line(isSeveral ? text.keptStopSeveral : text.keptStop);
  },
});

/** The CRMs that a visitor wants to see, in the order in which they are connected. */
function manifestsOf(crm: string | undefined): readonly ConnectorManifest[] {
  if (crm === allCrms) return connectors;
  return [crm === undefined ? connectors[0]! : findConnector(crm)];
}

function nextSteps(isNpmScript: boolean, crm: string | undefined): string[] {
  const flag = crm === undefined ? '' : text.crmFlag(crm);
  return isNpmScript
    ? [text.nextKeepByNpm(flag), text.nextLink(packageRoot), text.nextInit]
    : [text.nextKeep(flag), text.nextInit];
}

/** The way into a demo that was kept: the partner to whom the most interesting thing happened. */
function nextInside(
  { folder, sections }: { folder: string | null; sections: readonly DemoSection[] },
  isNpmScript: boolean,
): string[] {
  const changed = sections.find((section) => section.kind === 'changed');
  const partner = changed?.kind === 'changed' ? changed.tiers[0]?.partner : undefined;
  const matched = sections.find((section) => section.kind === 'matched');
  const isOpen = matched?.kind === 'matched' && matched.proposed.length > 0;
  const differs = sections.some(({ kind }) => kind === 'disagreements');
  return [
    ...(isNpmScript ? [text.nextLink(packageRoot)] : []),
    text.nextFolder(folder ?? '.'),
    ...(isOpen ? [text.nextMatches] : []),
    ...(partner === undefined ? [] : [...(matched ? [text.nextShow(partner)] : []), text.nextWhy(partner)]),
    ...(partner === undefined ? [] : [text.nextKpi(partner)]),
    ...(differs ? [text.nextDifferences] : []),
    text.nextInit,
  ];
}
