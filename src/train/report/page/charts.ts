import uPlot from 'uplot';
import type { Band } from '../downsample.ts';
import type { PageData } from '../page-data.ts';
import { figure, grouped } from '../words.ts';
import { colour, onTheme } from './colours.ts';
import { type Panel, panels } from './panels.ts';
import { smooth } from './smooth.ts';

type Along = 'step' | 'epoch' | 'seconds';
type Column = (number | null)[];
/** A column as uPlot gives it back. */
type Values = ArrayLike<number | null | undefined>;

const DEV_COLOURS = ['dev', 'third', 'fourth', 'fifth', 'sixth'];
const SYNCED = uPlot.sync('report');

/** How the horizontal axis counts; time goes in the largest unit that gives numbers over 1. */
function axis(along: Along, data: PageData) {
  if (along !== 'seconds') return { label: along, scale: 1, text: along === 'step' ? grouped : figure };
  const all = Math.max(0, ...data.curves.seconds, ...data.evaluations.seconds);
  if (all < 180) return { label: 'training time in s', scale: 1, text: figure };
  return all < 3 * 3600
    ? { label: 'training time in min', scale: 60, text: figure }
    : { label: 'training time in h', scale: 3600, text: figure };
}

/** One sorted axis for steps and evaluations, and where each of them stands on it. */
function shared(data: PageData, along: Along, scale: number) {
  const curve = data.curves[along].map((value) => value / scale);
  const dev = data.evaluations[along].map((value) => value / scale);
  const x = [...new Set([...curve, ...dev])].sort((a, b) => a - b);
  const index = new Map(x.map((value, i) => [value, i]));
  const placed =
    (positions: readonly number[]) =>
    (values: readonly (number | null)[]): Column => {
      const column: Column = new Array(x.length).fill(null);
      for (const [i, value] of values.entries()) column[index.get(positions[i]!)!] = value;
      return column;
    };
  return { x, onCurve: placed(curve), onDev: placed(dev), best: dev[data.evaluations.best] };
}

/** The value under the cursor or, without one, the last. */
function reading(values: Values, index: number | null): string {
  let at = index ?? values.length - 1;
  while (index === null && at > 0 && values[at] == null) at--;
  return figure(values[at] ?? Number.NaN);
}

/** Between evaluations the cursor shows the nearest one, and between buckets the nearest bucket. */
function nearest(column: Values, index: number): number {
  for (let distance = 0; distance < column.length; distance++) {
    if (column[index - distance] != null) return index - distance;
    if (column[index + distance] != null) return index + distance;
  }
  return index;
}

function verticalAxis(unit: string): uPlot.Axis {
  return {
    label: unit,
    labelSize: 22,
    labelFont: '12px system-ui, sans-serif',
    font: '12px system-ui, sans-serif',
    stroke: colour('muted'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
    values: (_, splits) => splits.map((value) => (value === null ? '' : figure(value))),
    size: (_, values) => 12 + 7 * Math.max(3, ...(values ?? []).map((value) => value.length)),
  };
}

/** A dashed line where the best evaluation is. */
function markBest(best: number | undefined): (chart: uPlot) => void {
  return (chart) => {
    if (best === undefined) return;
    const { ctx, bbox } = chart;
    const x = Math.round(chart.valToPos(best, 'x', true)) + 0.5;
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    ctx.save();
    ctx.strokeStyle = colour('best');
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  };
}

/** One value in so many may leave the chart at its top or bottom, so that a spike does not press all others flat. */
const OUTLIERS = 0.005;

/** The vertical range of what is seen: all of the lines, and the edges of the band but for outliers. */
function verticalRange(edges: readonly number[]): uPlot.Range.Function {
  return (chart, least, most) => {
    const [from, to] = chart.series[0]!.idxs ?? [0, chart.data[0].length - 1];
    const values = edges.flatMap((i) =>
      Array.from(chart.data[i]!.slice(from, to + 1) as number[]).filter(Number.isFinite),
    );
    values.sort((a, b) => a - b);
    const skipped = Math.floor(values.length * OUTLIERS);
    const low = Math.min(least ?? Number.POSITIVE_INFINITY, values[skipped] ?? Number.POSITIVE_INFINITY);
    const high = Math.max(
      most ?? Number.NEGATIVE_INFINITY,
      values.at(-1 - skipped) ?? Number.NEGATIVE_INFINITY,
    );
    return low <= high ? uPlot.rangeNum(low, high, 0.08, true) : [0, 1];
  };
}

function curveSeries(panel: Panel, { low, mean, high }: Band, data: PageData, span: number) {
  const label = panel.dev.length > 0 ? `training ${panel.unit}` : panel.title.toLowerCase();
  const line: uPlot.Series = {
    label: panel.exact || span <= 1 ? label : `${label}, smoothed`,
    stroke: colour('curve'),
    width: 1.8,
    spanGaps: true,
    points: { show: data.curves.step.length === 1 },
    value: (chart, _, i, index) => reading(chart.data[i]!, index),
  };
  if (panel.exact) return { series: [line], columns: [mean], bands: [], edges: [] };
  const edge = { stroke: colour('raw'), width: 1, auto: false, spanGaps: true, points: { show: false } };
  const below: uPlot.Series = { ...edge, class: 'hidden' };
  const above: uPlot.Series = {
    ...edge,
    label: data.bucketed ? 'least to largest' : 'each step',
    value: (chart, _, i, index) => {
      const most = reading(chart.data[i]!, index);
      return data.bucketed ? `${reading(chart.data[i - 1]!, index)} to ${most}` : most;
    },
  };
  return {
    series: [below, above, line],
    columns: [low, high, smooth(mean, span)],
    bands: [{ series: [2, 1] as uPlot.Band.Bounds, fill: colour('band') }],
    edges: [1, 2],
  };
}

function drawPanel(panel: Panel, data: PageData, along: Along, share: number, host: HTMLElement): uPlot {
  const horizontal = axis(along, data);
  const { x, onCurve, onDev, best } = shared(data, along, horizontal.scale);
  const span = (data.curves.step.length * share) / 100;
  const curve = panel.curve && curveSeries(panel, data.curves[panel.curve], data, span);
  const series: uPlot.Series[] = [
    {
      label: horizontal.label,
      value: (_, value) => (value === null ? horizontal.text(x.at(-1)!) : horizontal.text(value)),
    },
    ...(curve?.series ?? []),
    ...panel.dev.map(
      ({ label }, i): uPlot.Series => ({
        label,
        stroke: colour(DEV_COLOURS[i % DEV_COLOURS.length]!),
        width: 1.8,
        spanGaps: true,
        points: { show: panel.dev[i]!.values.length <= 60, size: 6, fill: colour('panel') },
        value: (chart, _, at, index) => reading(chart.data[at]!, index),
      }),
    ),
  ];
  const columns = [
    x,
    ...(curve?.columns ?? []).map(onCurve),
    ...panel.dev.map(({ values }) => onDev(values)),
  ];
  return new uPlot(
    {
      width: host.clientWidth,
      height: 260,
      series,
      bands: curve?.bands ?? [],
      scales: { x: { time: false }, y: { range: verticalRange(curve?.edges ?? []) } },
      axes: [
        {
          ...verticalAxis(horizontal.label),
          size: 28,
          labelSize: 18,
          space: 70,
          values: (_, splits) => splits.map((value) => horizontal.text(value)),
        },
        verticalAxis(panel.unit),
      ],
      cursor: {
        y: false,
        sync: { key: SYNCED.key, setSeries: false, scales: ['x', null] },
        drag: { x: true, y: false },
        dataIdx: (chart, i, index) => (i === 0 ? index : nearest(chart.data[i]!, index)),
      },
      legend: { markers: { width: 0, fill: (_, i) => series[i]!.stroke as string } },
      hooks: { draw: [markBest(best)] },
    },
    columns as uPlot.AlignedData,
    host,
  );
}

function figureFor(panel: Panel): HTMLElement {
  const element = document.createElement('figure');
  element.append(document.createElement('figcaption'), document.createElement('div'));
  element.firstElementChild!.textContent = panel.title;
  return element;
}

/** Draws all charts into the page, and again whenever a control, the width or the theme changes. */
export function drawCharts(data: PageData): void {
  const shown = panels(data);
  const figures = shown.map(figureFor);
  document.getElementById('charts')!.replaceChildren(...figures);
  const smoothing = document.getElementById('smoothing') as HTMLInputElement;
  const form = smoothing.form!;
  let charts: uPlot[] = [];
  const draw = () => {
    const along = new FormData(form).get('along') as Along;
    const share = Number(smoothing.value);
    document.getElementById('smoothed')!.textContent = share === 0 ? 'off' : `${share}% of the run`;
    for (const chart of charts) chart.destroy();
    charts = shown.map((panel, i) =>
      drawPanel(panel, data, along, share, figures[i]!.lastElementChild as HTMLElement),
    );
  };
  draw();
  form.addEventListener('input', draw);
  document.getElementById('whole')!.addEventListener('click', draw);
  onTheme(draw);
  new ResizeObserver(() => {
    for (const chart of charts) {
      const width = chart.root.parentElement!.clientWidth;
      if (width !== chart.width) chart.setSize({ width, height: chart.height });
    }
  }).observe(document.getElementById('charts')!);
}
