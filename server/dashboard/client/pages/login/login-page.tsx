/** Asks for the password of an administrator. */
import { useState } from 'preact/hooks';
import { logIn } from '../../session.ts';
import { TextField } from '../../ui/fields.tsx';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';

interface LoginPageProps {
  /** The session that there was is over. */
  readonly wasLost: boolean;
}

export function LoginPage({ wasLost }: LoginPageProps) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await logIn(username.trim(), password);
    } catch (thrown) {
      setError(thrown);
      // Another one may be typed already.
      setPassword((typed) => (typed === password ? '' : typed));
      setBusy(false);
    }
  };
  return (
    <main class="login">
      <h1>VitaSync</h1>
      <p class="lead">Replication dashboard, for administrators.</p>
      {wasLost && error === undefined && (
        <Notice tone="attention">
          <p>Your session is over. Log in again: you will be where you were.</p>
        </Notice>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <TextField
          label="Username"
          value={username}
          onInput={setUsername}
          required
          maxLength={64}
          autocomplete="username"
          autofocus
        />
        <TextField
          label="Password"
          type="password"
          value={password}
          onInput={setPassword}
          required
          autocomplete="current-password"
        />
        <ErrorNotice error={error} />
        <button type="submit" class="button button-primary button-wide" disabled={busy}>
          {busy ? 'Logging in…' : 'Log in'}
        </button>
      </form>
    </main>
  );
}
