export { FugitiveAttachError, FugitiveOptionError } from './errors.js';
export type { FugitiveEvent, FugitiveEventType, HostEvent } from './events.js';
export type { DeclinedReason, FallbackReason, LinkFigures, Offload, SignalingState, SwarmHealth, UnaskedReason, } from './figures.js';
export type { Fugitive, FugitiveState, FugitiveStats, PlainBytes } from './fugitive.js';
export type { EngineOptions, FugitiveOptions, PolicyOptions } from './options.js';
export type { Allowance, CoreEvent, CoreStats, DeviceLimits, DisconnectReason, FetchError, PeerShare, PolicyReason, Source, SourceBytes, } from './core.js';
