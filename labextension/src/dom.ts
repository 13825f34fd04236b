// Making elements. Text goes in as text, never as markup.

type Attrs = Record<string, string | number | boolean | null>;

/** An element with attributes (null and false: left out) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, attrs: Attrs = {}, ...children: (Node | string | null)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) {
    if (value !== null && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  element.append(...children.filter((c): c is Node | string => c !== null));
  return element;
}

/** Sets an element's text unless it is that already, so that live regions and layout stay quiet. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Sets or, for null, removes an attribute. */
export function setAttr(element: Element, name: string, value: string | number | null): void {
  if (value === null) {
    element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, String(value));
  }
}

/** A button; `run` on click. */
export function button(className: string, label: string, title: string, run: () => void): HTMLButtonElement {
  const made = h('button', { type: 'button', class: `mcu-button ${className}`, title }, label);
  made.addEventListener('click', run);
  return made;
}
