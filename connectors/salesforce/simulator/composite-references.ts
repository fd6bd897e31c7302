const REFERENCE = /@\{([A-Za-z][A-Za-z0-9_]*)((?:\.[A-Za-z_]\w*|\[\d+\])+)\}/g;

/** A reference names an earlier answer that is not there, or a value that it does not hold. */
export class MissingReference extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'MissingReference';
  }
}

function follow(answers: Map<string, unknown>, name: string, path: string): unknown {
  let value = answers.get(name);
  for (const step of path.matchAll(/\.([A-Za-z_]\w*)|\[(\d+)\]/g)) {
    const key = step[1] ?? Number(step[2]);
    value = (value as Record<string | number, unknown> | null | undefined)?.[key];
  }
  if (value !== undefined && value !== null) return value;
  throw new MissingReference(`Invalid reference specified. No value for ${name}${path} found in ${name}`);
}

function inText(text: string, answers: Map<string, unknown>): unknown {
  const whole = new RegExp(`^${REFERENCE.source}$`).exec(text);
  if (whole !== null) return follow(answers, whole[1] ?? '', whole[2] ?? '');
  return text.replace(REFERENCE, (_match, name: string, path: string) => String(follow(answers, name, path)));
}

/** Fills `@{name.path}` in a URL or a body with values of earlier answers. Throws MissingReference. */
export function fillReferences(value: unknown, answers: Map<string, unknown>): unknown {
  if (typeof value === 'string') return inText(value, answers);
  if (Array.isArray(value)) return value.map((each) => fillReferences(each, answers));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fillReferences(each, answers)]));
}
