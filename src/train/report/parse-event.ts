import { HashformerError } from '../../errors.ts';
import { show } from '../../show.ts';
import type { TrainingEvent } from './events.ts';

type Fields = Record<string, unknown>;
type Check = (value: unknown) => boolean;

// JSON has no NaN and no infinity: what is not finite is written as null.
const number: Check = (value) => typeof value === 'number' || value === null;
const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const object: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const numbers: Check = (value) => object(value) && Object.values(value as Fields).every(number);
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const FIELDS: Readonly<Record<TrainingEvent['type'], Readonly<Record<string, Check>>>> = {
  start: {
    run: text,
    config: object,
    steps: number,
    parameters: number,
    workers: number,
    tier: text,
    seed: maybe(number),
    data: maybe(texts),
    bestMetric: maybe(text),
    notes: texts,
  },
  step: {
    step: number,
    epoch: number,
    loss: number,
    learningRate: number,
    gradientNorm: number,
    tokens: number,
    tokensPerSecond: number,
    seconds: number,
  },
  evaluation: { step: number, epoch: number, loss: number, metrics: numbers, best: flag },
  checkpoint: { step: number, folder: text, kind: text },
  end: { reason: text, step: number, seconds: number, message: maybe(text) },
};

/** NaN for every null among the fields that are numbers. */
function restored(fields: Fields, checks: Readonly<Record<string, Check>>): Fields {
  const entries = Object.entries(fields).map(([name, value]): [string, unknown] => {
    if (checks[name] === number && value === null) return [name, Number.NaN];
    if (checks[name] !== numbers) return [name, value];
    return [
      name,
      Object.fromEntries(Object.entries(value as Fields).map(([key, n]) => [key, n ?? Number.NaN])),
    ];
  });
  return Object.fromEntries(entries);
}

/**
 * Reads one line of metrics.jsonl.
 *
 * @param where names the line in errors: "line 3 of run/metrics.jsonl"
 * @returns undefined for events that only later versions know
 * @throws HashformerError `source`: no JSON object, or an event without its fields
 */
export function parseEvent(line: string, where: string): TrainingEvent | undefined {
  let fields: Fields;
  try {
    fields = JSON.parse(line);
  } catch (cause) {
    throw new HashformerError('source', `${where} is no JSON: ${show(line)}.`, { cause });
  }
  if (!object(fields) || !text(fields.type)) {
    throw new HashformerError('source', `${where} is no event: it has no type.`);
  }
  const type = fields.type as TrainingEvent['type'];
  if (!Object.hasOwn(FIELDS, type)) return undefined;
  for (const [name, check] of Object.entries(FIELDS[type])) {
    if (check(fields[name])) continue;
    throw new HashformerError(
      'source',
      `${where} is no event of type ${type}: its "${name}" is ${show(fields[name])}.`,
    );
  }
  return restored(fields, FIELDS[type]) as unknown as TrainingEvent;
}
