import type { CompleteSettings } from '../settings.ts';

/** What a run begins with: an address or path, or what is in memory; undefined where it has none. */
type Given = unknown;

/**
 * Settings as a report shows them, and as a resumed run must have them.
 *
 * @param named what the run begins with, by name; of what is in memory only that
 * @param more what its kind of run has besides
 */
export function describeRun(
  named: { readonly model?: Given; readonly train?: Given; readonly dev?: Given },
  settings: CompleteSettings,
  more: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const name = (source: Given) =>
    typeof source === 'string' || source instanceof URL ? String(source) : 'in memory';
  const { model, train, dev } = named;
  const given = Object.entries({ model, train, dev }).map(([key, source]) => [
    key,
    source === undefined ? undefined : name(source),
  ]);
  const all = { ...Object.fromEntries(given), ...more, ...settings };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
