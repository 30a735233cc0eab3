/**
 * A path with known faults: passes TCP through as it is, and does to the test's datagrams what it was told. Run with
 *
 *     node relay.mjs '{"port", "targetPort", "fault": {"kind", "every", "delayMs"}}'
 *
 * Faults, each on the datagrams of a stream in one direction, counted from 1: `drop`, `duplicate` or `swap` (with the one
 * behind it) every n-th; `delay` each n-th. On SIGTERM it prints what it did, and the jitter that it made.
 */
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';

const { port, targetPort, fault } = JSON.parse(process.argv[2]);
const HOST = '127.0.0.1';
/** Smaller ones are the greetings of the set-up. */
const LEAST_TEST_DATAGRAM_BYTES = 16;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** RFC 3550, appendix A.8, on the moments at which datagrams leave here. */
class Jitter {
  seconds = 0;
  #transit;

  left(datagram) {
    const sent = datagram.readUInt32BE(0) + datagram.readUInt32BE(4) * 1e-6;
    const transit = Number(process.hrtime.bigint()) * 1e-9 - sent;
    if (this.#transit !== undefined) this.seconds += (Math.abs(transit - this.#transit) - this.seconds) / 16;
    this.#transit = transit;
  }
}

class Direction {
  came = 0;
  left = 0;
  faults = 0;
  jitter = new Jitter();
  #send;
  #held;

  constructor(send) {
    this.#send = send;
  }

  pass(datagram) {
    if (datagram.length < LEAST_TEST_DATAGRAM_BYTES) {
      this.#send(datagram);
      return;
    }
    this.came++;
    if (this.#held !== undefined) {
      const late = this.#held;
      this.#held = undefined;
      this.#leave(datagram);
      this.#leave(late);
      return;
    }
    if (this.came % fault.every !== 0) {
      this.#leave(datagram);
      return;
    }
    this.faults++;
    switch (fault.kind) {
      case 'drop':
        break;
      case 'duplicate':
        this.#leave(datagram);
        this.#leave(datagram);
        break;
      case 'swap':
        this.#held = datagram;
        break;
      case 'delay':
        setTimeout(() => this.#leave(datagram), fault.delayMs);
        break;
    }
  }

  #leave(datagram) {
    this.left++;
    this.jitter.left(datagram);
    this.#send(datagram);
  }

  get told() {
    return { came: this.came, left: this.left, faults: this.faults, jitterMs: this.jitter.seconds * 1000 };
  }
}

const streams = new Map();
const front = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
front.on('message', (datagram, { port: clientPort }) => {
  let stream = streams.get(clientPort);
  if (stream === undefined) {
    const back = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
    stream = {
      toServer: new Direction((data) => back.send(data, targetPort, HOST)),
      toClient: new Direction((data) => front.send(data, clientPort, HOST)),
    };
    back.on('message', (data) => stream.toClient.pass(data));
    streams.set(clientPort, stream);
  }
  stream.toServer.pass(datagram);
});

const through = createServer((near) => {
  const far = connect({ port: targetPort, host: HOST, noDelay: true });
  near.setNoDelay();
  near.pipe(far).pipe(near);
  for (const socket of [near, far]) socket.on('error', () => {});
});

process.on('SIGTERM', () => {
  const told = [...streams.values()].map(({ toServer, toClient }) => ({
    toServer: toServer.told,
    toClient: toClient.told,
  }));
  process.stdout.write(JSON.stringify(told), () => process.exit(0));
});
front.bind(port, HOST, () => through.listen(port, HOST));
