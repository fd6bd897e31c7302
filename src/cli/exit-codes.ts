/** What a command says by the code that it ends with, to who starts it from a script. */
export const exitCodes: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done'],
  [1, 'failed'],
  [2, 'something is wrong with the command line, a setting or a file'],
  [3, 'a plan has changes; only with --exit-code'],
  [4, 'a person has to sign in again'],
  [68, 'done in part: some records are invalid or were refused, or another run is at work on a part'],
  [69, 'not done when --wait was over; what was finished is kept'],
  [130, 'interrupted; what was finished is kept'],
];
