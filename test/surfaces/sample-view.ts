// A chassis as the surfaces are given it: eight slots in two rows, slot 3 hot, one Move under way, a plan with a reason.
import type { Plan } from '../../src/core/plan.ts';
import type { ChassisView, EventRecord, FanView, MoveView, SlotView, WorkloadView } from '../../src/core/view.ts';

const AT = '2026-03-01T12:00:00.000Z';

export function slot(number: number, part: Partial<SlotView> = {}): SlotView {
  return {
    slot: number,
    sled: { id: `sled${number}`, model: 'CS-1', power: 'on' },
    temperatureC: 60 + number,
    marginK: 25 - number,
    inletC: 27,
    powerW: 180 + number,
    state: 'ok',
    reason: null,
    prediction: null,
    ...part,
  };
}

export function workload(id: string, inSlot: number, part: Partial<WorkloadView> = {}): WorkloadView {
  return {
    id,
    kind: 'service',
    slot: inSlot,
    state: 'running',
    epoch: 1,
    powerW: 42.5,
    cpuRatio: 1.5,
    memoryBytes: 64 * 1048576,
    pinned: false,
    ...part,
  };
}

export function move(id: string, part: Partial<MoveView> = {}): MoveView {
  return {
    id,
    workload: 'web',
    from: 3,
    to: 5,
    trigger: 'plan',
    state: 'shipped',
    epoch: 2,
    progress: { bytes: 1258291, rounds: 1 },
    downtimeMs: null,
    error: null,
    at: AT,
    ...part,
  };
}

export function fan(id: string, part: Partial<FanView> = {}): FanView {
  return { id, ratio: 0.43, rpm: [5230, 5180], state: 'ok', ...part };
}

export function event(id: number, text: string, part: Partial<EventRecord> = {}): EventRecord {
  const at = new Date(Date.parse(AT) + id * 1000).toISOString();
  return { id, at, severity: 'info', source: 'slot/3', code: 'threshold', text, data: {}, ...part };
}

export const PLAN_REASON =
  'slot 3 would reach 91.2 °C (limit 85, margin 5); moving web (42.5 W) to slot 5 lowers it by 8.1 K and saves 3.4 W of fans';

export function plan(part: Partial<Plan> = {}): Plan {
  return {
    format: 'coldslot-plan/1',
    status: 'feasible',
    assignment: { web: '5', db: '3' },
    ratios: { fan0: 0.43, fan1: 0.43 },
    predicted: {
      slots: { '3': { temperatureC: 79.9, inletC: 27.1, flowM3s: 0.012, powerW: 200 } },
      moverPowerW: 4.9,
      worstOvershootK: 0,
    },
    cost: { totalJ: 18540, moversJ: 17640, movesJ: 900 },
    bound: { worstOvershootK: 0, totalJ: 18100 },
    moves: [
      {
        order: 1,
        workload: 'web',
        from: '3',
        to: '5',
        reason: { code: 'hot-slot', text: PLAN_REASON, gainK: 8.1, gainW: 3.4 },
      },
    ],
    held: [{ workload: 'db', reason: { code: 'pinned', text: 'db (40 W) is pinned to slot 3' } }],
    elapsedMs: 48,
    ...part,
  };
}

export function view(part: Partial<ChassisView> = {}): ChassisView {
  const slots = [1, 2, 3, 4, 5, 6, 7, 8].map((number) =>
    number === 3
      ? slot(3, {
          temperatureC: 87.3,
          marginK: -2.3,
          state: 'hot',
          reason: '2.3 K over its limit of 85 °C',
          powerW: 310,
        })
      : slot(number),
  );
  return {
    chassis: 'c1',
    name: 'Simulated chassis, eight sleds',
    board: 'sim-8',
    version: '0.1.0',
    startedAt: AT,
    at: AT,
    ambientC: 25,
    guardian: 'connected',
    movesAllowed: true,
    zones: [{ id: 'main', mode: 'control', ratio: 0.43, leadingSensor: 'slot3_cpu', worstMarginK: -2.3 }],
    slots,
    fans: [fan('fan0'), fan('fan1'), fan('fan2', { state: 'degraded', rpm: [5230, null] })],
    sensors: [
      { name: 'slot3_cpu', value: 87.3, unit: 'C', state: 'critical' },
      { name: 'slot3_power', value: 310, unit: 'W', state: 'ok' },
      { name: 'slot4_inlet', value: null, unit: 'C', state: 'timeout' },
    ],
    workloads: [workload('web', 3, { state: 'moving' }), workload('db', 3, { pinned: true }), workload('cache', 6)],
    agents: [{ sled: 'sled3', slot: 3, state: 'online', version: '0.1.0' }],
    plan: plan(),
    moves: [move('m12')],
    events: [event(1, 'the guardian is connected'), event(2, 'slot3_cpu is over its limit', { severity: 'critical' })],
    layout: slots.map((entry, index) => ({ slot: entry.slot, row: Math.floor(index / 4), column: index % 4 })),
    ...part,
  };
}
