// Room that open Moves hold at their destinations, until each gives it back, once.
import { invariant } from '../core/errors.ts';
import type { Resources } from '../core/plan.ts';

export interface Reservation {
  readonly move: string;
  readonly workload: string;
  readonly slot: number;
  readonly demand: Resources;
}

export class Reservations {
  readonly #held = new Map<string, Reservation>();

  reserve(reservation: Reservation): void {
    invariant(!this.#held.has(reservation.move), `${reservation.move} holds a reservation already`);
    this.#held.set(reservation.move, reservation);
  }

  release(move: string): void {
    invariant(this.#held.delete(move), `${move} gives back a reservation it does not hold`);
  }

  list(): Reservation[] {
    return [...this.#held.values()];
  }

  /** What is reserved in a slot, by resource. */
  inSlot(slot: number): Record<string, number> {
    const sum: Record<string, number> = {};
    for (const { slot: where, demand } of this.#held.values()) {
      if (where !== slot) continue;
      for (const [resource, amount] of Object.entries(demand)) sum[resource] = (sum[resource] ?? 0) + amount;
    }
    return sum;
  }
}
