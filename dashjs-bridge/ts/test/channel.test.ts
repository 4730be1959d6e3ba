// A data channel: when it is taken for open, and its reports of room: after each burst, when little is left, and when nothing is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Channel, LOW_WATER, type Readiness } from '../channel.js';
import { turn } from './turn.js';

test('tells_of_room_after_each_burst_once', async () => {
  const { channel, fake, told } = open();
  channel.send(new Uint8Array(10));
  channel.send(new Uint8Array(20));
  await turn();
  assert.deepEqual(told, [30]);
  fake.drain(30);
  assert.deepEqual(told, [30, 0]);
  channel.send(new Uint8Array(5));
  await turn();
  assert.deepEqual(told, [30, 0, 5]);
});

test('tells_when_little_is_left_and_when_nothing_is', async () => {
  const { channel, fake, told } = open();
  for (let count = 0; count < 3; count += 1) channel.send(new Uint8Array(LOW_WATER));
  await turn();
  assert.deepEqual(told, [], 'nothing is told while much waits');
  fake.drain(LOW_WATER);
  assert.deepEqual(told, []);
  fake.drain(LOW_WATER + 100);
  assert.deepEqual(told, [LOW_WATER - 100]);
  fake.drain(1000);
  assert.deepEqual(told, [LOW_WATER - 100], 'told once until nothing waits');
  fake.drain(LOW_WATER - 1100);
  assert.deepEqual(told, [LOW_WATER - 100, 0]);
});

test('tells_of_the_mark_again_when_more_is_sent_before_nothing_was_left', async () => {
  const { channel, fake, told } = open();
  channel.send(new Uint8Array(LOW_WATER));
  await turn();
  channel.send(new Uint8Array(LOW_WATER));
  await turn();
  assert.deepEqual(told, [LOW_WATER]);
  fake.drain(LOW_WATER + 1);
  assert.deepEqual(told, [LOW_WATER, LOW_WATER - 1]);
  fake.drain(LOW_WATER - 1);
  assert.deepEqual(told, [LOW_WATER, LOW_WATER - 1, 0]);
});

test('a_channel_that_both_sides_made_is_open_with_the_first_message', async () => {
  const { fake, heard } = open('spokenTo', 'connecting');
  fake.readyState = 'open';
  fake.onopen?.();
  assert.deepEqual(heard, []);
  fake.say(1);
  fake.say(2);
  assert.deepEqual(heard, ['open', '1 bytes', '2 bytes']);
});

test('messages_that_come_ahead_of_word_that_it_is_open_wait_for_that', () => {
  for (const readiness of ['opened', 'spokenTo'] as const) {
    const { fake, heard } = open(readiness, 'connecting');
    fake.say(3);
    fake.say(4);
    assert.deepEqual(heard, []);
    fake.readyState = 'open';
    fake.onopen?.();
    fake.say(5);
    assert.deepEqual(heard, ['open', '3 bytes', '4 bytes', '5 bytes']);
  }
});

test('more_messages_than_a_peer_begins_with_end_a_channel_that_is_not_open', () => {
  const { fake, heard } = open('spokenTo', 'connecting');
  for (let count = 0; count <= 64; count += 1) fake.say(1);
  assert.deepEqual(heard, ['closed']);
  assert.equal(fake.readyState, 'closed');
});

test('tells_nothing_once_it_is_closed', async () => {
  const { channel, fake, told } = open();
  channel.send(new Uint8Array(10));
  channel.close(() => undefined);
  await turn();
  fake.drain(10);
  assert.deepEqual(told, []);
});

function open(readiness: Readiness = 'opened', state = 'open') {
  const fake = new FakeChannel();
  fake.readyState = state;
  const told: number[] = [];
  const heard: string[] = [];
  const channel = new Channel(fake as unknown as RTCDataChannel, {
    open: () => heard.push('open'),
    message: ({ length }) => heard.push(`${length} bytes`),
    buffered: (bytes) => told.push(bytes),
    closed: () => heard.push('closed'),
  }, readiness);
  return { channel, fake, told, heard };
}

/** The browser's rule: an event where the amount falls from above the threshold to it or below. */
class FakeChannel {
  readyState = 'open';
  binaryType = '';
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  onbufferedamountlow: (() => void) | null = null;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;

  /** A message of so many bytes comes. */
  say(bytes: number): void {
    this.onmessage?.({ data: new ArrayBuffer(bytes) });
  }

  send(bytes: Uint8Array): void {
    this.bufferedAmount += bytes.length;
  }

  drain(bytes: number): void {
    const before = this.bufferedAmount;
    this.bufferedAmount -= bytes;
    const threshold = this.bufferedAmountLowThreshold;
    if (before > threshold && this.bufferedAmount <= threshold) this.onbufferedamountlow?.();
  }

  close(): void {
    this.readyState = 'closed';
  }
}
