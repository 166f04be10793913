/** The sync gateway, wired: the role databases of the core, served to the devices of accounts. */
import type { Router } from 'express';
import { isDocumentType } from '../../shared-schemas/document-types.ts';
import type { SyncRules } from '../../sync-rules/sync-rules.ts';
import type { BuiltAccounts } from '../accounts/build-accounts.ts';
import { deviceAuth } from '../accounts/middleware.ts';
import type { Core } from '../documents/core.ts';
import { principalOf } from '../http/request-principal.ts';
import type { Logger } from '../lib/logger.ts';
import { Pace, type PaceOptions } from '../lib/pace.ts';
import type { DeviceLocals } from './device-locals.ts';
import { FreshReplicas } from './fresh-replicas.ts';
import { RoleSyncDirectory } from './role-sync-directory.ts';
import { observeAll, type SyncObserver } from './sync-observer.ts';
import { createSyncRouter } from './sync-router.ts';
import { UpdateSignal } from './update-signal.ts';

export interface GatewayParts {
  readonly core: Core;
  readonly accounts: Pick<BuiltAccounts, 'devices' | 'knownDevices' | 'sessions' | 'syncingDevices' | 'onSessionEnd'>;
  readonly config: { readonly dbPrefix: string; readonly maxBodyMb: number; readonly maxDocumentKb: number };
  readonly locals: DeviceLocals;
  readonly rules: SyncRules;
  /** Told of everything that is served. */
  readonly observers: readonly SyncObserver[];
  /** Aborted when the server stops: requests that wait for something end. */
  readonly stopping: AbortSignal;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

/** A first sync beside others is served at a third of its speed; others hardly wait for it. */
export const PACE: PaceOptions = { burstMs: 500, share: 0.3, thereForMs: 1_000, longestRestMs: 250 };

export async function buildGateway(parts: GatewayParts): Promise<Router> {
  const { core, accounts, locals, config, rules, observers, stopping, nowMs, logger } = parts;
  const { devices, knownDevices, sessions, syncingDevices, onSessionEnd } = accounts;
  const replicas = new FreshReplicas({ devices, known: knownDevices, logger });
  const pace = new Pace(PACE);
  const [, life = ''] = (await core.primary.info()).updateSeq.split('-');
  return createSyncRouter({
    locals,
    observer: observeAll([...observers, replicas.observe]),
    directory: new RoleSyncDirectory({
      ...core,
      rules,
      updates: new UpdateSignal(core.store),
      replicas,
      stopping,
      onSessionEnd,
      nowMs,
      pace,
    }),
    pace,
    authenticate: deviceAuth(sessions, syncingDevices),
    principalOf,
    isType: isDocumentType,
    maxBodyBytes: config.maxBodyMb * 1_048_576,
    maxDocumentBytes: config.maxDocumentKb * 1_024,
    logger,
    serverId: `${config.dbPrefix}-${life}`,
  });
}
