/** Light or dark: as the system has it, until somebody chooses. The choice is this browser's. */
import { useEffect, useState } from 'preact/hooks';

const KEY = 'vitasync-theme';
const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const NAMES: Readonly<Record<Theme, string>> = { system: 'As the system', light: 'Light', dark: 'Dark' };

export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(kept);
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  const choose = (chosen: string) => {
    const found = THEMES.find((one) => one === chosen) ?? 'system';
    setTheme(found);
    localStorage.setItem(KEY, found);
  };
  return (
    <select
      class="input input-small"
      aria-label="Colours"
      value={theme}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      {THEMES.map((one) => (
        <option key={one} value={one}>
          {NAMES[one]}
        </option>
      ))}
    </select>
  );
}

const kept = (): Theme => THEMES.find((one) => one === localStorage.getItem(KEY)) ?? 'system';
