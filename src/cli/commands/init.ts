import { resolve } from 'node:path';
import { z } from 'zod';
import { TierlinkError } from '../../errors.ts';
import { initProject } from '../../project-init.ts';
import { connectors, findConnector } from '../../registry.ts';
import { defineCommand } from '../command.ts';
import { textFlag } from '../flags.ts';
import { text } from './init.messages.ts';

export const init = defineCommand({
  name: 'init',
  summary: text.summary,
  description: text.description,
  args: { folder: { help: text.folder, required: false } },
  flags: {
    crm: textFlag('CRM', text.crm),
    alias: textFlag('NAME', text.alias),
    program: textFlag('FILE', text.program),
  },
  examples: ['tierlink init', 'tierlink init partner-program --alias prod'],
  result: z.strictObject({
    folder: z.string(),
    crm: z.string(),
    alias: z.string(),
    files: z.array(z.string()),
  }),
  run: async ({ args, flags, config }) => {
    const manifest = flags.crm === undefined ? onlyConnector() : findConnector(flags.crm);
    const alias = flags.alias ?? 'prod';
    if (!/^[a-z][a-z0-9-]*$/.test(alias)) {
      throw new TierlinkError('USAGE', { reason: text.badAlias(alias), command: 'init' });
    }
    const folder = resolve(config().projectFolder, args.folder ?? '.');
    const made = initProject({ folder, manifest, alias, program: flags.program ?? 'starter.yaml' });
    return {
      result: { folder, crm: manifest.id, alias, files: made.files },
      next: [text.nextConnect(manifest.id, alias), text.nextDemo],
    };
  },
  show: ({ folder, files }, screen) => {
    screen.line(text.made(folder));
    screen.line();
    for (const file of files) screen.line(`  ${file}`);
  },
});

/** With one kind of CRM there is nothing to choose. */
function onlyConnector() {
  const [only, ...others] = connectors;
  if (only !== undefined && others.length === 0) return only;
  const known = connectors.map(({ id }) => id).join(', ');
  throw new TierlinkError('USAGE', { reason: text.whichCrm(known), command: 'init' });
}
