// Plant time against a clock in hand: it holds until the start, runs at its speed, and scenario steps are on time.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { FaultDesk } from '../../hwsim/faults/fault-desk.ts';
import { PaperLoad } from '../../hwsim/paper-load.ts';
import { parseScenario } from '../../hwsim/scenario.ts';
import { Simulation, type SimulationMessage } from '../../hwsim/simulation.ts';
import { sampleChassis } from './sample-chassis.ts';

function makeSimulation(speed: number, expect: readonly object[] = []) {
  const workload = { id: 'web', cores: 0, memoryMiB: 0, demand: { cpu: 1, memoryGiB: 1 }, moveCostJ: 1, pinned: false };
  const scenario = parseScenario(
    JSON.stringify({
      format: 'coldslot-scenario/1',
      name: 'steps',
      text: 'Two steps between two looks at the clock.',
      wattsPerCore: 2500,
      sleds: [
        {
          slot: 1,
          id: 'sled1',
          model: 'M',
          capacity: { cpu: 4, memoryGiB: 4 },
          workloads: [{ ...workload, allowedSlots: null }],
        },
      ],
      steps: [
        { atS: 1.3, say: 'work comes', do: [{ kind: 'load', workload: 'web', cores: 0.1 }] },
        { atS: 1.7, say: 'it goes', do: [{ kind: 'load', workload: 'web', cores: 0 }] },
      ],
      expect,
    }),
    'steps.json',
  );
  const clock = new VirtualClock();
  const { chassis, plant } = sampleChassis([1]);
  const messages: SimulationMessage[] = [];
  const paper = new PaperLoad(scenario, plant);
  const loads: [number, number][] = [];
  const desk = new FaultDesk(chassis, (id, cores) => {
    loads.push([chassis.plantS(), cores]);
    paper.setLoad(id, cores);
  });
  const print = (message: SimulationMessage) => void messages.push(message);
  const metrics = () => plant.metrics();
  const simulation = new Simulation({
    chassis,
    metrics,
    restartMetrics: () => plant.restartMeter(),
    scenario,
    limits: new Map([[1, 85]]),
    desk,
    speed,
    clock,
    print,
    log: () => {},
  });
  return { simulation, clock, chassis, plant, messages, loads };
}

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);

describe('a simulation', () => {
  it('runs at its speed, but counts and plays nothing until the course is started', () => {
    const { simulation, clock, chassis, plant, loads } = makeSimulation(10);
    clock.advance(5000);
    near(chassis.plantS(), 50);
    assert.deepEqual(loads, []);
    simulation.start();
    clock.advance(3000);
    near(chassis.plantS(), 80);
    near(plant.metrics().plantSeconds, 30);
    simulation.stop();
    clock.advance(1000);
    near(chassis.plantS(), 80);
  });

  it('counts the course from its start', () => {
    const { simulation, clock, loads } = makeSimulation(1);
    clock.advance(10_000);
    simulation.start();
    clock.advance(5000);
    near(loads[0]?.[0] ?? 0, 11.3);
    near(loads[1]?.[0] ?? 0, 11.7);
  });

  it('plays each step at its own plant time, however fast time runs', () => {
    const { simulation, clock, loads, messages } = makeSimulation(100); // 5 plant seconds between looks
    simulation.start();
    clock.advance(1000);
    assert.deepEqual(
      loads.map(([, cores]) => cores),
      [0.1, 0],
    );
    near(loads[0]?.[0] ?? 0, 1.3);
    near(loads[1]?.[0] ?? 0, 1.7);
    const said = messages.filter((message) => message.type === 'say').map((message) => message.text);
    assert.deepEqual(said, ['work comes', 'it goes']);
    const report = messages.findLast((message) => message.type === 'report');
    assert.ok(report?.stepsDone === 2 && report.stepsTotal === 2);
    assert.deepEqual(
      report.slots.map(({ slot, present }) => [slot, present]),
      [
        [1, true],
        [2, false],
      ],
    );
  });

  it('says which of its scenario’s expectations were met, by the time of the course', () => {
    const expect = [
      { kind: 'peak-below', temperatureC: 20 }, // cooler than the air that comes in
      { kind: 'moved-off', slot: 1, byS: 3 },
      { kind: 'moves-succeed' },
    ];
    const { simulation, clock, messages } = makeSimulation(1, expect);
    clock.advance(10_000);
    simulation.start();
    clock.advance(2000);
    const move = { id: 'm1', workload: 'web', from: 1, to: 2 };
    simulation.noteMove({ ...move, outcome: 'open' });
    simulation.noteMove({ ...move, outcome: 'done' });
    simulation.judge('on');
    const verdict = messages.findLast((message) => message.type === 'verdict');
    assert.deepEqual(
      verdict?.results.map(({ met }) => met),
      [false, true, true],
    );
    assert.match(verdict?.results[1]?.text ?? '', /first after 2 s \(web to slot 2\)/);
    simulation.judge('off');
    assert.equal(messages.findLast((message) => message.type === 'verdict')?.results.length, 2);
  });

  it('reports twice a second', () => {
    const { clock, messages } = makeSimulation(1);
    clock.advance(3000);
    assert.equal(messages.length, 6);
  });
});
