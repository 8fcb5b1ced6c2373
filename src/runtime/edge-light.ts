// Vercel's edge runtime: it compiles no wasm from bytes, and takes .wasm files as modules.

import { importedWasm } from './modules.ts';
import type { Runtime } from './runtime.ts';
import { runtime as web } from './web.ts';

export const runtime: Runtime = { ...web, wasm: importedWasm };
