// A token bucket: how long a client must wait for its next message, by count and by bytes. Pure; time is handed in.

export interface RateLimit {
  readonly messagesPerS: number;
  readonly bytesPerS: number;
  /** How much may come at once after a silence, as seconds of the rate. */
  readonly burstS: number;
}

export interface Bucket {
  /** What is left, as of `atMs`; below 0 = owed. */
  readonly messages: number;
  readonly bytes: number;
  readonly atMs: number;
}

export function fullBucket({ messagesPerS, bytesPerS, burstS }: RateLimit, atMs: number): Bucket {
  return { messages: messagesPerS * burstS, bytes: bytesPerS * burstS, atMs };
}

/** Takes one message. `waitMs`: before the next is taken in; 0 while the client keeps to its rate. */
export function take(
  bucket: Bucket,
  limit: RateLimit,
  bytes: number,
  nowMs: number,
): { bucket: Bucket; waitMs: number } {
  const passedS = Math.max(0, nowMs - bucket.atMs) / 1000;
  const refilled = (left: number, perS: number) => Math.min(perS * limit.burstS, left + passedS * perS);
  const next: Bucket = {
    messages: refilled(bucket.messages, limit.messagesPerS) - 1,
    bytes: refilled(bucket.bytes, limit.bytesPerS) - bytes,
    atMs: Math.max(nowMs, bucket.atMs),
  };
  const waitS = Math.max(0, -next.messages / limit.messagesPerS, -next.bytes / limit.bytesPerS);
  return { bucket: next, waitMs: waitS * 1000 };
}
