// Prometheus' text format, version 0.0.4. Its client for JavaScript needs modules that only Node has.

/** Upper bounds of the latency histogram, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

type Labels = Readonly<Record<string, string>>;

function line(name: string, labels: Labels, value: number): string {
  const quoted = (text: string) => text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
  const inside = Object.entries(labels).map(([label, text]) => `${label}="${quoted(text)}"`);
  return `${name}${inside.length === 0 ? '' : `{${inside.join(',')}}`} ${value}\n`;
}

const head = (name: string, type: string, help: string) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;

/** Numbers that only grow, by their labels. */
class Counter {
  readonly #values = new Map<string, { labels: Labels; value: number }>();
  readonly #name: string;
  readonly #help: string;

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(labels: Labels, amount = 1): void {
    const key = JSON.stringify(labels);
    const entry = this.#values.get(key);
    if (entry === undefined) this.#values.set(key, { labels, value: amount });
    else entry.value += amount;
  }

  render(): string {
    const lines = [...this.#values.values()].map(({ labels, value }) => line(this.#name, labels, value));
    return head(this.#name, 'counter', this.#help) + lines.join('');
  }
}

/** How many of the values of each route were at most each bound. */
class Histogram {
  readonly #routes = new Map<string, { counts: number[]; sum: number }>();
  readonly #name: string;
  readonly #help: string;

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(route: string, value: number): void {
    let entry = this.#routes.get(route);
    if (entry === undefined) {
      entry = { counts: new Array(BOUNDS.length + 1).fill(0), sum: 0 };
      this.#routes.set(route, entry);
    }
    const bound = BOUNDS.findIndex((most) => value <= most);
    entry.counts[bound === -1 ? BOUNDS.length : bound]! += 1;
    entry.sum += value;
  }

  render(): string {
    let text = head(this.#name, 'histogram', this.#help);
    for (const [route, { counts, sum }] of this.#routes) {
      let total = 0;
      for (const [i, count] of counts.entries()) {
        total += count;
        text += line(`${this.#name}_bucket`, { route, le: String(BOUNDS[i] ?? '+Inf') }, total);
      }
      text += line(`${this.#name}_sum`, { route }, sum) + line(`${this.#name}_count`, { route }, total);
    }
    return text;
  }
}

/** A number of now. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly values: readonly { labels: Labels; value: number }[];
}

/** Bytes that this process has in memory, where that can be asked. */
function residentBytes(): number | undefined {
  try {
    return globalThis.process?.memoryUsage?.().rss || undefined;
  } catch {
    return undefined;
  }
}

export class Metrics {
  readonly requests = new Counter('hashformer_requests_total', 'Requests by route, method and status.');
  readonly seconds = new Histogram(
    'hashformer_request_duration_seconds',
    'From the head of a request to that of its answer.',
  );
  readonly texts = new Counter('hashformer_texts_total', 'Texts and pairs answered.');
  readonly tokens = new Counter('hashformer_tokens_total', 'Tokens computed, special ones included.');
  readonly truncated = new Counter('hashformer_truncated_texts_total', 'Texts longer than the model reads.');

  render(gauges: readonly Gauge[]): string {
    const counted = [this.requests, this.seconds, this.texts, this.tokens, this.truncated];
    const rss = residentBytes();
    const memory: Gauge = {
      name: 'process_resident_memory_bytes',
      help: 'Memory of the process.',
      values: rss === undefined ? [] : [{ labels: {}, value: rss }],
    };
    const now = [...gauges, memory].filter(({ values }) => values.length > 0);
    return [
      ...counted.map((metric) => metric.render()),
      ...now.map(
        ({ name, help, values }) =>
          head(name, 'gauge', help) + values.map(({ labels, value }) => line(name, labels, value)).join(''),
      ),
    ].join('');
  }
}
