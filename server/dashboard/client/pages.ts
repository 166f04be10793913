/** Every page: its address below `/admin`, and whether it is in the menu. */
import type { ComponentType } from 'preact';
import { AccountPage } from './pages/accounts/account-page.tsx';
import { AccountsPage } from './pages/accounts/accounts-page.tsx';
import { AuditPage } from './pages/audit/audit-page.tsx';
import { ClinicsPage } from './pages/clinics/clinics-page.tsx';
import { DevicePage } from './pages/devices/device-page.tsx';
import { DevicesPage } from './pages/devices/devices-page.tsx';
import { DocumentPage } from './pages/document/document-page.tsx';
import { FindDocumentPage } from './pages/document/find-page.tsx';
import { HeldWritePage } from './pages/held-writes/held-write-page.tsx';
import { HeldWritesPage } from './pages/held-writes/held-writes-page.tsx';
import { OverviewPage } from './pages/overview/overview-page.tsx';
import { RoleDatabasePage } from './pages/role-databases/role-database-page.tsx';
import { RoleDatabasesPage } from './pages/role-databases/role-databases-page.tsx';
import { RulesPage } from './pages/rules/rules-page.tsx';
import { SystemPage } from './pages/system/system-page.tsx';
import { WaitingDocumentsPage } from './pages/waiting-documents/waiting-documents-page.tsx';

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
  { path: '/admin', menu: 'Overview', group: 'Network', component: OverviewPage },
  { path: '/admin/clinics', menu: 'Clinics', group: 'Network', component: ClinicsPage },
  { path: '/admin/devices', menu: 'Devices', group: 'Network', component: DevicesPage },
  { path: '/admin/devices/:id', component: DevicePage },
  { path: '/admin/held-writes', menu: 'Held writes', group: 'Data', component: HeldWritesPage },
  { path: '/admin/held-writes/:id', component: HeldWritePage },
  { path: '/admin/waiting-documents', menu: 'Without a patient', group: 'Data', component: WaitingDocumentsPage },
  { path: '/admin/role-databases', menu: 'Role databases', group: 'Data', component: RoleDatabasesPage },
  { path: '/admin/role-databases/:name', component: RoleDatabasePage },
  { path: '/admin/accounts', menu: 'Accounts', group: 'People', component: AccountsPage },
  { path: '/admin/accounts/:username', component: AccountPage },
  { path: '/admin/documents', menu: 'Where is it?', group: 'Data', component: FindDocumentPage },
  { path: '/admin/documents/:id', component: DocumentPage },
  { path: '/admin/rules', menu: 'Try the rules', group: 'Data', component: RulesPage },
  { path: '/admin/audit', menu: 'Audit log', group: 'People', component: AuditPage },
  { path: '/admin/system', menu: 'System', group: 'Server', component: SystemPage },
];
