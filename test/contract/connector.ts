import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { changeTests } from './connector-changes.ts';
import { readTests } from './connector-reads.ts';
import type { ConnectorWorld, TestHost } from './connector-world.ts';
import { writeTests } from './connector-writes.ts';

/** What each test is given: a world of its own. */
export interface ContractCase {
  world: ConnectorWorld;
  host: TestHost;
}

export type ContractTests = Record<string, (at: ContractCase) => Promise<void>>;

export interface ContractOptions {
  name: string;
  make(): Promise<ContractCase>;
  /** Tests that do not apply, by name, each with the reason; the reason is printed. */
  skip: readonly { test: string; reason: string }[];
}

/** The one contract that every connector keeps. Run for each of them. */
export function runConnectorContract(options: ContractOptions): void {
  describe(`connector contract: ${options.name}`, () => {
    let at: ContractCase;
    beforeEach(async () => {
      at = await options.make();
    });
    afterEach(async () => {
      await at.world.close();
    });
    for (const [name, test] of Object.entries({ ...readTests, ...changeTests, ...writeTests })) {
      const left = options.skip.find((each) => each.test === name);
      if (left !== undefined)
        process.stdout.write(`contract ${options.name}: "${name}" left out: ${left.reason}\n`);
      else it(name, async () => await test(at));
    }
  });
}
