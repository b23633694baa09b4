// Seeds that break an invariant of a system that has the mistake in it which the runs once found in the sound one.

export const found: readonly { readonly seed: number; readonly what: string }[] = [
  { seed: 1_000_002, what: 'an answer that repeats the Move’s epoch was taken for the epoch of the source’s copy' },
  { seed: 1_000_070, what: 'a resume that failed on a full disk was taken for done, the record stayed as it was' },
  { seed: 1_000_311, what: 'a resume that failed was taken for done, and a late freeze stopped the workload for good' },
  {
    seed: 1_005_318,
    what: 'a thaw that came again put a copy in doubt that had passed, and its commit was refused for ever',
  },
];
