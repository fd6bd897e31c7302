import pg from 'pg';

/** Text form of a value on the wire to the JavaScript value that the house uses. */
type TextParser = (text: string) => unknown;

/**
 * The one table of types for both sizes of the store. Exact types stay exact: int8 and numeric are strings, a date is
 * 'YYYY-MM-DD', an instant is an ISO string in UTC with milliseconds. Anything else follows the driver's defaults
 * (int4 and float8 are numbers, jsonb is parsed, text[] is an array of strings, bytea is a Buffer).
 */
const parsers = new Map<number, TextParser>([
  [20, (text) => text],
  [1700, (text) => text],
  [1082, (text) => text],
  [1184, parseInstant],
  [1115, arrayOf((text) => text)],
  [1182, arrayOf((text) => text)],
  [1185, arrayOf(parseInstant)],
  [1016, arrayOf((text) => text)],
  [1231, arrayOf((text) => text)],
]);

/** Shape that the driver asks for in its `types` option. */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    const parser = format === 'binary' ? undefined : parsers.get(oid);
    return parser ?? pg.types.getTypeParser(oid, format as 'text');
  },
};

/** What a session in UTC writes for the years 1 to 9999: '2026-03-01 10:20:30.123456+00'. */
const UTC_TEXT = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/;

/** Gives '2026-03-01T10:20:30.123Z'; the server keeps microseconds, they are cut off. Infinity stays as it is. */
function parseInstant(text: string): string {
  const [, day, time, fraction = ''] = UTC_TEXT.exec(text) ?? [];
  return day === undefined ? text : `${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
}

/** Parses a one-dimensional array by the driver's own text[] parser, then each item. */
function arrayOf(parseItem: TextParser): TextParser {
  const parseTexts = pg.types.getTypeParser(1009 as never, 'text') as (text: string) => (string | null)[];
  return (text) => parseTexts(text).map((item) => (item === null ? null : parseItem(item)));
}
