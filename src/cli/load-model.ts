import type { LoadOptions } from '../model/call-options.ts';
import type { ModelOptions } from './common-options.ts';

export function loadOptions({ backend, tier }: ModelOptions, signal: AbortSignal): LoadOptions {
  return { signal, ...(backend === undefined ? {} : { backend }), ...(tier === undefined ? {} : { tier }) };
}
