declare module '#worker' {
  /** The script of the worker. */
  const script: string;
  export default script;
}
