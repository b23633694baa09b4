// One digital line: pulled to a level, driven from the board's side (a presence contact, a power-good output) or by
// whoever controls it (a GPIO controller, an expander's output). The controller's side wins, as a push-pull output does.

export type Level = 0 | 1;

export class Wire {
  readonly id: string;
  #pull: Level;
  #outside: Level | null = null;
  #driven: Level | null = null;
  #openDrain = false;
  readonly #listeners = new Set<(level: Level) => void>();

  constructor(id: string, pull: Level = 1) {
    this.id = id;
    this.#pull = pull;
  }

  get level(): Level {
    if (this.#openDrain && this.#outside === 0) return 0;
    return this.#driven ?? this.#outside ?? this.#pull;
  }

  /** Whoever pulls it low wins, as on an I2C wire. */
  makeOpenDrain(): void {
    this.#change(() => void (this.#openDrain = true));
  }

  /** The resistor: the level while nobody drives the line. */
  pullTo(level: Level): void {
    this.#change(() => void (this.#pull = level));
  }

  /** The board's side: a contact or another chip's output. */
  setOutside(level: Level | null): void {
    this.#change(() => void (this.#outside = level));
  }

  /** The controller's side; null = an input again. */
  drive(level: Level | null): void {
    this.#change(() => void (this.#driven = level));
  }

  /** Calls back on every edge, until the returned function is called. */
  watch(listener: (level: Level) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #change(act: () => void): void {
    const before = this.level;
    act();
    const { level } = this;
    if (level !== before) for (const listener of this.#listeners) listener(level);
  }
}

/** The level that means active. */
export function activeLevel(place: { readonly activeLow: boolean }): Level {
  return place.activeLow ? 0 : 1;
}

/** The level that means inactive. */
export function inactiveLevel(place: { readonly activeLow: boolean }): Level {
  return place.activeLow ? 1 : 0;
}
