/** Every page: its address below `/admin`, and whether it is in the menu. */
import type { ComponentType } from 'preact';
import { AuditPage } from './pages/audit/audit-page.tsx';

export interface DashboardPage {
  readonly path: string;
  /** In the menu; a page without one is come to from another page. */
  readonly menu?: string;
  readonly group?: 'Network' | 'Data' | 'People' | 'Server';
  /** What `:name` in the path stands for is handed in as a property. */
  // biome-ignore lint/suspicious/noExplicitAny: each page has the properties of its own path
  readonly component: ComponentType<any>;
}

export const PAGES: readonly DashboardPage[] = [
  { path: '/admin/audit', menu: 'Audit log', group: 'People', component: AuditPage },
];
