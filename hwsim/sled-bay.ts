// One slot's bay: is a sled in it, does its power line say on. Presence, power-good and power-enable lines are wired
// here; who cares about a sled that comes, goes, gains or loses power listens here.
import type { BoardSlot } from './board-file.ts';
import type { LineBank } from './lines/line-bank.ts';
import { activeLevel, inactiveLevel, type Wire } from './lines/wire.ts';

export type BayState = 'empty' | 'off' | 'on';

export class SledBay {
  readonly slot: number;
  readonly #place: BoardSlot;
  readonly #presence: Wire | null;
  readonly #enable: Wire | null;
  readonly #good: Wire | null;
  readonly #listeners: ((state: BayState, before: BayState) => void)[] = [];
  #present: boolean;
  #state: BayState;

  constructor(place: BoardSlot, lines: LineBank, present: boolean) {
    this.slot = place.number;
    this.#place = place;
    this.#presence = place.presence === undefined ? null : lines.at(place.presence);
    this.#enable = place.power === undefined ? null : lines.at(place.power.enable);
    this.#good = place.power?.good === undefined ? null : lines.at(place.power.good);
    this.#present = present;
    // a line that nobody drives leaves the sled on: a management controller that restarts must not cut the work
    if (place.power !== undefined) this.#enable?.pullTo(activeLevel(place.power.enable));
    this.#state = this.#wanted();
    this.#show();
    this.#enable?.watch(() => this.#update());
  }

  get state(): BayState {
    return this.#state;
  }

  push(): void {
    this.#present = true;
    this.#update();
  }

  pull(): void {
    this.#present = false;
    this.#update();
  }

  onChange(listener: (state: BayState, before: BayState) => void): void {
    this.#listeners.push(listener);
  }

  #wanted(): BayState {
    if (!this.#present) return 'empty';
    const { power } = this.#place;
    return power === undefined || this.#enable?.level === activeLevel(power.enable) ? 'on' : 'off';
  }

  #update(): void {
    const before = this.#state;
    this.#state = this.#wanted();
    if (this.#state === before) return;
    for (const listener of this.#listeners) listener(this.#state, before);
    this.#show();
  }

  #show(): void {
    const { presence, power } = this.#place;
    if (presence !== undefined) {
      this.#presence?.setOutside(this.#state === 'empty' ? inactiveLevel(presence) : activeLevel(presence));
    }
    if (power?.good !== undefined) {
      this.#good?.setOutside(this.#state === 'on' ? activeLevel(power.good) : inactiveLevel(power.good));
    }
  }
}
