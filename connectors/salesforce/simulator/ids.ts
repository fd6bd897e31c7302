const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECK = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const ID15 = /^[a-zA-Z0-9]{15}$/;
const ID18 = /^[a-zA-Z0-9]{15}[A-Z0-5]{3}$/;

function checkCharacter(five: string): string {
  let bits = 0;
  for (let i = 0; i < five.length; i += 1) if (/[A-Z]/.test(five.charAt(i))) bits |= 1 << i;
  return CHECK.charAt(bits);
}

/** The 18-character form of a 15- or 18-character id; null when the text is no id at all. */
export function toId18(id: string): string | null {
  if (ID18.test(id)) {
    const bare = id.slice(0, 15);
    return withCheck(bare) === id ? id : null;
  }
  return ID15.test(id) ? withCheck(id) : null;
}

function withCheck(id15: string): string {
  return (
    id15 +
    checkCharacter(id15.slice(0, 5)) +
    checkCharacter(id15.slice(5, 10)) +
    checkCharacter(id15.slice(10, 15))
  );
}

/** Hands out ids in ascending order within a key prefix; `instance` are the two characters that name the server. */
export function createIdFactory(instance = 'Sm'): (keyPrefix: string) => string {
  const next = new Map<string, number>();
  return (keyPrefix) => {
    const serial = (next.get(keyPrefix) ?? 0) + 1;
    next.set(keyPrefix, serial);
    let text = '';
    for (let rest = serial; rest > 0; rest = Math.floor(rest / 62)) text = DIGITS.charAt(rest % 62) + text;
    return withCheck(`${keyPrefix}${instance}${text.padStart(15 - keyPrefix.length - instance.length, '0')}`);
  };
}

/** Ids compare by their bytes, as keyset pages need. */
export function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
