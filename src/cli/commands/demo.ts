import { rmSync } from 'node:fs';
import { z } from 'zod';
import { demoFolder } from '../../demo/demo-project.ts';
import { closeDemo, runDemo } from '../../demo/run-demo.ts';
import type { DemoSection } from '../../demo/sections.ts';
import { connectors } from '../../registry.ts';
import { defineCommand } from '../command.ts';
import { showSection } from '../demo-screen.ts';
import { formatFigure } from '../figure.ts';
import { integerFlag, switchFlag, textFlag } from '../flags.ts';
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
    port: integerFlag('N', text.port, { min: 1, max: 65_535 }),
  },
  examples: ['tierlink demo', 'tierlink demo --keep', 'tierlink demo --keep --folder ../tierlink-demo'],
  result: resultSchema,
  run: async ({ flags, screen, signal, progress, publish }) => {
    const isKept = flags.keep || flags.folder !== undefined;
    const { folder, isTemporary } = demoFolder(isKept ? (flags.folder ?? 'tierlink-demo') : undefined);
    const sections: DemoSection[] = [];
    const onProgress = showPass(progress, 1);
    try {
      const played = await runDemo({
        manifest: connectors[0]!,
        folder,
        port: flags.port,
        signal,
        words: { figure: formatFigure, requirements: requirementCounts },
        tell: (section) => {
          sections.push(section);
          progress.stop();
          showSection(section, screen);
        },
        onProgress,
      });
      const result = { folder: isKept ? folder : null, url: played.simulator.url, sections };
      try {
        if (!isKept) return { result, next: [text.nextKeep, text.nextInit] };
        // The visitor may want to start the service, which must own the store.
        await played.app.close();
        publish({ result, next: nextSteps(sections) });
        await untilAborted(signal);
        return { result };
      } finally {
        await closeDemo(played);
      }
    } finally {
      if (isTemporary) rmSync(folder, { recursive: true, force: true });
    }
  },
  show: ({ folder, url }, screen) => {
    screen.line();
    screen.line(text.end);
    if (folder === null) return;
    screen.line();
    screen.line(text.kept(folder, url));
    screen.line(text.keptTry(folder));
    screen.line(text.keptStop);
  },
});

/** Commands about the partner to whom the most interesting thing happened. */
function nextSteps(sections: readonly DemoSection[]): string[] {
  const changed = sections.find((section) => section.kind === 'changed');
  const partner = changed?.kind === 'changed' ? changed.tiers[0]?.partner : undefined;
  if (partner === undefined) return [text.nextSync, text.nextInit];
  return [text.nextWhy(partner), text.nextKpi(partner), text.nextSync, text.nextInit];
}
