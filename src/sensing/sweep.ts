// One look at everything: all buses at once, until all have answered or the deadline has come.
import { sleep, type Clock } from '../core/clock.ts';
import { BusSweep } from './bus-sweep.ts';
import type { LogEntry } from './event-log.ts';
import type { ChannelReadings, Expected, PolledDevice } from './polled-device.ts';

export interface SweepResult {
  /** By device id, then by channel. */
  readonly readings: ReadonlyMap<string, ChannelReadings>;
  readonly durationMs: number;
  readonly events: readonly LogEntry[];
}

export class Sweep {
  readonly #clock: Clock;
  readonly #buses: readonly BusSweep[];

  constructor(clock: Clock, devices: readonly PolledDevice[]) {
    this.#clock = clock;
    const ids = new Set(devices.map((device) => device.chip.busId));
    this.#buses = [...ids].map((id) => {
      const onBus = devices.filter((device) => device.chip.busId === id);
      return new BusSweep(id, onBus);
    });
  }

  /**
   * `expected` is asked when transfers are issued and again when answers are collected, so that a sled pulled in
   * between is absent and not faulty.
   */
  async run(deadlineMs: number, expected: (device: PolledDevice) => Expected): Promise<SweepResult> {
    const startMs = this.#clock.nowMs();
    const done = new AbortController();
    const all = Promise.all(this.#buses.map((bus) => bus.issue(startMs, expected)));
    await Promise.race([all, sleep(this.#clock, deadlineMs, done.signal)]);
    done.abort();
    const nowMs = this.#clock.nowMs();
    const readings = new Map<string, ChannelReadings>();
    const events: LogEntry[] = [];
    for (const bus of this.#buses) {
      bus.end(nowMs);
      for (const device of bus.devices) readings.set(device.id, device.collect(expected(device), nowMs));
      events.push(...bus.takeEvents());
    }
    return { readings, durationMs: nowMs - startMs, events };
  }
}
