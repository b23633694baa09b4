// All digital lines of a chassis: GPIO lines `<bus>:<line>` and pins of I/O expanders. A line that nothing is wired to
// exists all the same and is pulled up.
import type { BoardFile, LinePlace } from '../board-file.ts';
import { Wire } from './wire.ts';

const MAX_GPIO_LINE = 1023;

export class LineBank {
  readonly #gpioBuses: ReadonlySet<string>;
  readonly #wires = new Map<string, Wire>();

  constructor(board: BoardFile) {
    this.#gpioBuses = new Set(board.buses.filter((bus) => bus.kind === 'gpio').map((bus) => bus.id));
  }

  /** The line of a name such as `gpio0:17`; null when there is no such GPIO bus. */
  gpio(id: string): Wire | null {
    const parts = /^(.+):(\d{1,4})$/.exec(id);
    if (parts === null || !this.#gpioBuses.has(parts[1] ?? '') || Number(parts[2]) > MAX_GPIO_LINE) return null;
    return this.#wire(`${parts[1]}:${Number(parts[2])}`);
  }

  pin(device: string, pin: number): Wire {
    return this.#wire(`${device}#${pin}`);
  }

  at(place: LinePlace): Wire {
    return 'bus' in place ? this.#wire(`${place.bus}:${place.line}`) : this.pin(place.device, place.pin);
  }

  #wire(id: string): Wire {
    let wire = this.#wires.get(id);
    if (wire === undefined) this.#wires.set(id, (wire = new Wire(id)));
    return wire;
  }
}
