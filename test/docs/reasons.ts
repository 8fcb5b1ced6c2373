/** Why a block of the documentation is not run by its test: what `<!-- not run: NAME -->` may name. */
export const REASONS = {
  picture: 'shows something; there is nothing to run',
  outline: 'is an outline; the complete program is beside it, and has its test',
  data: 'reads data sets whose licences keep them out of the repository',
  model: 'reads a published model, which is not in the repository',
  hours: 'takes minutes to hours: it is how numbers were measured',
  itself: 'runs the tests or the benchmarks themselves',
  desktop: 'opens a window of the desktop',
} satisfies Record<string, string>;
