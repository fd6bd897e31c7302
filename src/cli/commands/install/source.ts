import { resolve } from 'node:path';
import { z } from 'zod';
import { singleUseHost } from '../../../app/single-use-host.ts';
import {
  chooseMappings,
  prefixFor,
  type SourceChoice,
  sourceRequest,
  writeSource,
} from '../../../app/source.ts';
import { connectionOptions } from '../../../config-connections.ts';
import { loadProgram } from '../../../program/load.ts';
import { chooseConnection } from '../../../project.ts';
import { findConnector } from '../../../registry.ts';
import { loadMappings } from '../../../sync/mapping/mapping.ts';
import { defineCommand } from '../../command.ts';
import { switchFlag, textFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { text as words } from './install.messages.ts';

const text = words.source;

export const installSource = defineCommand({
  name: 'install source',
  summary: text.summary,
  description: text.description,
  flags: {
    out: textFlag('FOLDER', text.out),
    force: switchFlag(text.force),
    withOptional: switchFlag(text.withOptional),
  },
  examples: ['tierlink install source --connection prod', 'tierlink install source --out force-app-tierlink'],
  result: z.strictObject({
    connection: z.string(),
    folder: z.string(),
    files: z.array(z.string()),
    leftOut: z.array(z.string()),
  }),
  // Works before the CRM was ever signed in to, so it takes the files and not the opened store.
  run: async ({ flags, global, project, config }) => {
    const read = project();
    const alias = chooseConnection(read, global.connection);
    const settings = read.connections[alias]!;
    const mappings = loadMappings(resolve(read.folder, settings.mappings));
    const program = loadProgram(resolve(read.folder, read.program));
    const manifest = findConnector(settings.crm);
    const describe = async (objects: readonly string[]) => {
      const options = connectionOptions(config().environment, { alias, manifest, options: settings.options });
      const described = await manifest.connect(options, singleUseHost(alias)).describe(objects);
      return described.map(({ name }) => name);
    };
    const chosen = await chooseMappings(mappings, flags.withOptional ? async (objects) => objects : describe);
    const prefix = prefixFor(manifest, settings, { file: read.file, alias });
    const files = await manifest.source(sourceRequest(program, chosen.mappings, prefix));
    const folder = resolve(flags.out ?? 'install');
    const { leftOut } = chosen;
    return {
      result: { connection: alias, folder, files: writeSource(folder, files, flags.force), leftOut },
      warnings: leftOut.length === 0 ? [] : [leftOutText(chosen)],
      next: [...text.next(alias)],
    };
  },
  show: ({ folder, files }, screen) => {
    screen.line(text.wrote(formatMany(files.length, 'file'), folder));
    screen.line();
    for (const file of files) screen.line(`  ${file}`);
    screen.line();
    screen.line(text.readme);
  },
});

function leftOutText({ leftOut, error }: SourceChoice): string {
  const objects = leftOut.join(', ');
  return error === null ? text.leftOut(objects) : text.notAsked(objects, error.message);
}
