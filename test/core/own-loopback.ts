// An address of this machine that no other process of the tests uses: a port on it that was given up is still free when
// it is taken again. On 127.0.0.1 it may have become anybody's meanwhile.

/** Within 127.0.0.0/8, all of which is the loopback interface's on Linux (RFC 1122, section 3.2.1.3); by the pid's 22 bits. */
export function ownLoopback(): string {
  const { pid } = process;
  return `127.${64 + ((pid >> 16) & 63)}.${(pid >> 8) & 255}.${pid & 255}`;
}
