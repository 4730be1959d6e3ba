// HLS playlists of the sample clip, one set for each way of addressing segments.

import { SEGMENT_S, type Range, type SingleFile, type Track } from './film.js';

const STREAM = 'BANDWIDTH=446304,RESOLUTION=640x360';
const PICTURES = 'avc1.64001e';
const BOTH = `${PICTURES},mp4a.40.2`;

/** A multivariant playlist of one variant of pictures and sound, which may be apart, with subtitles. */
export function multivariant(video: string, audio?: string): string {
  return variant(video, BOTH, audio);
}

/** One without sound. */
export function silent(video: string): string {
  return variant(video, PICTURES);
}

function variant(video: string, codecs: string, audio?: string): string {
  return `#EXTM3U
#EXT-X-VERSION:7
${audio === undefined ? '' : `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Tone",DEFAULT=YES,AUTOSELECT=YES,URI="${audio}"\n`}#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="text",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,URI="text.m3u8"
#EXT-X-STREAM-INF:${STREAM},CODECS="${codecs}",SUBTITLES="text"${audio === undefined ? '' : ',AUDIO="sound"'}
${video}
`;
}

function media(body: string, version = 7): string {
  return `#EXTM3U
#EXT-X-VERSION:${version}
#EXT-X-TARGETDURATION:3
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
${body}
#EXT-X-ENDLIST
`;
}

/** Subtitles in one segment. */
export function subtitles(seconds: number): string {
  return media(`#EXTINF:${seconds.toFixed(6)},\ntext.vtt`);
}

/** Byte ranges of one file; only the first says where it begins. */
export function byteRanges(name: string, { init, segments }: SingleFile, track: Track): string {
  const ranges = segments.map((range, index) => `${inf(seconds(track, index))}
#EXT-X-BYTERANGE:${index === 0 ? said(range) : range.length}
${name}`);
  return media(`#EXT-X-MAP:URI="${name}",BYTERANGE="${said(init)}"\n${ranges.join('\n')}`);
}

/** Numbered files of MPEG-TS, encrypted where there is a key. */
export function transport(count: number, key?: string): string {
  const files = Array.from({ length: count }, (_, index) => `${inf(SEGMENT_S)}\n${index}.ts`);
  const tag = key === undefined ? '' : `#EXT-X-KEY:METHOD=AES-128,URI="${key}"\n`;
  return media(tag + files.join('\n'), 3);
}

/** The first segments twice: after a discontinuity they are somebody else's, under other names. */
export function repeated(track: Track, count: number): string {
  const part = (folder: string) => `#EXT-X-MAP:URI="${folder}/init.mp4"
${Array.from({ length: count }, (_, index) => `${inf(seconds(track, index))}\n${folder}/${index + 1}.m4s`).join('\n')}`;
  return media(`${part('video')}\n#EXT-X-DISCONTINUITY\n${part('again')}`);
}

function seconds({ timescale, segments }: Track, index: number): number {
  return (segments[index]?.duration ?? 0) / timescale;
}

function inf(duration: number): string {
  return `#EXTINF:${duration.toFixed(6)},`;
}

function said({ at, length }: Range): string {
  return `${length}@${at}`;
}
