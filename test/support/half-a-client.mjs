// An iperf3 client that stops in mid-set-up, for whoever kills it: `half-a-client.mjs tcp|mptcp|udp STREAMS HOST PORT`. It
// asks for STREAMS streams, opens all but one, says "half" and does nothing more.
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';

const PARAM_EXCHANGE = 9;
const CREATE_STREAMS = 10;
const ASKED = { tcp: { tcp: true }, mptcp: { tcp: true, mptcp: true }, udp: { udp: true } };

const [protocol, count, host, port] = process.argv.slice(2);
const letters = 'abcdefghijklmnopqrstuvwxyz234567';
const cookie = Buffer.from(`${[...randomBytes(36)].map((byte) => letters[byte % 32]).join('')}\0`);
const control = connect(Number(port), host);
const states = [];
control.on('data', (bytes) => states.push(...bytes));
control.write(cookie);
await state(PARAM_EXCHANGE);
const parameters = Buffer.from(
  JSON.stringify({ ...ASKED[protocol], omit: 0, time: 0, num: 0, blockcount: 0, parallel: Number(count), len: 1000 }),
);
const length = Buffer.alloc(4);
length.writeUInt32BE(parameters.length);
control.write(Buffer.concat([length, parameters]));
await state(CREATE_STREAMS);
for (let opened = 0; opened < Number(count) - 1; opened++) {
  if (protocol !== 'udp') {
    const stream = connect(Number(port), host);
    await once(stream, 'connect');
    stream.write(cookie);
  } else {
    const stream = createSocket('udp4');
    stream.connect(Number(port), host);
    await once(stream, 'connect');
    stream.send(Buffer.from('9876'));
    await once(stream, 'message');
  }
}
process.stdout.write('half\n');
setInterval(() => {}, 1000);

async function state(wanted) {
  while (!states.includes(wanted)) await once(control, 'data');
}
