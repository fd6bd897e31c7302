/**
 * How often a property is tried: `TIERLINK_PROGRAMS=5000 TIERLINK_SEED=7 npm test -- test/kpi/independent` tries more random
 * programs, beginning elsewhere. What fails is shown as small as it can be made, with the seed that shows it again.
 */
export function runs(usual: number): { numRuns: number; noBias: true } {
  const { TIERLINK_PROGRAMS: wanted } = process.env;
  return {
    numRuns: wanted === undefined ? usual : Number(wanted),
    // Without records nothing is compared, and a bias is one towards none.
    noBias: true,
  };
}
