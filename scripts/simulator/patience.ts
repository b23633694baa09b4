// How patient the controller of a run is: as it is by default, or so much less that fences come about in a short burst.
import { seededRandom } from '../../src/core/random.ts';
import { defaultControlSettings, type ControlSettings } from '../../src/moves/control-state.ts';

export function settingsOf(seed: number): ControlSettings {
  const random = seededRandom(seed).fork('patience');
  if (random.next() < 0.4) return defaultControlSettings;
  const { policy, limits } = defaultControlSettings;
  return {
    ...defaultControlSettings,
    limits: { ...limits, maxPerSledPair: 2 },
    policy: {
      ...policy,
      answerMs: 5_000,
      shipSilenceMs: 10_000,
      abortPatienceMs: 8_000,
      leaseMs: 2_000 + random.int(8_000),
      fencePatienceMs: 1_000 + random.int(8_000),
      powerEveryMs: 3_000 + random.int(7_000),
    },
  };
}
