// The flow that a pair of an item and a slot chooses for itself, and what it costs, at given prices of the slot's kelvins and
// flow. An item in a slot needs at least the flow that keeps it under the ceiling at the coolest inlet, and more than what
// it needs at the warmest is of no use: less rise than the ceiling leaves at the warmest inlet is worth nothing.
import { FLOW_EXPONENT, flowsInto } from '../thermal/chassis-model.ts';
import type { Ranges } from './assignment-ranges.ts';
import type { Assignment } from './assignment.ts';

const SLACK_K = 1e-6;

export class PairFlows {
  /** Flow of every slot at the lowest and the highest speeds, m³/s. */
  readonly lowFlow: Float64Array;
  readonly highFlow: Float64Array;
  /** The item is too much for the slot, or not allowed in it; [item · size + slot], as all pairs. */
  readonly isForbidden: Uint8Array;
  /** Flows to choose from, and the slot's rise over its inlet at both ends, at least what counts. */
  readonly #from: Float64Array;
  readonly #to: Float64Array;
  readonly #riseFrom: Float64Array;
  readonly #riseTo: Float64Array;
  /** Rise without convection, K. */
  readonly #riseApart: Float64Array;
  /** (watts in the slot)^(1 / 1.8): the best flow is that times a factor of the slot. */
  readonly #shape: Float64Array;
  readonly #factor: Float64Array;
  #pricePerK: Float64Array;
  #pricePerFlow: Float64Array;

  constructor(assignment: Assignment, ceilingC: Float64Array, ranges: Ranges | null) {
    const { size, problem, open } = assignment;
    const { model } = problem;
    this.lowFlow = new Float64Array(size);
    this.highFlow = new Float64Array(size);
    const isFree = (m: number) => Number.isNaN(model.fixedRatio[m]!);
    flowsInto(
      model,
      model.fixedRatio.map((fixed, m) => (isFree(m) ? model.minRatio[m]! : fixed)),
      this.lowFlow,
    );
    flowsInto(
      model,
      model.fixedRatio.map((fixed, m) => (isFree(m) ? 1 : fixed)),
      this.highFlow,
    );
    this.isForbidden = open.map((may) => 1 - may);
    this.#from = new Float64Array(size * size);
    this.#to = new Float64Array(size * size);
    this.#riseFrom = new Float64Array(size * size);
    this.#riseTo = new Float64Array(size * size);
    this.#riseApart = new Float64Array(size * size);
    this.#shape = new Float64Array(size * size);
    this.#factor = new Float64Array(size);
    this.#pricePerK = new Float64Array(size);
    this.#pricePerFlow = new Float64Array(size);
    for (let s = 0; s < size; s++) this.#setSlot(assignment, s, ceilingC[s]!, ranges);
  }

  #setSlot(assignment: Assignment, s: number, ceilingC: number, ranges: Ranges | null): void {
    const { size, powerW, problem } = assignment;
    const { model, idlePowerW } = problem;
    const { rowStart, column, weight } = model.coupling;
    let inletC = model.ambientC;
    let apart = model.rKPerW[s]!;
    for (let i = rowStart[s]!; i < rowStart[s + 1]!; i++) {
      if (column[i] === s) apart += weight[i]!;
      else inletC += weight[i]! * idlePowerW[column[i]!]!;
    }
    const k = model.kFlow[s]!;
    const mostK = ceilingC - inletC - (ranges?.low[s] ?? 0) + SLACK_K;
    const uselessK = ranges === null ? -Infinity : ceilingC - inletC - ranges.high[s]! - SLACK_K;
    const rise = (watts: number, flow: number) => watts * (apart + (k === 0 ? 0 : k * flow ** -FLOW_EXPONENT));
    const flowFor = (watts: number, riseK: number) => {
      const convectiveK = riseK - watts * apart;
      return convectiveK <= 0 ? Infinity : ((watts * k) / convectiveK) ** (1 / FLOW_EXPONENT);
    };
    const high = this.highFlow[s]!;
    for (let item = 0; item < size; item++) {
      const pair = item * size + s;
      const watts = powerW[item]! + idlePowerW[s]!;
      this.#riseApart[pair] = watts * apart;
      this.#shape[pair] = watts ** (1 / (1 + FLOW_EXPONENT));
      if (rise(watts, high) > mostK) this.isForbidden[pair] = 1;
      let [from, to] = [this.lowFlow[s]!, high];
      if (k === 0 || watts === 0) to = from;
      else {
        from = Math.min(high, Math.max(from, flowFor(watts, mostK)));
        to = Math.min(to, Math.max(from, flowFor(watts, uselessK)));
      }
      this.#from[pair] = from;
      this.#to[pair] = to;
      this.#riseFrom[pair] = Math.max(watts === 0 ? 0 : rise(watts, from), uselessK);
      this.#riseTo[pair] = Math.max(watts === 0 ? 0 : rise(watts, to), uselessK);
    }
  }

  /** For all that follows. J/K and J per m³/s, ≥ 0. */
  price(pricePerK: Float64Array, pricePerFlow: Float64Array, kFlow: Float64Array): void {
    this.#pricePerK = pricePerK;
    this.#pricePerFlow = pricePerFlow;
    for (let s = 0; s < this.#factor.length; s++) {
      const pull = FLOW_EXPONENT * pricePerK[s]! * kFlow[s]!;
      this.#factor[s] = pull === 0 ? 0 : (pull / pricePerFlow[s]!) ** (1 / (1 + FLOW_EXPONENT));
    }
  }

  /** Least over its flows of what the pair's rise and flow cost, J. */
  cost(s: number, pair: number): number {
    const perK = this.#pricePerK[s]!;
    const perFlow = this.#pricePerFlow[s]!;
    const flow = this.#factor[s]! * this.#shape[pair]!;
    const from = this.#from[pair]!;
    if (flow <= from) return perK * this.#riseFrom[pair]! + perFlow * from;
    const to = this.#to[pair]!;
    if (flow >= to) return perK * this.#riseTo[pair]! + perFlow * to;
    return perK * this.#riseApart[pair]! + perFlow * flow * (1 + 1 / FLOW_EXPONENT);
  }

  /** The flow that is cheapest, m³/s, and the rise it leaves, K. */
  chosen(s: number, pair: number): { flow: number; riseK: number } {
    const flow = this.#factor[s]! * this.#shape[pair]!;
    const from = this.#from[pair]!;
    if (flow <= from) return { flow: from, riseK: this.#riseFrom[pair]! };
    const to = this.#to[pair]!;
    if (flow >= to) return { flow: to, riseK: this.#riseTo[pair]! };
    // at the best flow, the price of convection is that of the flow over the exponent
    const convectiveK = (this.#pricePerFlow[s]! * flow) / FLOW_EXPONENT / this.#pricePerK[s]!;
    return { flow, riseK: this.#riseApart[pair]! + convectiveK };
  }
}
