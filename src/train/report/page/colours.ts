/** A colour of the style sheet, as it is in the theme at hand. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Canvases keep their colours: calls `draw` when the reader changes between light and dark. */
export function onTheme(draw: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
}
