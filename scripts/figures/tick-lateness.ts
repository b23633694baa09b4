// How late the guardian's ticks come while the planner runs flat out and the embedded broker carries much traffic. The
// guardian asks for SCHED_FIFO as on a real board; a priority of 0 says that this machine did not allow it.
import { callController } from '../../src/surfaces/console/control-client.ts';
import { join } from 'node:path';
import { figure, type Measurement } from './figure.ts';
import { framesFor } from './frames.ts';
import { Part } from './part.ts';
import { realtimePriority } from './proc.ts';
import { Rig } from './rig.ts';
import { untilStaffed } from './chassis-calls.ts';
import { quantile } from './statistics.ts';
import { boardWith, tickingEvery } from './test-boards.ts';

const MOST_MS = 10;
const TICK_MS = 100;
const DURATION_MS = 60_000;
const MESSAGES_PER_S = 2000;

export const tickLateness: Measurement = {
  text: `guardian ticks for ${DURATION_MS / 1000} s under planning and MQTT load; wanted: p99 at most ${MOST_MS} ms`,
  run: async (place) => {
    const rig = new Rig(place, { board: boardWith(place, 'ticking', tickingEvery(TICK_MS)), sleds: true });
    let load: Part | null = null;
    try {
      await rig.startController();
      await rig.startHardware();
      const guardian = await rig.startGuardian(['--realtime']);
      await untilStaffed(rig.controlSocket);
      const args = [join(place.dist, 'bench.mjs'), '--mqtt-load', rig.mqtt, '--rate', `${MESSAGES_PER_S}`];
      load = new Part('mqtt-load', args, place.running);
      await load.line((line) => line['ready'] === true);
      const planner = planFlatOut(rig.controlSocket);
      const before = await passed(load);
      const frames = await framesFor(rig.guardianSocket, DURATION_MS);
      const after = await passed(load);
      const plans = await planner.stop();
      const lateMs = frames.map((frame) => frame.lateMs);
      return [
        figure('tick-lateness', quantile(lateMs, 0.99), 'ms', MOST_MS),
        figure('tick-lateness-p50', quantile(lateMs, 0.5), 'ms'),
        figure('tick-lateness-max', quantile(lateMs, 1), 'ms'),
        figure('tick-lateness-ticks', frames.length, 'ticks', DURATION_MS / TICK_MS),
        figure(
          'tick-lateness-messages',
          (1000 * (after.passed - before.passed)) / (after.atMs - before.atMs),
          '1/s',
          MESSAGES_PER_S,
        ),
        figure('tick-lateness-priority', realtimePriority(guardian.pid), 'real-time priority'),
        figure('tick-lateness-plans', (1000 * plans) / DURATION_MS, '1/s'),
      ];
    } finally {
      await load?.end();
      await rig.end();
    }
  },
};

/** One plan after the other, until it is stopped; then how many. */
function planFlatOut(socket: string): { readonly stop: () => Promise<number> } {
  const stopping = new AbortController();
  const run = async () => {
    let made = 0;
    for (; !stopping.signal.aborted; made++) await callController(socket, { method: 'plan', apply: false });
    return made;
  };
  const running = run();
  running.catch(() => {}); // thrown where it is waited for
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

async function passed(load: Part): Promise<{ readonly passed: number; readonly atMs: number }> {
  const line = await load.ask({}, (answer) => 'passed' in answer);
  return { passed: Number(line['passed']), atMs: Number(line['atMs']) };
}
