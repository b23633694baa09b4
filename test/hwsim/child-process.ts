// Real processes for tests: started, waited for, and ended by their own pid.
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Standard output and error so far. */
  text(): string;
  /** Exit status, or the signal's name. */
  readonly ended: Promise<number | string>;
  /** Resolves when the output matches. Rejects when the process ends before. */
  shows(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): Promise<number | string>;
}

export function startNode(args: readonly string[], options: SpawnOptions = {}): Child {
  return startChild(process.execPath, args, options);
}

export function startChild(command: string, args: readonly string[], options: SpawnOptions = {}): Child {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  let text = '';
  const listeners = new Set<() => void>();
  const take = (chunk: Buffer) => {
    text += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  child.stdin?.on('error', () => {});
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  const shows = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(text);
        if (found === null) return;
        listeners.delete(look);
        resolve(found);
      };
      listeners.add(look);
      look();
      void ended.then((how) => reject(new Error(`ended with ${how} before it showed ${pattern}:\n${text}`)));
    });
  const kill = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return { process: child, pid: child.pid ?? -1, text: () => text, ended, shows, kill };
}

/** Looks every 20 ms until `look` gives something; gives up after `deadlineMs`, which only ends a test that hangs. */
export async function until<T>(
  what: string,
  look: () => T | null | undefined | false,
  deadlineMs = 120_000,
): Promise<T> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > endMs) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
}
