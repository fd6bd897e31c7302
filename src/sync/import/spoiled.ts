/** Texts that a spreadsheet has written over what stood there before. */

/** What a formula shows that has gone wrong, in whatever language, and a cell that was too narrow for its content. */
const formulaError = /^#(?:N\/[A-Z]|NV|[\p{Lu}0-9/¡¿]+[!?])$|^#{3,}$/u;

/** A long number, of which only the first digits are left. */
const shortened = /^[+-]?\d(?:[.,]\d+)?E\+\d+$/;

/** Says why the text of a cell is not what was once in it; undefined where nothing shows that. */
export function spoiledReason(cell: string): string | undefined {
  if (formulaError.test(cell))
    return `"${cell}" is what a spreadsheet shows for a formula that went wrong or a column that is too narrow; mend it there`;
  if (shortened.test(cell))
    return `"${cell}" is a long number that a spreadsheet has cut short; give the column the format of text there, or for amounts that of a number, and fill it anew`;
  if (cell.includes('\ufffd'))
    return `"${cell}" has lost letters to a wrong encoding; fill it anew and save the file as "CSV UTF-8"`;
  const meant = misreadText(cell);
  return meant === undefined
    ? undefined
    : `"${cell}" is "${meant}", read in a wrong encoding; fill it anew and save the file as "CSV UTF-8"`;
}

/** Beginnings of letters of UTF-8 that were read as letters of Windows, or of the Mac. */
const misreadSigns: Readonly<Record<'windows' | 'mac', RegExp>> = {
  windows: /[\u00c2\u00c3][^\s\w]|\u00e2[^\s\w]{2}/,
  mac: /\u221a./,
};

/** What a text was before another program took its UTF-8 for something else; undefined where it is what it is. */
function misreadText(cell: string): string | undefined {
  const system = (['windows', 'mac'] as const).find((each) => misreadSigns[each].test(cell));
  if (system === undefined) return undefined;
  const bytes = [...cell].map((letter) => {
    const index = letter < '\u0080' ? -1 : upperHalf[system].indexOf(letter);
    return index < 0 ? letter.charCodeAt(0) : index + 128;
  });
  try {
    return bytes.some((byte) => byte > 255)
      ? undefined
      : new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
  } catch {
    // It was no UTF-8.
    return undefined;
  }
}

const latin = (from: number, to: number) =>
  String.fromCharCode(...Array.from({ length: to - from }, (_, index) => from + index));

/** The letters of the bytes from 128 on. */
const upperHalf: Readonly<Record<'windows' | 'mac', string>> = {
  // Not by TextDecoder, which takes these 32 for control characters in some versions of Node.
  windows: `€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ${latin(160, 256)}`,
  mac: new TextDecoder('macintosh').decode(Uint8Array.from({ length: 128 }, (_, index) => index + 128)),
};
