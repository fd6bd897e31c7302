import { TierlinkError } from '../../src/errors.ts';
import { type FoundShape, type Installer, type InstallPart, partId } from '../../src/sync/installer.ts';

/** An org in memory to install into: what is there, by the id of the part, and what it was told. */
export class FakeOrg implements Installer {
  there = new Map<string, FoundShape>();
  lacks: string[] = [];
  /** What it was told to make, in order, and which objects were published. */
  applied: string[] = [];
  published: string[][] = [];
  /** Called before and after each change, to fail or to die in. */
  before: (id: string) => void = () => undefined;
  /** Called when the first value of several is there, and the others are not yet. */
  midway: (id: string, signal?: AbortSignal) => void | Promise<void> = () => undefined;
  after: (id: string) => void = () => undefined;

  inspect: Installer['inspect'] = async (parts) => ({
    found: parts.map((part) => this.there.get(partId(part)) ?? null),
    lacks: this.lacks,
  });

  apply: Installer['apply'] = async ({ part, found, adds }, signal) => {
    const id = partId(part);
    this.before(id);
    this.applied.push(id);
    const traits = { ...part.want.exactly, ...part.want.atLeast, ...found?.traits };
    const type = found?.type ?? part.want.types[0] ?? '';
    const values = found?.values ?? [];
    const shape = { type, traits, unfinished: null };
    this.there.set(id, { ...shape, values: [...values, ...adds.slice(0, 1)] });
    await this.midway(id, signal);
    this.there.set(id, { ...shape, values: [...values, ...adds] });
    this.after(id);
  };

  publish: Installer['publish'] = async (objects) => {
    this.before('publish');
    this.published.push([...objects]);
  };

  automations: Installer['automations'] = async () => [];
}

export function lostAnswer(): TierlinkError {
  return new TierlinkError('CRM_UNREACHABLE', { connection: 'north', reason: 'no answer' });
}

/** A part that is made where it is not there; `more` says what is different about it. */
export function part(kind: InstallPart['kind'], name: string, more: Partial<InstallPart> = {}): InstallPart {
  const [object = name] = name.split('.');
  return {
    kind,
    name,
    label: name,
    object,
    may: 'create',
    want: { types: ['Text'], exactly: {}, atLeast: {}, includes: {} },
    why: [{ file: '/project/mappings/partner.yaml', path: ['attributes', 'tier'] }],
    needs: [],
    setUp: `Set-up > ${name}`,
    detail: null,
    ...more,
  };
}

export function found(type: string, more: Partial<FoundShape> = {}): FoundShape {
  return { type, traits: {}, values: [], unfinished: null, ...more };
}
