// HiGHS in a process of its own: its calls block, it takes hundreds of megabytes, and its limit is CPU time of this
// process, so that other work on the machine costs it nothing. One program after the other, over node's IPC channel.
import highsLoader from 'highs';
import type { Highs, ModelData } from 'highs';
import type { LinearProgramData } from './linear-program.ts';

export interface HighsRequest {
  readonly id: number;
  readonly program: LinearProgramData;
  /** CPU time it may take. */
  readonly seconds: number;
  /** Values of whole-number columns to start from; null = none. */
  readonly start: { readonly columns: readonly number[]; readonly values: readonly number[] } | null;
}

export interface HighsAnswer {
  readonly id: number;
  /** `feasible`: stopped by its limit with a solution; `unknown`: without one. */
  readonly status: 'optimal' | 'feasible' | 'infeasible' | 'unknown';
  readonly objective: number;
  /** No solution has a lower objective. */
  readonly bound: number;
  /** Of the columns; empty without a solution. */
  readonly values: readonly number[];
  readonly cpuS: number;
  readonly nodes: number;
  readonly residentMiB: number;
}

/** Wall time beside CPU time, in case the callbacks of a long step come late on a loaded machine. */
const WALL_FACTOR = 6;
/** MIP feasible solutions: a HiGHS info value of 2. */
const FEASIBLE_POINT = 2;

function cpuS(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function modelData(highs: Highs, program: LinearProgramData): ModelData {
  const { continuous, integer } = highs.constants.variableType;
  const finite = (bound: number) => (Math.abs(bound) === Infinity ? Math.sign(bound) * highs.infinity : bound);
  return {
    numCols: program.cost.length,
    numRows: program.rowLower.length,
    offset: program.offset,
    colCost: program.cost,
    colLower: program.lower.map(finite),
    colUpper: program.upper.map(finite),
    rowLower: program.rowLower.map(finite),
    rowUpper: program.rowUpper.map(finite),
    matrix: {
      format: 'csr',
      numRows: program.rowLower.length,
      numCols: program.cost.length,
      starts: program.rowStart,
      indices: program.index,
      values: program.value,
    },
    ...(program.isInteger.includes(true)
      ? { integrality: program.isInteger.map((is) => (is ? integer : continuous)) }
      : {}),
  };
}

function solve(highs: Highs, request: HighsRequest): HighsAnswer {
  const { program } = request;
  const beganS = cpuS();
  const isMixed = program.isInteger.includes(true);
  return highs.withModel(modelData(highs, program), (model): HighsAnswer => {
    model.options.set({ output_flag: false, time_limit: request.seconds * WALL_FACTOR });
    if (request.start !== null) {
      model.setSolution({ indices: request.start.columns, values: request.start.values });
    }
    const isOver = () => cpuS() - beganS > request.seconds;
    const interrupt = (event: { interrupt: () => void }) => {
      if (isOver()) event.interrupt();
      return undefined;
    };
    const { mipInterrupt, simplexInterrupt } = highs.constants.callbackType;
    model.run({ [mipInterrupt]: interrupt, [simplexInterrupt]: interrupt });
    const ended = model.getModelStatus();
    const isFeasible = model.info.get('primal_solution_status') === FEASIBLE_POINT;
    const isOptimal = ended === highs.constants.modelStatus.optimal;
    const isInfeasible = ended === highs.constants.modelStatus.infeasible;
    const status = isOptimal ? 'optimal' : isFeasible ? 'feasible' : isInfeasible ? 'infeasible' : 'unknown';
    return {
      id: request.id,
      status,
      objective: isFeasible ? model.getObjectiveValue() : Infinity,
      bound: isMixed ? Number(model.info.get('mip_dual_bound')) : isOptimal ? model.getObjectiveValue() : -Infinity,
      values: isFeasible ? [...model.getSolution().colValue] : [],
      cpuS: cpuS() - beganS,
      nodes: isMixed ? Number(model.info.get('mip_node_count')) : 0,
      residentMiB: process.memoryUsage().rss / 2 ** 20,
    };
  });
}

// its types describe the CommonJS file, node loads the ES module
const highs = await (highsLoader as unknown as typeof highsLoader.default)();
process.on('disconnect', () => process.exit(0)); // whoever asked is gone
process.on('message', (request: HighsRequest) => process.send!(solve(highs, request)));
