// What the measurements ask a running controller.
import { setTimeout as pause } from 'node:timers/promises';
import { ColdslotError } from '../../src/core/errors.ts';
import type { ChassisView } from '../../src/core/view.ts';
import { callController } from '../../src/surfaces/console/control-client.ts';

const LOOK_MS = 200;

export async function viewOf(socket: string): Promise<ChassisView> {
  return (await callController(socket, { method: 'view' })) as ChassisView;
}

/** The view in which it is true. @throws ColdslotError `failed` when it does not come to that */
export async function untilView(
  socket: string,
  what: string,
  isTrue: (view: ChassisView) => boolean,
  limitMs = 60_000,
): Promise<ChassisView> {
  const endMs = performance.now() + limitMs;
  while (performance.now() < endMs) {
    const view = await viewOf(socket);
    if (isTrue(view)) return view;
    await pause(LOOK_MS);
  }
  throw new ColdslotError('failed', 'chassis', `not within ${limitMs / 1000} s: ${what}`);
}

/** An agent is online in every slot, and has said what runs there. */
export function untilStaffed(socket: string): Promise<ChassisView> {
  return untilView(socket, 'an agent online in every slot', (view) => {
    const online = new Set(
      view.agents.flatMap(({ state, slot }) => (state === 'online' && slot !== null ? [slot] : [])),
    );
    const working = new Set(view.workloads.map(({ slot }) => slot));
    return view.slots.length > 0 && online.size === view.slots.length && working.size === online.size;
  });
}
