import { copyFile, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * States of a folder to go back to. A database's folder has a thousand files of which few change between two states, so
 * only those are copied. Nothing may use the folder meanwhile.
 */
export interface FolderSnapshots {
  save(name: string): Promise<void>;
  restore(name: string): Promise<void>;
}

interface Entry {
  /** Changes whenever the file is written to. */
  stamp: string;
  /** Where its contents are kept. */
  kept: string;
}

interface Snapshot {
  folders: string[];
  files: Map<string, Entry>;
}

/** @param archive an empty folder for what is kept */
export function folderSnapshots(folder: string, archive: string): FolderSnapshots {
  const snapshots = new Map<string, Snapshot>();
  let copies = 0;
  /** What lies in the folder as far as it is known to be kept, by path. */
  let present = new Map<string, Entry>();

  const keep = async (path: string, stamp: string): Promise<Entry> => {
    const known = present.get(path);
    if (known?.stamp === stamp) return known;
    copies += 1;
    const kept = join(archive, String(copies));
    await copyFile(join(folder, path), kept);
    return { stamp, kept };
  };
  const bring = async (path: string, { kept }: Entry): Promise<Entry> => {
    await copyFile(kept, join(folder, path));
    return { stamp: await stampOf(join(folder, path)), kept };
  };
  return {
    save: async (name) => {
      const { folders, files } = await contentsOf(folder);
      const kept = new Map<string, Entry>();
      for (const [path, stamp] of files) kept.set(path, await keep(path, stamp));
      snapshots.set(name, { folders, files: kept });
      present = kept;
    },
    restore: async (name) => {
      const { folders, files } = snapshots.get(name)!;
      const now = await contentsOf(folder);
      for (const path of [...now.files.keys(), ...now.others]) {
        if (!files.has(path)) await rm(join(folder, path), { force: true });
      }
      for (const path of folders) await mkdir(join(folder, path), { recursive: true });
      const brought = new Map<string, Entry>();
      for (const [path, entry] of files) {
        const known = present.get(path);
        const isThere = known?.kept === entry.kept && known.stamp === now.files.get(path);
        brought.set(path, isThere ? known : await bring(path, entry));
      }
      present = brought;
    },
  };
}

interface Contents {
  folders: string[];
  /** Stamps by path. */
  files: Map<string, string>;
  /** Sockets and the like. */
  others: string[];
}

async function contentsOf(folder: string): Promise<Contents> {
  const contents: Contents = { folders: [], files: new Map(), others: [] };
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const absolute = join(entry.parentPath, entry.name);
    const path = absolute.slice(folder.length + 1);
    if (entry.isDirectory()) contents.folders.push(path);
    else if (entry.isFile()) contents.files.set(path, await stampOf(absolute));
    else contents.others.push(path);
  }
  return contents;
}

async function stampOf(file: string): Promise<string> {
  const { mtimeNs, ctimeNs, size } = await lstat(file, { bigint: true });
  return `${mtimeNs} ${ctimeNs} ${size}`;
}
