import { Agent, request } from 'node:http';
import { metricOf } from './process.ts';

const CLIENTS = 64;
const SAMPLE_EVERY = 100;
/** A busy machine may take longer for these than it is given. */
const FEWEST_SAMPLES = 9;

export interface Load {
  /** How often each status came back; errors of connections by their code. */
  readonly outcomes: Record<string, number>;
  /** Median bytes of the process in the second and in the last third. */
  readonly before: number;
  readonly after: number;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** One request over a kept connection: node:http alone is quick enough to be busy 64 times. */
function once(address: string, agent: Agent, path: string, body: string): Promise<string> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asked = request(`${address}${path}`, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(String(response.statusCode)));
      response.on('error', (error) => resolve(String(error)));
    });
    asked.on('error', (error) => resolve(String(error)));
    asked.end(body);
  });
}

/** 64 clients at the same time, each as fast as it is answered, with texts of many lengths. */
export async function load(address: string, seconds: number): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const begun = Date.now();
  const outcomes: Record<string, number> = {};
  const samples: number[] = [];
  const goesOn = () => Date.now() - begun < seconds * 1000 || samples.length < FEWEST_SAMPLES;
  let sent = 0;
  const client = async () => {
    while (goesOn()) {
      const number = sent++;
      const text = `sentence ${number} ${'of some words '.repeat(number % 20)}`;
      const [path, body] =
        number % 3 === 0
          ? ['/classify', { texts: [text, ['a premise', text]], top_k: null }]
          : [
              '/v1/embeddings',
              { input: [text, text], encoding_format: number % 2 === 0 ? 'float' : 'base64' },
            ];
      const outcome = await once(address, agent, path as string, JSON.stringify(body));
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  };
  const watch = async () => {
    while (goesOn()) {
      samples.push(await metricOf(address, 'process_resident_memory_bytes'));
      await new Promise((wake) => setTimeout(wake, SAMPLE_EVERY));
    }
  };
  await Promise.all([watch(), ...Array.from({ length: CLIENTS }, client)]);
  agent.destroy();
  const third = (n: number) =>
    median(samples.slice(Math.floor((samples.length * n) / 3), Math.floor((samples.length * (n + 1)) / 3)));
  return { outcomes, before: third(1), after: third(2) };
}
