import { resolve } from 'node:path';
import { z } from 'zod';
import { TierlinkError } from '../../errors.ts';
import { initProject } from '../../project-init.ts';
import { shippedProgram } from '../../project-programs.ts';
import { connectors, findConnector } from '../../registry.ts';
import type { ConnectorManifest } from '../../sync/connector-manifest.ts';
import { defineCommand } from '../command.ts';
import { exampleCrm } from '../example-crm.ts';
import { textFlag } from '../flags.ts';
import type { Prompt } from '../prompt.ts';
import { text } from './init.messages.ts';

/** What --crm says where files are all there is. */
const noCrm = 'none';

export const init = defineCommand({
  name: 'init',
  summary: text.summary,
  description: text.description,
  args: { folder: { help: text.folder, required: false } },
  flags: {
    crm: textFlag('CRM', text.crm),
    alias: textFlag('NAME', text.alias),
    program: textFlag('FILE', text.program),
    prefix: textFlag('PREFIX', text.prefix),
  },
  examples: [
    'tierlink init',
    `tierlink init partner-program --crm ${exampleCrm} --alias prod`,
    'tierlink init --crm none',
    'tierlink init --program msp',
  ],
  result: z.strictObject({
    folder: z.string(),
    crm: z.string().nullable().describe('Kind of CRM; null where files are all there is.'),
    alias: z.string().nullable().describe('Name of the connection; null where there is none.'),
    files: z.array(z.string()),
  }),
  run: async ({ args, flags, config, prompt }) => {
    const alias = flags.alias ?? 'prod';
    if (!/^[a-z][a-z0-9-]*$/.test(alias)) {
      throw new TierlinkError('USAGE', { reason: text.badAlias(alias), command: 'init' });
    }
    const program = shippedProgram(flags.program ?? 'starter');
    if ('reason' in program) throw new TierlinkError('USAGE', { reason: program.reason, command: 'init' });
    const crm = flags.crm ?? (await askForCrm(prompt));
    const connection = crm === noCrm ? null : { manifest: findConnector(crm), alias, prefix: flags.prefix };
    requirePrefix(flags.prefix, connection?.manifest ?? null);
    const folder = resolve(config().projectFolder, args.folder ?? '.');
    const { files } = initProject({ folder, connection, program: program.file });
    if (connection === null)
      return { result: { folder, crm: null, alias: null, files }, next: [text.nextImport, text.nextDemo] };
    const { id } = connection.manifest;
    return {
      result: { folder, crm: id, alias, files },
      next: [text.nextConnect(id, alias), text.nextDemo],
    };
  },
  show: ({ folder, files }, screen) => {
    screen.line(text.made(folder));
    screen.line();
    for (const file of files) screen.line(`  ${file}`);
  },
});

/** Throws USAGE for a prefix that the CRM does not take, or has no use for. */
function requirePrefix(prefix: string | undefined, manifest: ConnectorManifest | null): void {
  if (prefix === undefined) return;
  const rule = manifest?.prefix ?? null;
  if (rule?.pattern.test(prefix) === true) return;
  const reason = rule === null ? text.noPrefix(manifest?.label ?? noCrm) : text.badPrefix(prefix, rule.rule);
  throw new TierlinkError('USAGE', { reason, command: 'init' });
}

async function askForCrm(prompt: Prompt): Promise<string> {
  const known = connectors.map(({ id }) => id).join(', ');
  if (!prompt.canAsk) throw new TierlinkError('USAGE', { reason: text.whichCrm(known), command: 'init' });
  return await prompt.ask({ flag: '--crm', label: text.askCrm(known), default: exampleCrm });
}
