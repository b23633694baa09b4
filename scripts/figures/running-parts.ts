// The processes of a measurement that run now. While there are any, a signal that ends the bench ends them first: they
// are no part of the terminal's foreground, and nobody else would.
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export interface RunningPart {
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  end(): Promise<void>;
}

export class RunningParts {
  readonly #parts = new Set<RunningPart>();
  readonly #cleanUp: () => void;
  #isEnding = false;
  readonly #onSignal = (signal: NodeJS.Signals) => void this.#endAll(signal);

  /** @param cleanUp Done before the process ends by a signal, when all parts have ended. */
  constructor(cleanUp: () => void) {
    this.#cleanUp = cleanUp;
  }

  get areEnding(): boolean {
    return this.#isEnding;
  }

  /** With no part there are no handlers: a measurement that computes in this process ends at once by a signal. */
  add(part: RunningPart): void {
    if (this.#parts.size === 0) for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    this.#parts.add(part);
    void part.ended.then(() => this.#remove(part));
    if (this.#isEnding) void part.end(); // started while the others were ended
  }

  #remove(part: RunningPart): void {
    this.#parts.delete(part);
    if (this.#parts.size === 0 && !this.#isEnding) for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }

  /** Newest first, as a rig ends. */
  async #endAll(signal: NodeJS.Signals): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    process.stderr.write(`coldslot: ${signal}: ending what is being measured\n`);
    while (this.#parts.size > 0) {
      const part = [...this.#parts].at(-1)!;
      await part.end();
      await part.ended;
    }
    this.#cleanUp();
    process.exit(128 + constants.signals[signal]);
  }
}
