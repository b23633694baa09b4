// Makes a Plan of a plan instance: a placement that keeps the rules, the search, a proof where it is small, an order in
// which the moves can be made live, reasons, and a last audit. Pure: time and seed are handed in.
import { ColdslotError } from '../core/errors.ts';
import { PLAN_FORMAT } from '../core/plan.ts';
import type { Plan, PlanHeld, PlanInstance, PlanMove } from '../core/plan.ts';
import { seededRandom } from '../core/random.ts';
import { assignmentOf } from './assignment.ts';
import { AssignmentPlanner } from './assignment-planner.ts';
import { auditPlan } from './audit.ts';
import { lowerBound } from './bound.ts';
import type { Bound } from './bound.ts';
import { chassisCapConflict, findConflicts } from './conflicts.ts';
import { placementCount, searchExact } from './exact.ts';
import { explainMoves, situationOf } from './explain.ts';
import { findFeasible } from './feasible.ts';
import { explainHeld } from './held.ts';
import { LiveState } from './live-state.ts';
import { Incumbent, levelOf, Objective } from './objective.ts';
import { NOWHERE, Placement } from './placement.ts';
import { buildProblem } from './problem.ts';
import type { Problem } from './problem.ts';
import { findReachable } from './reachable.ts';
import type { Reachable } from './reachable.ts';
import { Search } from './search.ts';
import type { SearchLimits } from './search.ts';

/** Up to so many placements the search is exhaustive and the plan is proven optimal. */
const EXHAUSTIVE_MAX = 20_000;
const EXACT_NODES = 10 * EXHAUSTIVE_MAX;
/** Up to so many a proof is tried within a limit of nodes. */
const PROOF_TRIED_MAX = 1e8;

export interface PlanOptions {
  /** How long it may take; a plan is made of the best that was found. */
  readonly seconds: number;
  readonly seed: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Exact evaluations the search may make; with it and enough seconds, a plan does not depend on the machine. */
  readonly maxSteps?: number;
  /** J over the horizon under which a workload's move is not worth making (overshoot aside); 0 by default. */
  readonly gainThresholdJ?: number;
}

/**
 * The best plan found in the time given. Hard rules hold in it and after each of its moves; `together` holds again when
 * the last of its workloads has followed.
 * @throws ColdslotError `refused` when the audit finds the plan unsound, which is a bug in coldslot.
 */
export function makePlan(instance: PlanInstance, options: PlanOptions): Plan {
  const startMs = options.now();
  const plan = new Planner(instance, options, startMs).make();
  const finished = { ...plan, elapsedMs: Math.round((options.now() - startMs) * 10) / 10 };
  const faults = auditPlan(instance, finished);
  if (faults.length > 0) {
    throw new ColdslotError('refused', 'plan', `it would break a hard rule: ${faults[0]}`, 'report this as a bug');
  }
  return finished;
}

class Planner {
  readonly #instance: PlanInstance;
  readonly #options: PlanOptions;
  readonly #problem: Problem;
  readonly #objective: Objective;
  readonly #startMs: number;
  /** Where a slot takes one unit at most; null elsewhere. */
  readonly #assignment: AssignmentPlanner | null;

  constructor(instance: PlanInstance, options: PlanOptions, startMs: number) {
    this.#instance = instance;
    this.#options = options;
    this.#startMs = startMs;
    this.#problem = buildProblem(instance);
    this.#objective = new Objective(this.#problem);
    const assignment = assignmentOf(this.#problem, this.#objective.solver);
    const { maxSteps = Infinity } = options;
    const isPast = (share: number) => this.#objective.evaluations >= maxSteps || this.#isPast(share);
    this.#assignment = assignment === null ? null : new AssignmentPlanner(assignment, this.#objective, isPast);
  }

  make(): Plan {
    const chassis = chassisCapConflict(this.#instance);
    if (chassis !== null) return this.#infeasible([chassis]);
    const random = seededRandom(this.#options.seed);
    const limits = { ejections: 200 + 10 * this.#problem.units.length, nodes: 20_000 };
    const found = findFeasible(this.#problem, random.fork('feasible'), limits);
    if (found.kind === 'impossible') return this.#infeasible(findConflicts(this.#instance, () => this.#isPast(1)));
    if (found.kind === 'unknown') {
      return this.#infeasible([
        `no placement that keeps all rules was found in ${limits.nodes} nodes, nor a proof that there is none`,
      ]);
    }
    const best = new Incumbent(this.#objective);
    const search = new Search(
      this.#problem,
      this.#objective,
      random.fork('search'),
      this.#searchLimits(0.7),
      new Set(),
    );
    const greedy = search.greedy();
    const starts = greedy === null ? [found.placement] : [found.placement, greedy];
    const isSearched = this.#assignment?.search(best, starts, random.fork('assignment')) ?? false;
    if (!isSearched) search.run(best, starts);
    const isProven = this.#assignment?.prove(best) ?? this.#prove(best);
    const reachable = findReachable({
      problem: this.#problem,
      objective: this.#objective,
      best,
      start: found.placement,
      random: random.fork('reachable'),
      limits: this.#searchLimits(0.85),
      thresholdJ: this.#options.gainThresholdJ ?? 0,
      exactNodes: placementCount(this.#problem) <= EXHAUSTIVE_MAX ? EXACT_NODES : 0,
    });
    if (reachable === null) {
      return this.#infeasible(['the start breaks rules, and no order of live moves leads out of it']);
    }
    return this.#assemble(best, reachable, isProven);
  }

  #searchLimits(shareOfTime: number): SearchLimits {
    const { seconds, maxSteps = Infinity } = this.#options;
    const units = this.#problem.units.length;
    return {
      isOver: () => this.#objective.evaluations >= maxSteps || this.#isPast(shareOfTime),
      // a small instance is done long before the deadline; a big one is better the longer it may run
      staleMax: Math.ceil((8 + units / 2) * (units > 64 ? Math.max(1, 10 * seconds) : 1)),
    };
  }

  #isPast(shareOfTime: number): boolean {
    return this.#options.now() - this.#startMs > this.#options.seconds * 1000 * shareOfTime;
  }

  #prove(best: Incumbent): boolean {
    const count = placementCount(this.#problem);
    if (count > PROOF_TRIED_MAX) return false;
    const nodes = count <= EXHAUSTIVE_MAX ? EXACT_NODES : 4000;
    const share = count <= EXHAUSTIVE_MAX ? 0.95 : 0.8;
    return searchExact(this.#problem, this.#objective, best, { nodes, isOver: () => this.#isPast(share) });
  }

  #assemble(searched: Incumbent, reachable: Reachable, isProven: boolean): Plan {
    const problem = this.#problem;
    const { best, ordered } = reachable;
    const placement = Placement.of(problem, best.at!);
    // what is proven best is a bound for what live moves can reach, too
    const bound = isProven ? { worstOvershootK: searched.leastK, totalJ: searched.costJ } : this.#lowerBound(searched);
    const hotAtStart = this.#hotAtStart();
    const moves = explainMoves(problem, this.#objective.solver, ordered.steps, this.#brokenAtStart(), () =>
      this.#isPast(0.95),
    );
    const temperatureC = this.#objective.speeds(placement, best.levelK).temperatureC.slice();
    const held = explainHeld({
      problem,
      objective: this.#objective,
      best,
      temperatureC,
      hotAtStart,
      blocked: reachable.blocked,
      thresholdJ: this.#options.gainThresholdJ ?? 0,
      isOver: () => this.#isPast(1),
    });
    const described = this.#describe(placement, best.levelK, bound, moves, held);
    // at less overshoot than the plan leaves, the optimum may cost more than the plan does
    const totalJ = Math.min(bound.totalJ, described.cost.totalJ);
    const plan = { ...described, bound: { ...bound, totalJ } };
    return { ...plan, status: (isProven && reachable.isUnchanged) || meetsBound(plan) ? 'optimal' : 'feasible' };
  }

  #lowerBound(searched: Incumbent): Bound {
    const general = () => lowerBound(this.#problem, this.#objective, searched, () => this.#isPast(0.9));
    return this.#assignment?.bound(searched, general) ?? general();
  }

  /** The plan's figures, at the best speeds of the placement. */
  #describe(
    placement: Placement,
    levelK: number,
    bound: Bound,
    moves: readonly PlanMove[],
    held: readonly PlanHeld[],
  ): Plan {
    const instance = this.#instance;
    const problem = this.#problem;
    const state = new LiveState(problem);
    problem.units.forEach((unit, u) => state.move(unit.members, placement.at[u]!));
    const speeds = this.#objective.speeds(placement, levelK);
    let worstOvershootK = 0;
    const slots = instance.slots.map((slot, s) => {
      worstOvershootK = Math.max(worstOvershootK, speeds.temperatureC[s]! - problem.targetC[s]!);
      const predicted = {
        temperatureC: speeds.temperatureC[s]!,
        inletC: speeds.inletC[s]!,
        flowM3s: speeds.flowM3s[s]!,
        powerW: state.powerW[s]!,
      };
      return [slot.id, predicted] as const;
    });
    const moversJ = speeds.moverPowerW * instance.horizonS;
    return {
      format: PLAN_FORMAT,
      status: 'feasible',
      assignment: Object.fromEntries(
        instance.workloads.map((workload, w) => [workload.id, instance.slots[state.at[w]!]!.id]),
      ),
      ratios: Object.fromEntries(instance.airMovers.map((mover, m) => [mover.id, speeds.ratios[m]!])),
      predicted: { slots: Object.fromEntries(slots), moverPowerW: speeds.moverPowerW, worstOvershootK },
      cost: { totalJ: moversJ + placement.movesJ, moversJ, movesJ: placement.movesJ },
      bound,
      moves,
      held,
      elapsedMs: 0,
    };
  }

  /** Everything stays; the figures are those of the start. */
  #infeasible(conflicts: readonly string[]): Plan {
    const problem = this.#problem;
    const state = new LiveState(problem);
    const situation = situationOf(this.#objective.solver, state.powerW);
    const { overshootK } = this.#objective.solver.leastOvershoot(state.powerW);
    const speeds = this.#objective.solver.solve(state.powerW, levelOf(overshootK));
    const slots = this.#instance.slots.map((slot, s) => {
      const predicted = {
        temperatureC: speeds.temperatureC[s]!,
        inletC: speeds.inletC[s]!,
        flowM3s: speeds.flowM3s[s]!,
        powerW: state.powerW[s]!,
      };
      return [slot.id, predicted] as const;
    });
    const moversJ = situation.moverPowerW * this.#instance.horizonS;
    const worstOvershootK = slots.reduce(
      (worst, [, { temperatureC }], s) => Math.max(worst, temperatureC - problem.targetC[s]!),
      0,
    );
    return {
      format: PLAN_FORMAT,
      status: 'infeasible',
      assignment: Object.fromEntries(this.#instance.workloads.map((workload) => [workload.id, workload.slot])),
      ratios: Object.fromEntries(this.#instance.airMovers.map((mover, m) => [mover.id, speeds.ratios[m]!])),
      predicted: { slots: Object.fromEntries(slots), moverPowerW: situation.moverPowerW, worstOvershootK },
      cost: { totalJ: moversJ, moversJ, movesJ: 0 },
      bound: { worstOvershootK: 0, totalJ: 0 },
      moves: [],
      held: [],
      conflicts,
      elapsedMs: 0,
    };
  }

  #hotAtStart(): boolean[] {
    const start = situationOf(this.#objective.solver, new LiveState(this.#problem).powerW);
    return Array.from(start.temperatureC, (temperature, s) => temperature > this.#problem.targetC[s]! + 1e-3);
  }

  /** Workloads that cannot stay because of a hard rule that the start breaks. */
  #brokenAtStart(): Map<number, 'rule' | 'capacity'> {
    const broken = new Map<number, 'rule' | 'capacity'>();
    const problem = this.#problem;
    const inSlot: number[][] = problem.instance.slots.map(() => []);
    problem.homes.forEach((home, w) => inSlot[home]!.push(w));
    const whole = Placement.of(
      problem,
      problem.units.map((unit) => unit.home),
    );
    if (problem.units.every((unit) => unit.whole) && whole.firstBroken() === NOWHERE) return broken;
    for (const unit of problem.units) {
      for (const w of unit.members) {
        const home = problem.homes[w]!;
        const others = inSlot[home]!.filter((other) => other !== w);
        const isMisplaced = !unit.whole || !unit.allowed.includes(home);
        const obstacle = isMisplaced ? 'rule' : startObstacle(problem, w, others);
        if (obstacle !== null) broken.set(w, obstacle);
      }
    }
    return broken;
  }
}

/** What a workload breaks in its own slot beside the others that are there. */
function startObstacle(problem: Problem, w: number, others: readonly number[]): 'rule' | 'capacity' | null {
  const { instance, resources, slotCount } = problem;
  const home = problem.homes[w]!;
  const own = instance.workloads[w]!;
  const here = new Set(others.map((other) => instance.workloads[other]!.id));
  const isApart = (rule: PlanInstance['rules'][number]) => rule.kind === 'apart' && rule.workloads.includes(own.id);
  if (instance.rules.some((rule) => isApart(rule) && rule.workloads.some((id) => here.has(id)))) return 'rule';
  const powerW = others.reduce(
    (sum, other) => sum + instance.workloads[other]!.powerW,
    problem.idlePowerW[home]! + own.powerW,
  );
  if (powerW > problem.powerCapW[home]! && own.powerW > 0 && home < slotCount) return 'capacity';
  const isOver = resources.some((name, r) => {
    const needed = others.reduce(
      (sum, other) => sum + (instance.workloads[other]!.demand[name] ?? 0),
      own.demand[name] ?? 0,
    );
    return (own.demand[name] ?? 0) > 0 && needed > problem.capacity[home * resources.length + r]!;
  });
  return isOver ? 'capacity' : null;
}

function meetsBound(plan: Plan): boolean {
  const overshoot = plan.predicted.worstOvershootK <= plan.bound.worstOvershootK + 1e-6;
  return overshoot && plan.cost.totalJ <= plan.bound.totalJ * (1 + 1e-6) + 1e-6;
}
