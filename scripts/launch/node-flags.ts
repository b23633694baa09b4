// How node is started for each process of the running system: small where it stands for a machine that is.

const SMALL_HEAP = ['--max-semi-space-size=1', '--optimize-for-size'];

/**
 * Guardian and controller do without source maps, which stay in memory whole; the names in their stacks are as written.
 * The guardian does little, and always the same: an optimising compiler costs it more memory than it gains time.
 */
export function nodeFlags(name: string): readonly string[] {
  if (name.endsWith('guardian')) return [...SMALL_HEAP, '--no-opt'];
  if (name === 'controller') return SMALL_HEAP;
  return ['--enable-source-maps'];
}

/** One arena for all threads: glibc keeps what is free in each of them. */
export function nodeEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, MALLOC_ARENA_MAX: '1' };
}
