// Whether a plan is worth an event: what it moves counts, not the figures, which change from round to round.
import type { Plan } from '../core/plan.ts';

export class PlanNews {
  #last = '';

  /** True for the first of the plans that move the same work off the same slots and are acted on, or not, alike. */
  isNew(plan: Pick<Plan, 'moves'>, isActedOn: boolean): boolean {
    const moves = plan.moves.map(({ workload, from }) => `${workload} ${from}`).toSorted();
    const now = [isActedOn, ...moves].join(' ');
    const isNew = now !== this.#last && moves.length > 0;
    this.#last = now;
    return isNew;
  }
}
