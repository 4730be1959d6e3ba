// Finds the page's elements, and complains at once where one is missing.

export function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return found;
}

/**
 * Has figures and panel stand right below the picture where the page is narrow: in the document as well, for the focus and
 * screen readers go by that. The picture itself stays: a video that is moved stops.
 */
export function followWidth(): void {
  const [stage, controls] = [document.querySelector('.stage'), document.querySelector('.controls')];
  const cards = [...document.querySelectorAll('.stage > .card')];
  const narrow = matchMedia('(max-width: 900px)');
  const place = () => (narrow.matches ? controls?.after(...cards) : stage?.append(...cards));
  narrow.addEventListener('change', place);
  place();
}

/** Sets a text only where it differs, so that selections and screen readers are left in peace. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
