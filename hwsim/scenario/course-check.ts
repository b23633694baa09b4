// What a scenario's schema cannot say: names that refer to each other, time that goes forward, sleds that fit their
// work, and a real machine that must not be overloaded.
import { assertNever } from '../../src/core/errors.ts';
import { badInput } from '../json-input.ts';
import type { Scenario, ScenarioSled } from '../scenario.ts';

/** @throws ColdslotError `bad-input` at the first contradiction. */
export function checkCourse(scenario: Scenario, file: string, maxTotalCores: number): void {
  checkSleds(scenario, file);
  checkSteps(scenario, file, maxTotalCores);
  checkExpectations(scenario, file);
}

function checkSleds(scenario: Scenario, file: string): void {
  const slots = new Set<number>();
  const names = new Set<string>();
  const slotNumbers = new Set(scenario.sleds.map((sled) => sled.slot));
  scenario.sleds.forEach((sled, i) => {
    const at = `sleds[${i}]`;
    if (slots.has(sled.slot)) throw badInput(file, `${at}.slot`, `slot ${sled.slot} has two sleds`);
    slots.add(sled.slot);
    if (names.has(sled.id)) throw badInput(file, `${at}.id`, `the name ${sled.id} is used twice`);
    names.add(sled.id);
    checkCapacity(sled, at, file);
    if (!sled.agent && sled.workloads.length > 0) {
      throw badInput(file, `${at}.workloads`, 'expected none on a sled without an agent: nobody would run them');
    }
    sled.workloads.forEach((workload, w) => {
      const there = `${at}.workloads[${w}]`;
      if (names.has(workload.id)) throw badInput(file, `${there}.id`, `the name ${workload.id} is used twice`);
      names.add(workload.id);
      const { allowedSlots } = workload;
      if (allowedSlots === null) return;
      if (!allowedSlots.includes(sled.slot)) {
        throw badInput(file, `${there}.allowedSlots`, `expected its own slot ${sled.slot} among them`);
      }
      const unknown = allowedSlots.find((slot) => !slotNumbers.has(slot));
      if (unknown !== undefined) throw badInput(file, `${there}.allowedSlots`, `slot ${unknown} has no sled`);
    });
  });
}

function checkCapacity(sled: ScenarioSled, at: string, file: string): void {
  for (const resource of ['cpu', 'memoryGiB'] as const) {
    const wanted = sled.workloads.reduce((sum, workload) => sum + workload.demand[resource], 0);
    if (wanted <= sled.capacity[resource]) continue;
    const path = `${at}.capacity.${resource}`;
    throw badInput(
      file,
      path,
      `expected at least ${wanted}, what its workloads demand, got ${sled.capacity[resource]}`,
    );
  }
}

function checkSteps(scenario: Scenario, file: string, maxTotalCores: number): void {
  const cores = new Map(scenario.sleds.flatMap((sled) => sled.workloads.map((w) => [w.id, w.cores] as const)));
  const state = { inSlot: new Map(scenario.sleds.map((sled) => [sled.slot, true])), faults: new Set<string>(), cores };
  checkTotal(cores, maxTotalCores, file, 'sleds');
  let lastS = 0;
  scenario.steps.forEach((step, i) => {
    if (step.atS < lastS) throw badInput(file, `steps[${i}].atS`, `expected at least ${lastS}, the step before`);
    lastS = step.atS;
    step.do.forEach((action, a) => checkAction(action, state, file, `steps[${i}].do[${a}]`));
    checkTotal(cores, maxTotalCores, file, `steps[${i}]`);
  });
}

interface CourseState {
  readonly inSlot: Map<number, boolean>;
  readonly faults: Set<string>;
  readonly cores: Map<string, number>;
}

function checkAction(action: Scenario['steps'][number]['do'][number], state: CourseState, file: string, at: string) {
  switch (action.kind) {
    case 'load':
      if (!state.cores.has(action.workload)) {
        throw badInput(file, `${at}.workload`, `no sled has a workload ${action.workload}`);
      }
      state.cores.set(action.workload, action.cores);
      return;
    case 'sled-pull':
    case 'sled-unplug':
    case 'sled-push': {
      const there = action.kind === 'sled-push';
      if (!state.inSlot.has(action.slot)) throw badInput(file, `${at}.slot`, `slot ${action.slot} has no sled`);
      if (state.inSlot.get(action.slot) === there) {
        throw badInput(file, at, `the sled of slot ${action.slot} is ${there ? 'in place' : 'pulled'} already`);
      }
      state.inSlot.set(action.slot, there);
      return;
    }
    case 'sensor-stuck':
      state.faults.add(action.sensor);
      return;
    case 'mux-stuck':
      state.faults.add(action.mux);
      return;
    case 'device-nack':
    case 'chip-swapped':
    case 'device-slow':
    case 'coolant-leak':
      state.faults.add(action.device);
      return;
    case 'bus-hung':
    case 'bus-noise':
    case 'line-noise':
    case 'bus-held':
      state.faults.add(action.bus);
      return;
    case 'heal':
      if (state.faults.delete(action.name)) return;
      throw badInput(file, `${at}.name`, `expected the name of a sensor, device, mux or bus with a fault at that time`);
    case 'leak':
    case 'block-slot':
    case 'ambient':
    case 'fan-health':
      return; // slots and fans are the board's: see board-fit.ts
    default:
      assertNever(action, 'action');
  }
}

function checkTotal(cores: ReadonlyMap<string, number>, most: number, file: string, at: string): void {
  const total = [...cores.values()].reduce((sum, each) => sum + each, 0);
  if (total <= most + 1e-9) return;
  throw badInput(file, at, `the workloads burn ${total.toFixed(3)} cores together; expected at most ${most}`);
}

function checkExpectations(scenario: Scenario, file: string): void {
  const slots = new Set(scenario.sleds.map((sled) => sled.slot));
  const workloads = new Set(scenario.sleds.flatMap((sled) => sled.workloads.map((workload) => workload.id)));
  scenario.expect.forEach((expectation, i) => {
    if ('slot' in expectation && expectation.slot !== undefined && !slots.has(expectation.slot)) {
      throw badInput(file, `expect[${i}].slot`, `slot ${expectation.slot} has no sled`);
    }
    if ('workload' in expectation && !workloads.has(expectation.workload)) {
      throw badInput(file, `expect[${i}].workload`, `no sled has a workload ${expectation.workload}`);
    }
  });
}
