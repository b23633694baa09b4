// Fans that hang on one PWM output turn at one speed: the highest that any of them is to run at.
import type { Board } from '../board/schema.ts';

export class SharedOutputs {
  /** The other fans of each fan's output, and itself. */
  readonly #groups: ReadonlyMap<string, readonly string[]>;

  constructor(board: Board) {
    const output = ({ device, channel }: Board['airMovers'][number]['pwm']) => `${device} ${channel}`;
    const groups = new Map<string, string[]>();
    for (const { id, pwm } of board.airMovers) groups.set(output(pwm), [...(groups.get(output(pwm)) ?? []), id]);
    this.#groups = new Map(board.airMovers.map(({ id, pwm }) => [id, groups.get(output(pwm)) ?? [id]]));
  }

  /** What each fan gets when each is to run at its ratio. */
  highest(ratios: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    return new Map(
      [...ratios.keys()].map((id) => [
        id,
        Math.max(...(this.#groups.get(id) ?? [id]).map((other) => ratios.get(other) ?? 0)),
      ]),
    );
  }
}
