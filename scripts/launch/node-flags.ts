// Flags of node for each process of the running system.

/** Every process but the simulator is to run on a small machine. */
export function nodeFlags(name: string): readonly string[] {
  const extra = process.env['BENCH_FLAGS'];
  if (extra !== undefined && name !== 'hwsim') return extra.split(' ').filter((x) => x !== '');
  return ['--enable-source-maps'];
}
