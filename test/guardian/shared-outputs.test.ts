// Four fans of a Minerva fan board hang on one PWM output; here fan0 and fan1 of the fake chassis do.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { boardSchema } from '../../src/board/schema.ts';
import { SharedOutputs } from '../../src/guardian/shared-outputs.ts';
import { fakeBoard } from './fake-chassis.ts';
import { Rig } from './rig.ts';

function sharingBoard() {
  const board = fakeBoard();
  const airMovers = board.airMovers.map((mover) =>
    mover.id === 'fan2' ? mover : { ...mover, pwm: { device: 'fans', channel: 1, shared: true as const } },
  );
  return boardSchema.parse({ ...board, airMovers });
}

describe('fans on one output', () => {
  it('get the highest ratio of their own, the others what they are to run at', () => {
    const shared = new SharedOutputs(sharingBoard());
    const ratios = new Map([
      ['fan0', 0.3],
      ['fan1', 0.7],
      ['fan2', 0.2],
    ]);
    assert.deepEqual(
      [...shared.highest(ratios)],
      [
        ['fan0', 0.7],
        ['fan1', 0.7],
        ['fan2', 0.2],
      ],
    );
  });

  it('are both told, and both said to run, at the speed an operator fixed for one of them', async () => {
    const rig = await Rig.settled(sharingBoard());
    rig.intent({ leaseMs: 60_000, manualRatios: { fan1: 0.8 } });
    await rig.seconds(5);
    const said = new Map(rig.frame.fans.map(({ id, ratio }) => [id, ratio]));
    assert.deepEqual([said.get('fan0'), said.get('fan1')], [0.8, 0.8]);
    assert.ok((said.get('fan2') ?? 1) < 0.8);
    assert.ok(Math.abs(rig.chassis.duty(0) - 0.8) < 0.002); // output 1, 511 steps
    const last = rig.chassis.duties.slice(-6).filter(({ fan }) => fan === 0);
    assert.ok(last.length > 0 && last.every(({ ratio }) => Math.abs(ratio - 0.8) < 0.002), 'never in between');
  });
});
