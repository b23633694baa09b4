// Addresses that answer EBUSY because a kernel driver has them: one event for each device, with what to do about it.
// The readings of such a device say the same again and again; whoever looks for the cause needs it once.
import type { BoardDevice } from '../board/schema.ts';
import { chipKind } from '../chips/registry.ts';
import type { I2cAnswer, I2cBus } from '../core/ports.ts';
import type { LogEntry } from '../sensing/event-log.ts';

export class OwnedAddresses {
  readonly #driverAt: (busId: string, address: number) => string | null;
  /** Devices whose last transfer was refused so. */
  readonly #owned = new Set<string>();
  /** Devices that were looked at since events were taken last. */
  readonly #looked = new Set<string>();
  #events: LogEntry[] = [];

  /** `driverAt`: the kernel driver bound to an address of a bus, where it can be told. */
  constructor(driverAt: (busId: string, address: number) => string | null) {
    this.#driverAt = driverAt;
  }

  /** The device's bus, with an eye on what it answers first in each tick: a sweep is hundreds of transfers. */
  watched(device: BoardDevice, bus: I2cBus): I2cBus {
    return {
      id: bus.id,
      transfer: (address, write, readLength) => {
        const answer = bus.transfer(address, write, readLength);
        if (this.#looked.has(device.id)) return answer;
        this.#looked.add(device.id);
        void answer.then((known) => this.#look(device, address, known));
        return answer;
      },
    };
  }

  takeEvents(): readonly LogEntry[] {
    const events = this.#events;
    this.#events = [];
    this.#looked.clear();
    return events;
  }

  #look(device: BoardDevice, address: number, answer: I2cAnswer): void {
    if (answer.kind === 'ok') this.#owned.delete(device.id);
    else if (answer.error === 'busy') this.#note(device, address);
  }

  #note(device: BoardDevice, address: number): void {
    if (this.#owned.has(device.id)) return;
    this.#owned.add(device.id);
    const driver = this.#driverAt(device.bus, address);
    const place = `0x${address.toString(16).padStart(2, '0')} on ${device.bus}`;
    const owner = driver === null ? 'a kernel driver' : `the kernel driver ${driver}`;
    const slot = device.slot === undefined ? {} : { slot: device.slot };
    this.#events.push({
      severity: 'warning',
      source: `device/${device.id}`,
      code: 'address-owned-by-kernel',
      text: `${device.id}: ${owner} owns ${place}; ${wayOut(device)}`,
      data: { device: device.id, bus: device.bus, address, driver, ...slot },
    });
  }
}

function wayOut({ chip }: BoardDevice): string {
  switch (chipKind(chip).kind) {
    case 'sensor':
    case 'fan':
    case 'eeprom':
      return 'give the device "via": "hwmon" in the board to use the driver, or unbind the driver';
    default:
      return 'unbind the driver';
  }
}
