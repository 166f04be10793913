/** What the gateway tells about the devices that it serves, to whoever counts it. Nothing that is answered depends on it. */
import type { Principal } from '../../sync-rules/principal.ts';
import type { RefusalCode } from '../../sync-rules/refusal.ts';

/** Who asks, and for what. */
export interface SyncContact {
  readonly principal: Principal;
  /** As it stands in `/sync/<name>`. */
  readonly database: string;
  /** The physical database that serves it: its positions mean nothing in another one. */
  readonly source: string;
  /** Of a route of one type, which RxDB uses; PouchDB reads all types in one feed. */
  readonly type: string | undefined;
  readonly userAgent: string | undefined;
  /** The mark of the positions that the device was given, where it was told to begin anew. */
  readonly replica?: string | undefined;
}

/**
 * What a device may have of one server: refused writes that are held, longpolls beside each other, local documents in a
 * database.
 */
export const DEVICE_QUOTAS = ['held', 'longpolls', 'local'] as const;
export type DeviceQuota = (typeof DEVICE_QUOTAS)[number];

export type SyncEvent =
  /** `since` is what the device sent, also `0` and `now`; `0` for a position from before it was told to begin anew. */
  | { readonly kind: 'feed_asked'; readonly since: string; readonly live: boolean }
  /** A page of a feed that is not live was written out whole; `complete`: there was no more. */
  | { readonly kind: 'page_answered'; readonly complete: boolean }
  /** A device looked up where it is: any of the positions may be where its next feed begins. */
  | { readonly kind: 'checkpoint_read'; readonly positions: readonly string[] }
  | { readonly kind: 'checkpoint_stored'; readonly position: string }
  | { readonly kind: 'documents_sent'; readonly count: number }
  | {
      readonly kind: 'documents_pushed';
      readonly count: number;
      /** Neither refused nor in conflict with what is there. */
      readonly stored: number;
      readonly refused: readonly RefusalCode[];
      /** The newest `updatedAt` among them, as the device wrote it. */
      readonly newestUpdatedAt: string | undefined;
      /** Whether the device names revisions by their content (see named-by-content.ts). */
      readonly namedByContent: boolean;
    }
  /** A live feed is waiting from now on, or no longer. Each opened one is closed. */
  | { readonly kind: 'feed_opened' }
  | { readonly kind: 'feed_closed' }
  /** It has, or asked for, more than it may; `seconds`: for how long from now on that is to be told. */
  | { readonly kind: 'quota_reached'; readonly quota: DeviceQuota; readonly seconds: number }
  | { readonly kind: 'request_ended'; readonly bytesIn: number; readonly bytesOut: number };

/** Called in the course of a request: it must not throw, and should be quick. */
export type SyncObserver = (contact: SyncContact, event: SyncEvent) => void;

/** An observer for one request. */
export type Observe = (event: SyncEvent) => void;

export const observeAll =
  (observers: readonly SyncObserver[]): SyncObserver =>
  (contact, event) => {
    for (const observer of observers) observer(contact, event);
  };
