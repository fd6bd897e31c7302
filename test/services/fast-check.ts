import fc from 'fast-check';

/**
 * Properties try the same cases in every run of the suite, so that it says the same of the same code; `TIERLINK_SEED=7 npm
 * test -- test/that/file` tries others. What fails is shown with the seed and the path that show it again.
 */
export const seed = Number(process.env.TIERLINK_SEED ?? 20_260_302);
fc.configureGlobal({ seed });

export { fc };
