/** The part of cli-progress that is used; the package has no types of its own. */
declare module 'cli-progress' {
  interface BarOptions {
    format: string;
    stream: NodeJS.WritableStream;
    barsize: number;
    barCompleteChar: string;
    barIncompleteChar: string;
    clearOnComplete: boolean;
    hideCursor: boolean;
    gracefulExit: boolean;
  }
  class SingleBar {
    constructor(options: BarOptions);
    start(total: number, value: number, payload: object): void;
    update(value: number, payload: object): void;
    stop(): void;
  }
  const progress: { SingleBar: typeof SingleBar };
  export default progress;
}
