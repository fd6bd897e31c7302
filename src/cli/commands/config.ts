import { z } from 'zod';
import type { ConfiguredConnection } from '../../config-connections.ts';
import { unknownVariables } from '../../config-connections.ts';
import { listSettings } from '../../config-listing.ts';
import { hasProject, loadProject } from '../../project.ts';
import { channelSecrets } from '../../project-alerts.ts';
import { configuredConnections } from '../../registry.ts';
import { defineCommand } from '../command.ts';
import { switchFlag } from '../flags.ts';
import type { Screen } from '../screen.ts';
import { text } from './config.messages.ts';

const resultSchema = z.strictObject({
  project: z.string().nullable(),
  folder: z.string(),
  explain: z.boolean(),
  settings: z.array(
    z.strictObject({
      name: z.string(),
      value: z.string().nullable(),
      source: z.string(),
      secret: z.boolean(),
      help: z.string(),
      default: z.string().nullable(),
      example: z.string(),
    }),
  ),
});
type Result = z.infer<typeof resultSchema>;

export const config = defineCommand({
  name: 'config',
  summary: text.summary,
  flags: { explain: switchFlag(text.explain) },
  examples: ['tierlink config', 'tierlink config --explain'],
  result: resultSchema,
  run: async ({ flags, config: readConfig }) => {
    const inUse = readConfig();
    const folder = inUse.projectFolder;
    const project = hasProject(folder) ? loadProject(folder) : null;
    const connections: ConfiguredConnection[] = project === null ? [] : configuredConnections(project);
    const channels = project === null ? [] : channelSecrets(project);
    return {
      result: {
        project: project?.file ?? null,
        folder,
        explain: flags.explain,
        settings: listSettings(inUse, connections, channels),
      },
      warnings: unknownVariables(inUse.environment, connections, channels).map(text.unknown),
      next: flags.explain ? [] : [...text.next],
    };
  },
  show: (result, screen) => {
    screen.facts([[text.fileOf, result.project ?? text.noProject(result.folder)]]);
    screen.line();
    if (result.explain) explain(result.settings, screen);
    else {
      screen.table(
        [{ title: 'SETTING' }, { title: 'VALUE', wrap: true }, { title: 'FROM' }],
        result.settings.map(({ name, value, source }) => [name, value ?? text.unset, source]),
      );
    }
  },
});

function explain(settings: Result['settings'], screen: Screen): void {
  for (const setting of settings) {
    screen.line(screen.tone('strong', setting.name));
    screen.line(`  ${setting.help}`);
    const notes = [
      setting.default === null ? '' : text.defaultIs(setting.default),
      text.example(setting.example.split('\n')[0] ?? ''),
      setting.secret ? `. ${text.isSecret}` : '',
    ];
    screen.line(`  ${notes.join('')}`);
    screen.line();
  }
}
