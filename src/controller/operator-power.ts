// An operator gives or cuts a slot's power. The guardian does it, and refuses power to a slot whose leak detector speaks.
import { sleep, type Clock } from '../core/clock.ts';
import { assertNever, ColdslotError } from '../core/errors.ts';
import type { SledPower } from '../core/ports.ts';
import type { Chassis } from './chassis.ts';

export interface SledPowerControl {
  /** @throws ColdslotError when it was not done, with the guardian's reason */
  readonly set: (slot: number, on: boolean) => Promise<void>;
  readonly clock: Clock;
}

/** How long a cycle waits for the power to be off; then it gives it again all the same. */
const OFF_WITHIN_MS = 10_000;
const LOOK_MS = 100;
/** Of a cycle: off for at least this long, so that what was on has really stopped. */
const PAUSE_MS = 2000;

export async function operatePower(
  chassis: Chassis,
  control: SledPowerControl,
  slot: number,
  action: SledPower,
): Promise<{ slot: number; action: SledPower }> {
  checkSlot(chassis, slot);
  chassis.log({
    severity: 'info',
    source: `slot/${slot}`,
    code: `power-${action}`,
    text: `an operator asks for power ${action} in slot ${slot}`,
  });
  switch (action) {
    case 'on':
    case 'off':
      await control.set(slot, action === 'on');
      break;
    case 'cycle':
      await cycle(chassis, control, slot);
      break;
    default:
      assertNever(action, 'action');
  }
  return { slot, action };
}

async function cycle(chassis: Chassis, { set, clock }: SledPowerControl, slot: number): Promise<void> {
  await set(slot, false);
  const isOff = () => chassis.frame?.slots.find((entry) => entry.slot === slot)?.power === 'off';
  for (let waitedMs = 0; waitedMs < OFF_WITHIN_MS && !isOff(); waitedMs += LOOK_MS) await sleep(clock, LOOK_MS);
  await sleep(clock, PAUSE_MS);
  await set(slot, true);
}

function checkSlot(chassis: Chassis, slot: number): void {
  const place = chassis.board.slots.find((entry) => entry.number === slot);
  if (place === undefined) {
    const known = chassis.board.slots.map((entry) => entry.number).join(', ');
    throw new ColdslotError('bad-input', `slot ${slot}`, 'there is no such slot', `slots are ${known}`);
  }
  if (place.power !== undefined) return;
  throw new ColdslotError('refused', `slot ${slot}`, 'the board has no power control for it');
}
