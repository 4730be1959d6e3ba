// Plugs into a stock Shaka Player 5. Schemes belong to the page and not to a player: the plug-in is registered once, and
// each player's request filter says which requests are its own.

import { checkOptions } from '../check.js';
import { FugitiveAttachError } from '../errors.js';
import type { Fugitive } from '../fugitive.js';
import type { FugitiveOptions } from '../options.js';
import { Session } from '../page/session.js';
import { absolute } from '../page/url.js';
import { mayGrow } from './growing.js';
import type { ShakaContext, ShakaNamespace, ShakaPlayer, ShakaRequest } from './player.js';
import { Preloads } from './preloads.js';
import { SchemePlugin } from './scheme.js';

const plugins = new WeakMap<ShakaNamespace['net'], SchemePlugin>();
const attached = new WeakSet<ShakaPlayer>();

/**
 * Lets the viewers of what `player` plays feed each other. Call it once per player, before `load()`; `shaka` is the
 * namespace that the player is of.
 *
 * The player keeps its own buffer, variants and retries; only audio, video and text segments may come from the engine.
 * Whatever goes wrong later is an event, and the player plays on over its own HTTP. It takes the schemes `http` and
 * `https` at Shaka's priority for apps: players of the page without a Fugitive go on as before.
 *
 * @throws FugitiveOptionError An option is missing or out of range.
 * @throws FugitiveAttachError The player has a Fugitive already, has loaded a title, or was destroyed.
 */
export function attachFugitive(shaka: ShakaNamespace, player: ShakaPlayer, options: FugitiveOptions): Fugitive {
  const checked = checkOptions(options, document.baseURI);
  if (attached.has(player)) throw new FugitiveAttachError('the player has, or had, a Fugitive already');
  if (player.getAssetUri()) throw new FugitiveAttachError('the player has a title already: attach before load()');
  const networking = player.getNetworkingEngine();
  if (networking === null) throw new FugitiveAttachError('the player was destroyed');
  attached.add(player);
  const session = new Session(checked, () => videoOf(player));
  const preloads = new Preloads(session, checked.swarm);
  session.ended.addEventListener('abort', () => preloads.destroy());
  const plugin = pluginOf(shaka);
  const filter = (_type: number, request: ShakaRequest, context: ShakaContext = {}) =>
    plugin.own(request, { session, preloads, context, mayGrow: mayGrow(player, context.segment) });
  networking.registerRequestFilter(filter as never);
  player.addEventListener('loading', () => {
    const url = absolute(player.getAssetUri() ?? '', document.baseURI);
    if (url !== undefined) preloads.titleOpened(url);
  });
  player.addEventListener('unloading', () => {
    preloads.titleClosed();
    session.titleClosed();
  });
  return session;
}

function pluginOf(shaka: ShakaNamespace): SchemePlugin {
  const known = plugins.get(shaka.net);
  if (known !== undefined) return known;
  const plugin = new SchemePlugin(shaka);
  plugins.set(shaka.net, plugin);
  const { NetworkingEngine } = shaka.net;
  for (const scheme of ['http', 'https']) {
    NetworkingEngine.registerScheme(scheme, plugin.parse as never, NetworkingEngine.PluginPriority.APPLICATION, true);
  }
  return plugin;
}

function videoOf(player: ShakaPlayer): HTMLVideoElement | undefined {
  return (player.getMediaElement() as HTMLVideoElement | null) ?? undefined;
}
