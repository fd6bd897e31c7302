import { z } from 'zod';
import { demoFolder } from '../../demo/demo-project.ts';
import { closeDemo, runDemo } from '../../demo/run-demo.ts';
import type { DemoSection } from '../../demo/sections.ts';
import { packageRoot } from '../../package-root.ts';
import { connectors, findConnector } from '../../registry.ts';
import { defineCommand } from '../command.ts';
import { showSection } from '../demo-screen.ts';
import { formatFigure } from '../figure.ts';
import { choiceFlag, integerFlag, switchFlag, textFlag } from '../flags.ts';
import { showPass } from '../pass-progress.ts';
import { requirementCounts } from '../requirement-counts.ts';
import { untilAborted } from '../until-aborted.ts';
import { text } from './demo.messages.ts';

const resultSchema = z.strictObject({
  folder: z.string().nullable(),
  url: z.string(),
  sections: z.array(z.looseObject({ kind: z.string() })),
});

export const demo = defineCommand({
  name: 'demo',
  summary: text.summary,
  description: text.description,
  flags: {
    keep: switchFlag(text.keep),
    folder: textFlag('FOLDER', text.folder),
    crm: choiceFlag(
      'CRM',
      text.crm,
      connectors.map(({ id }) => id),
    ),
    port: integerFlag('N', text.port, { min: 1, max: 65_535 }),
  },
  examples: [
    'tierlink demo',
    `tierlink demo --crm ${connectors[1]!.id}`,
    'tierlink demo --keep',
    'tierlink demo --keep --folder ../tierlink-demo',
  ],
  result: resultSchema,
  run: async ({ flags, screen, signal, progress, publish, isNpmScript }) => {
    const manifest = flags.crm === undefined ? connectors[0]! : findConnector(flags.crm);
    const isKept = flags.keep || flags.folder !== undefined;
    const { folder, keep, discard } = demoFolder(isKept ? { named: flags.folder } : 'temporary');
    const sections: DemoSection[] = [];
    let isDone = false;
    // Each pass has its own lines, which go when its part is told.
    let showProgress = showPass(progress, 1);
    screen.line(text.opening(manifest.label));
    try {
      const played = await runDemo({
        manifest,
        folder,
        port: flags.port,
        signal,
        words: { figure: formatFigure, requirements: requirementCounts },
        tell: (section) => {
          sections.push(section);
          progress.clear();
          showProgress = showPass(progress, 1);
          // The start is told without a number.
          showSection(section, screen, sections.length - 1);
        },
        onProgress: (event) => showProgress(event),
      });
      const result = { folder: isKept ? folder : null, url: played.simulator.url, sections };
      try {
        if (!isKept) return { result, next: nextSteps(isNpmScript) };
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
  show: ({ folder, url }, screen) => {
    screen.line(text.end);
    if (folder === null) return;
    screen.line();
    screen.line(text.kept(folder, url));
    screen.line(text.keptStop);
  },
});

function nextSteps(isNpmScript: boolean): string[] {
  return isNpmScript
    ? [text.nextKeepByNpm, text.nextLink(packageRoot), text.nextInit]
    : [text.nextKeep, text.nextInit];
}

/** The way into a demo that was kept: the partner to whom the most interesting thing happened. */
function nextInside(
  { folder, sections }: { folder: string | null; sections: readonly DemoSection[] },
  isNpmScript: boolean,
): string[] {
  const changed = sections.find((section) => section.kind === 'changed');
  const partner = changed?.kind === 'changed' ? changed.tiers[0]?.partner : undefined;
  const differs = sections.some(({ kind }) => kind === 'disagreements');
  return [
    ...(isNpmScript ? [text.nextLink(packageRoot)] : []),
    text.nextFolder(folder ?? '.'),
    ...(partner === undefined ? [] : [text.nextWhy(partner), text.nextKpi(partner)]),
    ...(differs ? [text.nextDifferences] : []),
    text.nextInit,
  ];
}
