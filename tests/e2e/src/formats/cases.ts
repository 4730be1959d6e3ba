// The clip as films of every form that players take, on one origin.

import { createCipheriv, randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import * as dash from './dash.js';
import { FILM_S, pictures, SEGMENTS, singleFile, sound, transportStream, type Track } from './film.js';
import * as hls from './hls.js';
import { Origin, type Files } from './origin.js';
import { ClearKey } from './protection.js';

/** One film: where its manifest is, and who plays it. */
export interface Case {
  name: string;
  manifest: string;
  player?: string;
  /** Whether it has subtitles. */
  hasText?: boolean;
  /** What each viewer asks for itself: it is nobody else's business. */
  secret?: string;
}

const TEXT = `WEBVTT

00:00.000 --> 00:${FILM_S}.000
Said in the picture.
`;

/** As many seconds of the clip come twice in the film with a discontinuity. */
const REPEATED = SEGMENTS / 2;

export const CASES: Case[] = [
  { name: 'SegmentBase and subtitles in dash.js', manifest: 'base.mpd', hasText: true },
  { name: 'SegmentBase and subtitles in dash.js 4', manifest: 'base.mpd', player: 'dashjs4', hasText: true },
  { name: 'SegmentBase in Shaka', manifest: 'base.mpd', player: 'shaka' },
  { name: 'SegmentList of byte ranges in dash.js', manifest: 'list.mpd' },
  { name: 'two periods in dash.js', manifest: 'periods.mpd' },
  { name: 'sound under a licence in dash.js', manifest: 'protected.mpd', secret: 'licence.json' },
  { name: 'HLS byte ranges and subtitles in hls.js', manifest: 'ranges.m3u8', hasText: true },
  { name: 'HLS byte ranges in Shaka', manifest: 'ranges.m3u8', player: 'shaka' },
  { name: 'MPEG-TS in hls.js', manifest: 'ts.m3u8' },
  { name: 'encrypted MPEG-TS in hls.js', manifest: 'aes.m3u8', secret: 'aes.key' },
  { name: 'a discontinuity in hls.js', manifest: 'repeated.m3u8' },
];

/** Starts the origin of them all. */
export async function publish(t: TestContext): Promise<Origin> {
  const tracks = { pictures: await pictures(), sound: await sound() };
  const single = { pictures: singleFile(tracks.pictures), sound: singleFile(tracks.sound) };
  const files: Files = new Map();
  const origin = await Origin.start(t, files);

  addTrack(files, 'video', tracks.pictures);
  addTrack(files, 'again', tracks.pictures);
  addTrack(files, 'audio', tracks.sound);
  files.set('/video.mp4', single.pictures.bytes).set('/audio.mp4', single.sound.bytes);
  files.set('/text.vtt', TEXT).set('/text.m3u8', hls.subtitles(FILM_S));
  files.set('/base.mpd', dash.onDemand(single));
  files.set('/list.mpd', dash.listed(single, tracks));
  files.set('/periods.mpd', dash.periods(tracks));

  const clearKey = new ClearKey();
  const protectedSound = singleFile(clearKey.protect(tracks.sound));
  files.set('/protected.mp4', protectedSound.bytes).set('/licence.json', clearKey.licence());
  files.set('/protected.mpd', dash.protectedSound(
    { pictures: single.pictures, sound: protectedSound }, clearKey.id(), `${origin.url}/licence.json`,
  ));

  files.set('/ranges.m3u8', hls.multivariant('ranges-video.m3u8', 'ranges-audio.m3u8'));
  files.set('/ranges-video.m3u8', hls.byteRanges('video.mp4', single.pictures, tracks.pictures));
  files.set('/ranges-audio.m3u8', hls.byteRanges('audio.mp4', single.sound, tracks.sound));
  files.set('/repeated.m3u8', hls.silent('repeated-video.m3u8'));
  files.set('/repeated-video.m3u8', hls.repeated(tracks.pictures, REPEATED));
  await addTransport(t, files, [tracks.pictures, tracks.sound]);
  return origin;
}

function addTrack(files: Files, folder: string, { init, segments }: Track): void {
  files.set(`/${folder}/init.mp4`, init);
  segments.forEach(({ bytes }, index) => files.set(`/${folder}/${index + 1}.m4s`, bytes));
}

/** MPEG-TS as it is, and encrypted as RFC 8216, 5.2 has it: by a segment's number where no vector is given. */
async function addTransport(t: TestContext, files: Files, tracks: Track[]): Promise<void> {
  const segments = await transportStream(t, ...tracks);
  const key = randomBytes(16);
  segments.forEach((bytes, index) => {
    const vector = Buffer.alloc(16);
    vector.writeUInt32BE(index, 12);
    const cipher = createCipheriv('aes-128-cbc', key, vector);
    files.set(`/ts/${index}.ts`, bytes).set(`/aes/${index}.ts`, Buffer.concat([cipher.update(bytes), cipher.final()]));
  });
  files.set('/aes.key', key);
  files.set('/ts.m3u8', hls.multivariant('ts/video.m3u8')).set('/aes.m3u8', hls.multivariant('aes/video.m3u8'));
  files.set('/ts/video.m3u8', hls.transport(segments.length));
  files.set('/aes/video.m3u8', hls.transport(segments.length, '../aes.key'));
}
