// The run directory: the default one, so that scripts/coldslot finds it, or one beside it when another run has that.
import { createConnection } from 'node:net';
import { existsSync, mkdirSync } from 'node:fs';
import { ColdslotError } from '../../src/core/errors.ts';
import { controlSocketIn, defaultRunDirectory } from '../../src/core/run-directory.ts';

export async function runPlace(
  wanted: string | null,
): Promise<{ readonly directory: string; readonly isDefault: boolean }> {
  const usual = defaultRunDirectory(process.env, process.getuid?.() ?? 0);
  const directory = wanted ?? ((await isTaken(usual)) ? `${usual}-${process.pid}` : usual);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new ColdslotError(
      'io',
      directory,
      `the run directory cannot be made: ${(cause as Error).message}`,
      'give another with --run',
      { cause },
    );
  }
  if (await isTaken(directory))
    throw new ColdslotError(
      'conflict',
      directory,
      'another coldslot runs here',
      'end it, or give another directory with --run',
    );
  return { directory, isDefault: directory === usual };
}

function isTaken(directory: string): Promise<boolean> {
  const socket = controlSocketIn(directory);
  if (!existsSync(socket)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const probe = createConnection(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
