// Who is compared: the stock player, the player with the plug-in, and with p2p-media-loader. Each is a page of its own.

/** Which trust the plug-in is given, where it is the plug-in. */
export type Trust = 'signed' | 'quorum' | 'open';

export interface Contestant {
  /** Its page's path. */
  name: string;
  /** What the table calls it. */
  title: string;
  plays: 'stock' | 'fugitive' | 'leader';
  /** Settings of hls.js, over those of the row. */
  hls: Record<string, unknown>;
  trust?: Trust;
}

/** How many pages must fetch a segment before another can have it from them: with `quorum`, two that tell the same. */
export function sourcesNeeded({ trust }: Contestant): number {
  return trust === 'quorum' ? 2 : 1;
}

const HLS = '/hls.js/hls.min.js';
/** The player that p2p-media-loader is built for. */
const LEADERS_HLS = '/anchors/hls.js/dist/hls.min.js';

/** hls.js 1.7 as it comes. */
export const STOCK: Contestant = { name: 'stock', title: 'hls.js alone', plays: 'stock', hls: {} };
export const WITH_SEEDER: Contestant = { name: 'seeder', title: 'fugitive, with a seeder', plays: 'fugitive', hls: {}, trust: 'signed' };
export const QUORUM: Contestant = { name: 'quorum', title: 'fugitive, pages alone (quorum)', plays: 'fugitive', hls: {}, trust: 'quorum' };
export const OPEN: Contestant = { name: 'open', title: 'fugitive, pages alone (open)', plays: 'fugitive', hls: {}, trust: 'open' };
/** As it comes it hands out buffers that hls.js's Worker has emptied. */
export const LEADER_AS_IT_COMES: Contestant = { name: 'leader-as-it-comes', title: 'p2p-media-loader as it comes', plays: 'leader', hls: {} };
export const LEADER: Contestant = {
  name: 'leader', title: 'p2p-media-loader, enableWorker: false', plays: 'leader', hls: { enableWorker: false },
};
/** Where it has the time to share: a viewer of a live stream is placed almost as far behind as the window goes. */
export const LEADER_FAR_BEHIND: Contestant = {
  name: 'leader-far-behind', title: 'p2p-media-loader, 50 s behind live', plays: 'leader',
  hls: { enableWorker: false, liveSyncDuration: 50 },
};

export const ALL: readonly Contestant[] = [STOCK, WITH_SEEDER, QUORUM, OPEN, LEADER_AS_IT_COMES, LEADER, LEADER_FAR_BEHIND];

/** The document. */
export function pageOf({ plays }: Contestant): string {
  const scripts = {
    stock: script(HLS),
    fugitive: script(HLS) + script('/fugitive/hlsjs.global.js'),
    leader: `<script type="importmap">${JSON.stringify({ imports: {
      'p2p-media-loader-core': '/anchors/p2p-media-loader-core/dist/p2p-media-loader-core.es.min.js',
      'p2p-media-loader-hlsjs': '/anchors/p2p-media-loader-hlsjs/dist/p2p-media-loader-hlsjs.es.min.js',
    } })}</script>
<script type="module">import { HlsJsP2PEngine } from 'p2p-media-loader-hlsjs'; window.HlsJsP2PEngine = HlsJsP2PEngine;</script>
${script(LEADERS_HLS)}`,
  }[plays];
  return `<!doctype html>
<meta charset="utf-8"><title>${plays}</title><link rel="icon" href="data:,">
<video muted autoplay playsinline width="640" height="360"></video>
${scripts}<script type="module" src="/watch.js"></script>
`;
}

function script(src: string): string {
  return `<script src="${src}"></script>\n`;
}
