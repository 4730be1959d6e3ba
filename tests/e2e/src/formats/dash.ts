// MPDs of the sample clip, one for each way of addressing segments.

import { FILM_S, SEGMENT_S, SEGMENTS, type Range, type SingleFile, type Track } from './film.js';

interface Tracks<T> { pictures: T; sound: T }

const VIDEO = 'id="v" codecs="avc1.64001e" bandwidth="378668" width="640" height="360"';
const AUDIO = 'id="a" codecs="mp4a.40.2" bandwidth="67636" audioSamplingRate="48000"';

function mpd(periods: string): string {
  return `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:cenc="urn:mpeg:cenc:2013"
  xmlns:dashif="https://dashif.org/CPS" profiles="urn:mpeg:dash:profile:full:2011" type="static"
  mediaPresentationDuration="PT${FILM_S}S" minBufferTime="PT4S">${periods}</MPD>`;
}

function sets(video: string, audio: string, protection = ''): string {
  return `<AdaptationSet contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
    <Representation ${VIDEO}>${video}</Representation></AdaptationSet>
  <AdaptationSet contentType="audio" mimeType="audio/mp4" lang="en" segmentAlignment="true" startWithSAP="1">${protection}
    <Representation ${AUDIO}>${audio}</Representation></AdaptationSet>`;
}

/** First and last byte, as HTTP writes a range. */
function bytes({ at, length }: Range): string {
  return `${at}-${at + length - 1}`;
}

/** SegmentBase: one file a track, with an index inside, and subtitles beside them. */
export function onDemand(files: Tracks<SingleFile>): string {
  const base = (name: string, { init, index }: SingleFile) => `<BaseURL>${name}</BaseURL>
    <SegmentBase indexRange="${bytes(index)}"><Initialization range="${bytes(init)}"/></SegmentBase>`;
  return mpd(`<Period>${sets(base('video.mp4', files.pictures), base('audio.mp4', files.sound))}
    <AdaptationSet contentType="text" mimeType="text/vtt" lang="en">
      <Representation id="t" bandwidth="100"><BaseURL>text.vtt</BaseURL></Representation></AdaptationSet></Period>`);
}

/** SegmentList: the same files, with a range for each segment. */
export function listed(files: Tracks<SingleFile>, tracks: Tracks<Track>): string {
  const list = (name: string, { init, segments }: SingleFile, track: Track) => `<BaseURL>${name}</BaseURL>
    <SegmentList timescale="${track.timescale}"><Initialization range="${bytes(init)}"/>
      <SegmentTimeline>${track.segments.map(({ start, duration }) => `<S t="${start}" d="${duration}"/>`).join('')}</SegmentTimeline>
      ${segments.map((range) => `<SegmentURL mediaRange="${bytes(range)}"/>`).join('')}</SegmentList>`;
  return mpd(`<Period>${sets(list('video.mp4', files.pictures, tracks.pictures),
    list('audio.mp4', files.sound, tracks.sound))}</Period>`);
}

/** Two periods with templates of the same numbers, each half of the clip; the sound of the second is called otherwise. */
export function periods(tracks: Tracks<Track>): string {
  const half = SEGMENTS / 2;
  const template = (folder: string, { timescale, segments }: Track, first: number) => `<SegmentTemplate timescale="${timescale}"
    initialization="${folder}/init.mp4" media="${folder}/$Number$.m4s" startNumber="${first + 1}"
    presentationTimeOffset="${segments[first]?.start ?? 0}" duration="${SEGMENT_S * timescale}"/>`;
  const period = (first: number) => `<Period id="p${first}" start="PT${first * SEGMENT_S}S" duration="PT${half * SEGMENT_S}S">
    ${sets(template('video', tracks.pictures, first), template('audio', tracks.sound, first))}</Period>`;
  return mpd(period(0) + period(half));
}

/** SegmentBase, with sound that only a licence opens. */
export function protectedSound(files: Tracks<SingleFile>, keyId: string, licence: string): string {
  const base = (name: string, { init, index }: SingleFile) => `<BaseURL>${name}</BaseURL>
    <SegmentBase indexRange="${bytes(index)}"><Initialization range="${bytes(init)}"/></SegmentBase>`;
  const protection = `
    <ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cenc" cenc:default_KID="${keyId}"/>
    <ContentProtection schemeIdUri="urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e" value="ClearKey1.0">
      <dashif:Laurl Lic_type="EME-1.0">${licence}</dashif:Laurl></ContentProtection>`;
  return mpd(`<Period>${sets(base('video.mp4', files.pictures), base('protected.mp4', files.sound), protection)}</Period>`);
}
