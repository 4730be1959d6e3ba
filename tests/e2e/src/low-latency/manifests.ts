// The manifests of a live stream, as they are at one time.

import { SEGMENT_S } from '../formats/film.js';
import { PART_S, PARTS } from './parts.js';

/** Segments before the last two are listed without their parts. */
const PARTED = 2;

/** What a manifest that lists its segments holds of them, in seconds. */
const WINDOW_S = 14;

/** A manifest whose segments can be asked for while they grow (ISO/IEC 23009-1, 5.3.9.5.3). */
export function manifest(startMs: number): string {
  return `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" profiles="urn:mpeg:dash:profile:isoff-live:2011"
  availabilityStartTime="${new Date(startMs).toISOString()}" publishTime="${new Date(startMs).toISOString()}"
  minimumUpdatePeriod="PT60S" minBufferTime="PT1S" maxSegmentDuration="PT${SEGMENT_S}S" timeShiftBufferDepth="PT30S">
  <ServiceDescription id="0"><Latency target="2000"/><PlaybackRate min="0.96" max="1.04"/></ServiceDescription>
  <Period id="p" start="PT0S">
    <AdaptationSet contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Representation id="v" bandwidth="446304" width="640" height="360" codecs="avc1.64001e">
        <SegmentTemplate timescale="1" duration="${SEGMENT_S}" startNumber="0" initialization="init.mp4" media="$Number$.m4s"
          availabilityTimeOffset="${(SEGMENT_S - PART_S).toFixed(1)}" availabilityTimeComplete="false"/>
      </Representation>
    </AdaptationSet>
  </Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="${new Date().toISOString()}"/>
</MPD>
`;
}

/** A manifest that lists the segments that are there, by their times, and is asked for again for those that follow. */
export function timeline(startMs: number, edgeS: number): string {
  const end = Math.floor(edgeS / SEGMENT_S);
  const first = Math.max(0, end - WINDOW_S / SEGMENT_S);
  return `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" profiles="urn:mpeg:dash:profile:isoff-live:2011"
  availabilityStartTime="${new Date(startMs).toISOString()}" publishTime="${new Date(startMs + end * SEGMENT_S * 1_000).toISOString()}"
  minimumUpdatePeriod="PT${SEGMENT_S}S" minBufferTime="PT2S" timeShiftBufferDepth="PT${WINDOW_S}S" suggestedPresentationDelay="PT8S">
  <Period id="p" start="PT0S">
    <AdaptationSet contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Representation id="v" bandwidth="446304" width="640" height="360" codecs="avc1.64001e">
        <SegmentTemplate timescale="1000" initialization="init.mp4" media="t$Time$.m4s">
          <SegmentTimeline><S t="${first * SEGMENT_S * 1_000}" d="${SEGMENT_S * 1_000}" r="${end - first - 1}"/></SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="${new Date().toISOString()}"/>
</MPD>
`;
}

export function master(): string {
  return `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-STREAM-INF:BANDWIDTH=446304,RESOLUTION=640x360,CODECS="avc1.64001e"
video.m3u8
`;
}

/** The playlist when so many parts are there (RFC 8216bis), of a stream of so many segments. */
export function playlist(parts: number, segments: number): string {
  const whole = Math.min(Math.floor(parts / PARTS), segments);
  const lines = Array.from({ length: Math.min(whole + 1, segments) }, (_, segment) => {
    const there = Math.min(PARTS, parts - segment * PARTS);
    const listed = segment < whole - PARTED ? [] : Array.from({ length: there }, (_, part) =>
      `#EXT-X-PART:DURATION=${PART_S.toFixed(3)},URI="${segment}-${part}.m4s"${part === 0 ? ',INDEPENDENT=YES' : ''}`);
    const end = segment < whole ? [`#EXTINF:${SEGMENT_S.toFixed(3)},`, `${segment}.m4s`]
      : [`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${segment}-${there}.m4s"`];
    return [...listed, ...end].join('\n');
  });
  return `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:${SEGMENT_S}
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${(3 * PART_S).toFixed(1)}
#EXT-X-PART-INF:PART-TARGET=${PART_S.toFixed(3)}
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-MAP:URI="init.mp4"
${lines.join('\n')}
`;
}
