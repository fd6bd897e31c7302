import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { lockFolder } from '../../src/store/enter-folder.ts';
import { openSignInFile, takeSignIn } from '../../src/sync/sign-in-file.ts';
import { aloneWith } from '../../src/sync/sign-in-lock.ts';
import { openAnySignIn, signInWith } from '../services/sign-in.ts';

describe('the file of a sign-in', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tierlink-sign-in-file-'));
    file = join(folder, 'prod.json');
    await signInWith(file, 'first');
  });
  const place = () => ({ file, connection: 'test' });
  const renewed = async (text: string) => await openAnySignIn(file).renew(async (_kept, keep) => keep(text));

  it('may be in the data folder, whichever of the two is locked first', async () => {
    const store = await lockFolder(folder);
    await renewed('second');
    await store.release();
    await openAnySignIn(file).renew(async () => {
      await (await lockFolder(folder)).release();
    });
    expect(readFileSync(file, 'utf8')).toBe('second');
  });

  it('is given up where another process does not come to an end, which is named', async () => {
    await aloneWith(place(), async () => {
      await expect(aloneWith(place(), async () => undefined, 0)).rejects.toMatchObject({
        code: 'CRM_SIGN_IN_BUSY',
        retry: 'backoff',
        message: expect.stringMatching(
          new RegExp(`: process ${process.pid} \\(.+\\), since .+\\. Nothing was read or written\\.$`),
        ),
      });
    });
  });

  it('is the one before where what goes along with a new one cannot be kept', async () => {
    const keep = () => {
      throw new Error('read-only');
    };
    const steps = { attempt: async () => undefined, keep };
    await expect(takeSignIn(place(), 'second', steps)).rejects.toThrow('read-only');
    expect(readFileSync(file, 'utf8')).toBe('first');
    const other = { file: join(folder, 'other.json'), connection: 'test' };
    await expect(takeSignIn(other, 'second', steps)).rejects.toThrow('read-only');
    expect(existsSync(other.file)).toBe(false);
  });

  it('takes of two new ones each as it was tried', async () => {
    const seen: string[] = [];
    const taking = (text: string) =>
      takeSignIn(place(), text, {
        attempt: async (pending) => {
          await new Promise(setImmediate);
          seen.push(readFileSync(pending, 'utf8'));
        },
        keep: () => seen.push(readFileSync(file, 'utf8')),
      });
    await Promise.all([taking('one'), taking('other')]);
    expect(seen.sort()).toEqual(['one', 'one', 'other', 'other']);
  });

  const beside = (name: string, text: string) => writeFileSync(`${file}.${name}`, text, { mode: 0o600 });
  const room = '\0'.repeat(8);

  it('leaves no token beside it that a killed process left', async () => {
    const others = ['prod.json.example', 'prod.json.12.newer', 'second.json.pending'];
    for (const name of ['pending', 'before', 'pending.1.new', 'before.1.new']) beside(name, 'token');
    beside('1.new', `token${room}`);
    beside(`${process.pid}.new`, room);
    for (const name of others) writeFileSync(join(folder, name), 'not ours');
    await renewed('second');
    expect(readdirSync(folder).sort()).toEqual(['prod.json', 'prod.json.lock', ...others].sort());
  });

  it('is the answer that a killed process had written whole, also where a new sign-in then comes to nothing', async () => {
    beside(`${process.pid}.new`, 'second');
    const steps = {
      attempt: async () => {
        throw new Error('refused');
      },
      keep: () => undefined,
    };
    await expect(takeSignIn(place(), 'third', steps)).rejects.toThrow('refused');
    expect(readFileSync(file, 'utf8')).toBe('second');
    expect(readdirSync(folder)).toEqual(['prod.json', 'prod.json.lock']);
  });

  /** As after a kill between putting a new sign-in in place and keeping the connection along with it. */
  const cutShort = () => {
    beside('before', 'first');
    writeFileSync(file, 'new');
  };
  const fitting = (fits: string) => {
    const told: string[] = [];
    const log = (_level: string, message: string) => void told.push(message);
    const use = { problemOf: (text: string) => (text === fits ? null : 'of another app'), log };
    return { told, signIn: openSignInFile(place(), use) };
  };

  it('is the one before where that alone fits a connection that was never kept, which is told', async () => {
    cutShort();
    const { told, signIn } = fitting('first');
    expect(await signIn.read()).toBe('first');
    expect(told).toEqual([expect.stringContaining('the sign-in before is used again')]);
    cutShort();
    await signIn.renew(async (kept) => expect(kept).toBe('first'));
    cutShort();
    expect(await fitting('new').signIn.read()).toBe('new');
    expect(readdirSync(folder)).toEqual(['prod.json', 'prod.json.lock']);
  });

  it('is kept in both ways as long as neither fits, or a further one comes to nothing', async () => {
    cutShort();
    await expect(fitting('other').signIn.read()).rejects.toMatchObject({ code: 'CRM_SIGN_IN_FILE' });
    const keep = () => {
      throw new Error('read-only');
    };
    await expect(takeSignIn(place(), 'third', { attempt: async () => undefined, keep })).rejects.toThrow();
    expect(await fitting('first').signIn.read()).toBe('first');
    cutShort();
    await signInWith(file, 'third');
    expect(await fitting('third').signIn.read()).toBe('third');
    expect(readdirSync(folder)).toEqual(['prod.json', 'prod.json.lock']);
  });
});
