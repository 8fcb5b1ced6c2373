import { corrupt, type Objective } from './objective.ts';
import { manipulations, SHARES as SHUFFLED_RANDOM, shuffledRandom } from './shuffled-random.ts';
import { hiddenBits, SHARES as MASKED, signature } from './signature.ts';

/** Both at once, on different tokens: what is hidden is not asked whether it was moved. */
const both: Objective = {
  corrupt: (count, random) => corrupt(count, random, { ...SHUFFLED_RANDOM, ...MASKED }),
  lessons: [manipulations, hiddenBits],
};

/** All objectives, by the names that options give them. */
export const OBJECTIVES = { signature, 'shuffled-random': shuffledRandom, both } as const;
export type ObjectiveName = keyof typeof OBJECTIVES;
export const OBJECTIVE_NAMES = Object.keys(OBJECTIVES) as ObjectiveName[];
