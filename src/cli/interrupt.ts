const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
/** A terminal sends Ctrl-C to npx and to us, and npx passes its own on: what follows within this is the same one. */
const SAME_KEY_PRESS = 500;

export interface Interruption {
  /** Aborts at the first signal, so that what runs can end its line and stop. */
  readonly signal: AbortSignal;
  /** 128 + the signal's number, as shells have it; 0 before any. */
  exitCode(): number;
}

/**
 * Node takes the handling of signals back from whoever started it, nohup too. A program without any terminal is meant
 * to outlive the one that it was started from.
 */
function outlivesTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].every(({ isTTY }) => !isTTY);
}

/** From here on a first Ctrl-C (or SIGTERM, SIGHUP) asks for an end, a second one ends the process at once. */
export function watchSignals(): Interruption {
  const controller = new AbortController();
  let exitCode = 0;
  let first = 0;
  for (const [name, number] of Object.entries(NUMBERS)) {
    process.on(name, () => {
      if (name === 'SIGHUP' && outlivesTerminal()) return;
      if (exitCode !== 0 && Date.now() - first > SAME_KEY_PRESS) process.exit(exitCode);
      if (exitCode !== 0) return;
      first = Date.now();
      exitCode = 128 + number;
      controller.abort(name);
    });
  }
  return { signal: controller.signal, exitCode: () => exitCode };
}
