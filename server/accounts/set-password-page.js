/**
 * Sends the new password with the token of the link. The token is in the fragment, which browsers keep to themselves, and goes
 * to this server only, in the body of the request.
 */
const element = (id) => document.getElementById(id);
const form = element('form');
const password = element('password');
const repeated = element('repeated');
const submit = form.querySelector('button');

const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
const username = token.slice(0, Math.max(0, token.lastIndexOf('.')));

const UNUSABLE =
  'This link cannot be used: it was used before, has expired, or a newer one was made. If you have set a password with it, ' +
  'log in with that. Otherwise ask an administrator for a new link.';

/** Shows a fault at its field, or removes it with an empty text. */
function showFault(field, text) {
  element(`${field.id}-fault`).textContent = text;
  if (text === '') field.removeAttribute('aria-invalid');
  else field.setAttribute('aria-invalid', 'true');
}

function showProblem(text) {
  element('problem').textContent = text;
}

/** The first fault that can be seen before the server is asked. */
function checkFields() {
  showFault(password, password.value === '' ? 'Enter a new password.' : '');
  showFault(repeated, password.value === repeated.value ? '' : 'This is not the same as above.');
  return [password, repeated].find((field) => field.hasAttribute('aria-invalid'));
}

async function send() {
  let response;
  try {
    response = await fetch('api/set-password', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, password: password.value }),
      credentials: 'omit',
      cache: 'no-store',
    });
  } catch {
    showProblem('The server cannot be reached: check the connection, and try again.');
    return;
  }
  if (response.status === 204) showDone();
  else await showRefusal(response);
}

async function showRefusal(response) {
  const problem = await response.json().catch(() => ({}));
  const faults = (problem.faults ?? []).filter(({ path }) => path === 'password');
  if (faults.length > 0) {
    showFault(password, faults.map(({ message }) => `It ${message}`).join('. '));
    password.focus();
  } else if (problem.code === 'invalid_invitation' || problem.code === 'invalid_input') {
    form.hidden = true;
    showProblem(UNUSABLE);
  } else if (problem.code === 'too_many_attempts') {
    showProblem(`Too many attempts: try again in ${response.headers.get('retry-after')} seconds.`);
  } else {
    showProblem(problem.detail ?? `The server cannot do this now (${response.status}): try again later.`);
  }
}

function showDone() {
  // What is typed, and the token, would stay with the page: in its history, and for whoever uses the device next.
  form.reset();
  form.hidden = true;
  history.replaceState(null, '', location.pathname);
  document.title = 'Your password is set – VitaSync';
  element('heading').textContent = 'Your password is set';
  element('login-name').textContent = username;
  element('address').textContent = new URL('.', location.href).href.replace(/\/$/, '');
  element('done').hidden = false;
  element('heading').focus();
}

let sending = false;
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (sending) return;
  showProblem('');
  const faulty = checkFields();
  if (faulty) {
    faulty.focus();
    return;
  }
  sending = true;
  submit.setAttribute('aria-disabled', 'true');
  await send();
  submit.removeAttribute('aria-disabled');
  sending = false;
});

element('shown').addEventListener('change', ({ target }) => {
  for (const field of [password, repeated]) field.type = target.checked ? 'text' : 'password';
});

// Another link that is opened in the same tab changes the fragment only.
addEventListener('hashchange', () => location.reload());

element('script-needed').hidden = true;
if (username === '') {
  showProblem(
    'This page needs the link of your invitation, whole: open it again, or ask an administrator for a new one.',
  );
} else {
  element('username').value = username;
  form.hidden = false;
}
