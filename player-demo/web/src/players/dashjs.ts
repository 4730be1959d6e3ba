// dash.js 5 as the demo plays with it: stock, with a Fugitive or without.

import { MediaPlayer, type MediaPlayerClass } from 'dashjs';
import { attachFugitive } from 'fugitive-dashjs';
import { apart, type DemoPlayer, type Setup } from '../players.js';
import { demoPlayer, PATIENT } from './dash.js';

export function openDashjs({ video, sharing, bufferS }: Setup): DemoPlayer {
  const player = MediaPlayer().create();
  const fugitive = sharing === undefined ? undefined : attachFugitive(player, sharing);
  if (sharing === undefined) keepOutOfCache(player);
  player.updateSettings({ streaming: { ...PATIENT, buffer: { bufferTimeDefault: bufferS, bufferTimeAtTopQuality: bufferS } } });
  return demoPlayer(player, video, fugitive, () => player.getCurrentRepresentationForType('video')?.bandwidth);
}

function keepOutOfCache(player: MediaPlayerClass): void {
  player.addRequestInterceptor((request) => {
    request.url = apart(request.url ?? '');
    return Promise.resolve(request);
  });
}
