// Mends dash.js 5's abort: with CMCD on, or with an interceptor that makes a new request object, HTTPLoader.abort
// looks for its cancel function where it is not, and the request lives on.

import type { ExtensionScope, FragmentRequest, HttpLoader, LoadConfig } from './loading.js';
import { MSS_INFO } from './request.js';

/** How to cancel each request that is under way, on the engine's road or the plain one. */
export type Cancels = Map<FragmentRequest, () => void>;

/** For `player.extend('HTTPLoader', ..., true)`. */
export function abortExtension(cancels: Cancels) {
  return function extension(this: ExtensionScope<HttpLoader>): HttpLoader {
    const { load, abort } = this.parent;
    const inFlight = new Set<FragmentRequest>();
    return {
      load(config: LoadConfig): unknown {
        const { request } = config;
        if (request === undefined || request.type === MSS_INFO) return load(config);
        inFlight.add(request);
        const forgetting = (then?: (...args: unknown[]) => void) => (...args: unknown[]) => {
          inFlight.delete(request);
          cancels.delete(request);
          then?.(...args);
        };
        return load({
          ...config,
          success: forgetting(config.success),
          error: forgetting(config.error),
          abort: forgetting(config.abort),
        });
      },
      abort(): void {
        abort();
        for (const request of [...inFlight]) cancels.get(request)?.();
        inFlight.clear();
      },
    };
  };
}
