// What went wrong with a file, in words, and the way out.
import { ColdslotError } from '../core/errors.ts';

export function ioProblem(path: string, error: unknown): ColdslotError {
  if (error instanceof ColdslotError) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const text = error instanceof Error ? error.message : String(error);
  const known: Record<string, readonly [message: string, hint: string]> = {
    ENOSPC: ['the disk is full', 'free some space on it'],
    EDQUOT: ['the disk quota is used up', 'free some space or raise the quota'],
    EACCES: ['no permission', 'give the user that runs the controller write permission there'],
    EPERM: ['no permission', 'give the user that runs the controller write permission there'],
    EROFS: ['the file system is read-only', 'mount it writable, or choose another directory'],
    ENOTDIR: ['a part of the path is not a directory', 'choose another directory'],
    EIO: ['the disk reports an error', 'replace it; what it holds may be incomplete'],
  };
  const [message, hint] = known[code ?? ''] ?? [text, 'check that path'];
  return new ColdslotError('io', path, message, hint, { cause: error });
}
