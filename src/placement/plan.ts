// Makes a Plan of a plan instance: a placement that keeps the rules, the search, a proof where it is small, an order in
// which the moves can be made live, reasons, and a last audit. Pure: time and seed are handed in.
import { ColdslotError } from '../core/errors.ts';
import type { Plan, PlanInstance } from '../core/plan.ts';
import { seededRandom, type Random } from '../core/random.ts';
import { assignmentOf } from './assignment.ts';
import { AssignmentPlanner } from './assignment-planner.ts';
import { auditPlan } from './audit.ts';
import { lowerBound, type Bound } from './bound.ts';
import { brokenAtStart } from './broken-start.ts';
import { chassisCapConflict, findConflicts } from './conflicts.ts';
import { placementCount, searchExact } from './exact.ts';
import { explainMoves, situationOf } from './explain.ts';
import { findFeasible } from './feasible.ts';
import { explainHeld } from './held.ts';
import { LiveState } from './live-state.ts';
import { isPlainlyImpossible } from './impossible.ts';
import { Incumbent, levelOf, Objective } from './objective.ts';
import { Placement } from './placement.ts';
import { planDocument } from './plan-document.ts';
import { buildProblem } from './problem.ts';
import type { Problem } from './problem.ts';
import { isProvable, prove } from './proof.ts';
import type { Proof } from './proof.ts';
import { ReachProbe } from './reach-probe.ts';
import { findReachable } from './reachable.ts';
import type { Reachable } from './reachable.ts';
import { MOST_SLOTS } from './relaxation.ts';
import { Search } from './search.ts';
import type { SearchLimits } from './search.ts';
import { copyOf } from './speeds.ts';
import { Watch, type WatchOptions } from './watch.ts';

/** Up to so many placements the search is exhaustive and the plan is proven optimal. */
const EXHAUSTIVE_MAX = 20_000;
const EXACT_NODES = 10 * EXHAUSTIVE_MAX;
/** Up to so many pairs of units and slots a proof is tried; beyond, branch and bound only makes the bound tighter. */
const PROOF_PAIRS = 600;
/** Parts that branch and bound may look at for each second given, and for the bound alone. */
const PARTS_PER_SECOND = 8000;
const BOUND_PARTS = 60;
/** Exact evaluations that take as long as a part. */
const STEPS_PER_PART = 8;
/** The same for a node of an exact search, and for one of a search for any placement. */
const STEPS_PER_NODE = 2;
const STEPS_PER_FIT = 0.05;
/** What follows the bound, the figures of moves, and those of places, and is not cut short: an order, speeds, a document. */
const AFTER = {
  bound: { share: 0.06, setups: 3 },
  moves: { share: 0.04, setups: 2 },
  held: { share: 0.02, setups: 1.5 },
} as const;
/** From one look to the next: an iteration of a bound, a set of rules tried, a move's or a place's figures. */
const STEPS_PER_LOOK = { bound: 4, conflict: 1, move: 2, held: 2 } as const;

/** Ruins in a row that bring nothing after which a small instance is left to the proof, and to the plan, for each unit. */
const STALE_BEFORE_PROOF = 0.5;
/** At the latest after this share of the time. */
const SHARE_BEFORE_PROOF = 0.25;
const STALE_AFTER_PROOF = 20;
/** Where orders of moves are given up. */
const SHARE_OF_ORDER = 0.95;
/** When the best cannot be reached, so much of the time left for searches is for a proof, or for the bound alone; */
const PROOF_BLOCKED = 0.4;
const BOUND_BLOCKED = 0.2;
/** and so much of what is left then for live states. */
const SHARE_FOR_LIVE = 0.75;
/** Walks over live states in a row that bring nothing before it is done, for each unit. */
const STALE_LIVE = 2;

/** With `maxSteps` and enough seconds, a plan does not depend on the machine. Stopped, it is the best that was found. */
export interface PlanOptions extends WatchOptions {
  readonly seed: number;
  /** J over the horizon under which a workload's move is not worth making (overshoot aside); 0 by default. */
  readonly gainThresholdJ?: number;
  /** Why the threshold is what it is, for the sentences. */
  readonly gainThresholdWhy?: string;
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
  readonly #watch: Watch;
  /** Where a slot takes one unit at most; null elsewhere. */
  readonly #assignment: AssignmentPlanner | null;

  constructor(instance: PlanInstance, options: PlanOptions, startMs: number) {
    this.#instance = instance;
    this.#options = options;
    this.#problem = buildProblem(instance);
    this.#objective = new Objective(this.#problem);
    this.#watch = new Watch(options, startMs, () => this.#objective.evaluations);
    const assignment = assignmentOf(this.#problem, this.#objective.solver);
    this.#assignment = assignment === null ? null : new AssignmentPlanner(assignment, this.#objective, this.#watch);
  }

  make(): Plan {
    const watch = this.#watch;
    const chassis = chassisCapConflict(this.#instance);
    if (chassis !== null) return this.#infeasible([chassis]);
    if (isPlainlyImpossible(this.#problem)) {
      return this.#infeasible(this.#conflicts());
    }
    const random = seededRandom(this.#options.seed);
    const nodes = Math.floor(watch.countOf(20_000, STEPS_PER_FIT));
    const limits = { ejections: 200 + 10 * this.#problem.units.length, nodes, isOver: () => watch.isPast(0.6) };
    const found = findFeasible(this.#problem, random.fork('feasible'), limits);
    if (found.kind === 'impossible') return this.#infeasible(this.#conflicts());
    if (found.kind === 'unknown') {
      return this.#infeasible([
        `no placement that keeps all rules was found in the time given or in ${limits.nodes} nodes, nor a proof that there is none`,
      ]);
    }
    const best = new Incumbent(this.#objective);
    best.offer(found.placement);
    const share = watch.searchShare();
    const probe = new ReachProbe(this.#problem, best, this.#thresholdJ);
    const proof =
      this.#assignment?.solve(best, found.placement, random.fork('assignment'), share) ??
      this.#search(best, found.placement, random.fork('search'), share, probe);
    const end = endOfSearches(share);
    const reachable = findReachable({
      problem: this.#problem,
      objective: this.#objective,
      best,
      start: found.placement,
      random: random.fork('reachable'),
      known: probe.reached,
      limits: { ...this.#searchLimits(end, STALE_BEFORE_PROOF), isOver: watch.leaving(SHARE_FOR_LIVE, end) },
      isOrderOver: () => watch.isPast(SHARE_OF_ORDER),
      liveLimits: this.#searchLimits(end, STALE_LIVE),
      thresholdJ: this.#thresholdJ,
      exactNodes: placementCount(this.#problem) <= EXHAUSTIVE_MAX ? this.#exactNodes : 0,
    });
    if (reachable === null) {
      return this.#infeasible(['the start breaks rules, and no order of live moves out of it was found']);
    }
    return this.#assemble(reachable, proof);
  }

  /** Until the time for it is over, or the best is proven; where a proof can be tried, it comes in between. */
  #search(best: Incumbent, start: Placement, random: Random, share: number, probe: ReachProbe): Proof {
    this.#assignment?.cool(best, random.fork('assignment'), share);
    const isSmall = this.#isSmall;
    const search = (shareOfTime: number, stale: number) => {
      const { staleMax, isOver } = this.#searchLimits(shareOfTime, isSmall ? stale : Infinity);
      const limits = { staleMax, isOver: () => isOver() || probe.isBlocked(this.#watch.usedOf(share)) };
      new Search(this.#problem, this.#objective, random, limits, new Set()).run(best, [start]);
    };
    search(isSmall ? SHARE_BEFORE_PROOF : share, STALE_BEFORE_PROOF);
    const proven = probe.look() ? this.#proveBriefly(best, share) : this.#prove(best, share);
    const proof = this.#assignment?.tighten(proven, best, share) ?? proven;
    const isDone = proof.isProven || probe.look() || this.#watch.isSpent(share);
    if (isSmall && !isDone) search(share, STALE_AFTER_PROOF);
    return proof;
  }

  #searchLimits(shareOfTime: number, stalePerUnit: number): SearchLimits {
    return {
      isOver: () => this.#watch.isSpent(shareOfTime),
      staleMax: Math.ceil(8 + stalePerUnit * this.#problem.units.length),
    };
  }

  /** When the best cannot be reached, so much of the time that is left; the rest is for one that can. */
  #proveBriefly(best: Incumbent, share: number): Proof {
    const used = this.#watch.usedOf(1);
    const part = this.#isSmall ? PROOF_BLOCKED : BOUND_BLOCKED;
    const until = used + part * Math.max(0, endOfSearches(share) - used);
    return this.#prove(best, until, until);
  }

  /** Bounds what was found, and betters and proves it where that can be done. */
  #prove(best: Incumbent, share: number, boundShare = 1): Proof {
    const isOver = this.#watch.phase(share, 1, 1);
    if (!isProvable(this.#problem, best)) {
      const isTiny = placementCount(this.#problem) <= EXHAUSTIVE_MAX;
      if (isTiny && searchExact(this.#problem, this.#objective, best, { nodes: this.#exactNodes, isOver })) {
        return { isProven: true, worstOvershootK: best.leastK, totalJ: best.costJ };
      }
      return { isProven: false, ...this.#bound(best, boundShare) };
    }
    const none = { isProven: false, worstOvershootK: 0, totalJ: -Infinity };
    const limits = { parts: this.#proofParts(), isOver };
    const proof = isOver() ? none : prove(this.#problem, this.#objective, best, limits);
    if (proof.isProven) return proof;
    const other = this.#bound(best, boundShare);
    return {
      isProven: false,
      worstOvershootK: Math.max(proof.worstOvershootK, other.worstOvershootK),
      totalJ: Math.max(proof.totalJ, other.totalJ),
    };
  }

  get #thresholdJ(): number {
    return this.#options.gainThresholdJ ?? 0;
  }

  get #isSmall(): boolean {
    return this.#problem.slotCount <= MOST_SLOTS && this.#problem.units.length * this.#problem.slotCount <= PROOF_PAIRS;
  }

  #proofParts(): number {
    if (!this.#isSmall) return BOUND_PARTS;
    const { seconds, maxSteps = Infinity } = this.#options;
    return Math.min(PARTS_PER_SECOND * seconds, maxSteps / STEPS_PER_PART);
  }

  get #exactNodes(): number {
    return Math.floor(this.#watch.countOf(EXACT_NODES, STEPS_PER_NODE));
  }

  #bound(best: Incumbent, share: number): Bound {
    const until = Math.min(share, this.#watch.shareUntil(AFTER.bound));
    const isOver = this.#watch.phase(until, 1, STEPS_PER_LOOK.bound);
    return lowerBound(this.#problem, this.#objective, best, isOver);
  }

  #conflicts(): readonly string[] {
    return findConflicts(this.#instance, this.#watch.phase(1, 1, STEPS_PER_LOOK.conflict));
  }

  #assemble(reachable: Reachable, { isProven, ...bound }: Proof): Plan {
    const problem = this.#problem;
    const { best, ordered } = reachable;
    const placement = Placement.of(problem, best.at!);
    const watch = this.#watch;
    const start = situationOf(this.#objective.solver, new LiveState(problem).powerW);
    const isLate = watch.phase(watch.shareUntil(AFTER.moves), 0.25, STEPS_PER_LOOK.move);
    const moves = explainMoves(problem, this.#objective.solver, ordered.steps, start, brokenAtStart(problem), isLate);
    const speeds = copyOf(this.#objective.speeds(placement, best.levelK));
    const held = explainHeld({
      problem,
      objective: this.#objective,
      best,
      temperatureC: speeds.temperatureC,
      hotAtStart: Array.from(start.temperatureC, (temperature, s) => temperature > problem.targetC[s]! + 1e-3),
      blocked: reachable.blocked,
      wanted: reachable.wanted,
      moving: new Set(ordered.steps.flatMap((step) => step.workloads)),
      thresholdJ: this.#thresholdJ,
      thresholdWhy: this.#options.gainThresholdWhy ?? null,
      isOver: watch.phase(watch.shareUntil(AFTER.held), 0.5, STEPS_PER_LOOK.held),
    });
    const state = new LiveState(problem);
    problem.units.forEach((unit, u) => state.move(unit.members, placement.at[u]!));
    const { at, powerW } = state;
    const parts = { at, powerW, speeds, movesJ: placement.movesJ, bound, moves, held };
    const described = planDocument(problem, parts);
    // at less overshoot than the plan leaves, the optimum may cost more than the plan does
    const totalJ = Math.min(bound.totalJ, described.cost.totalJ);
    const plan = { ...described, bound: { ...bound, totalJ } };
    return { ...plan, status: (isProven && reachable.isUnchanged) || meetsBound(plan) ? 'optimal' : 'feasible' };
  }

  /** Everything stays; the figures are those of the start. */
  #infeasible(conflicts: readonly string[]): Plan {
    const { at, powerW } = new LiveState(this.#problem);
    const { overshootK } = this.#objective.solver.leastOvershoot(powerW);
    const speeds = this.#objective.solver.solve(powerW, levelOf(overshootK));
    const bound = { worstOvershootK: 0, totalJ: 0 };
    const plan = planDocument(this.#problem, { at, powerW, speeds, movesJ: 0, bound, moves: [], held: [] });
    return { ...plan, status: 'infeasible', conflicts };
  }
}

/** The search ends at the share; what has no order is searched around, and live states are searched, until here. */
function endOfSearches(share: number): number {
  return share + (1 - share) / 2;
}

function meetsBound(plan: Plan): boolean {
  const overshoot = plan.predicted.worstOvershootK <= plan.bound.worstOvershootK + 1e-6;
  return overshoot && plan.cost.totalJ <= plan.bound.totalJ * (1 + 1e-6) + 1e-6;
}
