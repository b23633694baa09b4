// Waits between attempts to reconnect: doubling up to a longest one.

export interface BackoffOptions {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** An endless series: 50, 100, 200 … `longestMs`. */
export function* backoff({ firstMs, longestMs }: BackoffOptions): Generator<number, never> {
  for (let waitMs = firstMs; ; waitMs = Math.min(waitMs * 2, longestMs)) yield Math.min(waitMs, longestMs);
}
