// dash.js 4 as the demo plays with it: stock, with a Fugitive or without.

import dashjs from 'dashjs4';
import { attachFugitive } from 'fugitive-dashjs';
import { apart, type DemoPlayer, type Setup } from '../players.js';
import { demoPlayer, PATIENT } from './dash.js';

export function openDashjs4({ video, sharing, bufferS }: Setup): DemoPlayer {
  const player = dashjs.MediaPlayer().create();
  const fugitive = sharing === undefined ? undefined : attachFugitive(player, sharing);
  if (sharing === undefined) player.extend('RequestModifier', keepOutOfCache, true);
  player.updateSettings({ streaming: { ...PATIENT, buffer: { stableBufferTime: bufferS, bufferTimeAtTopQuality: bufferS } } });
  return demoPlayer(player, video, fugitive, () => {
    const rungs = player.getBitrateInfoListFor('video');
    return rungs[player.getQualityFor('video')]?.bitrate;
  });
}

/** In the place of dash.js's own `RequestModifier`. */
function keepOutOfCache(): object {
  return { modifyRequestURL: apart };
}
