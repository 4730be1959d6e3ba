// The players that the page can play with, each stock and each with a Fugitive. Only the chosen one is loaded.

import type { Fugitive, FugitiveOptions } from 'fugitive-dashjs';
import type { PlayerKind } from './config.js';

/** A player that has a Fugitive and no title yet. */
export interface Prepared {
  player: object;
  fugitive: Fugitive;
  load(manifestUrl: string, autoplay: boolean): Promise<void>;
}

/** Ahead of the playhead in seconds: room for peers to be asked before the origin must be. */
const BUFFER_S = 12;

/** `trouble` is called where the stream cannot be played. */
export function preparePlayer(
  kind: PlayerKind, video: HTMLVideoElement, options: FugitiveOptions, trouble: () => void,
): Promise<Prepared> {
  switch (kind) {
    case 'dashjs': return prepareDash(video, options, trouble);
    case 'dashjs4': return prepareDash4(video, options, trouble);
    case 'hlsjs': return prepareHls(video, options, trouble);
    case 'shaka': return prepareShaka(video, options, trouble);
  }
}

async function prepareDash(video: HTMLVideoElement, options: FugitiveOptions, trouble: () => void): Promise<Prepared> {
  const [{ MediaPlayer }, { attachFugitive }] = await Promise.all([import('dashjs'), import('fugitive-dashjs')]);
  const player = MediaPlayer().create();
  const fugitive = attachFugitive(player, options);
  player.updateSettings({ streaming: { buffer: { bufferTimeDefault: BUFFER_S, bufferTimeAtTopQuality: BUFFER_S } } });
  player.on('error', trouble);
  return { player, fugitive, load: async (url, autoplay) => player.initialize(video, url, autoplay) };
}

async function prepareDash4(video: HTMLVideoElement, options: FugitiveOptions, trouble: () => void): Promise<Prepared> {
  const [dashjs, { attachFugitive }] = await Promise.all([import('dashjs4'), import('fugitive-dashjs')]);
  const player = dashjs.MediaPlayer().create();
  const fugitive = attachFugitive(player, options);
  player.updateSettings({ streaming: { buffer: { stableBufferTime: BUFFER_S, bufferTimeAtTopQuality: BUFFER_S } } });
  player.on('error', trouble);
  return { player, fugitive, load: async (url, autoplay) => player.initialize(video, url, autoplay) };
}

async function prepareHls(video: HTMLVideoElement, options: FugitiveOptions, trouble: () => void): Promise<Prepared> {
  const [{ default: Hls }, { attachFugitive }] = await Promise.all([import('hls.js'), import('fugitive-dashjs/hlsjs')]);
  const hls = new Hls({ maxBufferLength: BUFFER_S });
  const fugitive = attachFugitive(hls, options);
  hls.on(Hls.Events.ERROR, (_, { fatal }) => { if (fatal) trouble(); });
  return {
    player: hls,
    fugitive,
    load: async (url, autoplay) => {
      video.autoplay = autoplay;
      hls.loadSource(url);
      hls.attachMedia(video);
    },
  };
}

async function prepareShaka(video: HTMLVideoElement, options: FugitiveOptions, trouble: () => void): Promise<Prepared> {
  const [{ default: shaka }, { attachFugitive }] = await Promise.all([
    import('shaka-player'), import('fugitive-dashjs/shaka'),
  ]);
  const player = new shaka.Player();
  const fugitive = attachFugitive(shaka, player, options);
  player.configure({ streaming: { bufferingGoal: BUFFER_S } });
  player.addEventListener('error', trouble);
  return {
    player,
    fugitive,
    load: async (url, autoplay) => {
      video.autoplay = autoplay;
      await player.attach(video);
      await player.load(url);
    },
  };
}
