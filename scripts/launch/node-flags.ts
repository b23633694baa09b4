// How node is started for each process of the running system: small where it stands for a machine that is.

const SMALL_HEAP = ['--max-semi-space-size=1', '--optimize-for-size'];

/** Guardian and controller do without source maps, which stay in memory whole; names in their stacks are as written. */
export function nodeFlags(name: string): readonly string[] {
  return name.endsWith('guardian') || name === 'controller' ? SMALL_HEAP : ['--enable-source-maps'];
}

/** One arena for all threads: glibc keeps what is free in each of them. */
export function nodeEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, MALLOC_ARENA_MAX: '1' };
}
