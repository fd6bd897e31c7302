import { describe, expect, it } from '@jest/globals';
import { manifest } from '../../connectors/salesforce/index.ts';
import { askForConnection } from '../../src/cli/connect-questions.ts';
import type { Question } from '../../src/cli/prompt.ts';
import { loadConfig } from '../../src/config.ts';
import { projectSchema } from '../../src/project.ts';

/** Answers by label; what was asked, in order. */
async function ask(
  answers: Record<string, string | string[]>,
  given: { environment?: Record<string, string>; options?: Record<string, string>; browser?: boolean } = {},
) {
  const asked: string[] = [];
  const left = new Map(Object.entries(answers).map(([label, answer]) => [label, [answer].flat()]));
  const prompt = {
    canAsk: true,
    lead: () => {},
    ask: async ({ label, default: usual }: Question) => {
      asked.push(label);
      return left.get(label)?.shift() ?? usual ?? '';
    },
  };
  const project = {
    ...projectSchema.parse({ program: 'p.yaml', connections: {} }),
    folder: '/p',
    file: '/p/t',
  };
  const answered = await askForConnection(
    prompt,
    {
      config: loadConfig({ TIERLINK_PROJECT: '/nowhere', ...given.environment }),
      project,
      alias: 'prod',
      manifest,
      options: given.options ?? {},
    },
    given.browser ?? false,
  );
  return { asked, answered };
}

const org = { 'Address of the org': 'https://acme.my.salesforce.com', 'Consumer key': 'key' };

describe('setting up a connection on a terminal', () => {
  it('asks for one way to sign in and its options only', async () => {
    expect(await ask({ ...org, 'Sign in by': 'secret', 'Consumer secret': 'shh' })).toEqual({
      asked: ['Address of the org', 'Consumer key', 'Sign in by', 'Consumer secret'],
      answered: {
        options: { loginUrl: 'https://acme.my.salesforce.com', clientId: 'key', clientSecret: 'shh' },
        browser: false,
      },
    });
  });

  it('recommends the first way, and asks again for one that does not exist', async () => {
    const { asked } = await ask({ ...org, 'Sign in by': ['password'] });
    expect(asked.slice(2)).toEqual(['Sign in by', 'Sign in by', 'Integration user', 'Private key file']);
  });

  it('asks for nothing that is set already, in the environment or on the command line', async () => {
    const { asked } = await ask(org, {
      environment: { TIERLINK_PROD_PRIVATE_KEY: 'pem' },
      options: { clientId: 'key' },
    });
    expect(asked).toEqual(['Address of the org', 'Integration user']);
  });
});
