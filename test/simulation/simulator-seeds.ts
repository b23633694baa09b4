// Seeds that once broke an invariant of the sound system, and what they had found.

export const found: readonly { readonly seed: number; readonly what: string }[] = [];
