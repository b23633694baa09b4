// A sled that boots asks for the floors of its workloads before it starts anything; what they are is durable before
// that, and that they were granted in this boot is durable after all of them, so that an agent that is only started
// again goes on at once.
import type { FloorsAsk } from '../../protocols/floors.ts';
import { MAX_WORKLOADS_PER_SLED } from '../../protocols/agent-messages.ts';
import { moveOf } from '../records/workload-record.ts';
import { copyEpoch } from './recover.ts';
import type { Local } from './state.ts';
import { recordOf, type Turn } from './turn.ts';

export const ASK_TIMER = 'ask for floors';
const ASK_AGAIN_MS = 3000;
/** Not answered for so long, it is told to people. */
const LATE_MS = 30_000;

function unsettled(turn: Turn): readonly Local[] {
  return turn.locals().filter((local) => local.floor.kind === 'unknown');
}

/** Whether there is something that only a grant can settle. */
function mustAsk(turn: Turn): boolean {
  return turn.state.ending === null && (!turn.state.granted || unsettled(turn).length > 0);
}

export function ask(turn: Turn): void {
  if (!mustAsk(turn)) return;
  const { sled, boot } = turn.settings;
  const workloads: FloorsAsk['workloads'] = unsettled(turn)
    .slice(0, MAX_WORKLOADS_PER_SLED) // the others when these are settled
    .map((local) => {
      const { role, floor } = recordOf(local);
      return { id: local.id, epoch: copyEpoch(role), floor, move: moveOf(role) };
    });
  turn.emit({ kind: 'ask-floors', ask: { kind: 'floors-ask', sled, boot, workloads } });
}

/** From now on it asks every few seconds, until there is nothing to ask for. */
export function askAgain(turn: Turn): void {
  if (turn.state.asking !== null || !mustAsk(turn)) return;
  turn.change({ asking: { sinceMs: turn.atMs, told: false } });
  turn.emit({ kind: 'timer', timer: ASK_TIMER, delayMs: ASK_AGAIN_MS });
}

export function askTimerFired(turn: Turn): void {
  const { asking } = turn.state;
  if (asking === null) return;
  if (!mustAsk(turn)) return turn.change({ asking: null });
  const waitedMs = turn.atMs - asking.sinceMs;
  if (!asking.told && waitedMs >= LATE_MS) {
    turn.change({ asking: { ...asking, told: true } });
    const what = turn.state.granted ? unsettled(turn).map(({ id }) => id) : ['any workload'];
    turn.log(
      'warn',
      `no floors were granted for ${Math.round(waitedMs / 1000)} s, so ${what.join(', ')} is not started: ` +
        'is the chassis controller running and connected?',
    );
  }
  ask(turn);
  turn.emit({ kind: 'timer', timer: ASK_TIMER, delayMs: ASK_AGAIN_MS });
}

/** Those that were granted a floor now, in order; they are to be taken up. A grant settles nothing twice. */
export function takeGrant(turn: Turn, boot: string, floors: Readonly<Record<string, number>>): readonly string[] {
  if (boot !== turn.settings.boot || turn.state.ending !== null) return [];
  turn.change({ granted: true });
  const settling: string[] = [];
  for (const { id } of unsettled(turn)) {
    const floor = Object.hasOwn(floors, id) ? floors[id] : undefined;
    if (floor === undefined) continue; // it was not asked about
    turn.patch(id, { floor: { kind: 'granted', floor } });
    settling.push(id);
  }
  return settling;
}

/** Once all floors of this boot are durable, so is that they were granted. */
export function keepBoot(turn: Turn): void {
  const { granted, durableBoot, bootToken, locals } = turn.state;
  const { boot } = turn.settings;
  if (!granted || durableBoot === boot || bootToken !== null) return;
  for (const local of locals.values()) if (local.floor.kind !== 'durable') return;
  const token = turn.token();
  turn.change({ bootToken: token });
  turn.emit({ kind: 'write-boot', token, boot });
}

/** When it could not be written, the next agent of this boot asks again; nothing else depends on it. */
export function bootWritten(turn: Turn, error: string | null): void {
  if (error === null) turn.change({ bootToken: null, durableBoot: turn.settings.boot });
  else turn.log('warn', `that floors were granted could not be kept: ${error}`);
}
