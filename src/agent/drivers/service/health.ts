// The health check of a service on probation: its health command until that ends with 0, or the deadline passes.
// Without a command, running is healthy.
import { spawn } from 'node:child_process';
import { sleep, type Clock } from '../../../core/clock.ts';
import { ColdslotError } from '../../../core/errors.ts';
import { findCommand } from '../../config.ts';
import type { ProcessId } from '../../records/workload-record.ts';
import { environmentFor, type Launch } from './launch.ts';
import { isAlive } from './proc-table.ts';

const RETRY_MS = 100;
/** A service without a health command is healthy when it is still there after this. */
const SETTLE_MS = 200;
const MAX_OUTPUT_CHARS = 200;
const NOT_RUN = 'was not run';
const OVERDUE = 'did not end in time';

/** @throws ColdslotError `failed` with the last reason, when it ends or does not become healthy in time, or is told to give up */
export async function waitHealthy(clock: Clock, launch: Launch, id: ProcessId, signal: AbortSignal): Promise<void> {
  const dueMs = clock.nowMs() + launch.spec.healthDeadlineMs;
  const fail = (why: string) => new ColdslotError('failed', `service ${launch.spec.id}`, why);
  const [command, ...args] = launch.spec.health;
  if (command === undefined) await sleep(clock, Math.min(SETTLE_MS, launch.spec.healthDeadlineMs), signal);
  let last = NOT_RUN;
  for (;;) {
    if (signal.aborted) throw fail('the health check was given up because the Move was undone');
    if (!isAlive(id)) throw fail('ended before it was healthy; see its log');
    if (command === undefined) return;
    const leftMs = dueMs - clock.nowMs();
    if (leftMs <= 0) throw fail(`not healthy within ${launch.spec.healthDeadlineMs} ms: health command ${last}`);
    const outcome = await runOnce(clock, findCommand(command), args, launch, leftMs, signal);
    if (outcome === 'healthy') {
      if (isAlive(id)) return;
      throw fail('ended while its health command succeeded; see its log');
    }
    if (outcome !== OVERDUE || last === NOT_RUN) last = outcome; // an answer says more than the one cut off at the end
    await sleep(clock, Math.min(RETRY_MS, Math.max(0, dueMs - clock.nowMs())), signal);
  }
}

/** 'healthy', or in words how it went. The command is killed, with its group, when time is up. */
function runOnce(
  clock: Clock,
  command: string,
  args: readonly string[],
  launch: Launch,
  leftMs: number,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: launch.stateDirectory,
      env: environmentFor(launch, 'health'),
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      output = (output + text).slice(-MAX_OUTPUT_CHARS);
    });
    const end = (words: string) => {
      timer.cancel();
      signal.removeEventListener('abort', giveUp);
      if (child.pid !== undefined) killGroup(child.pid);
      child.stderr.destroy();
      resolve(words);
    };
    const giveUp = () => end('was given up');
    const timer = clock.after('health command', leftMs, () => end(OVERDUE));
    signal.addEventListener('abort', giveUp, { once: true });
    child.once('error', (error) => end(`could not be started: ${error.message}`));
    child.once('exit', (code, signalName) => {
      const said = output.trim() === '' ? '' : ` (${output.trim()})`;
      end(code === 0 ? 'healthy' : `ended with ${signalName ?? `status ${code}`}${said}`);
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // nothing of it is left
  }
}
