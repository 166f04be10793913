/** The page as a whole: who is logged in, the menu, and the page that the address names. */

import { useEffect, useRef } from 'preact/hooks';
import { LocationProvider, Route, Router, useLocation } from 'preact-iso';
import { sessionLost } from './api.ts';
import { liveState, startLive, storeNews } from './live.ts';
import { LoginPage } from './pages/login/login-page.tsx';
import { PAGES } from './pages.ts';
import { logOut, restoreSession, sessionState } from './session.ts';
import { Ago } from './ui/ago.tsx';
import { Notice } from './ui/notice.tsx';
import { Page } from './ui/page.tsx';
import { ThemeSwitch } from './ui/theme-switch.tsx';

export function App() {
  useEffect(() => void restoreSession(), []);
  const state = sessionState.value;
  if (state.kind === 'asking') return <p class="waiting quiet">Loading…</p>;
  if (state.kind === 'unknown') {
    return (
      <main class="login">
        <h1>VitaSync</h1>
        <Notice tone="problem" title="The server cannot serve the dashboard now">
          <p>{state.why}</p>
          <p>Tablets go on working offline, and what was accepted is not lost. This page tries again by itself.</p>
        </Notice>
      </main>
    );
  }
  if (state.kind === 'none' || sessionLost.value) return <LoginPage wasLost={sessionLost.value} />;
  return (
    <LocationProvider scope="/admin">
      <Shell name={state.session.name} />
    </LocationProvider>
  );
}

function Shell({ name }: { readonly name: string }) {
  useEffect(() => startLive(), []);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="top">
        <a class="brand" href="/admin">
          VitaSync
        </a>
        <LiveMark />
        <span class="top-space" />
        <ThemeSwitch />
        <span class="top-name">{name}</span>
        <button type="button" class="button button-small" onClick={() => void logOut()}>
          Log out
        </button>
      </header>
      <Menu />
      <main id="main" tabIndex={-1}>
        <Outage />
        <Router>
          {PAGES.map(({ path, component }) => (
            <Route key={path} path={path} component={component} />
          ))}
          <Route default component={UnknownPage} />
        </Router>
      </main>
    </div>
  );
}

const GROUPS = ['Network', 'Data', 'People', 'Server'] as const;

function Menu() {
  const { path } = useLocation();
  const menu = useRef<HTMLElement>(null);
  // On a narrow screen the menu is one line, of which a part is seen.
  useEffect(() => {
    const here = menu.current?.querySelector<HTMLElement>('[aria-current]');
    if (menu.current && here) menu.current.scrollLeft = here.offsetLeft - menu.current.clientWidth / 3;
  }, [path]);
  const isHere = (address: string) => path === address || (address !== '/admin' && path.startsWith(`${address}/`));
  return (
    <nav class="menu" aria-label="Pages" ref={menu}>
      {GROUPS.map((group) => {
        const pages = PAGES.filter((page) => page.menu !== undefined && page.group === group);
        if (pages.length === 0) return null;
        return (
          <div key={group} class="menu-group">
            <p class="menu-title" id={`menu-${group}`}>
              {group}
            </p>
            <ul aria-labelledby={`menu-${group}`}>
              {pages.map((page) => (
                <li key={page.path}>
                  <a href={page.path} {...(isHere(page.path) && { 'aria-current': 'page' as const })}>
                    {page.menu}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}

/** What is below it is what was read before. */
function Outage() {
  const { reachable, downSince } = storeNews.value;
  if (reachable) return null;
  return (
    <div class="outage">
      <Notice tone="problem" title="The server cannot reach its store">
        <p>
          {downSince !== undefined && (
            <>
              It was last reached <Ago at={downSince} />.{' '}
            </>
          )}
          Nothing that was accepted is lost: tablets go on working offline, and sync when it is back. Look at the disk
          of the data folder or at CouchDB, and at the server’s log. This page goes on by itself then; until then it
          shows what it knew before.
        </p>
      </Notice>
    </div>
  );
}

const LIVE_WORDS = {
  open: 'Live',
  connecting: 'Connection lost, trying again…',
  resting: 'Resting',
} as const;

/** Whether what is shown follows what happens. */
function LiveMark() {
  return (
    <span class={`live live-${liveState.value}`} role="status">
      <span aria-hidden="true">{liveState.value === 'open' ? '●' : '○'}</span> {LIVE_WORDS[liveState.value]}
    </span>
  );
}

const UnknownPage = () => (
  <Page title="There is no such page">
    <p>
      The address is of no page of this dashboard. <a href="/admin">Go to the overview.</a>
    </p>
  </Page>
);
