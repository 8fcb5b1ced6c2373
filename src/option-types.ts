// What the type of a call's options says of its result.

/** No options. */
export type NoOptions = Readonly<Record<never, never>>;

/** The type that options give to a name; undefined where they do not have it. */
export type Given<Options, Name extends string> = [Options] extends [never]
  ? undefined
  : Name extends keyof Options
    ? Options[Name]
    : undefined;

/** The first of two types, and the second where the first may be undefined. */
export type OrElse<First, Second> = undefined extends First ? Exclude<First, undefined> | Second : First;

/** What bounds Options that are inferred to the names of Known: they are not checked for others otherwise. */
export type Only<Options, Known> = Known & {
  readonly [Name in Exclude<keyof Options, keyof Known>]?: never;
};
