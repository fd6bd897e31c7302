import stringWidth from 'string-width';

/** Columns that a text takes on a terminal; of several lines the widest one. Colours take none. */
export function textWidth(text: string): number {
  return Math.max(...text.split('\n').map((line) => stringWidth(line)));
}

/**
 * Breaks a line between words where it is wider than `width`. Blanks inside stay, and a word that is too wide stays whole.
 * @param hang Indentation of what follows. (Default: as the line's own beginning, a bullet included)
 */
export function wrapLine(line: string, width: number, hang?: number): string {
  if (textWidth(line) <= width) return line;
  const head = hang === undefined ? (/^ *(?:- )?/.exec(line)?.[0] ?? '') : '';
  const indent = ' '.repeat(hang ?? textWidth(head));
  const lines: string[] = [];
  let current = head;
  for (const [, blanks, word] of line.slice(head.length).matchAll(/( *)([^ ]+)/g)) {
    const longer = `${current}${blanks}${word}`;
    // A break that moves the word no further left gains nothing.
    const gainsNothing = textWidth(`${current}${blanks}`) <= indent.length;
    if (current === head || gainsNothing || textWidth(longer) <= width) {
      current = longer;
      continue;
    }
    lines.push(current);
    current = `${indent}${word}`;
  }
  return [...lines, current].join('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /\u001b\[[\d;]*m|[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * The text without what would steer a terminal: values come from other systems, and a name may hold any character.
 * Colours stay; a tab and a return become a blank.
 */
export function harmless(text: string): string {
  return text.replace(controls, (found) => {
    if (found.length > 1) return found;
    return found === '\t' || found === '\r' ? ' ' : '';
  });
}
