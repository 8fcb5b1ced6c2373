/** Numbers as people read them, the same on every machine. */

/** 692930 as "692,930". */
export function grouped(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : '–';
}

/** Four digits, or an exponent where zeros would crowd them: 0.8486, 2.5e-5. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(2).replace(/\.?0+e\+?/, 'e');
  return size >= 1000 ? grouped(value) : String(Number(value.toPrecision(4)));
}

/** 0.0834 as "8.3%". */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(1)}%` : '–';
}

/** 7412 seconds as "2 h 3 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** "1 step", "2 steps". */
export function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** "finetune" as a heading has it. */
export const RUNS: Readonly<Record<string, string>> = {
  pretrain: 'Pre-training',
  finetune: 'Fine-tuning',
  distill: 'Distillation',
};

/** "eval_f1" as "eval f1". */
export function spaced(name: string): string {
  return name.replaceAll('_', ' ');
}
