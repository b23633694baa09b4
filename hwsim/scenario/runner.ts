// Plays a scenario's steps against plant time. Knows no clock: whoever asks says what time it is.
import type { ScenarioAction } from '../contract.ts';
import type { Scenario, ScenarioStep } from '../scenario.ts';

export class ScenarioRunner {
  readonly #steps: readonly ScenarioStep[];
  #next = 0;

  constructor(scenario: Scenario) {
    this.#steps = scenario.steps;
  }

  /** Steps that have come due since the last call, in order; each is given once. */
  dueSteps(timeS: number): readonly ScenarioStep[] {
    const from = this.#next;
    while ((this.#steps[this.#next]?.atS ?? Infinity) <= timeS) this.#next++;
    return this.#steps.slice(from, this.#next);
  }

  /** The actions of dueSteps, for who needs no texts. */
  due(timeS: number): ScenarioAction[] {
    return this.dueSteps(timeS).flatMap((step) => step.do);
  }

  /** Whether nothing more will happen after this time. */
  finished(timeS: number): boolean {
    return (this.#steps.at(-1)?.atS ?? 0) <= timeS;
  }

  /** The step that comes next and has not been given, if any; for people who wait for it. */
  upcoming(): ScenarioStep | undefined {
    return this.#steps[this.#next];
  }
}
