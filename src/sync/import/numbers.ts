import { columnsOfTypes, type ImportDefinition } from './kinds.ts';

/** What the decimals of a file's numbers come after. */
export const decimalMarks = ['point', 'comma'] as const;
export type DecimalMark = (typeof decimalMarks)[number];

/** What numbers of a file show of how it writes them. */
export interface ShownDecimals {
  point: boolean;
  comma: boolean;
}

/** Three digits after the only point: either decimals, or thousands where the decimals come after a comma. */
const unclearNumber = /^[+-]?[1-9]\d{0,2}\.\d{3}$/;

/** Columns that hold numbers with decimals; in whole ones a point or a comma is an error anyway. */
export function numberColumns(definition: ImportDefinition): readonly string[] {
  return columnsOfTypes(definition, ['decimal', 'money']);
}

/** Notes what a cell of a column of numbers shows. */
export function noteDecimals(shown: ShownDecimals, cell: string): void {
  if (!shown.comma) shown.comma = /\d,\d/.test(cell) && !/,.*\./.test(cell);
  if (!shown.point) shown.point = /^[+-]?\d*\.\d+$/.test(cell) && !unclearNumber.test(cell);
}

/**
 * How numbers are read. As files are read unless somebody says what their decimals come after, thousands have nothing between
 * them and decimals come after a point; that is `point` where the file shows it, and `supposed` where 1.234 may be 1234.
 */
export type NumberReading =
  | { mark: DecimalMark; isSaid: true }
  | { mark: 'point' | 'supposed'; isSaid: false };

/** A file in which both are shown is not to be trusted with either. */
export function numberReading(said: DecimalMark | undefined, shown: ShownDecimals): NumberReading {
  if (said !== undefined) return { mark: said, isSaid: true };
  return { mark: shown.point && !shown.comma ? 'point' : 'supposed', isSaid: false };
}

/** Groups of three digits, with one and the same thing between them: the other mark, a blank or an apostrophe. */
function grouped(thousands: string, decimals: string): RegExp {
  return new RegExp(
    `^([+-]?)(\\d{1,3}(?:([${thousands} \\u00a0\\u202f'’])\\d{3})(?:\\3\\d{3})*|\\d*)(?:${decimals}(\\d*))?$`,
  );
}

const forms: Readonly<Record<DecimalMark, RegExp>> = {
  point: grouped(',', '\\.'),
  comma: grouped('.', ','),
};

/** Why a cell is no number, or the number with a point and nothing between its thousands; other cells as they are. */
export function plainNumber(cell: string, reading: NumberReading): { content: string } | { problem: string } {
  if (!reading.isSaid) {
    if (reading.mark === 'supposed' && unclearNumber.test(cell)) return { problem: unclearText(cell) };
    return { content: cell };
  }
  const match = forms[reading.mark].exec(cell);
  if (match !== null) {
    const [, sign = '', whole = '', , fraction] = match;
    return { content: `${sign}${whole.replace(/\D/g, '')}${fraction === undefined ? '' : `.${fraction}`}` };
  }
  if (reading.mark === 'point') return { content: cell };
  return { problem: `"${cell}" is not a number whose decimals come after a comma, such as 1.234,5` };
}

function unclearText(cell: string): string {
  const [thousands, decimals] = [cell.replace('.', ''), cell];
  return `"${cell}" may be ${thousands} or ${decimals}, and nothing else in the file tells: --decimals comma reads the one, --decimals point the other`;
}

/** What to do about a cell that is no number; blank where nothing more is known. */
export function numberHint(cell: string, { isSaid }: NumberReading): string {
  const bare = cell.replace(/^\s*(?:[A-Z]{3}|\p{Sc})\s*|\s*(?:[A-Z]{3}|\p{Sc}|%)\s*$/gu, '');
  if (bare !== cell) return '; write the number alone, without a currency or %';
  if (isSaid) return '';
  const marks = decimalMarks.filter((mark) => forms[mark].test(cell));
  if (marks.length === 0) return '';
  const [only] = marks;
  return marks.length === 1
    ? `; numbers written like this are read with --decimals ${only}`
    : '; say which mark its decimals come after: --decimals comma or --decimals point';
}
