// Real-time priority for this process, where the machine allows it: chrt(1), SCHED_FIFO.
import type { Log } from './log.ts';

const PRIORITY = 10;

/** Says in the log what came of it; cooling goes on either way. */
export async function requestRealtime(log: Log): Promise<void> {
  const { spawn } = await import('node:child_process'); // only here: it cannot be in a start-up snapshot
  const what = `SCHED_FIFO, priority ${PRIORITY}`;
  return new Promise((resolve) => {
    const child = spawn('chrt', ['-f', '-p', String(PRIORITY), String(process.pid)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (chunk: string) => void (said = (said + chunk).slice(0, 400)));
    child.once('error', (error) => {
      log('warn', `no real-time priority: chrt cannot be run (${error.message}); install util-linux`);
      resolve();
    });
    child.once('close', (status) => {
      if (status === 0) log('info', `runs with real-time priority (${what})`);
      else log('warn', `no real-time priority (${what}): ${said.trim()}; give CAP_SYS_NICE or a higher RLIMIT_RTPRIO`);
      resolve();
    });
  });
}
