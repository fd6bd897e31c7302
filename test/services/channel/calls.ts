import type { Call, ChannelCalls } from './channel.ts';

export interface CallHooks extends ChannelCalls {
  /** Takes in a call that has come; throws what a hook throws. */
  call(call: Call): void;
}

/** Keeps the calls and tells each of them to those who watch. */
export function callHooks(resetCounter: () => void): CallHooks {
  const made: Call[] = [];
  const hooks = new Set<(call: Call) => void>();
  return {
    made: () => made,
    reset: () => {
      made.length = 0;
      resetCounter();
    },
    watch: (hook) => {
      hooks.add(hook);
      return () => void hooks.delete(hook);
    },
    call: (call) => {
      made.push(call);
      for (const hook of hooks) hook(call);
    },
  };
}
