// hls.js's loader of playlists, which lets the engine read along.

import type { Session } from '../page/session.js';
import { absolute, headersOf } from '../page/url.js';
import type { Loader, LoaderCallbacks, LoaderClass, LoaderConfiguration, LoaderContext } from './loading.js';

/** What a low-latency player adds to a playlist's address (RFC 8216bis, 6.2.5): it is the same playlist. */
const DIRECTIVE = /^_HLS_/;
/** The type of a title's first playlist; all others are of those that it names. */
const FIRST = 'manifest';

/** The class for `config.pLoader`; `Own` is what hls.js would use. */
export function playlistLoader(session: Session, Own: LoaderClass): LoaderClass {
  return class extends Own {
    override load(context: LoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks): void {
      if (context.type === FIRST) session.titleClosed();
      super.load(context, config, {
        ...callbacks,
        onSuccess: (response, stats, context, details) => {
          const asked = absolute(context.url, document.baseURI);
          if (asked !== undefined && typeof response.data === 'string') {
            if (context.type === FIRST && details instanceof XMLHttpRequest) {
              session.responded(headersOf(details.getAllResponseHeaders()));
            }
            const url = absolute(response.url || asked, asked) ?? asked;
            session.manifestLoaded({ asked, url: withoutDirectives(url), text: response.data });
          }
          callbacks.onSuccess(response, stats, context, details);
        },
      });
    }
  } satisfies new (config: never) => Loader;
}

function withoutDirectives(address: string): string {
  const url = new URL(address);
  const names = [...url.searchParams.keys()].filter((name) => DIRECTIVE.test(name));
  // Only then: a query that is read and written anew may be spelt in another way.
  if (names.length === 0) return address;
  for (const name of names) url.searchParams.delete(name);
  return url.href;
}
