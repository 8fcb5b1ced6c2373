// The script of the report page; the build bundles it with uPlot into one text.

import type { PageData } from '../page-data.ts';
import { drawCharts } from './charts.ts';
import { drawConfusion } from './confusion-map.ts';

const data = JSON.parse(document.getElementById('data')!.textContent!) as PageData;
if (document.getElementById('charts') !== null) drawCharts(data);
if (data.confusion !== null) drawConfusion(data.confusion);
