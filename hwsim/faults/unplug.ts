// A sled that is pulled while a transfer to one of its chips is on the wire.
import type { Chassis } from '../chassis.ts';

/** The sled goes with the next transfer to one of its chips, unless it is pushed before that. */
export function armUnplug(chassis: Chassis, slot: number): void {
  const pull = () => {
    forgetUnplug(chassis, slot);
    chassis.bay(slot).pull();
  };
  for (const device of sledDevices(chassis, slot)) chassis.faults.unplugWith(device, pull);
}

export function pushSled(chassis: Chassis, slot: number): void {
  forgetUnplug(chassis, slot);
  chassis.bay(slot).push();
}

function forgetUnplug(chassis: Chassis, slot: number): void {
  for (const device of sledDevices(chassis, slot)) chassis.faults.takeUnplug(device);
}

function sledDevices({ board }: Chassis, slot: number): readonly string[] {
  return board.devices.filter((device) => device.slot === slot).map(({ id }) => id);
}
