/**
 * How often a property is tried, on the same programs in every run of the suite, so that it says the same of the same code:
 * `TIERLINK_PROGRAMS=5000 TIERLINK_SEED=7 npm test -- test/kpi/independent` tries more random
 * programs, beginning elsewhere. What fails is shown as small as it can be made, with the seed that shows it again.
 */
export function runs(usual: number): { numRuns: number; noBias: true; seed: number } {
  const { TIERLINK_PROGRAMS: wanted, TIERLINK_SEED: seed = '1' } = process.env;
  return {
    numRuns: wanted === undefined ? usual : Number(wanted),
    // Without records nothing is compared, and a bias is one towards none.
    noBias: true,
    seed: Number(seed),
  };
}
