// A peer's rule at work: an audit every five minutes (the default period of OpenStack Watcher's continuous audits), its
// moves made in its order, as many at once as the controller makes. It is told every workload's true power.
import { setImmediate as turn } from 'node:timers/promises';
import { MoveQueue } from '../../../src/controller/move-queue.ts';
import { PLAN_INSTANCE_FORMAT, type PlanInstance } from '../../../src/core/plan.ts';
import type { Board } from '../../../src/board/schema.ts';
import { valueOrNull } from '../../../src/core/reading.ts';
import type { Frame, Intent } from '../../../src/protocols/guardian-link.ts';
import type { Peer, PeerView } from '../../placement/peers/peer.ts';
import type { Body } from './body.ts';
import { MOVES_AT_ONCE, type Mind } from './mind.ts';
import type { Work } from './work.ts';

const AUDIT_S = 300;

export class PeerMind implements Mind {
  readonly name: string;
  readonly #peer: Peer;
  readonly #board: Board;
  readonly #work: Work;
  readonly #body: Body;
  readonly #queue: MoveQueue;

  constructor(peer: Peer, board: Board, work: Work, body: Body) {
    this.name = peer.name;
    this.#peer = peer;
    this.#board = board;
    this.#work = work;
    this.#body = body;
    this.#queue = new MoveQueue(work, MOVES_AT_ONCE, () => {}); // refused: the next audit decides anew
  }

  async take(frame: Frame): Promise<Intent | null> {
    const ended = this.#work.ended.splice(0);
    for (const view of ended) this.#queue.update(view);
    const isAudit = this.#work.nowS % AUDIT_S === 0 && !this.#queue.busy();
    if (isAudit) this.#audit(frame);
    if (isAudit || ended.length > 0) await turn();
    return null;
  }

  #audit(frame: Frame): void {
    const wishes = this.#peer.decide(this.#view(frame)).flatMap(({ workload, to }) => {
      const from = this.#work.running.get(workload)?.slot;
      return from === undefined ? [] : [{ workload, from, to: Number(to), trigger: 'plan' as const }];
    });
    this.#queue.add(wishes);
  }

  #view(frame: Frame): PeerView {
    const read = (sensor: string | undefined) => valueOrNull(frame.sensors[sensor ?? '']?.reading) ?? NaN;
    const outlets = this.#body.truth().slots;
    const ambientC = read(this.#board.ambientSensor);
    return {
      instance: this.#instance(ambientC),
      inletC: this.#board.slots.map(({ sensors }) => read(sensors.inlet)),
      temperatureC: this.#board.slots.map(({ sensors }) => read(sensors.temperature)),
      outletC: this.#board.slots.map(({ number }) => outlets.get(number)?.outletC ?? NaN),
    };
  }

  /** The board's word, with the work as it is. */
  #instance(ambientC: number): PlanInstance {
    const { airMovers, slots, recirculation } = this.#board;
    return {
      format: PLAN_INSTANCE_FORMAT,
      ambientC,
      horizonS: 3600,
      maxMoves: null,
      airMovers: airMovers.map(({ id, minRatio, maxFlowM3s, idlePowerW, maxPowerW }) => ({
        ...{ id, minRatio, maxFlowM3s, idlePowerW, maxPowerW },
        fixedRatio: null,
      })),
      slots: slots.map(({ number, limitC, marginK, model, capacity }) => ({
        ...{ id: String(number), limitC, marginK, capacity },
        ...{ idlePowerW: model.idlePowerW, powerCapW: model.powerCapW, openness: model.openness },
        ...{ share: model.share, rKPerW: model.rKPerW, kFlow: model.kFlow },
      })),
      recirculation,
      workloads: [...this.#work.running.values()].map((entry) => ({
        id: entry.workload.id,
        slot: String(entry.slot),
        powerW: this.#work.powerW(entry),
        demand: entry.workload.demand,
        moveCostJ: entry.workload.moveCostJ,
        pinned: entry.move !== null,
        allowedSlots: null,
      })),
      rules: [],
      chassisPowerCapW: null,
    };
  }
}
