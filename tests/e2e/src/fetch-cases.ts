// Cases of what `fetch` promises (Fetch Standard, sections 5.4 to 5.6), each run with the browser's own and another:
// what either shows of itself is compared.

/** What one case shows with the browser's `fetch`, and with the other. */
export type Shown = Record<string, [own: unknown, other: unknown]>;

/** Runs in the page, and so stands by itself. */
export async function runCases({ intact, altered }: { intact: string; altered: string }): Promise<Shown> {
  type Fetch = typeof fetch;
  const file = '/data/small.bin';
  const style = '/css/site.css';
  const reader = (response: Response) => response.body?.getReader();
  const aborted = () => {
    const controller = new AbortController();
    controller.abort();
    return controller.signal;
  };
  const cases: Record<string, (fetch: Fetch) => unknown> = {
    status: async (fetch) => {
      const { status, statusText, ok, type, redirected, url } = await fetch(file);
      return { status, statusText, ok, type, redirected, url };
    },
    media_type_and_length: async (fetch) => {
      const { headers } = await fetch(style);
      return [headers.get('Content-Type'), headers.get('content-length'), headers.has('x-none')];
    },
    headers_are_immutable: async (fetch) => {
      const { headers } = await fetch(file);
      const change = (how: () => void) => { try { how(); return 'changed'; } catch (error) { return (error as Error).name; } };
      return [() => headers.set('a', 'b'), () => headers.append('a', 'b'), () => headers.delete('content-type')].map(change);
    },
    instance: async (fetch) => {
      const response = await fetch(file);
      return [response instanceof Response, response.headers instanceof Headers, String(response), response.body instanceof ReadableStream];
    },
    url_object: async (fetch) => (await fetch(new URL(file, location.href))).status,
    request_object: async (fetch) => {
      const request = new Request(file);
      return [(await fetch(request)).status, (await fetch(request)).status, request.bodyUsed];
    },
    request_with_changes: async (fetch) => (await fetch(new Request(file), { method: 'HEAD' })).headers.get('content-length'),
    fragment: async (fetch) => (await fetch(`${file}#part`)).url,
    relative_url: async (fetch) => (await fetch('css/site.css')).url,
    dots_in_url: async (fetch) => (await fetch('/js/../css/./site.css')).url,
    no_arguments: (fetch) => (fetch as () => Promise<unknown>)(),
    url_that_is_none: (fetch) => fetch('http://['),
    url_with_password: (fetch) => fetch(`http://a:b@${location.host}${file}`),
    method_that_is_forbidden: (fetch) => fetch(file, { method: 'CONNECT' }),
    method_that_is_none: (fetch) => fetch(file, { method: 'a b' }),
    method_in_small_letters: async (fetch) => (await fetch(file, { method: 'get' })).status,
    body_with_get: (fetch) => fetch(file, { body: 'text' }),
    mode_navigate: (fetch) => fetch(file, { mode: 'navigate' }),
    mode_same_origin: async (fetch) => (await fetch(file, { mode: 'same-origin' })).type,
    mode_no_cors: async (fetch) => (await fetch(file, { mode: 'no-cors' })).type,
    only_if_cached: (fetch) => fetch(file, { cache: 'only-if-cached' }),
    header_that_is_none: (fetch) => fetch(file, { headers: { 'a b': 'c' } }),
    referrer_that_is_none: (fetch) => fetch(file, { referrer: 'http://[' }),
    redirect_error: async (fetch) => (await fetch(file, { redirect: 'error' })).status,
    credentials_omit: async (fetch) => (await fetch(file, { credentials: 'omit' })).status,
    head: async (fetch) => {
      const response = await fetch(file, { method: 'HEAD' });
      return [response.status, response.headers.get('content-length'), (await response.arrayBuffer()).byteLength];
    },
    not_found: async (fetch) => {
      const response = await fetch('/none');
      return [response.status, response.ok, await response.text()];
    },
    nobody_listens: (fetch) => fetch('http://127.0.0.1:9/'),
    integrity_that_holds: async (fetch) => (await fetch(file, { integrity: intact })).status,
    integrity_that_does_not_hold: (fetch) => fetch(file, { integrity: altered }),
    integrity_of_several: async (fetch) => (await fetch(file, { integrity: `${altered} ${intact}` })).status,
    integrity_that_is_not_understood: async (fetch) => (await fetch(file, { integrity: 'md5-AAAA nonsense' })).status,
    aborted_before: (fetch) => fetch(file, { signal: aborted() }),
    aborted_for_a_reason: (fetch) => fetch(file, { signal: AbortSignal.abort(new RangeError('enough')) }),
    aborted_request: (fetch) => fetch(new Request(file, { signal: aborted() })),
    aborted_at_once: (fetch) => {
      const controller = new AbortController();
      const call = fetch(file, { signal: controller.signal });
      controller.abort();
      return call;
    },
    aborted_before_the_body_is_read: async (fetch) => {
      const controller = new AbortController();
      const response = await fetch('/data/large.bin', { signal: controller.signal });
      controller.abort();
      return response.arrayBuffer();
    },
    aborted_after_the_body_was_read: async (fetch) => {
      const controller = new AbortController();
      const response = await fetch(file, { signal: controller.signal });
      const { byteLength } = await response.arrayBuffer();
      controller.abort();
      return byteLength;
    },
    text: async (fetch) => (await fetch(style)).text(),
    bytes: async (fetch) => (await (await fetch(file)).arrayBuffer()).byteLength,
    blob: async (fetch) => {
      const blob = await (await fetch(style)).blob();
      return [blob.type, blob.size];
    },
    json_that_is_none: async (fetch) => (await fetch(style)).json(),
    form_that_is_none: async (fetch) => (await fetch(style)).formData(),
    body_is_read_once: async (fetch) => {
      const response = await fetch(style);
      await response.text();
      return response.text();
    },
    body_used: async (fetch) => {
      const response = await fetch(style);
      const before = response.bodyUsed;
      await response.text();
      return [before, response.bodyUsed];
    },
    clone: async (fetch) => {
      const response = await fetch(style);
      const clone = response.clone();
      const { url, type, status, headers } = clone;
      return [await response.text() === await clone.text(), url, type, status, headers.get('content-type')];
    },
    clone_of_a_clone: async (fetch) => (await fetch(style)).clone().clone().url,
    clone_after_reading: async (fetch) => {
      const response = await fetch(style);
      await response.text();
      return response.clone();
    },
    stream: async (fetch) => {
      const source = reader(await fetch('/data/large.bin'));
      let length = 0;
      for (let read = await source?.read(); read?.done === false; read = await source?.read()) length += read.value.length;
      return length;
    },
    stream_of_bytes: async (fetch) => {
      const source = (await fetch(file)).body?.getReader({ mode: 'byob' });
      return (await source?.read(new Uint8Array(7)))?.value?.length;
    },
    stream_that_is_locked: async (fetch) => {
      const response = await fetch(style);
      reader(response);
      return response.text();
    },
    stream_that_is_cancelled: async (fetch) => {
      const response = await fetch(style);
      await response.body?.cancel();
      return response.text();
    },
    stream_through_another: async (fetch) => {
      const response = await fetch(style);
      return new Response(response.body?.pipeThrough(new TextDecoderStream()).pipeThrough(new TextEncoderStream())).text();
    },
    many_at_once: async (fetch) => {
      const responses = await Promise.all(Array.from({ length: 20 }, () => fetch(file)));
      return (await Promise.all(responses.map((response) => response.arrayBuffer()))).map(({ byteLength }) => byteLength);
    },
    later_headers_of_the_server: async (fetch) => (await fetch(file)).headers.get('cache-control'),
    timing: async (fetch) => {
      performance.clearResourceTimings();
      await (await fetch(file)).arrayBuffer();
      await new Promise((done) => { setTimeout(done, 100); });
      return performance.getEntriesByType('resource').filter(({ name }) => name.endsWith(file)).length > 0;
    },
  };
  const run = async (of: (fetch: Fetch) => unknown, fetch: Fetch) => {
    try {
      return { gives: await of(fetch) };
    } catch (error) {
      return { rejects: error instanceof Error || error instanceof DOMException ? error.name : String(error) };
    }
  };
  const shown: Shown = {};
  for (const [name, of] of Object.entries(cases)) {
    shown[name] = [await run(of, (...call) => fetch(...call)), await run(of, window.fugitiveFetch)];
  }
  return shown;
}
