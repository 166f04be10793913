/** Colours of the theme as they are now, for what is drawn and not styled. */
import { useEffect } from 'preact/hooks';

let probe: HTMLSpanElement | undefined;

/** What `var(name)` is in the theme that is shown. */
export function colourOf(name: string): string {
  if (!probe) {
    probe = document.createElement('span');
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

/** Calls `redraw` when the theme changes, by the system or by hand. It must be the same function each time. */
export function useThemeChange(redraw: () => void): void {
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const observer = new MutationObserver(redraw);
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    dark.addEventListener('change', redraw);
    return () => {
      observer.disconnect();
      dark.removeEventListener('change', redraw);
    };
  }, [redraw]);
}
