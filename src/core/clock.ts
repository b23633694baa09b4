// Monotonic time for control and durations, wall time for people; both handed in, never taken from a global.
// Real, scaled (plant time that runs K times as fast) and virtual (tests) clocks share the interface.

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Monotonic milliseconds; comparable between processes of one machine that use the same speed. */
  nowMs(): number;
  /** For people: a date, for logs and `at` fields. */
  wall(): Date;
  /** Calls back once, `delayMs` of this clock's time from now. `name` is for people who look at what is pending. */
  after(name: string, delayMs: number, callback: () => void): Timer;
}

/** Real time; with `speed` K, K clock milliseconds pass in one real millisecond. */
export function realClock(speed = 1): Clock {
  return {
    nowMs: () => (Number(process.hrtime.bigint()) / 1e6) * speed,
    wall: () => new Date(),
    after: (_name, delayMs, callback) => {
      const handle = setTimeout(callback, Math.max(0, delayMs / speed));
      return { cancel: () => clearTimeout(handle) };
    },
  };
}

/** Resolves after `delayMs` of the clock's time, or at once with `aborted` when the signal fires. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<'slept' | 'aborted'> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve('aborted');
      return;
    }
    const onAbort = () => {
      timer.cancel();
      resolve('aborted');
    };
    const timer = clock.after('sleep', delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve('slept');
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A timer that fires every `intervalMs` of the clock without drifting: a late tick does not delay the next. */
export function every(clock: Clock, name: string, intervalMs: number, tick: (lateMs: number) => void): Timer {
  let dueMs = clock.nowMs() + intervalMs;
  let stopped = false;
  let timer = clock.after(name, intervalMs, fire);
  function fire() {
    if (stopped) return;
    const nowMs = clock.nowMs();
    const lateMs = Math.max(0, nowMs - dueMs);
    dueMs += intervalMs * (1 + Math.floor(lateMs / intervalMs)); // ticks missed are skipped, not caught up
    timer = clock.after(name, dueMs - nowMs, fire);
    tick(lateMs);
  }
  return {
    cancel: () => {
      stopped = true;
      timer.cancel();
    },
  };
}
