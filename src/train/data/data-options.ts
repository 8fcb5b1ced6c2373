import { checkOptions, namesOf } from '../../arguments.ts';
import type { FileFormat } from './dataset.ts';
import type { Columns } from './labelled-columns.ts';

/** What callers say of their data. */
export interface DataOptions {
  readonly columns?: Partial<Columns>;
  readonly format?: FileFormat;
}

const COLUMNS = namesOf<Columns>({ text: true, textPair: true, label: true });
const FORMAT = namesOf<FileFormat>({
  format: true,
  delimiter: true,
  quotes: true,
  header: true,
  skipUneven: true,
});

/** @throws HashformerError `argument`: a name that is none */
export function checkDataOptions({ columns, format }: DataOptions): void {
  checkOptions<Columns>(columns, COLUMNS, 'The columns');
  checkOptions<FileFormat>(format, FORMAT, 'The format of files');
}
