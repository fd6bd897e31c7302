import { z } from 'zod';
import { startNamedSimulator } from '../../app/simulator.ts';
import { TierlinkError } from '../../errors.ts';
import { findConnector } from '../../registry.ts';
import { sampleNames } from '../../sync/connector-manifest.ts';
import { defineCommand } from '../command.ts';
import { exampleCrm } from '../example-crm.ts';
import { choiceFlag, integerFlag, switchFlag, textFlag } from '../flags.ts';
import { untilAborted } from '../until-aborted.ts';
import { text } from './simulator.messages.ts';

export const simulator = defineCommand({
  name: 'simulator',
  summary: text.summary,
  description: text.description,
  args: { crm: { help: text.crm, required: true } },
  flags: {
    port: integerFlag('N', text.port, { min: 1, max: 65_535 }),
    sample: choiceFlag('COMPANY', text.sample, sampleNames),
    data: textFlag('FOLDER', text.data),
    empty: switchFlag(text.empty),
    metadata: textFlag('PATH', text.metadata),
    faults: textFlag('FILE', text.faults),
    tls: textFlag('FOLDER', text.tls),
    source: textFlag('FOLDER', text.source),
  },
  examples: [`tierlink simulator ${exampleCrm} --port 8080`, `tierlink simulator ${exampleCrm} --empty`],
  result: z.strictObject({
    crm: z.string(),
    label: z.string(),
    url: z.string(),
    credentials: z.array(z.strictObject({ label: z.string(), value: z.string() })),
  }),
  run: async ({ args, flags, publish, signal }) => {
    const contents = [flags.empty || undefined, flags.data, flags.sample].filter(
      (each) => each !== undefined,
    );
    if (contents.length > 1)
      throw new TierlinkError('USAGE', { reason: text.notTogether, command: 'simulator' });
    const manifest = findConnector(args.crm);
    const running = await startNamedSimulator({ manifest, ...flags });
    const result = {
      crm: manifest.id,
      label: manifest.label,
      url: running.url,
      credentials: running.credentials,
    };
    try {
      publish({ result });
      await untilAborted(signal);
    } finally {
      await running.close();
    }
    return { result };
  },
  show: ({ label, url, credentials }, screen) => {
    screen.line(text.listening(label, url));
    screen.line();
    const isText = ({ value }: { value: string }) => value.includes('\n');
    const short = credentials.filter((credential) => !isText(credential));
    screen.facts(short.map((credential) => [credential.label, credential.value]));
    // To be copied into a file as they are.
    for (const { label, value } of credentials.filter(isText)) {
      screen.line();
      screen.line(text.whole(label));
      screen.line(value.trimEnd());
    }
    screen.line();
    screen.line(text.stop);
  },
});
