import { describe, it, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { openHardwareLine, type OnoffGpio, type OnoffModule } from '../../src/buses/gpio-line.ts';
import { temporaryFolder, writeFiles } from './temporary-folder.ts';

/** onoff with one line; `edge` is what its interrupt does. */
function fakeOnoff() {
  const calls: string[] = [];
  let level: 0 | 1 = 0;
  let onEdge: (error: Error | null, level: 0 | 1) => void = () => {};
  class Gpio implements OnoffGpio {
    constructor(gpio: number, direction: string, edge: string, options: { readonly reconfigureDirection: boolean }) {
      calls.push(`new ${gpio} ${direction} ${edge} ${options.reconfigureDirection}`);
    }
    readSync(): 0 | 1 {
      return level;
    }
    writeSync(to: 0 | 1): void {
      calls.push(`write ${to}`);
      level = to;
    }
    setDirection(direction: string): void {
      calls.push(`direction ${direction}`);
    }
    watch(callback: typeof onEdge): void {
      onEdge = callback;
    }
    unwatchAll(): void {
      calls.push('unwatch');
    }
  }
  const edge = (to: 0 | 1) => {
    level = to;
    onEdge(null, to);
  };
  return { calls, edge, module: { Gpio } satisfies OnoffModule };
}

function lineWith(t: TestContext, direction: 'in' | 'out') {
  const gpioRoot = temporaryFolder(t);
  writeFiles(gpioRoot, { 'gpio838/direction': `${direction}\n`, export: '' });
  const fake = fakeOnoff();
  const line = openHardwareLine('gpio0:58', () => 838, { module: fake.module, gpioRoot, nowMs: () => 1234 });
  return { fake, line };
}

describe('a GPIO line over onoff', () => {
  it('is read with its time', async (t) => {
    const { fake, line } = lineWith(t, 'in');
    fake.edge(1);
    assert.deepEqual(await line.read(), { kind: 'value', value: 1, atMs: 1234 });
    assert.deepEqual(fake.calls, ['new 838 in both false']);
  });

  it('stays an output when it is only looked at: a power-enable line must not be let go', async (t) => {
    const { fake, line } = lineWith(t, 'out');
    await line.read();
    assert.deepEqual(fake.calls, ['new 838 out none false']);
  });

  it('becomes an output at the level it is to have, without a glitch', async (t) => {
    const { fake, line } = lineWith(t, 'in');
    assert.equal(await line.write(1), 'ok');
    assert.equal(await line.write(0), 'ok');
    assert.deepEqual(fake.calls, ['new 838 in both false', 'direction high', 'write 0']);
  });

  it('tells edges until nobody listens', (t) => {
    const { fake, line } = lineWith(t, 'in');
    const seen: number[] = [];
    const stop = line.watch((level) => seen.push(level));
    fake.edge(1);
    fake.edge(0);
    stop();
    fake.edge(1);
    assert.deepEqual(seen, [1, 0]);
  });

  it('reads as a fault while it cannot be opened, and says why', async (t) => {
    const gpioRoot = temporaryFolder(t);
    const missing = () => {
      throw new Error('no controller labelled x');
    };
    const line = openHardwareLine('gpio0:58', missing, { module: fakeOnoff().module, gpioRoot, nowMs: () => 5 });
    const detail = 'gpio0:58: no controller labelled x';
    assert.deepEqual(await line.read(), { kind: 'none', reason: 'fault', detail, atMs: 5 });
    assert.deepEqual(await line.write(1), { error: detail });
  });
});
