// Media types by the ends of names, for files that no list knows: peers give bytes, and nobody's word for what they are.

const TYPES = new Map(Object.entries({
  avif: 'image/avif', css: 'text/css', gif: 'image/gif', htm: 'text/html', html: 'text/html', ico: 'image/x-icon',
  jpeg: 'image/jpeg', jpg: 'image/jpeg', js: 'text/javascript', json: 'application/json', mjs: 'text/javascript',
  mp3: 'audio/mpeg', mp4: 'video/mp4', otf: 'font/otf', pdf: 'application/pdf', png: 'image/png', svg: 'image/svg+xml',
  ttf: 'font/ttf', txt: 'text/plain', wasm: 'application/wasm', webm: 'video/webm', webp: 'image/webp',
  woff: 'font/woff', woff2: 'font/woff2', xml: 'text/xml',
}));

/** What servers call what is at a URL. */
export function typeOf(url: string): string {
  const [, end = ''] = /\.(\w+)$/.exec(new URL(url).pathname) ?? [];
  return TYPES.get(end.toLowerCase()) ?? 'application/octet-stream';
}
