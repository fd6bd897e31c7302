import { resolve } from 'node:path';
import { z } from 'zod';
import { TierlinkError } from '../../errors.ts';
import { initProject } from '../../project-init.ts';
import { shippedProgram } from '../../project-programs.ts';
import { connectors, findConnector } from '../../registry.ts';
import { defineCommand } from '../command.ts';
import { exampleCrm } from '../example-crm.ts';
import { textFlag } from '../flags.ts';
import type { Prompt } from '../prompt.ts';
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
  examples: [
    'tierlink init',
    `tierlink init partner-program --crm ${exampleCrm} --alias prod`,
    'tierlink init --program msp',
  ],
  result: z.strictObject({
    folder: z.string(),
    crm: z.string(),
    alias: z.string(),
    files: z.array(z.string()),
  }),
  run: async ({ args, flags, config, prompt }) => {
    const alias = flags.alias ?? 'prod';
    if (!/^[a-z][a-z0-9-]*$/.test(alias)) {
      throw new TierlinkError('USAGE', { reason: text.badAlias(alias), command: 'init' });
    }
    const program = shippedProgram(flags.program ?? 'starter');
    if ('reason' in program) throw new TierlinkError('USAGE', { reason: program.reason, command: 'init' });
    const manifest = findConnector(flags.crm ?? (await askForCrm(prompt)));
    const folder = resolve(config().projectFolder, args.folder ?? '.');
    const made = initProject({ folder, manifest, alias, program: program.file });
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

async function askForCrm(prompt: Prompt): Promise<string> {
  const known = connectors.map(({ id }) => id).join(', ');
  if (!prompt.canAsk) throw new TierlinkError('USAGE', { reason: text.whichCrm(known), command: 'init' });
  return await prompt.ask({ flag: '--crm', label: text.askCrm(known), default: exampleCrm });
}
