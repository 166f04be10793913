/** The administrators' page: begins here. */
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/document.css';
import './styles/rules.css';
import './styles/overview.css';
import './styles/held-writes.css';
import './styles/people.css';
import './styles/role-databases.css';
import { App } from './app.tsx';

const root = document.getElementById('app');
if (root) render(<App />, root);
