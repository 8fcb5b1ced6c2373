// Event files of TensorBoard: records as TFRecord has them, each an Event of tensorflow/core/util/event.proto.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runtime } from '#runtime';
import { METRICS_FILE, type TrainingEvent } from './events.ts';
import { readEvents } from './metrics-file.ts';

const FOLDER = 'tensorboard';
const FILE = 'events.out.tfevents.0000000000.hashformer';

/** Castagnoli's polynomial, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** CRC-32C, masked as TFRecord wants it. */
function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function record(data: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  const crcs = Buffer.alloc(8);
  crcs.writeUInt32LE(maskedCrc(length), 0);
  crcs.writeUInt32LE(maskedCrc(data), 4);
  return Buffer.concat([length, crcs.subarray(0, 4), data, crcs.subarray(4)]);
}

/** A field of fixed width: 5 for float, 1 for double. */
function real(field: number, value: number, wire: 1 | 5): Buffer {
  const bytes = Buffer.alloc(wire === 1 ? 9 : 5);
  bytes[0] = (field << 3) | wire;
  if (wire === 1) bytes.writeDoubleLE(value, 1);
  else bytes.writeFloatLE(value, 1);
  return bytes;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

function message(field: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2]), varint(content.length), content]);
}

function event(wallTime: number, step: number, scalars: Readonly<Record<string, number>>): Buffer {
  const values = Object.entries(scalars).map(([tag, value]) =>
    message(1, Buffer.concat([message(1, Buffer.from(tag)), real(2, value, 5)])),
  );
  const number = Buffer.concat([Buffer.from([2 << 3]), varint(step)]);
  return record(Buffer.concat([real(1, wallTime, 1), number, message(5, Buffer.concat(values))]));
}

function scalars(of: TrainingEvent): Record<string, number> {
  if (of.type === 'step') {
    const { loss, learningRate, gradientNorm, tokensPerSecond } = of;
    return {
      'train/loss': loss,
      'train/learning_rate': learningRate,
      'train/gradient_norm': gradientNorm,
      'train/tokens_per_second': tokensPerSecond,
    };
  }
  if (of.type !== 'evaluation') return {};
  const metrics = Object.entries(of.metrics).map(([name, value]) => [`dev/${name}`, value]);
  return { 'dev/loss': of.loss, ...Object.fromEntries(metrics) };
}

/**
 * Writes the curves of a run for TensorBoard, into a folder in the run's.
 *
 * @returns that folder
 * @throws HashformerError `source`: no metrics.jsonl, a damaged one, or a disk that takes no more
 */
export async function writeTensorBoard(folder: string): Promise<string> {
  const events: TrainingEvent[] = [];
  for await (const one of readEvents(folder)) events.push(one);
  // The file was written when the run ended; before that, time is counted from the first step.
  const ended = (await stat(join(folder, METRICS_FILE))).mtimeMs / 1000;
  const seconds = events.map((one) => ('seconds' in one ? one.seconds : 0));
  const start = ended - seconds.reduce((most, one) => Math.max(most, one), 0);
  const records = [record(Buffer.concat([real(1, start, 1), message(3, Buffer.from('brain.Event:2'))]))];
  let now = start;
  for (const one of events) {
    if ('seconds' in one) now = start + one.seconds;
    const values = scalars(one);
    if ('step' in one && Object.keys(values).length > 0) records.push(event(now, one.step, values));
  }
  const target = join(folder, FOLDER);
  await runtime.write(target, new Map([[FILE, Buffer.concat(records)]]));
  return target;
}
