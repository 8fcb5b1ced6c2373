type Content = Node | string | null;

/** An element with attributes (null: none of that name) and content. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string | number | null> = {},
  ...content: Content[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== null) made.setAttribute(attribute, String(value));
  }
  made.append(...content.filter((one) => one !== null));
  return made;
}

/** An element of the page's own. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

/** A horizontal bar, `share` of 0 to 1; numbers beside it say the same. */
export function bar(share: number, kind = ''): HTMLElement {
  const made = element('span', { class: `bar ${kind}`, 'aria-hidden': 'true' });
  made.style.setProperty('--share', String(Math.min(Math.max(share, 0), 1)));
  return made;
}

/** A number that shows rounded and has all its digits as its value. */
export function number(value: number, shown: string): HTMLDataElement {
  return element('data', { value: String(value) }, shown);
}

/** The radio button of a group that is chosen. */
export function chosen(form: HTMLElement, name: string): string {
  return form.querySelector<HTMLInputElement>(`input[name="${name}"]:checked`)!.value;
}
