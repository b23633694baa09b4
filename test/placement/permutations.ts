// All orders of the numbers below `size`, or of the first so many of them.

export function* permutations(
  size: number,
  length = size,
  chosen: readonly number[] = [],
): Generator<readonly number[]> {
  if (chosen.length === length) {
    yield chosen;
    return;
  }
  for (let next = 0; next < size; next++) {
    if (!chosen.includes(next)) yield* permutations(size, length, [...chosen, next]);
  }
}
