// The wires of I2C buses that a board can drive as GPIO lines: a held bus shows as a low data line, and clock pulses reach
// the device that holds it.
import type { BoardFile } from '../board-file.ts';
import type { LineBank } from '../lines/line-bank.ts';
import type { Wire } from '../lines/wire.ts';
import type { FaultSwitches } from './fault-switches.ts';

export class BusWires {
  readonly #faults: FaultSwitches;
  /** Data lines by bus. */
  readonly #sda = new Map<string, Wire>();

  constructor(board: BoardFile, lines: LineBank, faults: FaultSwitches) {
    this.#faults = faults;
    for (const { id, recovery } of board.buses) {
      if (recovery === undefined) continue;
      const scl = lines.at({ ...recovery.scl, activeLow: false });
      const sda = lines.at({ ...recovery.sda, activeLow: false });
      for (const wire of [scl, sda]) wire.makeOpenDrain();
      this.#sda.set(id, sda);
      scl.watch((level) => {
        if (level === 0) return;
        faults.pulse(id);
        this.show(id);
      });
    }
  }

  /** A device holds the bus's data line low until the clock has been pulsed so often. */
  hold(bus: string, pulses: number): void {
    this.#faults.holdBus(bus, pulses);
    this.show(bus);
  }

  /** The data line as it is now. */
  show(bus: string): void {
    this.#sda.get(bus)?.setOutside(this.#faults.isHeld(bus) ? 0 : null);
  }
}
