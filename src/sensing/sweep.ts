// One look at everything: all buses are asked at once; what has answered when the time is up is reported.
import type { Recover } from './bus-recovery.ts';
import { BusSweep } from './bus-sweep.ts';
import type { LogEntry } from './event-log.ts';
import type { ChannelReadings, Expected, PolledDevice } from './polled-device.ts';

export interface SweepReport {
  /** By device id, then by channel. */
  readonly readings: ReadonlyMap<string, ChannelReadings>;
  readonly events: readonly LogEntry[];
  /** Devices on a bus that is dead. */
  readonly cutOff: ReadonlySet<string>;
}

/** Whether a device should be there to answer; may say more at the report than when it was asked. */
export type Expectation = (device: PolledDevice) => Expected;

export class Sweep {
  readonly #buses: readonly BusSweep[];

  /** `recover`: how a bus is freed that something holds, by bus id; null where the board cannot. */
  constructor(devices: readonly PolledDevice[], recover: (busId: string) => Recover | null = () => null) {
    const ids = new Set(devices.map((device) => device.chip.busId));
    this.#buses = [...ids].map((id) => {
      const onBus = devices.filter((device) => device.chip.busId === id);
      return new BusSweep(id, onBus, recover(id));
    });
  }

  /** Resolves when every bus has answered, except those known to be silent. A bus may hang: give it a deadline. */
  async ask(nowMs: number, expected: Expectation): Promise<void> {
    await Promise.all(this.#buses.map((bus) => bus.issue(nowMs, expected)));
  }

  report(nowMs: number, expected: Expectation): SweepReport {
    const readings = new Map<string, ChannelReadings>();
    const events: LogEntry[] = [];
    const cutOff = new Set<string>();
    for (const bus of this.#buses) {
      bus.end(nowMs);
      for (const device of bus.devices) readings.set(device.id, device.collect(expected(device), nowMs));
      if (bus.dead) for (const device of bus.devices) cutOff.add(device.id);
      events.push(...bus.takeEvents());
    }
    return { readings, events, cutOff };
  }
}
