import { runtime } from '#runtime';
import type { LoadOptions } from '../model/call-options.ts';
import type { Source } from '../model/source.ts';
import type { ShippedModel } from '../runtime/runtime.ts';
import type { ModelOptions } from './common-options.ts';

const SHIPPED: readonly string[] = ['sentiment', 'sentence'] satisfies ShippedModel[];

/** Whether a name is that of a shipped model; a folder of that name is written ./name. */
export function isShipped(name: string): name is ShippedModel {
  return SHIPPED.includes(name);
}

/** A model's folder or address, or what a shipped model holds. */
export async function modelSource(name: string): Promise<Source> {
  return isShipped(name) ? ((await runtime.model(name)) as Source) : name;
}

export function loadOptions({ backend, tier }: ModelOptions, signal: AbortSignal): LoadOptions {
  return { signal, ...(backend === undefined ? {} : { backend }), ...(tier === undefined ? {} : { tier }) };
}
