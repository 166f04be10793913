#!/usr/bin/env node
/** The command `vitasync`: makes Node read TypeScript, and hands over. */
import { register } from 'tsx/esm/api';

register();
await import('./status-main.ts');
