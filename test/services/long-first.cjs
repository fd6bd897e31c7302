const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * Test files that take half a minute and more, the longest first. Begun last, one of them would keep a single core busy long
 * after the others are done; where nothing is remembered of an earlier run, the runner begins with the largest files.
 */
const long = [
  'test/scenario/kill-embedded.test.ts',
  'test/plan/situations.test.ts',
  'test/cli/killed.test.ts',
  'test/scenario/kill-plans.test.ts',
  'test/scenario/two-applies.test.ts',
  'test/scenario/kill-both-postgres.test.ts',
  'test/scenario/faults.test.ts',
  'test/store/guest-faults.test.ts',
  'test/scenario/kill-dynamics-embedded.test.ts',
  'test/plan/simulator-properties.test.ts',
  'test/scenario/kill-postgres.test.ts',
  'test/jobs/jobs.test.ts',
  'test/scenario/embedded-processes.test.ts',
  'test/cli/demo.test.ts',
  'test/plan/decide.test.ts',
  'test/plan/plan-properties.test.ts',
  'test/verify/verify.test.ts',
  'test/scenario/two-connections-match.test.ts',
  'test/scenario/registered-deals.test.ts',
  'test/scenario/kill-dynamics-postgres.test.ts',
];

/** @param {import('@jest/test-result').Test} test */
const rankOf = ({ path }) => {
  const rank = long.findIndex((file) => path.endsWith(`/${file}`));
  return rank < 0 ? long.length : rank;
};

/** Begins with the long test files; the others keep the runner's own order. */
module.exports = class LongFirst extends Sequencer {
  /** @override @param {import('@jest/test-result').Test[]} tests */
  async sort(tests) {
    const sorted = await super.sort(tests);
    return sorted.sort((one, other) => rankOf(one) - rankOf(other));
  }
};
