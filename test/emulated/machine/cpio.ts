// An archive as Linux takes its first file system from: cpio in the "newc" format, ASCII headers of 8-digit hex fields
// (Linux Documentation/driver-api/early-userspace/buffer-format.rst).
import { readFileSync } from 'node:fs';

export type ArchiveEntry =
  | { readonly kind: 'folder'; readonly name: string }
  | { readonly kind: 'link'; readonly name: string; readonly target: string }
  | { readonly kind: 'file'; readonly name: string; readonly contents: string | Uint8Array; readonly runs?: boolean }
  /** A file of this machine. */
  | { readonly kind: 'copy'; readonly name: string; readonly from: string; readonly runs?: boolean };

const FOLDER_MODE = 0o040_755;
const LINK_MODE = 0o120_777;
const FILE_MODE = 0o100_644;
const PROGRAM_MODE = 0o100_755;
const END = 'TRAILER!!!';

/** Folders that names lie in are added. */
export function cpioArchive(entries: readonly ArchiveEntry[]): Buffer {
  const parts: Buffer[] = [];
  const done = new Set<string>();
  const add = (name: string, mode: number, contents: Uint8Array) => {
    if (done.has(name)) return;
    done.add(name);
    parts.push(...record(done.size, name, mode, contents));
  };
  for (const entry of entries) {
    for (const folder of foldersAbove(entry.name)) add(folder, FOLDER_MODE, new Uint8Array(0));
    switch (entry.kind) {
      case 'folder':
        add(entry.name, FOLDER_MODE, new Uint8Array(0));
        break;
      case 'link':
        add(entry.name, LINK_MODE, Buffer.from(entry.target));
        break;
      default:
        add(entry.name, entry.runs === true ? PROGRAM_MODE : FILE_MODE, contentsOf(entry));
    }
  }
  return Buffer.concat([...parts, ...record(0, END, 0, new Uint8Array(0))]);
}

function contentsOf(entry: Extract<ArchiveEntry, { readonly kind: 'file' | 'copy' }>): Uint8Array {
  return entry.kind === 'copy' ? readFileSync(entry.from) : Buffer.from(entry.contents);
}

/** `a/b/c` lies in `a` and `a/b`. */
function foldersAbove(name: string): readonly string[] {
  const parts = name.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Header and name, then contents, each filled up to a multiple of 4. */
function record(inode: number, name: string, mode: number, contents: Uint8Array): readonly Buffer[] {
  const fields = [inode, mode, 0, 0, 1, 0, contents.length, 0, 0, 0, 0, Buffer.byteLength(name) + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return [filled(Buffer.from(header)), filled(Buffer.from(contents))];
}

function filled(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
}
